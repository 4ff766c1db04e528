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

/* False: it was told on another leg, or of this very place. */
static bool is_new(tgp_call *call, const tg_requirement *requirement, unsigned leg, const tgpc_place *place,
                   uint64_t thing)
{
    for (const tgpc_told *told = call->told; told; told = told->next)
        if (told->requirement == requirement && told->thing == thing &&
            (told->leg != leg || (told->frame == place->frame && told->offset == place->offset)))
            return false;
    tgpc_told *told = call->num_told < TGPC_MAX_TOLD ? tgpc_alloc(call, sizeof *told) : NULL;
    if (told) {
        *told = (tgpc_told){ call->told, requirement, thing, place->frame, leg, place->offset };
        call->told = told;
        call->num_told++;
    }
    return true;
}

void tgpc_tell(tgp_call *call, const char *row, unsigned leg, const tgpc_place *place, uint64_t thing,
               const char *format, ...)
{
    tgp_calls *calls = call->calls;
    tgp_trace_finding finding = { .requirement = tg_requirement_find(row),
                                  .frame = place->frame,
                                  .has_place = place->known,
                                  .frame_offset = place->offset,
                                  .frame_length = place->length,
                                  .call = call,
                                  .call_number = call->number,
                                  .message = UINT64_MAX,
                                  .connection = UINT64_MAX };
    if (!finding.requirement || !is_new(call, finding.requirement, leg, place, thing) || !calls->listener.finding)
        return;
    va_list list;
    va_start(list, format);
    vsnprintf(finding.text, sizeof finding.text, format, list);
    va_end(list);
    calls->listener.finding(calls->listener.user, &finding);
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
