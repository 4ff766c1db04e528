/* A conversation: adding a message, judging it, and judging a TRANSFER_INIT again once its key is known. */
#include "case.h"

/* ---- memory -------------------------------------------------------------------------------------------------- */

/* For each octet: the parse of the message, and of a KEMAC in it and in its ticket; keys in them with their SPI in an
 * index and what is remembered of it; copies for `derived`. For each message: its entry, its derived keys, session keys
 * of 255 crypto sessions with their forks, and findings: a row is kept at few places. */
enum { ARENA_PER_OCTET = 512, ARENA_PER_MESSAGE = 1024 * 1024, ARENA_FIXED = 16384 };

size_t tg_conversation_arena_size(size_t total_octets, size_t num_messages)
{
    if (total_octets > SIZE_MAX / 4 / ARENA_PER_OCTET || num_messages > SIZE_MAX / 4 / ARENA_PER_MESSAGE)
        return SIZE_MAX;
    return total_octets * ARENA_PER_OCTET + num_messages * ARENA_PER_MESSAGE + ARENA_FIXED;
}

bool tg_case_is_ok(tg_case *k, tg_status status)
{
    if (status == TG_ARENA_FULL || status == TG_NO_MEMORY)
        k->status = status;
    return status == TG_OK;
}

void *tg_case_alloc(tg_case *k, size_t size)
{
    void *out = tg_arena_alloc(k->arena, size ? size : 1);
    if (out)
        memset(out, 0, size);
    else
        k->status = TG_ARENA_FULL;
    return out;
}

bool tg_remember(tg_conversation *c, void *where, size_t len)
{
    tg_memento *memento = tg_arena_alloc(c->arena, sizeof *memento + len);
    if (!memento)
        return false;
    *memento = (tg_memento){ c->mementos, where, len };
    memcpy(memento + 1, where, len);
    c->mementos = memento;
    return true;
}

static void put_back(tg_conversation *c)
{
    for (const tg_memento *m = c->mementos; m; m = m->earlier)
        memcpy(m->where, m + 1, m->len);
    c->mementos = NULL;
}

/* ---- judging ------------------------------------------------------------------------------------------------- */

static void emit_to_case(void *user, const tg_finding *finding)
{
    tg_say_from_rules(user, finding);
}

static void judge_by_rules(tg_case *k)
{
    const tg_known *known = k->known;
    const tg_sent *sent = &k->entry->sent;
    const tg_context context = { .exchange = k->entry->exchange,
                                 .sender = sent->from,
                                 .has_m_lines = sent->has_m_lines || known->has_m_lines,
                                 .m_lines = sent->has_m_lines ? sent->m_lines : known->m_lines,
                                 .num_m_lines = sent->has_m_lines ? sent->num_m_lines : known->num_m_lines,
                                 .tpk_at_hand = known->secrets.tpk.len > 0 };
    if (!known->without_rules && !sent->keeps_rules)
        tg_rules_check(k->message, &known->profile, &context, (tg_finding_sink){ emit_to_case, k });
}

static void judge_by_checks(tg_case *k)
{
    tg_check_authenticity(k);
    tg_check_sender(k);
    tg_check_response(k);
    tg_check_kemac_contents(k);
    tg_check_key_rows(k);
    tg_check_request(k);
    tg_check_transfer(k);
    tg_check_sessions(k);
    tg_check_resolve(k);
    tg_check_update(k);
    tg_check_reuse(k);
    tg_check_lengths(k);
    tg_check_certificates(k);
    tg_check_error(k);
    tg_check_time(k);
    tg_check_subscribers(k);
}

static void list_findings(tg_case *k)
{
    const tg_finding **findings = k->num_said ? tg_case_alloc(k, k->num_said * sizeof *findings) : NULL;
    if (!findings)
        return;
    for (const tg_said *s = k->said; s; s = s->next)
        findings[k->judgement->num_findings++] = &s->finding;
    k->judgement->findings = findings;
}

static bool waits_for_mpki(const tg_case *k)
{
    return tg_is_init_transfer(k) && k->judgement->auth == TG_OUTCOME_SKIPPED && k->parts->v &&
           k->entry->keying.kind == TG_KEYING_UNKNOWN;
}

static tg_case case_of(tg_conversation *c, tg_entry *entry, tg_judgement *judgement)
{
    return (tg_case){ .conversation = c,
                      .crypto = c->crypto,
                      .known = &c->known,
                      .settings = &c->known.profile.settings,
                      .arena = c->arena,
                      .entry = entry,
                      .message = entry->message,
                      .parts = &entry->parts,
                      .data_type = entry->data_type,
                      .judgement = judgement,
                      .derived = &judgement->derived };
}

