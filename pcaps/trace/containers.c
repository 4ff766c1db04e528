/* PSK S/MIME containers in MESSAGE and NOTIFY: judged with the conversation of their TRANSFER_INIT (messaging.h). */
#include <stdlib.h>

#include "tracing.h"

enum { MAX_SENT = 256 };

/* ---- taking one ------------------------------------------------------------------------------------------------- */

static tg_bytes body_of(const tgp_unit *unit)
{
    tg_bytes all = unit->octets;
    for (size_t i = 0; i + 4 <= all.len; i++) {
        if (memcmp(all.data + i, "\r\n\r\n", 4) == 0)
            return tg_bytes_of(all.data + i + 4, all.len - i - 4);
    }
    return all;
}

/* The same body of the same request on another leg of the call. */
static bool is_known(tgt_call *call, const tgp_unit *unit)
{
    uint64_t hash = tgt_hash(body_of(unit), tgt_hash_numbers(unit->sip ? unit->sip->cseq : 0, 11));
    const size_t max = sizeof call->containers / sizeof call->containers[0];
    for (size_t i = 0; i < max && i < call->num_containers; i++) {
        if (call->containers[i] == hash)
            return true;
    }
    call->containers[call->num_containers++ % max] = hash;
    return false;
}

static tgt_container *make(tgp_trace *trace, const tgp_unit *unit)
{
    size_t pieces = unit->num_pieces * sizeof *unit->pieces, size = sizeof(tgt_container) + pieces + unit->octets.len;
    tgt_container *k = tgt_alloc(trace, size);
    if (!k)
        return NULL;
    uint8_t *octets = (uint8_t *)(k + 1) + pieces;
    memcpy(k + 1, unit->pieces, pieces);
    memcpy(octets, unit->octets.data, unit->octets.len);
    *k = (tgt_container){ .memory = size,
                          .frame = unit->frame,
                          .call = trace->immediate_call ? trace->immediate_call->number : TGP_NONE,
                          .time = unit->time,
                          .octets = tg_bytes_of(octets, unit->octets.len),
                          .pieces = (const tgp_piece *)(const void *)(k + 1),
                          .num_pieces = unit->num_pieces };
    return k;
}

/* That of the TRANSFER_INIT in it; a NOTIFY without one is under the ticket that was used in its call. */
static tgt_conversation *conversation_of(const tgp_trace *trace)
{
    const tgt_record *r = trace->of_unit;
    if (!r && trace->immediate_call)
        r = trace->immediate_call->records;
    return r && r->conversation->number != TGP_NONE ? r->conversation : NULL;
}

void tgt_take_container(tgp_trace *trace)
{
    if (trace->unit_is_copy || (trace->immediate_call && is_known(trace->immediate_call, trace->immediate)))
        return;
    tgt_container *k = make(trace, trace->immediate);
    tgt_conversation *c = conversation_of(trace);
    if (!k)
        return;
    if (c) {
        *c->last_container = k;
        c->last_container = &k->next;
        tgt_touch_conversation(trace, c);
        return;
    }
    tgt_tell_container(trace, NULL, k);
    tgt_release(trace, k, k->memory);
}

/* ---- judging one ------------------------------------------------------------------------------------------------ */

static size_t list_sent(const tgt_conversation *c, tg_sent sent[MAX_SENT])
{
    size_t num = 0;
    for (const tgt_record *r = c ? c->first : NULL; r && num < MAX_SENT; r = r->next) {
        if (!r->original)
            sent[num++] = (tg_sent){ .octets = r->octets, .ex = r->ex[0] ? r->ex : NULL, .from = r->from };
    }
    return num;
}

static void tell(tgp_trace *trace, const tgt_container *k, const tg_im_judgement *judgement)
{
    if (!judgement->im.container && judgement->num_findings == 0)
        return; /* no container, and none is missed */
    tgp_placed_finding *placed = tgt_placed(trace, judgement->num_findings + 1);
    size_t num = placed ? judgement->num_findings : 0;
    for (size_t i = 0; i < num; i++) {
        const tg_finding *f = judgement->findings[i];
        placed[i] = (tgp_placed_finding){ .finding = f };
        (void)tgt_place(k->pieces, k->num_pieces, f->offset, f->length, &placed[i]);
        trace->counts.findings++;
        trace->counts.must_findings += f->requirement->level == TG_LEVEL_MUST;
    }
    const tgp_trace_container out = { k->frame, k->call, k->time, judgement, placed, num };
    if (trace->listener.container)
        trace->listener.container(trace->listener.user, &out);
}

void tgt_tell_container(tgp_trace *trace, tgt_conversation *c, tgt_container *k)
{
    tg_sent *sent = calloc(MAX_SENT, sizeof *sent);
    tg_im_judgement *judgement = calloc(1, sizeof *judgement);
    tg_known *known = calloc(1, sizeof *known);
    if (sent && judgement && known) {
        const tg_profile *profile = tgt_profile_or(trace, "ims-message");
        if (c)
            tgt_known_of(trace, c, known);
        const tg_im_knowledge knowledge = { .profile = c ? &known->profile : profile,
                                            .has_conversation = c != NULL,
                                            .known = known,
                                            .sent = sent,
                                            .num_sent = list_sent(c, sent) };
        size_t size = tg_im_judge_arena_size(k->octets.len, &knowledge);
        void *memory = size < SIZE_MAX ? malloc(size) : NULL;
        tg_arena arena = tg_arena_of(memory, memory ? size : 0);
        if (memory && tg_im_judge(trace->crypto, k->octets, &knowledge, &arena, judgement) == TG_OK)
            tell(trace, k, judgement);
        else
            trace->out_of_memory = true;
        if (memory)
            tg_arena_wipe(&arena, 0);
        free(memory);
    } else {
        trace->out_of_memory = true;
    }
    free(sent);
    free(judgement);
    free(known);
}
