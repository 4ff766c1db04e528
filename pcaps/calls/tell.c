/* Findings and notes on their way out. */
#include <stdarg.h>
#include <stdio.h>

#include "room.h"

#define NAME(symbol, name) name,
const char *tgp_note_name(tgp_note_kind kind)
{
    static const char *const names[] = { TGP_NOTES(NAME) };
    return (unsigned)kind < TGP_NUM_NOTES ? names[kind] : "";
}

const char *tgp_carrier_name(tgp_carrier carrier)
{
    static const char *const names[] = { "sdp", "sip", "http" };
    return (unsigned)carrier < 3 ? names[carrier] : "";
}

static void say(tgp_call *call, const tg_requirement *requirement, const tgpc_place *place, const char *text)
{
    const tgp_calls_listener *listener = &call->calls->listener;
    tgp_trace_finding finding = { .requirement = requirement,
                                  .frame = place->frame,
                                  .has_place = place->known,
                                  .frame_offset = place->offset,
                                  .frame_length = place->length,
                                  .call = call,
                                  .call_number = call->number,
                                  .message = UINT64_MAX,
                                  .connection = UINT64_MAX };
    snprintf(finding.text, sizeof finding.text, "%s", text);
    if (listener->finding)
        listener->finding(listener->user, &finding);
}

/* False: it was met on an earlier hop, or at this very place. Where a later hop had it, it is taken back there. */
static bool is_new(tgp_call *call, const tg_requirement *requirement, tgpc_whose whose, const tgpc_place *place,
                   uint64_t thing)
{
    for (tgpc_told *told = call->told; told; told = told->next) {
        if (told->requirement != requirement || told->thing != thing || told->whose.message != whose.message)
            continue;
        bool same_place = told->place.frame == place->frame && told->place.offset == place->offset;
        if (told->whose.hop < whose.hop || same_place || (call->all_told && told->whose.hop > whose.hop))
            return false;
        if (told->whose.hop > whose.hop)
            told->requirement = NULL;
    }
    return true;
}

/* False: there are too many, or no memory. */
static bool keep(tgp_call *call, const tgpc_told *finding)
{
    tgpc_told *told = call->num_told < TGPC_MAX_TOLD ? tgpc_alloc(call, sizeof *told) : NULL;
    if (!told)
        return false;
    *told = *finding;
    *(call->last_told ? &call->last_told->next : &call->told) = told;
    call->last_told = told;
    call->num_told++;
    return true;
}

void tgpc_tell(tgp_call *call, const char *row, tgpc_whose whose, const tgpc_place *place, uint64_t thing,
               const char *format, ...)
{
    const tg_requirement *requirement = tg_requirement_find(row);
    char text[TG_TEXT_MAX];
    if (!requirement || !is_new(call, requirement, whose, place, thing))
        return;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tgpc_told finding = { NULL, requirement, thing, whose, *place, "" };
    if (!call->all_told)
        finding.text = tgpc_text(call, tg_bytes_of((const uint8_t *)text, strlen(text)), sizeof text - 1);
    if (!keep(call, &finding) || call->all_told || !*finding.text)
        say(call, requirement, place, text);
}

void tgpc_tell_all(tgp_call *call)
{
    if (call->all_told)
        return;
    call->all_told = true;
    for (const tgpc_told *told = call->told; told; told = told->next)
        if (told->requirement && *told->text)
            say(call, told->requirement, &told->place, told->text);
}

void tgpc_note(tgp_call *call, tgp_note_kind kind, uint64_t frame, const char *format, ...)
{
    for (unsigned i = 0; i < call->num_notes; i++)
        if (call->notes[i].kind == kind)
            return; /* one of a kind says it */
    if (!call->notes)
        call->notes = tgpc_alloc(call, TGP_NUM_NOTES * sizeof *call->notes);
    if (!call->notes)
        return;
    tgp_note *note = &call->notes[call->num_notes++];
    note->kind = kind;
    note->frame = frame;
    va_list list;
    va_start(list, format);
    vsnprintf(note->text, sizeof note->text, format, list);
    va_end(list);
}