static tg_status judge(tg_conversation *c, tg_entry *entry)
{
    tg_judgement *judgement = tg_arena_alloc(c->arena, sizeof *judgement);
    if (!judgement)
        return TG_ARENA_FULL;
    memset(judgement, 0, sizeof *judgement);
    judgement->message = entry->message;
    tg_case k = case_of(c, entry, judgement);
    k.last_said = &k.said;
    tg_choose_bundle(&k);
    tg_open_ticket(&k);
    tg_learn_ticket(&k);
    tg_find_keying(&k);
    tg_authenticate(&k);
    tg_open_envelope(&k);
    tg_authenticate_vr(&k);
    tg_open_own_kemac(&k);
    tg_derive_session_keys(&k);
    if (k.status == TG_OK)
        judge_by_rules(&k);
    if (k.status == TG_OK)
        judge_by_checks(&k);
    tg_free_certificates(&k);
    tg_learn(&k);
    tg_show_mpks(&k);
    list_findings(&k);
    entry->awaits_mpki = waits_for_mpki(&k);
    entry->judgement = judgement;
    return k.status;
}

/* ---- adding -------------------------------------------------------------------------------------------------- */

/* Nothing that stands in octets which cannot be cut is looked at. */
static tg_status refuse(tg_conversation *c, tg_entry *entry, tg_status status, const tg_diag *diag)
{
    tg_judgement *judgement = tg_arena_alloc(c->arena, sizeof *judgement);
    const tg_requirement *row = tg_requirement_find(diag->id);
    tg_finding *finding = row ? tg_arena_alloc(c->arena, sizeof *finding) : NULL;
    const tg_finding **findings = row ? tg_arena_alloc(c->arena, sizeof *findings) : NULL;
    if (!judgement || (row && (!finding || !findings)))
        return TG_ARENA_FULL;
    *judgement = (tg_judgement){ .parse = status,
                                 .diag = *diag,
                                 .auth = TG_OUTCOME_SKIPPED,
                                 .ticket_auth = TG_OUTCOME_SKIPPED,
                                 .vr_auth = TG_OUTCOME_SKIPPED,
                                 .kemac = TG_OUTCOME_SKIPPED };
    if (row) {
        *finding = (tg_finding){ .requirement = row, .offset = diag->offset };
        memcpy(finding->path, diag->path, sizeof finding->path);
        memcpy(finding->text, tg_status_text(status), strlen(tg_status_text(status)) + 1);
        *findings = finding;
        judgement->findings = findings;
        judgement->num_findings = 1;
        judgement->reception = tg_reception_add(TG_RECEPTION_ACCEPT, row);
    }
    entry->judgement = judgement;
    return TG_OK;
}

/* Who sends a message of this type in the figures, where nobody says who did. */
static tg_sender usual_sender(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_PSK_INIT:
    case TG_DATA_TYPE_REQUEST_INIT_PSK:
    case TG_DATA_TYPE_REQUEST_INIT_PK:
    case TG_DATA_TYPE_TRANSFER_INIT:
        return TG_SENDER_I;
    case TG_DATA_TYPE_PSK_RESP:
    case TG_DATA_TYPE_TRANSFER_RESP:
    case TG_DATA_TYPE_RESOLVE_INIT_PSK:
    case TG_DATA_TYPE_RESOLVE_INIT_PK:
        return TG_SENDER_R;
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_RESOLVE_RESP:
        return TG_SENDER_K;
    default:
        return TG_SENDER_UNKNOWN;
    }
}

static tg_status open_message(tg_conversation *c, tg_entry *entry, tg_message *message)
{
    entry->message = message;
    entry->data_type = message->hdr.data_type;
    entry->is_sender_given = entry->sent.from != TG_SENDER_UNKNOWN;
    if (entry->sent.from == TG_SENDER_UNKNOWN)
        entry->sent.from = usual_sender(entry->data_type);
    tg_find_parts(message, &entry->parts);
    if (tg_is_initial_type(entry->data_type))
        entry->digest = tg_digest(message->octets);
    tg_find_answered(c, entry);
    if (!tg_find_ticket(c, entry))
        return TG_ARENA_FULL;
    tg_status status = judge(c, entry);
    if (entry->bundle)
        c->state.bundle = entry->bundle;
    if (entry->data_type == TG_DATA_TYPE_TRANSFER_INIT && !entry->is_update)
        c->state.last_transfer_init = entry;
    return status;
}

