/* Each handshake message in its place: the order of RFC 5246 7.3 and RFC 4279 2, and what a message is the beginning
 * of. */
#include "case.h"

/* ---- order -------------------------------------------------------------------------------------------------- */

static void say_order(tg_tls_case *k, tg_tls_at at, const char *name, const char *why)
{
    tg_tls_say(k, "RFC5246-7.4-x01", at, name, "%s", why);
}

/* The place of a message among those of its end; 0: this end does not send it. */
static unsigned rank_of(const tg_tls_message *m)
{
    if (m->from_client) {
        switch (m->type) {
        case 1:
            return TG_CLIENT_HELLO;
        case 11:
            return TG_CLIENT_CERTIFICATE;
        case 16:
            return TG_CLIENT_KEY_EXCHANGE;
        case 15:
            return TG_CLIENT_VERIFY;
        case 20:
            return TG_CLIENT_FINISHED;
        default:
            return 0;
        }
    }
    switch (m->type) {
    case 2:
        return TG_SERVER_HELLO;
    case 11:
        return TG_SERVER_CERTIFICATE;
    case 22:
        return TG_SERVER_STATUS;
    case 12:
        return TG_SERVER_KEY_EXCHANGE;
    case 13:
        return TG_SERVER_REQUEST;
    case 14:
        return TG_SERVER_DONE;
    case 4:
        return TG_SERVER_TICKET;
    case 20:
        return TG_SERVER_FINISHED;
    default:
        return 0;
    }
}

static bool has_seen(const tg_tls_end *end, unsigned rank)
{
    return end->seen >> rank & 1;
}

/* NULL, or what is wrong with a message in clear at this place. */
static const char *disorder(const tg_tls_case *k, const tg_tls_message *m, unsigned rank)
{
    const tg_tls_end *client = &k->ends[1], *server = &k->ends[0], *own = &k->ends[m->from_client];
    if (rank == 0)
        return "this end does not send such a message here";
    if (has_seen(own, rank))
        return "it comes again";
    if (rank < own->rank)
        return "it comes too late";
    if (m->from_client) {
        if (rank > TG_CLIENT_HELLO && !has_seen(server, TG_SERVER_DONE))
            return "it comes before ServerHelloDone";
        if (rank == TG_CLIENT_VERIFY && !has_seen(client, TG_CLIENT_KEY_EXCHANGE))
            return "it comes before ClientKeyExchange";
        return rank == TG_CLIENT_FINISHED ? "it comes before ChangeCipherSpec" : NULL;
    }
    if (rank == TG_SERVER_HELLO && k->h->hello_retry_request && tg_tls_is_retry(m))
        return "a second HelloRetryRequest"; /* RFC 8446 4.1.4 */
    if (rank == TG_SERVER_HELLO)
        return has_seen(client, TG_CLIENT_HELLO) ? NULL : "it comes before ClientHello";
    if (!has_seen(server, TG_SERVER_HELLO))
        return "it comes before ServerHello";
    if (rank == TG_SERVER_FINISHED)
        return "it comes before ChangeCipherSpec";
    if (rank == TG_SERVER_TICKET)
        return client->finished || (k->known->datagrams && has_seen(client, TG_CLIENT_KEY_EXCHANGE))
                   ? NULL
                   : "it comes before the client's Finished";
    return client->rank > TG_CLIENT_HELLO ? "it comes behind what the client sends after ServerHelloDone" : NULL;
}

/* The server goes on as in a handshake with a ticket (RFC 5077 3.4): nothing but a hello, then this. */
static void look_for_resumption(tg_tls_case *k)
{
    const tg_tls_end *server = &k->ends[0];
    if (k->h->has_server_hello && k->client_hello.has_ticket && server->rank == TG_SERVER_HELLO &&
        k->ends[1].rank == TG_CLIENT_HELLO)
        k->h->resumed = true;
}

/* ---- hellos ------------------------------------------------------------------------------------------------- */

/* Forgets the first ClientHello: another comes. */
static void expect_hello_again(tg_tls_case *k)
{
    k->ends[1].rank = 0;
    k->ends[1].seen = 0;
}

