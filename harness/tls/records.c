/* What a record is for: by its type, and by whether it is protected (RFC 5246 6.2, 7.1, 7.2; RFC 6347 4.1). */
#include "case.h"

bool tg_tls_count_message(tg_tls_case *k)
{
    if (++k->num_messages <= TG_TLS_MAX_MESSAGES)
        return true;
    if (k->failed == TG_OK)
        k->failed = TG_TOO_LARGE;
    return false;
}

/* ---- alerts ------------------------------------------------------------------------------------------------- */

static void keep_alert(tg_tls_case *k, const tg_tls_end *end, bool encrypted, uint8_t level, uint8_t description,
                       tg_tls_at at)
{
    tg_tls_handshake *h = k->h;
    if (h->num_alerts < TG_TLS_MAX_ALERTS)
        h->alerts[h->num_alerts] = (tg_tls_alert){ end->from_client, encrypted, level, description };
    h->num_alerts++;
    if (encrypted || end->from_client || (level != 2 && !k->tls13))
        return; /* a warning ends nothing (RFC 5246 7.2); in TLS 1.3 the level means nothing (RFC 8446 6) */
    /* unknown_psk_identity; bad_record_mac, decryption_failed_RESERVED, decrypt_error */
    bool is_12 = h->has_server_hello && !k->tls13;
    bool says_wrong_key = !end->finished && (description == 51 || (is_12 && (description == 20 || description == 21)));
    if (description == 115 && !end->finished && !k->server_said_unknown_identity) {
        k->server_said_unknown_identity = true;
        k->unknown_identity_at = at;
    }
    if (says_wrong_key && !k->server_said_wrong_key) {
        k->server_said_wrong_key = true;
        k->wrong_key_at = at;
    }
}

void tg_tls_take_alert(tg_tls_case *k, tg_tls_end *end, tg_bytes body, tg_tls_at at)
{
    if (body.len == 0 || body.len % 2) {
        tg_tls_bad(k, at, "Alert", "an alert has two octets");
        return;
    }
    for (size_t i = 0; i < body.len; i += 2)
        keep_alert(k, end, false, body.data[i], body.data[i + 1], at);
}

/* ---- protected records of TLS 1.2 and below ----------------------------------------------------------------- */

void tg_tls_sequence_of(const tg_tls_case *k, const tg_tls_end *end, const tg_tls_record *record, uint8_t out[8])
{
    uint64_t number = k->known->datagrams ? (uint64_t)record->epoch << 48 | record->seq : end->seq;
    for (size_t i = 8; i-- > 0; number >>= 8)
        out[i] = (uint8_t)number;
}

/* TG_NOT_FOUND: there are no keys for it. */
static tg_status open_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record, tg_bytes *out)
{
    uint8_t seq[8];
    tg_tls_sequence_of(k, end, record, seq);
    if (end->lost || record->epoch > 1 || k->h->resumed || !tg_tls_derive(k))
        return k->failed != TG_OK ? k->failed : TG_NOT_FOUND;
    tg_status status = tg_tls_open(k, &end->keys, seq, record, out);
    if (status == TG_NO_MEMORY)
        k->failed = status;
    end->forged = status == TG_NOT_AUTHENTIC;
    return status;
}

static void take_protected_alert(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    tg_bytes body;
    tg_status status = open_record(k, end, record, &body);
    if (status == TG_OK)
        tg_tls_take_alert(k, end, body, record->at);
    else if (tg_tls_goes_on(k))
        keep_alert(k, end, true, 0, 0, record->at);
}

static void take_protected_handshake(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    tg_bytes octets;
    if (!tg_tls_count_message(k))
        return;
    /* The server's Finished covers the client's, whatever became of that. */
    if (!end->from_client && !end->finished)
        tg_tls_make_client_finished(k);
    tg_status status = open_record(k, end, record, &octets);
    if (!end->finished)
        k->proof_at[end->from_client] = record->at;
    end->finished = true;
    if (!tg_tls_goes_on(k))
        return;
    if (status != TG_OK) {
        tg_tls_prove_unopened(k, end, status != TG_NOT_FOUND);
        return;
    }
    /* Messages are cut from a copy: k->scratch is used again. */
    if (k->known->datagrams)
        tg_tls_take_fragments(k, end, octets, record->at, true);
    else
        tg_tls_take_handshake(k, end, octets, record->at, true);
}

/* A further handshake; its keys are not ours. DTLS: they are of another epoch, and what does not open says nothing
 * (RFC 6347 4.1.2.7); behind epoch 1 nothing can be opened, so that only what stood there vouches for it. */
static void take_protected_ccs(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    tg_bytes octets;
    bool counts = true;
    if (k->known->datagrams) {
        counts = record->epoch > end->ccs_epoch &&
                 (record->epoch == 1 ? open_record(k, end, record, &octets) != TG_NOT_AUTHENTIC : end->ccs_epoch > 0);
        if (counts)
            end->ccs_epoch = record->epoch;
    } else {
        end->lost = true;
    }
    k->h->renegotiations += end->from_client && counts;
}

static void take_protected(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    end->behind = true;
    end->forged = false;
    switch (record->type) {
    case 20:
        take_protected_ccs(k, end, record);
        break;
    case 21:
        if (tg_tls_count_message(k))
            take_protected_alert(k, end, record);
        break;
    case 22:
        take_protected_handshake(k, end, record);
        break;
    case 23:
        k->h->num_application[end->from_client]++;
        break;
    default:
        break; /* heartbeat (RFC 6520) */
    }
    end->seq++;
}