/* Every TRANSFER_INIT that waits for the MPKi that a RESOLVE_RESP may have given, in its place. */
static tg_status judge_again(tg_conversation *c)
{
    tg_status status = TG_OK;
    for (size_t i = 0; i < c->num && status == TG_OK; i++) {
        tg_entry *entry = c->entries[i];
        if (!entry->awaits_mpki)
            continue;
        tg_judgement probe;
        tg_case k = case_of(c, entry, &probe);
        tg_choose_bundle(&k);
        if (tg_known_mpki(&k).len == 0)
            continue;
        if (!tg_remember(c, entry, sizeof *entry))
            return TG_ARENA_FULL;
        status = judge(c, entry);
    }
    return status;
}

static tg_status add(tg_conversation *c, const tg_sent *sent)
{
    tg_entry *entry = tg_arena_alloc(c->arena, sizeof *entry);
    tg_message *message;
    tg_diag diag;
    if (!entry)
        return TG_ARENA_FULL;
    *entry = (tg_entry){ .index = c->num, .sent = *sent, .exchange = tg_exchange_of(sent->ex) };
    if (sent->ex)
        entry->ex_digest = tg_digest(tg_bytes_of(sent->ex, strlen(sent->ex)));
    c->entries[c->num] = entry;
    tg_status status = tg_message_parse(sent->octets, c->arena, &message, &diag);
    if (status == TG_ARENA_FULL)
        return status;
    if (status != TG_OK)
        return refuse(c, entry, status, &diag);
    status = open_message(c, entry, message);
    if (status == TG_OK && entry->data_type == TG_DATA_TYPE_RESOLVE_RESP && entry->judgement->auth == TG_OUTCOME_OK)
        status = judge_again(c);
    return status;
}

tg_status tg_conversation_add(tg_conversation *c, const tg_sent *sent)
{
    if (c->num == c->max)
        return TG_TOO_LARGE;
    const tg_state before = c->state;
    size_t mark = c->arena->used;
    c->mementos = NULL;
    tg_crypto_hold(c->crypto);
    tg_status status = add(c, sent);
    tg_crypto_release(c->crypto);
    if (status == TG_OK) {
        c->num++;
        return TG_OK;
    }
    put_back(c);
    c->state = before;
    tg_arena_wipe(c->arena, mark);
    return status;
}

tg_status tg_conversation_new(tg_crypto *crypto, const tg_known *known, size_t max_messages, tg_arena *arena,
                              tg_conversation **out)
{
    if (max_messages > SIZE_MAX / sizeof(tg_entry *))
        return TG_TOO_LARGE;
    size_t mark = arena->used;
    tg_conversation *c = tg_arena_alloc(arena, sizeof *c);
    tg_entry **entries = c ? tg_arena_alloc(arena, max_messages * sizeof *entries) : NULL;
    if (!entries) {
        arena->used = mark;
        return TG_ARENA_FULL;
    }
    *c =
        (tg_conversation){ .crypto = crypto, .known = *known, .arena = arena, .entries = entries, .max = max_messages };
    *out = c;
    return TG_OK;
}

/* ---- results ------------------------------------------------------------------------------------------------- */

const char *tg_outcome_name(tg_outcome outcome)
{
    static const char *const names[] = { [TG_OUTCOME_ABSENT] = "absent",
                                         [TG_OUTCOME_SKIPPED] = "skipped",
                                         [TG_OUTCOME_OK] = "ok",
                                         [TG_OUTCOME_FAIL] = "fail" };
    return names[outcome];
}

bool tg_judgement_is_accepted(const tg_judgement *judgement)
{
    if (judgement->parse != TG_OK)
        return false;
    bool may_lack_auth = judgement->message->hdr.data_type == TG_DATA_TYPE_ERROR;
    if (judgement->auth != TG_OUTCOME_OK && !(judgement->auth == TG_OUTCOME_ABSENT && may_lack_auth))
        return false;
    return judgement->ticket_auth != TG_OUTCOME_FAIL && judgement->vr_auth != TG_OUTCOME_FAIL &&
           judgement->kemac != TG_OUTCOME_FAIL && judgement->reception != TG_RECEPTION_REJECT;
}

const tg_known *tg_conversation_known(const tg_conversation *conversation)
{
    return &conversation->known;
}

size_t tg_conversation_num(const tg_conversation *c)
{
    return c->num;
}

const tg_judgement *tg_conversation_judgement(const tg_conversation *c, size_t index)
{
    return index < c->num ? c->entries[index]->judgement : NULL;
}

bool tg_conversation_is_accepted(const tg_conversation *c)
{
    for (size_t i = 0; i < c->num; i++) {
        if (!tg_judgement_is_accepted(c->entries[i]->judgement))
            return false;
    }
    return true;
}

/* ---- what was established ------------------------------------------------------------------------------------ */

static const tg_message *message_of(const tg_entry *entry)
{
    return entry ? entry->message : NULL;
}

