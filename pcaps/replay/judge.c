/* What a conversation is worth, as captured and as it is sent. */
#include <stdlib.h>

#include "replaying.h"

static void add_sent(const tgp_replay *r, size_t message, bool as_captured, tg_sent *sent, size_t *places, size_t *num,
                     size_t *octets)
{
    const tgp_replay_message *m = &r->messages[message];
    places[*num] = message;
    sent[(*num)++] = (tg_sent){ .octets = as_captured ? m->was : m->octets,
                                .ex = m->ex[0] ? m->ex : NULL,
                                .from = m->from,
                                .has_m_lines = m->has_m_lines,
                                .m_lines = m->m_lines,
                                .num_m_lines = m->num_m_lines };
    *octets += m->octets.len;
}

tg_sent *tgr_sent_of(const tgp_replay *r, uint64_t conversation, size_t last, bool as_captured, size_t **indices,
                     size_t *num, size_t *octets)
{
    size_t first = conversation == TGP_NONE ? r->num_places : tgr_first_place(r, conversation), end = first;
    while (end < r->num_places && r->places[end].conversation == conversation && r->places[end].message < last)
        end++;
    tg_sent *sent = r->places ? calloc(end - first + 2, sizeof *sent) : NULL; /* and room for an answer */
    size_t *places = calloc(end - first + 2, sizeof *places);
    *num = *octets = 0;
    *indices = places;
    if (!sent || !places) {
        free(sent);
        free(places);
        *indices = NULL;
        return NULL;
    }
    for (size_t i = first; i < end; i++)
        add_sent(r, r->places[i].message, as_captured, sent, places, num, octets);
    add_sent(r, last, as_captured, sent, places, num, octets);
    return sent;
}

bool tgr_judge_all(tg_crypto *crypto, const tg_known *known, const tg_sent *sent, size_t num, tgp_replay_take_all take,
                   void *user)
{
    size_t octets = 0;
    for (size_t i = 0; i < num; i++)
        octets += sent[i].octets.len;
    size_t size = tg_conversation_arena_size(octets, num);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_conversation *conversation = NULL;
    bool ok = memory && tg_conversation_new(crypto, known, num, &arena, &conversation) == TG_OK;
    for (size_t i = 0; i < num && ok; i++)
        ok = tg_conversation_add(conversation, &sent[i]) == TG_OK;
    if (ok)
        take(user, conversation);
    tg_arena_wipe(&arena, 0);
    free(memory);
    return ok;
}

void tgr_take_one(void *user, const tg_conversation *conversation)
{
    const tgr_one_of_all *one = user;
    one->take(one->user, tg_conversation_judgement(conversation, one->index));
}

bool tgr_judge(tg_crypto *crypto, const tg_known *known, const tg_sent *sent, size_t num, size_t index,
               tgp_replay_take take, void *user)
{
    tgr_one_of_all one = { index, take, user };
    return tgr_judge_all(crypto, known, sent, num, tgr_take_one, &one);
}

bool tgp_replay_judge(const tgp_replay *r, size_t message, bool as_captured, tg_bytes answer, tg_sender answerer,
                      tgp_replay_take take, void *user)
{
    const tgp_replay_message *m = &r->messages[message];
    const tgr_conversation *c = tgr_conversation_of(r, m->conversation);
    tg_known *known = calloc(1, sizeof *known);
    size_t *indices, num = 0, octets = 0;
    tg_sent *sent = known ? tgr_sent_of(r, m->conversation, message, as_captured, &indices, &num, &octets) : NULL;
    bool ok = sent != NULL;
    if (ok && c) {
        *known = c->known;
        if (c->fresh && !as_captured)
            known->now = c->now;
    } else if (ok) {
        known->skew = TG_SKEW_DEFAULT;
        known->profile = m->profile ? *m->profile : *tg_profile_find("rfc6043");
    }
    if (ok && answer.data) {
        sent[num] = (tg_sent){ .octets = answer, .ex = sent[num - 1].ex, .from = answerer };
        num++;
    }
    ok = ok && tgr_judge(r->crypto, known, sent, num, num - 1, take, user);
    if (known)
        tg_wipe(known, sizeof *known);
    free(known);
    if (sent) {
        free(indices);
        free(sent);
    }
    return ok;
}
