/* What authentic messages establish for those after them (section 2, learning). */
#include "case.h"

/* ---- keys ---------------------------------------------------------------------------------------------------- */

/* A value once known stays. */
static void learn_once(tg_bytes *known, tg_bytes value)
{
    if (known->len == 0 && tg_is_usable(value))
        *known = value;
}

/* Before the bundle of the message changes. False: it has none, or no memory is left. */
static bool may_learn(tg_case *k)
{
    if (!k->entry->bundle)
        return false;
    if (tg_remember(k->conversation, k->bundle, sizeof *k->bundle))
        return true;
    k->status = TG_ARENA_FULL;
    return false;
}

/* What the judge sees in the ticket itself comes before what the KMS sends. The ticket has a MAC of its own: what is in
 * it holds whatever becomes of the message around it. */
void tg_learn_ticket(tg_case *k)
{
    const tg_opened_ticket *opened = k->opened;
    tg_bundle *bundle = k->bundle;
    bool is_own = k->entry->ticket && k->entry->ticket->of_ticket == bundle;
    if (!opened || !is_own || bundle->is_seen || opened->outcome != TG_OUTCOME_OK || opened->kemac != TG_OUTCOME_OK ||
        !may_learn(k))
        return;
    bundle->is_seen = true;
    learn_once(&bundle->mpki, opened->mpki);
    learn_once(&bundle->mpkr, opened->mpkr);
    if (!bundle->has_keys) {
        bundle->has_keys = true;
        bundle->keys = opened->keys;
    }
}

/* MPKi, or the MPK behind it; a KEMAC that does not begin with MPKi says nothing. */
static tg_bytes mpk_of(const tg_case *k, size_t i)
{
    return k->keys.mpk[0] && k->keys.mpk[i] ? k->keys.mpk[i]->key_data : tg_bytes_of(NULL, 0);
}

static void learn_from_request_resp(tg_case *k)
{
    tg_bundle *bundle = k->bundle;
    if (k->judgement->kemac != TG_OUTCOME_OK || !may_learn(k))
        return;
    learn_once(&bundle->mpki, mpk_of(k, 0));
    if (tg_has_flag(k->ticket, 'I'))
        learn_once(&bundle->mpkr, mpk_of(k, 1));
    if (!bundle->has_keys) {
        bundle->has_keys = true;
        bundle->keys = k->keys;
    }
}

/* The TGKs in a RESOLVE_RESP of a ticket with I=1 are TGKs'. */
static void mark_forked(tg_case *k)
{
    for (size_t i = 0; i < k->keys.num_session; i++) {
        tg_known_key *key = &k->keys.session[i];
        if (tg_is_tgk_type(key->type)) {
            key->forked = key->key;
            key->key = tg_bytes_of(NULL, 0);
        }
    }
}

static void add_forked_set(tg_case *k)
{
    tg_bundle *bundle = k->bundle;
    tg_forked_set *set = tg_case_alloc(k, sizeof *set);
    if (!set)
        return;
    mark_forked(k);
    *set = (tg_forked_set){ .earlier = bundle->forked, .resolve_resp = k->entry, .keys = k->keys };
    if (tg_is_usable(mpk_of(k, 1)))
        set->mpkr_forked = bundle->mpkr_forked = mpk_of(k, 1);
    bundle->forked = set;
}

static void learn_from_resolve_resp(tg_case *k)
{
    tg_bundle *bundle = k->bundle;
    bool is_forked = tg_has_flag(k->ticket, 'I');
    if (k->judgement->kemac != TG_OUTCOME_OK || !may_learn(k))
        return;
    learn_once(&bundle->mpki, mpk_of(k, 0));
    if (is_forked)
        add_forked_set(k);
    if (bundle->has_keys)
        return;
    bundle->has_keys = true;
    bundle->keys_are_forked = is_forked;
    bundle->keys = k->keys;
}

static bool remember_for_index(void *user, void *where, size_t len)
{
    return tg_remember(user, where, len);
}

/* Keys of a KEMAC in the Ticket Transfer exchange go before all that were sent earlier. */
static void learn_sent_keys(tg_case *k)
{
    tg_bundle *bundle = k->bundle;
    const tg_key_set *keys = &k->keys;
    const tg_index_journal journal = { remember_for_index, k->conversation };
    if (k->judgement->kemac != TG_OUTCOME_OK || keys->num_session == 0 || !may_learn(k))
        return;
    keys->session[keys->num_session - 1].next = bundle->sent_keys;
    bundle->sent_keys = keys->session;
    for (size_t i = keys->num_session; i-- > 0;) {
        tg_known_key *key = &keys->session[i];
        if (key->spi.len && tg_is_usable(key->key) &&
            !tg_index_put(&bundle->sent_by_spi, k->arena, key->spi, key, &journal))
            k->status = TG_ARENA_FULL;
    }
}

/* ---- exchanges ----------------------------------------------------------------------------------------------- */

