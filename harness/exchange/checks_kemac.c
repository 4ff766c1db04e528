/* Which keys a KEMAC holds, and whether they are those of the ticket: RFC 6043 4.2.1.5, 4.2.3.5, 5.1.1, 5.2, A. */
#include "case.h"

/* The rows that say the same of both answers of the KMS. */
static const struct kms_rows {
    uint8_t data_type;
    const char *begins_with_mpki, *has_mpkr, *keys_alone;
} kms_rows[] = {
    { TG_DATA_TYPE_REQUEST_RESP, "RFC6043-4.2.1.5-08", "RFC6043-4.2.1.5-09", "RFC6043-4.2.1.5-x03" },
    { TG_DATA_TYPE_RESOLVE_RESP, "RFC6043-4.2.3.5-07", "RFC6043-4.2.3.5-08", "RFC6043-4.2.3.5-x03" },
};

static tg_at at_keys(const tg_case *k)
{
    return tg_at_field(k->parts->kemac, "encr_data");
}

/* ---- kinds of keys ------------------------------------------------------------------------------------------- */

static void check_mpks(tg_case *k, const struct kms_rows *rows)
{
    const tg_key_set *keys = &k->keys;
    size_t expected = tg_has_flag(k->ticket, 'I') ? 1 : 0;
    if (!keys->mpk[0])
        tg_say(k, rows->begins_with_mpki, at_keys(k), "expected MPKi as the first key, found %s",
               keys->first ? "another type of key" : "no key");
    else if (k->ticket && (keys->num_later_mpks != expected || keys->mpk_after_others))
        tg_say(k, rows->has_mpkr, at_keys(k), "expected %zu MPK directly behind MPKi, found %zu%s", expected,
               keys->num_later_mpks, keys->mpk_after_others ? ", one of them behind other keys" : "");
    if (keys->unknown)
        tg_say(k, rows->keys_alone, at_keys(k), "expected MPKs, TEKs, TGKs and GTGKs, found a key of type %u",
               keys->unknown->type);
}

/* Initiator and Responder send session keys, no MPKs. */
static void check_sent_keys(tg_case *k)
{
    if (k->keys.unknown)
        tg_say(k, "RFC6043-5.2-x02", at_keys(k), "expected TEKs, TGKs and GTGKs, found a key of type %u",
               k->keys.unknown->type);
    else if (k->keys.mpk[0] || k->keys.num_later_mpks)
        tg_say(k, "RFC6043-5.2-x02", at_keys(k), "expected TEKs, TGKs and GTGKs, found an MPK");
}

static void check_ticket_keys(tg_case *k)
{
    const tg_opened_ticket *opened = k->opened;
    if (!opened || opened->outcome != TG_OUTCOME_OK || opened->kemac != TG_OUTCOME_OK)
        return;
    const tg_key_set *keys = &opened->keys;
    if (!keys->mpk[0] || keys->num_later_mpks || keys->unknown)
        tg_say(k, "RFC6043-A-x05", tg_at_field(k->parts->ticket, "ticket_data"),
               "expected one MPK and then TEKs, TGKs and GTGKs, found %s",
               !keys->mpk[0]          ? "no MPK in the first place"
               : keys->num_later_mpks ? "more than one MPK"
                                      : "a key of another type");
}

/* ---- the keys of the ticket ---------------------------------------------------------------------------------- */

/* Whether an MPK is there at all has rows of its own. */
static bool is_other_mpk(const tg_key_data *sent, tg_bytes known)
{
    return sent && known.len && !tg_equal_secret(sent->key_data, known);
}

static bool is_session_key(const tg_known_key *sent, const tg_known_key *known)
{
    return sent->type == known->type && tg_bytes_equal(sent->spi, known->spi) &&
           tg_equal_secret(sent->key, known->key) && tg_equal_secret(sent->salt, known->salt);
}

/* REQUEST_RESP against the ticket in it. */
static void check_granted_keys(tg_case *k)
{
    const tg_opened_ticket *opened = k->opened;
    if (!opened || opened->outcome != TG_OUTCOME_OK || opened->kemac != TG_OUTCOME_OK)
        return;
    const tg_key_set *sent = &k->keys, *known = &opened->keys;
    bool is_same = sent->num_session == known->num_session && !is_other_mpk(sent->mpk[0], opened->mpki);
    if (tg_has_flag(k->ticket, 'I'))
        is_same = is_same && !is_other_mpk(sent->mpk[1], opened->mpkr);
    for (size_t i = 0; is_same && i < sent->num_session; i++)
        is_same = is_session_key(&sent->session[i], &known->session[i]);
    if (!is_same)
        tg_say(k, "RFC6043-4.2.1.5-x02", at_keys(k), "expected the keys of the ticket, found others");
}