/* ---- TLS ---------------------------------------------------------------------------------------------------- */

/* In TLS 1.3 a ChangeCipherSpec means nothing from the first ClientHello on (RFC 8446 5, D.4), and the version is known
 * with ServerHello alone. */
static bool means_nothing(const tg_tls_case *k)
{
    if (k->tls13 || k->h->has_server_hello || k->known->datagrams)
        return k->tls13;
    return k->h->hello_retry_request || (k->client_hello.versions.len > 0 && tg_tls_is_13(k->h->offered_version));
}

static void take_clear(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    tg_bytes octets = record->fragment;
    if (record->type < 23 && octets.len == 0) {
        tg_tls_bad(k, record->at, NULL, "a record of this type has octets");
        return;
    }
    switch (record->type) {
    case 20:
        if (octets.len != 1 || octets.data[0] != 1)
            tg_tls_bad(k, record->at, "ChangeCipherSpec", "ChangeCipherSpec is one octet, 1");
        else if (!k->known->datagrams && end->slots[0].used && !end->slots[0].protected_)
            tg_tls_bad(k, record->at, "ChangeCipherSpec", "it comes within a handshake message");
        else if (tg_tls_count_message(k) && !means_nothing(k))
            tg_tls_take_ccs(k, end, record->at);
        break;
    case 21:
        if (tg_tls_count_message(k))
            tg_tls_take_alert(k, end, octets, record->at);
        break;
    case 22:
        if (k->known->datagrams)
            tg_tls_take_fragments(k, end, octets, record->at, false);
        else
            tg_tls_take_handshake(k, end, octets, record->at, false);
        break;
    case 23:
        if (!means_nothing(k)) /* those of 0-RTT, of TLS 1.3, only look so */
            tg_tls_say(k, "RFC5246-7.4-x01", record->at, "ApplicationData", "it comes in clear");
        k->h->num_application[end->from_client]++;
        break;
    default:
        break;
    }
}

void tg_tls_take_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    if (k->sees && (end->ccs || record->type == 23 || record->at.offset >= k->unclear[end->from_client]))
        k->sees(k->seer, k, end, record);
    if (!tg_tls_goes_on(k))
        return;
    if (k->tls13 && record->type == 23)
        tg_tls13_take_record(k, end, record);
    else if (end->ccs && !k->tls13)
        take_protected(k, end, record);
    else
        take_clear(k, end, record);
}

/* ---- DTLS --------------------------------------------------------------------------------------------------- */

/* RFC 6347 4.1.2.6: the same record again. In an epoch that is protected what did not open does not count: forged
 * records shut nobody out. Numbers too old for the window are let through: handshake messages are told apart by their
 * message_seq. */
static bool is_replayed(tg_tls_end *end, const tg_tls_record *record)
{
    size_t e = record->epoch;
    if (e > 1)
        return false;
    if (record->seq + 64 <= end->newest[e])
        return false;
    return record->seq <= end->newest[e] && (end->window[e] >> (end->newest[e] - record->seq) & 1);
}

static void remember(tg_tls_end *end, const tg_tls_record *record)
{
    size_t e = record->epoch;
    bool is_never_opened = e > 0 && record->type != 21 && record->type != 22;
    if (e > 1 || is_never_opened)
        return;
    if (record->seq > end->newest[e]) {
        uint64_t by = record->seq - end->newest[e];
        end->window[e] = by > 63 ? 0 : end->window[e] << by;
        end->newest[e] = record->seq;
    }
    if (end->newest[e] - record->seq < 64)
        end->window[e] |= (uint64_t)1 << (end->newest[e] - record->seq);
}

/* What gives the keys may come behind what they protect. */
static bool is_early(const tg_tls_case *k, const tg_tls_end *end, const tg_tls_record *record)
{
    if (record->epoch != 1 || (record->type != 21 && record->type != 22) || k->h->resumed)
        return false;
    if (k->ends[1].rank < TG_CLIENT_KEY_EXCHANGE || !k->h->has_server_hello)
        return true;
    return !end->from_client && !k->ends[1].finished;
}

void tg_tls_take_datagram_record(tg_tls_case *k, tg_tls_end *end, const tg_tls_record *record)
{
    /* In clear a number proves nothing, and handshake messages have their own. */
    if ((record->epoch > 0 || record->type == 21) && is_replayed(end, record))
        return;
    if (record->epoch == 0) {
        remember(end, record);
        take_clear(k, end, record);
        return;
    }
    if (is_early(k, end, record)) {
        end->behind = true;
        if (end->num_stashed < TG_TLS_NUM_STASHED)
            end->stashed[end->num_stashed++] = *record;
        return;
    }
    take_protected(k, end, record);
    if (!end->forged)
        remember(end, record);
}

void tg_tls_take_stashed(tg_tls_case *k, bool at_last)
{
    for (size_t i = 0; i < 2; i++) {
        tg_tls_end *end = &k->ends[1 - i]; /* the client first: the server's Finished covers its */
        size_t num = end->num_stashed;
        if (num == 0 || (!at_last && is_early(k, end, &end->stashed[0])))
            continue;
        end->num_stashed = 0;
        for (size_t n = 0; n < num && tg_tls_goes_on(k); n++) {
            if (is_replayed(end, &end->stashed[n]))
                continue;
            take_protected(k, end, &end->stashed[n]);
            if (!end->forged)
                remember(end, &end->stashed[n]);
        }
    }
}
