#include "converse_pcap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "converse_sip.h"
#include "workspace.h"

enum { MAX_OPEN = 2 }; /* a Responder's KMS asks the Initiator's: two connections at a time */

static const tg_pcap_host parties[] = {
    [TG_SENDER_I] = { { 192, 0, 2, 1 }, 5060 }, [TG_SENDER_R] = { { 192, 0, 2, 2 }, 5060 }
};
static const tg_pcap_host kms_hosts[2] = { { { 192, 0, 2, 80 }, 80 }, { { 192, 0, 2, 81 }, 80 } };
static const char *const users[] = { [TG_SENDER_I] = "alice", [TG_SENDER_R] = "bob" };

typedef struct traffic {
    tg_pcap_writer *w;
    tg_crypto *crypto;
    const tg_conversation_made *made;
    const tg_sent *sent;
    size_t num, number; /* of the conversation */
    bool messages;      /* Ticket Transfer goes in MESSAGE, not in INVITE */
    tg_pcap_host message_client;
    tg_pcap_connection message_connection;
    bool message_waits; /* for its answer */
    workspace ws;
    tg_text text, sdp; /* the SIP or HTTP message, and its body */
    tg_text message;   /* the MESSAGE that waits */
    char m_lines[2048];
    size_t num_calls;
    unsigned cseq;
    tg_sender caller; /* of the INVITE that waits for its answer; unknown: none does */
    tg_pcap_host clients[MAX_OPEN];
    tg_pcap_connection open[MAX_OPEN];
    size_t num_open;
    uint16_t next_port;
    bool ok;
} traffic;