/* A TRANSFER_INIT that is judged again in its place may be older than what was learned since. */
static void learn_time(tg_case *k, tg_transfer *transfer)
{
    tg_sender sender = k->entry->sent.from;
    const tg_entry **last = &transfer->last[sender == TG_SENDER_R];
    if (!k->parts->t || (sender != TG_SENDER_I && sender != TG_SENDER_R) || (*last && (*last)->index > k->entry->index))
        return;
    if (tg_remember(k->conversation, transfer, sizeof *transfer))
        *last = k->entry;
    else
        k->status = TG_ARENA_FULL;
}

/* The exchange that begins with `init`, in its place by age. In a CSB that was there before (which 5.3 forbids) the
 * timestamps go on. NULL: no memory is left. */
static tg_transfer *transfer_of(tg_case *k, const tg_entry *init)
{
    tg_state *state = &k->conversation->state;
    tg_transfer **at = &state->transfers;
    while (*at && (*at)->init->index > init->index)
        at = &(*at)->earlier;
    if (*at && (*at)->init == init)
        return *at;
    tg_transfer *transfer = tg_case_alloc(k, sizeof *transfer);
    if (!transfer || !tg_remember(k->conversation, at, sizeof *at)) {
        k->status = TG_ARENA_FULL;
        return NULL;
    }
    *transfer = (tg_transfer){ .earlier = *at, .init = init };
    for (const tg_transfer *t = *at; t; t = t->earlier) {
        if (t->init->message->hdr.csb_id == init->message->hdr.csb_id) {
            memcpy(transfer->last, t->last, sizeof transfer->last);
            break;
        }
    }
    *at = transfer;
    return transfer;
}

static void learn_transfer_init(tg_case *k)
{
    tg_state *state = &k->conversation->state;
    tg_transfer *transfer = transfer_of(k, k->entry);
    if (!transfer)
        return;
    learn_time(k, transfer);
    k->entry->earlier = state->transfer_init;
    state->transfer_init = k->entry;
    learn_sent_keys(k);
}

static void learn_transfer_resp(tg_case *k)
{
    tg_state *state = &k->conversation->state;
    tg_transfer *transfer = transfer_of(k, k->entry->answered);
    if (!transfer || !tg_remember(k->conversation, transfer, sizeof *transfer)) {
        k->status = TG_ARENA_FULL;
        return;
    }
    transfer->resp = k->entry;
    learn_time(k, transfer);
    if (tg_has_flag(k->ticket, 'I') && may_learn(k))
        k->bundle->mpkr_forked = k->entry->keying.inkey;
    k->entry->earlier = state->transfer_resp;
    state->transfer_resp = k->entry;
    learn_sent_keys(k);
}

static void learn_update(tg_case *k)
{
    if (k->transfer)
        learn_time(k, k->transfer);
    learn_sent_keys(k);
}

static void add_to(const tg_entry **list, tg_entry *entry)
{
    entry->earlier = *list;
    *list = entry;
}

void tg_learn(tg_case *k)
{
    tg_state *state = &k->conversation->state;
    if (k->judgement->auth != TG_OUTCOME_OK)
        return;
    switch (k->data_type) {
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
        add_to(&state->request_init, k->entry);
        return;
    case TG_DATA_TYPE_REQUEST_RESP:
        learn_from_request_resp(k);
        add_to(&state->request_resp, k->entry);
        break;
    case TG_DATA_TYPE_TRANSFER_INIT:
        if (k->entry->is_update)
            learn_update(k);
        else
            learn_transfer_init(k);
        break;
    case TG_DATA_TYPE_TRANSFER_RESP:
        if (k->entry->is_update)
            learn_update(k);
        else
            learn_transfer_resp(k);
        break;
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        add_to(&state->resolve_init, k->entry);
        return; /* a request gives nothing yet; what was seen in its ticket is kept already */
    case TG_DATA_TYPE_RESOLVE_RESP:
        learn_from_resolve_resp(k);
        add_to(&state->resolve_resp, k->entry);
        break;
    default:
        return;
    }
    if (k->derived->num_cs) {
        state->cs = k->derived->cs;
        state->num_cs = k->derived->num_cs;
    }
}

/* What is known now of the ticket of the message, or of that of the last message before it that is of one. */
void tg_show_mpks(tg_case *k)
{
    static const tg_bundle nothing = { .has_keys = false };
    const tg_bundle *bundle = k->entry->bundle ? k->entry->bundle : k->conversation->state.bundle;
    const tg_secrets *secrets = &k->known->secrets;
    bundle = bundle ? bundle : &nothing;
    k->derived->mpki = bundle->mpki.len ? bundle->mpki : secrets->mpki;
    k->derived->mpkr = bundle->mpkr.len ? bundle->mpkr : secrets->mpkr;
    k->derived->mpkr_forked = bundle->mpkr_forked.len ? bundle->mpkr_forked : secrets->mpkr_forked;
}
