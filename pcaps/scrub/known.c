/* What is known of a conversation, afterwards, and the key file that says so. */
#include "scrubbing.h"

tg_bytes tgs_copied(tgs_scrub *s, tg_bytes octets)
{
    uint8_t *copy = octets.len > 0 ? tgs_alloc(s, octets.len) : NULL;
    if (!copy)
        return (tg_bytes){ 0 };
    memcpy(copy, octets.data, octets.len);
    return tg_bytes_of(copy, octets.len);
}

static tg_bytes renamed(tgs_scrub *s, tg_bytes name)
{
    tg_bytes out = tgs_copied(s, name);
    tgs_rename_octets(s, (uint8_t *)(uintptr_t)out.data, out.len);
    return out;
}

tg_bytes tgs_exchanged(tgs_scrub *s, tg_bytes secret)
{
    tg_bytes out = tgs_copied(s, secret);
    if (out.len > 0)
        tgp_names_key(&s->names, secret, (uint8_t *)(uintptr_t)out.data);
    return out;
}

static void exchange_secrets(tgs_scrub *s, tg_secrets *secrets)
{
    tg_bytes *const all[] = { &secrets->psk_i, &secrets->psk_r,     &secrets->psk_kms,
                              &secrets->tpk,   &secrets->env_key_i, &secrets->env_key_r,
                              &secrets->mpki,  &secrets->mpkr,      &secrets->mpkr_forked };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = tgs_exchanged(s, *all[i]);
}

/* Those of a key file are a list. */
static const tg_subscriber_source *other_subscribers(tgs_scrub *s, const tg_subscriber_source *before)
{
    const tg_subscriber_source list_source = tg_subscriber_list_source(NULL);
    if (!before || before->by_uid != list_source.by_uid)
        return NULL;
    const tg_subscriber_list *list = before->user;
    tg_subscriber_list *after = tgs_alloc(s, sizeof *after);
    tg_subscriber *subscribers = tgs_alloc(s, (list->num + 1) * sizeof *subscribers);
    tg_subscriber_source *source = tgs_alloc(s, sizeof *source);
    if (!after || !subscribers || !source)
        return NULL;
    for (size_t i = 0; i < list->num; i++) {
        const tg_subscriber *one = &list->subscribers[i];
        tg_bytes *uids = tgs_alloc(s, (one->num_uids + 1) * sizeof *uids);
        for (size_t k = 0; uids && k < one->num_uids; k++)
            uids[k] = renamed(s, one->uids[k]);
        subscribers[i] =
            (tg_subscriber){ renamed(s, one->b_tid), uids, uids ? one->num_uids : 0, tgs_exchanged(s, one->psk) };
    }
    *after = (tg_subscriber_list){ subscribers, list->num };
    *source = tg_subscriber_list_source(after);
    return source;
}

void tgs_known_after(tgs_scrub *s, const tg_known *before, tg_known *after)
{
    tg_identity *const all[] = { &after->i, &after->r, &after->kms, &after->r_called };
    *after = *before;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        all[i]->data = renamed(s, all[i]->data);
    exchange_secrets(s, &after->secrets);
    after->subscribers = other_subscribers(s, before->subscribers);
}

/* Participants and session keys that a set gives; NULL: none, or `failed`. */
static tg_json_keys *other_beside(tgs_scrub *s, int set)
{
    const tg_json_keys *before;
    if (set < 0 || !tgp_keys_set(s->options->keys, (size_t)set, &before))
        return NULL;
    tg_json_keys *after = tgs_alloc(s, sizeof *after);
    tg_json_participant *participants = tgs_alloc(s, (before->num_participants + 1) * sizeof *participants);
    tg_json_tek *teks = tgs_alloc(s, (before->num_teks + 1) * sizeof *teks);
    if (!after || !participants || !teks)
        return NULL;
    for (size_t i = 0; i < before->num_participants; i++)
        participants[i] = (tg_json_participant){ renamed(s, before->participants[i].conference),
                                                 renamed(s, before->participants[i].uid) };
    for (size_t i = 0; i < before->num_teks; i++) {
        teks[i] = before->teks[i];
        teks[i].tek = tgs_exchanged(s, before->teks[i].tek);
    }
    after->has_participants = before->has_participants;
    after->participants = participants;
    after->num_participants = before->num_participants;
    after->teks = teks;
    after->num_teks = before->num_teks;
    return after;
}

void tgs_add_keys(tgs_scrub *s, int set, const tg_known *after)
{
    static const tg_json_keys nothing;
    if (set < 0 || set > 63 || (s->key_sets >> set & 1) != 0)
        return;
    const tg_json_keys *beside = other_beside(s, set);
    tg_text_add(s->keys_out, s->key_sets ? "," : "[", 1);
    if (after) {
        tg_known said = *after;
        const tg_json_keys *before; /* where it says no time, that of the frames counts, and is known by now */
        said.has_now = tgp_keys_set(s->options->keys, (size_t)set, &before) && before->conversation.known.has_now;
        tg_json_add_keys(&said, beside ? beside : &nothing, s->keys_out);
    } else {
        tg_json_add_keys(NULL, beside ? beside : &nothing, s->keys_out);
    }
    s->key_sets |= (uint64_t)1 << set;
}

/* Sets that no conversation was judged with may still say who takes part, and session keys. */
void tgs_add_other_keys(tgs_scrub *s)
{
    const tg_json_keys *set;
    for (int i = 0; tgp_keys_set(s->options->keys, (size_t)i, &set); i++) {
        if (set->has_participants || set->num_teks > 0)
            tgs_add_keys(s, i, NULL);
        for (size_t k = 0; k < set->num_teks; k++) {
            tgs_tek *tek = tgs_grow(s, (void **)&s->teks, &s->num_teks, sizeof *tek);
            if (tek)
                *tek = (tgs_tek){ tgs_copied(s, set->teks[k].tek), tgs_exchanged(s, set->teks[k].tek) };
        }
    }
}