static void add(tg_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(tg_text *out, const char *format, ...)
{
    char piece[2560];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (len > 0)
        tg_text_add(out, piece, (size_t)len < sizeof piece ? (size_t)len : sizeof piece - 1);
}

static uint8_t data_type(const tg_sent *sent)
{
    return sent->octets.len > 1 ? sent->octets.data[1] : 0xff;
}

static bool is_to_kms(uint8_t type)
{
    return type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK ||
           type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

static tg_bytes octets_of(const tg_text *text)
{
    return tg_bytes_of(text->data, text->len);
}

/* ---- SIP ---------------------------------------------------------------------------------------------------- */

static tg_sender other(tg_sender party)
{
    return party == TG_SENDER_I ? TG_SENDER_R : TG_SENDER_I;
}

/* One m-line for two SRTP sessions, and one for each session of another kind, in their order. */
static void make_m_lines(traffic *t, tg_bytes octets)
{
    const tg_message *message = NULL;
    tg_diag diag;
    size_t len = 0, num_srtp = 0;
    int port = 49170;
    t->m_lines[0] = '\0';
    if (workspace_parse(&t->ws, octets, &message, &diag) != TG_OK || !message->hdr.map.generic)
        message = NULL;
    for (size_t i = 0; message && i < message->hdr.map.num_cs && len + 160 < sizeof t->m_lines; i++) {
        bool srtp = message->hdr.map.generic[i].prot_type == TG_PROT_SRTP;
        int added = 0;
        num_srtp += srtp;
        if (srtp && num_srtp % 2 == 1)
            added = snprintf(t->m_lines + len, sizeof t->m_lines - len,
                             "m=audio %d RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port);
        else if (!srtp)
            added = snprintf(t->m_lines + len, sizeof t->m_lines - len,
                             "m=message %d TCP/TLS/MSRP *\r\na=path:msrps://host.example.com:%d/s%d;tcp\r\n"
                             "a=accept-types:text/plain\r\n",
                             port, port, port);
        len += (size_t)added;
        port += 2;
    }
    if (len == 0)
        snprintf(t->m_lines, sizeof t->m_lines, "m=audio %d RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port);
}

static void make_sdp(traffic *t, tg_sender from, const tg_sent *mikey)
{
    const uint8_t *address = parties[from].address;
    t->sdp.len = 0;
    add(&t->sdp, "v=0\r\no=%s %zu %u IN IP4 %u.%u.%u.%u\r\ns=-\r\nc=IN IP4 %u.%u.%u.%u\r\nt=0 0\r\n", users[from],
        t->number + 1, t->cseq, address[0], address[1], address[2], address[3], address[0], address[1], address[2],
        address[3]);
    if (mikey) {
        char *base64 = malloc(tg_base64_encoded_size(mikey->octets.len));
        t->ok = t->ok && base64;
        if (!base64)
            return;
        tg_base64_encode(mikey->octets, base64);
        add(&t->sdp, "a=key-mgmt:mikey ");
        tg_text_add(&t->sdp, base64, strlen(base64));
        add(&t->sdp, "\r\n");
        free(base64);
    }
    add(&t->sdp, "%s", t->m_lines);
}

/* The header fields that requests and responses of a dialog have, and the body. */
static void add_fields(traffic *t, tg_sender caller, const char *method, bool to_tag, bool with_sdp)
{
    const uint8_t *address = parties[caller].address;
    tg_sender callee = other(caller);
    add(&t->text, "Via: SIP/2.0/UDP %u.%u.%u.%u:5060;branch=z9hG4bK%zu.%zu.%u.%s\r\nMax-Forwards: 70\r\n", address[0],
        address[1], address[2], address[3], t->number, t->num_calls, t->cseq, method);
    add(&t->text, "From: <sip:%s@example.com>;tag=%s%zu\r\nTo: <sip:%s@example.com>", users[caller], users[caller],
        t->num_calls, users[callee]);
    if (to_tag)
        add(&t->text, ";tag=%s%zu", users[callee], t->num_calls);
    add(&t->text, "\r\n");
    add(&t->text, "Call-ID: %zu.%zu@example.com\r\nCSeq: %u %s\r\n", t->number, t->num_calls, t->cseq, method);
    if (with_sdp)
        add(&t->text, "Content-Type: application/sdp\r\n");
    add(&t->text, "Content-Length: %zu\r\n\r\n", with_sdp ? t->sdp.len : (size_t)0);
    if (with_sdp)
        tg_text_add(&t->text, t->sdp.data, t->sdp.len);
}

static void send_sip(traffic *t, tg_sender from)
{
    t->ok = t->ok && !t->text.failed && !t->sdp.failed &&
            tg_pcap_write_udp(t->w, &parties[from], &parties[other(from)], octets_of(&t->text));
}

static void invite(traffic *t, const tg_sent *mikey)
{
    bool new_call = t->num_calls == 0 || !mikey->ex || strncmp(mikey->ex, "update", 6) != 0;
    tg_sender from = mikey->from == TG_SENDER_R ? TG_SENDER_R : TG_SENDER_I;
    if (new_call) {
        t->num_calls++;
        t->cseq = 0;
        make_m_lines(t, mikey->octets);
    }
    t->cseq++;
    t->text.len = 0;
    make_sdp(t, from, mikey);
    add(&t->text, "INVITE sip:%s@example.com SIP/2.0\r\nContact: <sip:%s@host.example.com>\r\n", users[other(from)],
        users[from]);
    add_fields(t, from, "INVITE", t->cseq > 1, true);
    send_sip(t, from);
    t->caller = from;
}

/* The answer to the INVITE that waits, and its ACK. */
static void answer_invite(traffic *t, const tg_sent *mikey)
{
    tg_sender caller = t->caller, callee = other(caller);
    bool refused = mikey && data_type(mikey) == TG_DATA_TYPE_ERROR;
    if (caller == TG_SENDER_UNKNOWN)
        return;
    t->text.len = 0;
    make_sdp(t, callee, mikey);
    add(&t->text, "SIP/2.0 %s\r\n", refused ? "488 Not Acceptable Here" : "200 OK");
    if (!refused)
        add(&t->text, "Contact: <sip:%s@host.example.com>\r\n", users[callee]);
    add_fields(t, caller, "INVITE", true, true);
    send_sip(t, callee);
    t->text.len = 0;
    add(&t->text, "ACK sip:%s@example.com SIP/2.0\r\n", users[callee]);
    add_fields(t, caller, "ACK", true, false);
    send_sip(t, caller);
    t->caller = TG_SENDER_UNKNOWN;
}

/* ---- MESSAGE ------------------------------------------------------------------------------------------------ */

/* What an answer has of the request (RFC 3261 8.2.6.2). */
static void copy_field(traffic *t, const char *name, const char *behind)
{
    const char *line = t->message.data, *end = t->message.data + t->message.len;
    size_t len = strlen(name);
    for (const char *next; line < end; line = next) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        next = stop ? stop + 1 : end;
        if (next - line <= 2)
            return; /* the headers end here */
        if ((size_t)(next - line) > len + 2 && memcmp(line, name, len) == 0) {
            tg_text_add(&t->text, line, (size_t)(next - line) - 2);
            add(&t->text, "%s\r\n", behind);
        }
    }
}

/* Over TCP: it is longer than the 1300 octets that RFC 3428 8 allows over UDP. */
static void send_message(traffic *t, size_t index)
{
    t->message.len = 0;
    t->message_client = parties[TG_SENDER_I];
    t->message_client.port = t->next_port++;
    t->ok = t->ok && converse_sip_add(t->crypto, t->made, index, &t->message) == TG_OK;
    if (!t->ok)
        return;
    tg_pcap_connect(t->w, &t->message_client, &parties[TG_SENDER_R], &t->message_connection);
    tg_pcap_send(t->w, &t->message_connection, false, octets_of(&t->message));
    t->message_waits = true;
}

/* With an Error where there is one. */
static void answer_message(traffic *t, const tg_sent *mikey)
{
    if (!t->message_waits)
        return;
    t->text.len = 0;
    add(&t->text, "SIP/2.0 %s\r\n", mikey ? "488 Not Acceptable Here" : "200 OK");
    copy_field(t, "Via:", "");
    copy_field(t, "From:", "");
    copy_field(t, "To:", ";tag=bob");
    copy_field(t, "Call-ID:", "");
    copy_field(t, "CSeq:", "");
    if (mikey)
        add(&t->text, "Content-Type: application/mikey\r\n");
    add(&t->text, "Content-Length: %zu\r\n\r\n", mikey ? mikey->octets.len : (size_t)0);
    if (mikey)
        tg_text_add(&t->text, (const char *)mikey->octets.data, mikey->octets.len);
    t->ok = t->ok && !t->text.failed;
    tg_pcap_send(t->w, &t->message_connection, true, octets_of(&t->text));
    tg_pcap_disconnect(t->w, &t->message_connection);
    t->message_waits = false;
}

/* ---- HTTP --------------------------------------------------------------------------------------------------- */

static void add_body(traffic *t, const tg_sent *mikey)
{
    add(&t->text, "Content-Type: application/mikey\r\nContent-Length: %zu\r\n\r\n", mikey->octets.len);
    tg_text_add(&t->text, (const char *)mikey->octets.data, mikey->octets.len);
    t->ok = t->ok && !t->text.failed;
}

static void post(traffic *t, size_t index)
{
    const tg_sent *mikey = &t->sent[index];
    uint8_t type = data_type(mikey);
    bool is_request = type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK;
    /* The KMS that is asked may have to ask another. */
    bool forwarded = index + 1 < t->num && mikey->from != TG_SENDER_K && t->sent[index + 1].from == TG_SENDER_K &&
                     is_to_kms(data_type(&t->sent[index + 1]));
    if (t->num_open == MAX_OPEN)
        return;
    tg_pcap_host *client = &t->clients[t->num_open];
    *client =
        mikey->from == TG_SENDER_K ? kms_hosts[1] : parties[mikey->from == TG_SENDER_R ? TG_SENDER_R : TG_SENDER_I];
    client->port = t->next_port++;
    tg_pcap_connect(t->w, client, &kms_hosts[forwarded], &t->open[t->num_open]);
    t->text.len = 0;
    add(&t->text, "POST /keymanagement?requesttype=%s HTTP/1.1\r\nHost: kms.example.com\r\n",
        is_request ? "ticketrequest" : "ticketresolve");
    add_body(t, mikey);
    tg_pcap_send(t->w, &t->open[t->num_open], false, octets_of(&t->text));
    t->num_open++;
}

static void answer_post(traffic *t, const tg_sent *mikey)
{
    if (t->num_open == 0)
        return;
    t->num_open--;
    t->text.len = 0;
    add(&t->text, "HTTP/1.1 200 OK\r\n");
    add_body(t, mikey);
    tg_pcap_send(t->w, &t->open[t->num_open], true, octets_of(&t->text));
    tg_pcap_disconnect(t->w, &t->open[t->num_open]);
}

/* ---- the conversation --------------------------------------------------------------------------------------- */

static void write_message(traffic *t, size_t index)
{
    const tg_sent *sent = &t->sent[index];
    uint8_t type = data_type(sent);
    bool from_kms = sent->from == TG_SENDER_K;
    if (is_to_kms(type)) {
        post(t, index);
    } else if (from_kms) {
        answer_post(t, sent);
    } else if (t->messages && type == TG_DATA_TYPE_TRANSFER_INIT && sent->from != TG_SENDER_R) {
        answer_message(t, NULL);
        send_message(t, index);
    } else if (t->message_waits) {
        answer_message(t, sent);
    } else if (type == TG_DATA_TYPE_TRANSFER_RESP || type == TG_DATA_TYPE_ERROR) {
        answer_invite(t, sent);
    } else {
        answer_invite(t, NULL); /* an update without TRANSFER_RESP */
        invite(t, sent);
    }
}

bool converse_pcap_write(tg_pcap_writer *w, tg_crypto *crypto, const tg_conversation_made *made, size_t number)
{
    traffic t = { .w = w,
                  .crypto = crypto,
                  .made = made,
                  .sent = made->sent,
                  .num = made->num_sent,
                  .number = number,
                  .messages = converse_sip_is_message(&made->known.profile),
                  .next_port = (uint16_t)(40000 + number % 1000 * 20),
                  .ok = true };
    for (size_t i = 0; i < t.num && t.ok; i++)
        write_message(&t, i);
    answer_message(&t, NULL);
    answer_invite(&t, NULL);
    while (t.num_open > 0)
        tg_pcap_disconnect(w, &t.open[--t.num_open]);
    workspace_free(&t.ws);
    tg_text_free(&t.text);
    tg_text_free(&t.sdp);
    tg_text_free(&t.message);
    return t.ok;
}
