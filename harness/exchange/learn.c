/* What authentic messages establish for those after them (section 2, learning). */
#include "case.h"

/* ---- keys ---------------------------------------------------------------------------------------------------- */

/* A value once known stays. */
static void learn_once(tg_bytes *known, tg_bytes value)
{
    if (known->len == 0 && tg_is_usable(value))
        *known = value;
}

/* What the judge sees in the ticket itself comes before what the KMS sends. The ticket has a MAC of its own: what is in
 * it holds whatever becomes of the message around it. */
void tg_learn_ticket(tg_case *k)
{
    const tg_opened_ticket *opened = k->opened;
    tg_state *state = &k->conversation->state;
    tg_bundle *bundle = &k->bundle;
    bool is_own = k->entry->ticket && k->entry->ticket == bundle->ticket;
    if (!opened || !is_own || opened->outcome != TG_OUTCOME_OK || opened->kemac != TG_OUTCOME_OK)
        return;
    learn_once(&bundle->mpki, opened->mpki);
    learn_once(&bundle->mpkr, opened->mpkr);
    if (!bundle->has_keys) {
        bundle->has_keys = true;
        bundle->keys = opened->keys;
    }
    *(k->slot == TG_SLOT_CURRENT ? &state->current : &state->next) = *bundle;
}

/* MPKi, or the MPK behind it; a KEMAC that does not begin with MPKi says nothing. */
static tg_bytes mpk_of(const tg_case *k, size_t i)
{
    return k->keys.mpk[0] && k->keys.mpk[i] ? k->keys.mpk[i]->key_data : tg_bytes_of(NULL, 0);
}

static void learn_from_request_resp(tg_case *k)
{
    tg_bundle *bundle = &k->bundle;
    if (k->judgement->kemac != TG_OUTCOME_OK)
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

static void learn_from_resolve_resp(tg_case *k)
{
    tg_bundle *bundle = &k->bundle;
    bool is_forked = tg_has_flag(k->ticket, 'I');
    if (k->judgement->kemac != TG_OUTCOME_OK)
        return;
    learn_once(&bundle->mpki, mpk_of(k, 0));
    if (is_forked && tg_is_usable(mpk_of(k, 1)))
        bundle->mpkr_forked = mpk_of(k, 1);
    /* A ticket that is resolved again is forked by a new modifier. */
    if (bundle->has_keys && !bundle->keys_are_forked)
        return;
    bundle->has_keys = true;
    bundle->keys_are_forked = is_forked;
    bundle->keys = k->keys;
    if (is_forked)
        mark_forked(k);
}

static bool remember_for_index(void *user, void *where, size_t len)
{
    return tg_remember(user, where, len);
}

/* Keys of a KEMAC in the Ticket Transfer exchange go before all that were sent earlier. */
static void learn_sent_keys(tg_case *k)
{
    tg_bundle *bundle = &k->bundle;
    const tg_key_set *keys = &k->keys;
    const tg_index_journal journal = { remember_for_index, k->conversation };
    if (k->judgement->kemac != TG_OUTCOME_OK || keys->num_session == 0)
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

static void learn_time(tg_case *k, tg_transfer *transfer)
{
    if (k->parts->t && (k->entry->sent.from == TG_SENDER_I || k->entry->sent.from == TG_SENDER_R))
        transfer->last_t[k->entry->sent.from == TG_SENDER_R] = k->parts->t;
}

/* A new initial exchange; in the same CSB (which 5.3 forbids) the timestamps go on. */
static void begin_transfer(tg_state *state, const tg_entry *init)
{
    tg_transfer *transfer = &state->transfer;
    if (!transfer->init || transfer->init->message->hdr.csb_id != init->message->hdr.csb_id)
        transfer->last_t[0] = transfer->last_t[1] = NULL;
    transfer->init = init;
    transfer->resp = NULL;
}

static void learn_transfer_init(tg_case *k)
{
    tg_state *state = &k->conversation->state;
    tg_entry *entry = k->entry;
    if (!state->transfer.init || state->transfer.init->index < entry->index)
        begin_transfer(state, entry);
    if (state->transfer.init == entry)
        learn_time(k, &state->transfer);
    entry->earlier = state->transfer_init;
    state->transfer_init = entry;
    learn_sent_keys(k);
}

static void learn_transfer_resp(tg_case *k)
{
    tg_state *state = &k->conversation->state;
    tg_entry *entry = k->entry;
    const tg_entry *init = entry->answered;
    if (!state->transfer.init || state->transfer.init->index < init->index)
        begin_transfer(state, init);
    if (state->transfer.init == init) {
        state->transfer.resp = entry;
        learn_time(k, &state->transfer);
    }
    if (k->own_mpkr_forked.len)
        k->bundle.mpkr_forked = k->own_mpkr_forked;
    entry->earlier = state->transfer_resp;
    state->transfer_resp = entry;
    learn_sent_keys(k);
}

static void learn_update(tg_case *k)
{
    learn_time(k, &k->conversation->state.transfer);
    learn_sent_keys(k);
}

static void add_to(const tg_entry **list, tg_entry *entry)
{
    entry->earlier = *list;
    *list = entry;
}

/* A ticket that was transferred or granted is the current one from then on: what another one said is forgotten. */
static void keep_bundle(tg_case *k)
{
    tg_state *state = &k->conversation->state;
    bool makes_current = k->data_type == TG_DATA_TYPE_REQUEST_RESP || tg_is_init_transfer(k);
    if (k->slot == TG_SLOT_NONE) {
        return;
    } else if (k->slot == TG_SLOT_CURRENT) {
        state->current = k->bundle;
    } else if (makes_current) {
        state->current = k->bundle;
        state->next = (tg_bundle){ .ticket = NULL };
    } else {
        state->next = k->bundle;
    }
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
    keep_bundle(k);
    if (k->derived->num_cs) {
        state->cs = k->derived->cs;
        state->num_cs = k->derived->num_cs;
    }
}

/* What is known of the current ticket now, in the answer to every message that parses. */
void tg_show_mpks(tg_case *k)
{
    const tg_bundle *bundle = &k->conversation->state.current;
    const tg_secrets *secrets = &k->known->secrets;
    k->derived->mpki = bundle->mpki.len ? bundle->mpki : secrets->mpki;
    k->derived->mpkr = bundle->mpkr.len ? bundle->mpkr : secrets->mpkr;
    k->derived->mpkr_forked = bundle->mpkr_forked.len ? bundle->mpkr_forked : secrets->mpkr_forked;
}