static tg_bytes known_or(tg_bytes learned, tg_bytes given)
{
    return learned.len ? learned : given;
}

/* The newest authentic message with a ticket: granted or transferred, else resolved. */
static const tg_entry *newest_ticket(const tg_state *state)
{
    const tg_entry *granted = state->request_resp, *transferred = state->transfers ? state->transfers->init : NULL;
    const tg_entry *newest = granted && (!transferred || granted->index > transferred->index) ? granted : transferred;
    return newest ? newest : state->resolve_init;
}

/* Of that ticket; before there is one, of the last that was seen. */
static const tg_bundle *newest_bundle(const tg_state *state)
{
    static const tg_bundle nothing = { .has_keys = false };
    const tg_entry *newest = newest_ticket(state);
    const tg_bundle *bundle = newest ? newest->bundle : state->bundle;
    return bundle ? bundle : &nothing;
}

static const tg_forked_set *newest_set(const tg_state *state, const tg_bundle *bundle)
{
    const tg_entry *resp = state->transfers ? state->transfers->resp : NULL;
    return bundle->keys_are_forked ? tg_forked_set_of(bundle, resp ? &resp->parts : NULL) : NULL;
}

void tg_conversation_established(const tg_conversation *c, tg_established *out)
{
    const tg_state *state = &c->state;
    static const tg_transfer none = { .init = NULL };
    const tg_transfer *transfer = state->transfers ? state->transfers : &none;
    const tg_entry *ticket = newest_ticket(state);
    const tg_bundle *bundle = newest_bundle(state);
    const tg_forked_set *forked = newest_set(state, bundle);
    *out = (tg_established){
        .request_init = message_of(state->request_init),
        .request_resp = message_of(state->request_resp),
        .transfer_init = message_of(transfer->init),
        .transfer_resp = message_of(transfer->resp),
        .resolve_init = message_of(state->resolve_init),
        .resolve_resp = message_of(state->resolve_resp),
        .ticket = ticket ? ticket->parts.ticket : NULL,
        .mpki = known_or(bundle->mpki, c->known.secrets.mpki),
        .mpkr = known_or(bundle->mpkr, c->known.secrets.mpkr),
        .mpkr_forked = known_or(bundle->mpkr_forked, c->known.secrets.mpkr_forked),
        .ticket_keys = forked ? forked->keys.session : bundle->keys.session,
        .sent_keys = bundle->sent_keys,
        .cs = state->cs,
        .num_cs = state->num_cs,
    };
    if (transfer->init)
        out->randri = tg_rand_of(&transfer->init->parts, TG_RAND_ROLE_I);
    const tg_entry *modifier = transfer->resp ? transfer->resp : state->resolve_resp;
    if (transfer->resp)
        out->randrr = tg_rand_of(&transfer->resp->parts, TG_RAND_ROLE_R);
    if (modifier) {
        out->randrkms = tg_rand_of(&modifier->parts, TG_RAND_ROLE_KMS);
        out->idr = tg_identity_of(modifier->parts.idr[TG_ID_ROLE_R]).data;
    }
}

const tg_known_key *tg_conversation_find_key(const tg_conversation *c, tg_bytes spi)
{
    const tg_bundle *bundle = newest_bundle(&c->state);
    return tg_find_key(NULL, bundle, newest_set(&c->state, bundle), spi);
}

const tg_known_key *tg_conversation_find_key_of(const tg_conversation *c, size_t index, tg_bytes spi)
{
    const tg_bundle *bundle = index < c->num ? c->entries[index]->bundle : NULL;
    return bundle ? tg_find_key(NULL, bundle, tg_forked_set_of(bundle, NULL), spi) : NULL;
}

tg_status tg_conversation_auth_key(const tg_conversation *c, size_t index, uint8_t auth_alg, uint8_t out[TG_MAC_MAX],
                                   size_t *len)
{
    size_t mac_len, mark = c->arena->used;
    if (index >= c->num || !c->entries[index]->message)
        return TG_NOT_FOUND;
    if (!tg_mac_sizes(auth_alg, &mac_len, len) || *len == 0)
        return TG_UNKNOWN_ALGORITHM;
    const tg_keying keying = tg_error_keying(c->entries[index]);
    if (keying.kind == TG_KEYING_UNKNOWN)
        return TG_NOT_FOUND;
    tg_case k = { .arena = c->arena, .crypto = c->crypto };
    tg_bytes key;
    bool is_derived = tg_derive(&k, &keying, TG_USE_AUTH, *len, &key);
    if (is_derived)
        memcpy(out, key.data, key.len);
    tg_arena_wipe(c->arena, mark);
    return is_derived ? TG_OK : k.status != TG_OK ? k.status : TG_NOT_FOUND;
}