/* TGKs are forked in order: the n-th that is sent is the fork of the n-th that is known. */
static void check_forks(tg_case *k)
{
    const tg_bundle *bundle = k->bundle;
    tg_bytes fork, mpkr = tg_known_mpkr(k);
    bool differs =
        k->keys.mpk[1] && tg_fork(k, k->ticket, mpkr, true, k->parts, &fork) && is_other_mpk(k->keys.mpk[1], fork);
    for (size_t i = 0, j = 0; !differs && !bundle->keys_are_forked; i++, j++) {
        while (i < k->keys.num_session && !tg_is_tgk_type(k->keys.session[i].type))
            i++;
        while (j < bundle->keys.num_session && !tg_is_tgk_type(bundle->keys.session[j].type))
            j++;
        if (i >= k->keys.num_session || j >= bundle->keys.num_session)
            break;
        differs = tg_fork(k, k->ticket, bundle->keys.session[j].key, false, k->parts, &fork) &&
                  !tg_equal_secret(k->keys.session[i].key, fork);
    }
    if (differs)
        tg_say(k, "RFC6043-4.2.3.5-10", at_keys(k),
               "expected MPKr' and TGKs' forked by IDRr and RANDRkms of the message, found others");
}

static bool is_forked_by_mistake(tg_case *k, const tg_known_key *sent, const tg_known_key *known)
{
    tg_bytes fork;
    return sent->type == known->type && !tg_is_tgk_type(sent->type) && !tg_equal_secret(sent->key, known->key) &&
           tg_fork(k, k->ticket, known->key, false, k->parts, &fork) && tg_equal_secret(sent->key, fork);
}

static bool is_resolved_key(tg_case *k, const tg_known_key *sent, const tg_known_key *known)
{
    bool is_forked = tg_has_flag(k->ticket, 'I') && tg_is_tgk_type(sent->type);
    if (!is_forked)
        return is_session_key(sent, known);
    return sent->type == known->type && tg_bytes_equal(sent->spi, known->spi) &&
           tg_equal_secret(sent->salt, known->salt);
}

/* The session keys of RESOLVE_RESP against those that were known: whether one differs that no other row tells of. */
static bool are_session_keys_others(tg_case *k)
{
    const tg_key_set *sent = &k->keys, *known = &k->bundle->keys;
    bool differ = sent->num_session != known->num_session, mistake = false;
    for (size_t i = 0; i < sent->num_session && i < known->num_session; i++) {
        const tg_known_key *one = &sent->session[i], *other = &known->session[i];
        if (tg_has_flag(k->ticket, 'I') && is_forked_by_mistake(k, one, other))
            mistake = true;
        else
            differ |= !is_resolved_key(k, one, other);
    }
    if (mistake)
        tg_say(k, "RFC6043-5.1.1-02", at_keys(k),
               "expected TEKs and GTGKs as they are in the ticket, found one forked");
    return differ;
}

/* RESOLVE_RESP against what was known of the ticket. */
static void check_resolved_keys(tg_case *k)
{
    const tg_bundle *bundle = k->bundle;
    if (tg_has_flag(k->ticket, 'I'))
        check_forks(k);
    bool differ = bundle->has_keys && are_session_keys_others(k);
    differ |= is_other_mpk(k->keys.mpk[0], bundle->mpki);
    if (differ)
        tg_say(k, "RFC6043-4.2.3.5-x02", at_keys(k), "expected the keys that are known of the ticket, found others");
}

void tg_check_kemac_contents(tg_case *k)
{
    check_ticket_keys(k);
    if (k->judgement->auth != TG_OUTCOME_OK || k->judgement->kemac != TG_OUTCOME_OK)
        return;
    for (size_t i = 0; i < sizeof kms_rows / sizeof kms_rows[0]; i++) {
        if (kms_rows[i].data_type == k->data_type)
            check_mpks(k, &kms_rows[i]);
    }
    if (k->data_type == TG_DATA_TYPE_REQUEST_RESP)
        check_granted_keys(k);
    else if (k->data_type == TG_DATA_TYPE_RESOLVE_RESP)
        check_resolved_keys(k);
    else if (k->data_type == TG_DATA_TYPE_TRANSFER_INIT || k->data_type == TG_DATA_TYPE_TRANSFER_RESP)
        check_sent_keys(k);
}