/* RFC 8446 4.4.1: in the transcript the first ClientHello is its hash. */
static void take_retry(tg_tls_case *k, const tg_tls_message *m)
{
    tg_tls_hash hash = (tg_tls_hash)k->recipe->prf;
    size_t before = (size_t)(m->whole.data - k->messages);
    uint8_t stand_in[4 + TG_TLS_HASH_MAX] = { 254, 0, 0, (uint8_t)tg_tls_hash_len(hash) };
    tg_bytes copy, first = tg_bytes_of(k->messages + k->transcript_start, before - k->transcript_start);
    if (!tg_tls_hash_of(k, hash, first, tg_bytes_of(NULL, 0), stand_in + 4))
        return;
    tg_tls_begin_transcript(k);
    if (tg_tls_append(k, stand_in, 4 + tg_tls_hash_len(hash), &copy) &&
        tg_tls_append(k, m->whole.data, m->whole.len, &copy))
        expect_hello_again(k);
    k->ends[0].seen = 0;
    k->ends[0].rank = 0;
}

/* RFC 5246 7.4.1.3; whichever hello came first. */
static void look_for_session(tg_tls_case *k)
{
    if (k->h->has_server_hello && !k->tls13 && k->server_hello.session_id.len &&
        tg_bytes_equal(k->server_hello.session_id, k->client_hello.session_id))
        k->h->resumed = true;
}

