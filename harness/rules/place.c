/* Places in a message, and findings about them. */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- chains ------------------------------------------------------------------------------------------------- */

tg_scope tg_scope_of(const tg_spot *in, const char *member, const tg_chain *chain)
{
    tg_scope scope = { in, member, chain->form == TG_CHAIN_PAYLOADS ? chain->payloads : NULL, chain->octets };
    return scope;
}

tg_scope tg_scope_of_keys(const tg_spot *in)
{
    return tg_scope_of(in, "encr_data", &((const tg_kemac *)in->payload)->encr_data);
}

/* ---- paths -------------------------------------------------------------------------------------------------- */

static void add_text(char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(char *path, const char *format, ...)
{
    size_t used = strlen(path);
    va_list args;
    va_start(args, format);
    vsnprintf(path + used, TG_PATH_MAX - used, format, args);
    va_end(args);
}

/* From the outermost payload to this one; no deeper than TICKET, KEMAC, Key data. */
static void add_spot(char *path, const tg_spot *spot)
{
    if (spot->scope->in) {
        add_spot(path, spot->scope->in);
        add_text(path, ".%s.", spot->scope->member);
    }
    add_text(path, "%s[%zu]", tg_payload_name(spot->payload->type), spot->index);
}

static void add_scope(char *path, const tg_scope *scope)
{
    if (scope->in) {
        add_spot(path, scope->in);
        add_text(path, ".%s", scope->member);
    } else {
        add_text(path, "message");
    }
}

/* ---- places ------------------------------------------------------------------------------------------------- */

/* Offset of a pointer into the message's octets; 0 where it points elsewhere (a message or payload made by hand). */
static size_t offset_of(const tg_judge *j, const uint8_t *at)
{
    uintptr_t start = (uintptr_t)j->message->octets.data, here = (uintptr_t)at;
    return at && here >= start && here - start <= j->message->octets.len ? here - start : 0;
}

/* `field` of an object that was parsed from `octets`; the whole object where the layout has no field of that name. */
static void set_range(const tg_judge *j, tg_place *place, const tg_layout *layout, const void *object, tg_bytes octets,
                      const char *field)
{
    size_t offset = 0, len = octets.len;
    if (octets.len == 0)
        return;
    if (!layout || !tg_field_range(layout, object, octets, field, &offset, &len)) {
        offset = 0;
        len = octets.len;
    }
    place->offset = offset_of(j, octets.data + offset);
    place->length = len;
}

tg_place tg_rules_at_payload(const tg_judge *j, const tg_spot *spot)
{
    tg_place place = { .offset = offset_of(j, spot->payload->octets.data), .length = spot->payload->octets.len };
    add_spot(place.path, spot);
    return place;
}

tg_place tg_rules_at_field(const tg_judge *j, const tg_spot *spot, const char *field)
{
    tg_place place = { .offset = 0 };
    add_spot(place.path, spot);
    add_text(place.path, ".%s", field);
    set_range(j, &place, tg_layout_of(spot->payload->type), spot->payload, spot->payload->octets, field);
    return place;
}

tg_place tg_rules_at_hdr(const tg_judge *j, const char *field)
{
    tg_place place = { .offset = 0 };
    add_text(place.path, "hdr.%s", field);
    set_range(j, &place, &tg_layout_hdr, &j->message->hdr, j->message->hdr.octets, field);
    return place;
}

tg_place tg_rules_at_session(const tg_judge *j, size_t i, const char *field)
{
    tg_place place = { .offset = 0 };
    add_text(place.path, "hdr.cs[%zu].%s", i, field);
    set_range(j, &place, &tg_layout_generic_cs, &j->sessions[i], j->sessions[i].octets, field);
    return place;
}

tg_place tg_rules_at_session_policy(const tg_judge *j, size_t i, size_t policy)
{
    tg_place place = tg_rules_at_session(j, i, "ps");
    add_text(place.path, "[%zu]", policy);
    if (place.length) {
        place.offset += policy;
        place.length = 1;
    }
    return place;
}

tg_place tg_rules_at_param(const tg_judge *j, const tg_spot *sp, size_t i, const char *field)
{
    const tg_param *param = &((const tg_sp *)sp->payload)->policy_param[i];
    tg_place place = { .offset = 0 };
    add_spot(place.path, sp);
    add_text(place.path, ".policy_param[%zu].%s", i, field);
    set_range(j, &place, &tg_layout_param, param, param->octets, field);
    return place;
}

tg_place tg_rules_at_gap(const tg_judge *j, const tg_scope *scope, const tg_payload *before)
{
    tg_place place = { .offset = 0 };
    add_scope(place.path, scope);
    if (before)
        place.offset = offset_of(j, before->octets.data);
    else if (scope->octets.data)
        place.offset = offset_of(j, scope->octets.data + scope->octets.len);
    return place;
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

void tg_rules_say(const tg_judge *j, const char *id, tg_place place, const char *format, ...)
{
    const tg_requirement *requirement = tg_requirement_find(id);
    if (!requirement)
        return;
    tg_finding finding = { .requirement = requirement, .offset = place.offset, .length = place.length };
    memcpy(finding.path, place.path, sizeof finding.path);
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof finding.text, format, args);
    va_end(args);
    j->sink.emit(j->sink.user, &finding);
}
