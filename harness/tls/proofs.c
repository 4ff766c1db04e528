/* The Finished of TLS 1.2 and DTLS 1.2 (RFC 5246 7.4.9): opened under the keys of the TEK, does it hold the right
 * verify_data? */
#include "case.h"

enum { FINISHED = 20 };

/* Over the transcript up to `end`. */
bool tg_tls_verify_data(tg_tls_case *k, bool from_client, size_t end, uint8_t out[TG_TLS_VERIFY_DATA])
{
    uint8_t hash[TG_TLS_HASH_MAX];
    tg_tls_hash prf = (tg_tls_hash)k->recipe->prf;
    tg_bytes none = { NULL, 0 };
    return tg_tls_hash_of(k, prf, tg_tls_transcript(k, end), none, hash) &&
           tg_tls_prf(k, prf, tg_bytes_of(k->master, sizeof k->master),
                      from_client ? "client finished" : "server finished", tg_bytes_of(hash, tg_tls_hash_len(prf)),
                      none, out, TG_TLS_VERIFY_DATA);
}

/* The server's Finished covers the client's. Where that is not to be had, the right one stands for it: whether the
 * server holds the TEK is another question than whether the client does. */
void tg_tls_make_client_finished(tg_tls_case *k)
{
    if (k->has_client_finished || k->h->resumed || !tg_tls_derive(k))
        return;
    uint16_t seq = k->ends[1].next_seq;
    uint8_t message[12 + TG_TLS_VERIFY_DATA] = {
        FINISHED, 0, 0, TG_TLS_VERIFY_DATA, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 0, TG_TLS_VERIFY_DATA
    };
    size_t header = k->known->datagrams ? 12 : 4;
    tg_bytes copy;
    k->client_finished_at = k->messages_len;
    k->has_client_finished = tg_tls_verify_data(k, true, k->messages_len, message + header) &&
                             tg_tls_append(k, message, header + TG_TLS_VERIFY_DATA, &copy);
}

/* NewSessionTicket comes behind the client's Finished (RFC 5077 3.3): where that is not in the transcript, it is put in
 * front of the ticket, which is the last message there. */
void tg_tls_make_room_before_ticket(tg_tls_case *k, tg_tls_message *ticket)
{
    size_t len = (k->known->datagrams ? 12u : 4u) + TG_TLS_VERIFY_DATA;
    size_t at = (size_t)(ticket->whole.data - k->messages);
    if (k->has_client_finished || k->key_exchange_end == 0 || len > k->messages_room - k->messages_len)
        return;
    memmove(k->messages + at + len, k->messages + at, ticket->whole.len);
    k->messages_len = at;
    tg_tls_make_client_finished(k);
    if (!k->has_client_finished) {
        memmove(k->messages + at, k->messages + at + len, ticket->whole.len);
        k->messages_len = at + ticket->whole.len;
        return;
    }
    k->messages_len += ticket->whole.len;
    ticket->whole.data += len;
    ticket->body.data += len;
    if (k->known->datagrams)
        k->ends[0].delivered[(uint16_t)(k->ends[0].next_seq - 1)] += (uint32_t)len;
}

void tg_tls_prove_unopened(tg_tls_case *k, tg_tls_end *end, bool has_keys)
{
    tg_tls_proof *proof = tg_tls_proof_of(k, end);
    /* DTLS: a record of an epoch without keys is not the Finished that is due. */
    if (*proof != TG_TLS_ABSENT && !(*proof == TG_TLS_NOT_TRIED && has_keys && k->known->datagrams))
        return;
    if (!has_keys) {
        *proof = TG_TLS_NOT_TRIED;
        return;
    }
    *proof = TG_TLS_FAILED;
    if (end->from_client)
        tg_tls_make_client_finished(k);
}

void tg_tls_prove(tg_tls_case *k, const tg_tls_message *m)
{
    tg_tls_end *end = &k->ends[m->from_client];
    size_t at = (size_t)(m->whole.data - k->messages);
    /* In DTLS one that failed is as if it had not come. */
    if (end->proven || (*tg_tls_proof_of(k, end) != TG_TLS_ABSENT && !k->known->datagrams)) {
        k->messages_len = at;
        return;
    }
    uint8_t right[TG_TLS_VERIFY_DATA];
    bool is_made = m->from_client && k->has_client_finished;
    if (m->type != FINISHED && !k->known->datagrams)
        tg_tls_say(k, "RFC5246-7.4-x01", m->at, tg_tls_message_name(m->type),
                   "Finished is due behind ChangeCipherSpec");
    if (!tg_tls_verify_data(k, m->from_client, is_made ? k->client_finished_at : at, right))
        return;
    bool is_right = m->type == FINISHED && tg_equal_secret(m->body, tg_bytes_of(right, sizeof right));
    *tg_tls_proof_of(k, end) = is_right ? TG_TLS_VERIFIED : TG_TLS_FAILED;
    end->proven = true;
    if (is_made || !m->from_client) {
        k->messages_len = at; /* nothing covers it any more */
    } else {
        k->has_client_finished = true;
        k->client_finished_at = at;
    }
    tg_wipe(right, sizeof right);
}