static void take_server_hello(tg_tls_case *k, const tg_tls_message *m)
{
    bool is_retry = tg_tls_is_retry(m);
    tg_tls_read_server_hello(k, m);
    if (is_retry) {
        take_retry(k, m);
        return;
    }
    tg_tls_handshake *h = k->h;
    k->tls13 = !k->known->datagrams && tg_tls_is_13(h->version);
    if (k->tls13)
        tg_tls13_begin(k, m);
    else
        look_for_session(k);
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static void note_certificates(tg_tls_case *k, const tg_tls_message *m)
{
    if (k->certificate || (m->type != 11 && m->type != 13 && m->type != 15))
        return;
    k->certificate = tg_tls_message_name(m->type);
    k->certificate_at = m->at;
}

/* RFC 5246 7.4.2: the first in the list is the sender's own. */
static void keep_certificate(tg_tls_case *k, const tg_tls_message *m)
{
    tg_reader r = tg_reader_of(m->body);
    tg_bytes lengths, certificate;
    if (!tg_get_bytes(&r, 6, &lengths))
        return;
    size_t len = (size_t)lengths.data[3] << 16 | (size_t)lengths.data[4] << 8 | lengths.data[5];
    if (tg_get_bytes(&r, len, &certificate))
        k->h->certificate[m->from_client] = certificate;
}

static void take_in_order(tg_tls_case *k, const tg_tls_message *m)
{
    switch (m->type) {
    case 1:
        k->client_hello.transcript_before = (size_t)(m->whole.data - k->messages);
        tg_tls_read_client_hello(k, m);
        if (k->tls13)
            tg_tls13_begin(k, m); /* behind ServerHello: out of order, but what follows has keys */
        look_for_session(k);
        break;
    case 2:
        take_server_hello(k, m);
        break;
    case 16:
        k->key_exchange_end = k->messages_len;
        break;
    default:
        if (m->type == 11)
            keep_certificate(k, m);
        note_certificates(k, m);
        break;
    }
}

/* Of sessions taken up again and of TLS 1.3, or while it may become that, the hellos alone. */
static bool is_order_judged(const tg_tls_case *k, const tg_tls_message *m)
{
    bool may_be_13 = !k->h->has_server_hello && k->client_hello.versions.len > 0 && tg_tls_is_13(k->h->offered_version);
    return m->type == 1 || m->type == 2 || !(k->h->resumed || k->tls13 || may_be_13);
}

/* RFC 6347 4.2.1: it answers the first ClientHello, before the server says anything else; the second ClientHello is
 * the client's answer to it. */
static bool answers_first_hello(const tg_tls_case *k)
{
    return k->known->datagrams && k->h->has_client_hello && !k->h->has_server_hello && !k->h->hello_verify_request &&
           k->ends[1].next_seq == 1 && k->ends[0].seen == 0;
}

/* HelloRequest and HelloVerifyRequest are no part of the transcript (RFC 5246 7.4.1.1, RFC 6347 4.2.1). True: it was
 * one. */
static bool take_request(tg_tls_case *k, const tg_tls_message *m)
{
    if (m->type != 0 && m->type != 3)
        return false;
    if (m->from_client) {
        if (is_order_judged(k, m))
            say_order(k, m->at, tg_tls_message_name(m->type), "this end does not send such a message here");
    } else if (m->type == 3) {
        if (!answers_first_hello(k)) {
            say_order(k, m->at, "HelloVerifyRequest", "it is no answer to a first ClientHello of DTLS");
        } else {
            k->h->hello_verify_request = true;
            expect_hello_again(k);
            tg_tls_begin_transcript(k);
        }
    }
    return true;
}

/* RFC 5246 7.3: nothing of a full handshake follows where a session is taken up again; when it does, none was. */
static void look_for_full_handshake(tg_tls_case *k, const tg_tls_message *m, const char *name)
{
    if (!k->h->resumed || k->tls13 || m->type != (m->from_client ? 16 : 14))
        return;
    k->h->resumed = false;
    say_order(k, m->at, name, "a session was taken up again, and a full handshake follows");
}

static void take_clear(tg_tls_case *k, const tg_tls_message *m)
{
    tg_tls_end *end = &k->ends[m->from_client];
    const char *name = tg_tls_message_name(m->type);
    if (!name && is_order_judged(k, m))
        say_order(k, m->at, NULL, "there is no such handshake message");
    if (!name || !tg_tls_fits(k, m))
        return;
    if (take_request(k, m)) {
        if (k->transcript_start < k->messages_len)
            k->messages_len -= m->whole.len;
        return;
    }
    look_for_full_handshake(k, m, name);
    unsigned rank = rank_of(m);
    /* RFC 8446 4.1.3: behind ServerHello the transcript has protected messages alone. */
    bool is_late = k->tls13 && (rank == 0 || has_seen(end, rank) || !is_order_judged(k, m));
    bool retries_again = rank == TG_SERVER_HELLO && !m->from_client && k->h->hello_retry_request && tg_tls_is_retry(m);
    if (is_late || retries_again)
        k->messages_len -= m->whole.len;
    if (is_late && !is_order_judged(k, m))
        return;
    tg_tls_message moved = *m;
    if (m->type == 4 && !m->from_client) {
        look_for_resumption(k);
        tg_tls_make_room_before_ticket(k, &moved);
        m = &moved;
    }
    const char *fault = disorder(k, m, rank);
    if (fault && is_order_judged(k, m))
        say_order(k, m->at, name, fault);
    if (rank == 0 || has_seen(end, rank) || retries_again) {
        note_certificates(k, m);
        return;
    }
    end->seen |= 1u << rank;
    end->rank = rank > end->rank ? rank : end->rank;
    take_in_order(k, m);
}

void tg_tls_take_message(tg_tls_case *k, const tg_tls_message *m)
{
    if (!m->protected_)
        take_clear(k, m);
    else if (k->tls13)
        tg_tls13_take_message(k, m);
    else
        tg_tls_prove(k, m);
}

/* ---- ChangeCipherSpec --------------------------------------------------------------------------------------- */

static const char *disorder_of_ccs(const tg_tls_case *k, const tg_tls_end *end)
{
    const tg_tls_end *client = &k->ends[1], *server = &k->ends[0];
    if (k->known->datagrams || k->h->resumed)
        return NULL; /* it has no number by which datagrams that overtake one another could be told */
    if (end->from_client && !has_seen(server, TG_SERVER_DONE))
        return "it comes before ServerHelloDone";
    if (end->from_client)
        return has_seen(client, TG_CLIENT_KEY_EXCHANGE) ? NULL : "it comes before ClientKeyExchange";
    return client->finished ? NULL : "it comes before the client's Finished";
}

void tg_tls_take_ccs(tg_tls_case *k, tg_tls_end *end, tg_tls_at at)
{
    if (!end->from_client)
        look_for_resumption(k);
    const char *fault = disorder_of_ccs(k, end);
    if (fault)
        say_order(k, at, "ChangeCipherSpec", fault);
    end->ccs = true;
    if (!k->known->datagrams)
        end->rank = end->from_client ? TG_CLIENT_CCS : TG_SERVER_CCS;
    if (!end->from_client && !k->known->datagrams)
        tg_tls_make_client_finished(k);
}
