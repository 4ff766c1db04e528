/* Findings: where they are, and how they are kept. */
#include "case.h"

#include <stdarg.h>
#include <stdio.h>

/* A row is shown at its first places alone: a hostile message may break one in thousands. */
enum { TG_MAX_PLACES = 4 };

/* ---- places ------------------------------------------------------------------------------------------------- */

/* Sets offset and length to those of the field, or of the whole object where its layout has no such field. */
static void set_range(const tg_case *k, tg_finding *finding, const tg_layout *layout, const void *object,
                      tg_bytes octets, const char *field)
{
    size_t offset = 0, len = octets.len;
    if (octets.len == 0)
        return;
    if (field && !(layout && tg_field_range(layout, object, octets, field, &offset, &len))) {
        offset = 0;
        len = octets.len;
    }
    finding->offset = (size_t)(octets.data - k->message->octets.data) + offset;
    finding->length = len;
}

static void set_place(const tg_case *k, tg_finding *finding, tg_at at)
{
    const tg_message *message = k->message;
    const char *dot = at.field ? "." : "", *field = at.field ? at.field : "";
    const tg_generic_cs *sessions = NULL;
    switch (at.kind) {
    case TG_AT_MESSAGE:
        snprintf(finding->path, sizeof finding->path, "message");
        finding->length = message->octets.len;
        break;
    case TG_AT_HDR:
        snprintf(finding->path, sizeof finding->path, "hdr.%s", field);
        set_range(k, finding, &tg_layout_hdr, &message->hdr, message->hdr.octets, at.field);
        break;
    case TG_AT_SESSION:
        snprintf(finding->path, sizeof finding->path, "hdr.cs[%zu]%s%s", at.session, dot, field);
        if (at.session < tg_sessions_of(message, &sessions))
            set_range(k, finding, &tg_layout_generic_cs, &sessions[at.session], sessions[at.session].octets, at.field);
        break;
    case TG_AT_PAYLOAD:
        snprintf(finding->path, sizeof finding->path, "%s[%zu]%s%s", tg_payload_name(at.payload->type),
                 tg_payload_index(message->payloads, at.payload), dot, field);
        set_range(k, finding, tg_layout_of(at.payload->type), at.payload, at.payload->octets, at.field);
        break;
    case TG_AT_END:
        snprintf(finding->path, sizeof finding->path, "message");
        finding->offset = message->octets.len;
        break;
    }
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

static size_t number_of(const tg_requirement *row)
{
    size_t num;
    return (size_t)(row - tg_requirements(&num));
}

static bool is_known_place(const tg_case *k, const tg_finding *finding)
{
    for (const tg_said *s = k->said; s; s = s->next) {
        if (s->finding.requirement == finding->requirement && strcmp(s->finding.path, finding->path) == 0)
            return true;
    }
    return false;
}

/* Room for one more place of the row; NULL where there are enough, or no memory. */
static uint8_t *counter_of(tg_case *k, const tg_requirement *row)
{
    if (!k->times_said) {
        size_t num;
        tg_requirements(&num);
        k->times_said = tg_case_alloc(k, num);
        if (!k->times_said)
            return NULL;
    }
    uint8_t *counter = &k->times_said[number_of(row)];
    return *counter < TG_MAX_PLACES ? counter : NULL;
}

bool tg_overlooks(const tg_known *known, const char *id)
{
    for (const char *const *row = known->overlooks; row && *row; row++) {
        if (id && strncmp(id, *row, strlen(*row)) == 0)
            return true;
    }
    return false;
}

static void keep(tg_case *k, const tg_finding *finding)
{
    if (tg_overlooks(k->known, finding->requirement->id))
        return;
    uint8_t *counter = counter_of(k, finding->requirement);
    if (!counter || (*counter && is_known_place(k, finding)))
        return;
    tg_said *said = tg_case_alloc(k, sizeof *said);
    if (!said)
        return;
    said->finding = *finding;
    *k->last_said = said;
    k->last_said = &said->next;
    k->num_said++;
    ++*counter;
    k->judgement->reception = tg_reception_add(k->judgement->reception, finding->requirement);
}

void tg_say(tg_case *k, const char *id, tg_at at, const char *format, ...)
{
    const tg_requirement *row = id ? tg_requirement_find(id) : NULL;
    if (!row || !counter_of(k, row))
        return;
    tg_finding finding = { .requirement = row };
    set_place(k, &finding, at);
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof finding.text, format, args);
    va_end(args);
    keep(k, &finding);
}

bool tg_is_said(const tg_case *k, const char *id)
{
    const tg_requirement *row = id ? tg_requirement_find(id) : NULL;
    return row && k->times_said && k->times_said[number_of(row)];
}

void tg_say_from_rules(tg_case *k, const tg_finding *finding)
{
    keep(k, finding);
}
