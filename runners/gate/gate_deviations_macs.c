/* Deviations that only the gate needs: MACs and signatures that are wrong in one place, or cover too little; clocks; what
 * updates may not hold; certificates. */
#include <string.h>

#include "gate_script.h"
#include "ticketgate/crypto.h"
#include "ticketgate/registry_values.h"

/* ---- one bit of a MAC --------------------------------------------------------------------------------------- */

static size_t mac_len(const tg_making *m)
{
    const tg_v *v = (const tg_v *)tg_payload_find(m->message->payloads, TG_PAYLOAD_V);
    size_t len = v && v->auth_alg == TG_MAC_HMAC_SHA_256_256 ? 32 : 20;
    return v && m->len > len ? len : 0;
}

static void flip_from_end(tg_making *m, size_t back)
{
    if (back > 0)
        m->octets[m->len - back] ^= 1;
}

static void first_of_mac(tg_making *m)
{
    flip_from_end(m, mac_len(m));
}

static void middle_of_mac(tg_making *m)
{
    flip_from_end(m, mac_len(m) / 2);
}

static void last_octet(tg_making *m)
{
    flip_from_end(m, 1);
}

static void last_of_reuse(tg_making *m)
{
    if (m->ex && strncmp(m->ex, "reuse", 5) == 0)
        flip_from_end(m, 1);
}

/* The MAC of a response that covers the response alone. */
static void without_initial(tg_making *m)
{
    const tg_v *v = (const tg_v *)tg_payload_find(m->message->payloads, TG_PAYLOAD_V);
    size_t len = mac_len(m);
    uint8_t mac[TG_MAC_MAX];
    tg_crypto *crypto;
    tg_coverage coverage = { 0 };
    if (!v || len == 0 || tg_crypto_new(&crypto) != TG_OK)
        return;
    tg_cover_octets(tg_bytes_of(m->octets, m->len - len), &coverage);
    if (tg_mac(crypto, v->auth_alg, m->keys.auth_key, &coverage, mac) == TG_OK)
        memcpy(m->octets + m->len - len, mac, len);
    tg_crypto_free(crypto);
}

/* ---- clocks ------------------------------------------------------------------------------------------------- */

/* 400 seconds ahead: newer than anything, and outside the skew. Seconds are the first four octets. */
static void ahead(tg_making *m)
{
    const tg_t *t = (const tg_t *)tg_payload_find(m->message->payloads, TG_PAYLOAD_T);
    uint8_t octets[8];
    if (!t || t->ts_type == TG_TS_COUNTER || t->ts_value.len < 4 || t->ts_value.len > sizeof octets)
        return;
    memcpy(octets, t->ts_value.data, t->ts_value.len);
    unsigned carry = 400;
    for (unsigned n = 4; n-- > 0 && carry > 0;) {
        unsigned sum = octets[n] + carry;
        octets[n] = (uint8_t)sum;
        carry = sum >> 8;
    }
    ((tg_t *)(uintptr_t)t)->ts_value = tg_arena_copy(m->arena, octets, t->ts_value.len);
}

/* ---- updates ------------------------------------------------------------------------------------------------ */

static tg_payload **before_v(tg_making *m)
{
    tg_payload **at = &m->message->payloads;
    while (*at && (*at)->type != TG_PAYLOAD_V)
        at = &(*at)->next;
    return at;
}

static void new_rand(tg_making *m)
{
    static const uint8_t octets[16] = { 0x72, 0x61, 0x6e, 0x64 };
    tg_payload **at = before_v(m);
    tg_randr *randr = *at ? (tg_randr *)tg_payload_new(m->arena, TG_PAYLOAD_RANDR) : NULL;
    if (!randr)
        return;
    randr->rand_role = m->from == TG_SENDER_R ? TG_RAND_ROLE_R : TG_RAND_ROLE_I;
    randr->rand = tg_bytes_of(octets, sizeof octets);
    randr->head.next = *at;
    *at = &randr->head;
}

/* ---- who asks ----------------------------------------------------------------------------------------------- */

/* The ticket's Initiator is who resolves; and he is not one of those who may. */
static void made_by_the_responder(tg_making *m)
{
    static const uint8_t bob[] = "bob@example.com", carol[] = "carol@example.com";
    for (tg_payload *p = m->ticket->tp_data.payloads; p; p = p->next) {
        tg_idr *idr = (tg_idr *)p;
        if (p->type == TG_PAYLOAD_IDR && idr->id_role == TG_ID_ROLE_R)
            idr->id_data = tg_bytes_of(carol, sizeof carol - 1);
        else if (p->type == TG_PAYLOAD_IDR && idr->id_role == TG_ID_ROLE_I)
            idr->id_data = tg_bytes_of(bob, sizeof bob - 1);
    }
}

#define REQ TG_DATA_TYPE_REQUEST_INIT_PSK
#define GRANT TG_DATA_TYPE_REQUEST_RESP
#define INIT TG_DATA_TYPE_TRANSFER_INIT
#define RESP TG_DATA_TYPE_TRANSFER_RESP
#define RES TG_DATA_TYPE_RESOLVE_INIT_PSK
#define KEYS TG_DATA_TYPE_RESOLVE_RESP
#define OF(type, when) .data_type = type, .update = when

static const tg_deviation table[] = {
    { .name = "gate-first-of-request-mac",
      .title = "The MAC of REQUEST_INIT_PSK is another in its first octet.",
      .breaks = "RFC6043-4.2.1.2-04",
      OF(REQ, -1),
      .octets = first_of_mac },
    { .name = "gate-middle-of-request-mac",
      .title = "The MAC of REQUEST_INIT_PSK is another in its middle.",
      .breaks = "RFC6043-4.2.1.2-04",
      OF(REQ, -1),
      .octets = middle_of_mac },
    { .name = "gate-first-of-grant-mac",
      .title = "The MAC of REQUEST_RESP is another in its first octet.",
      .breaks = "RFC6043-4.2.1.5-13",
      OF(GRANT, -1),
      .octets = first_of_mac },
    { .name = "gate-middle-of-grant-mac",
      .title = "The MAC of REQUEST_RESP is another in its middle.",
      .breaks = "RFC6043-4.2.1.5-13",
      OF(GRANT, -1),
      .octets = middle_of_mac },
    { .name = "gate-grant-without-initial",
      .title = "The MAC of REQUEST_RESP does not cover REQUEST_INIT.",
      .breaks = "RFC6043-4.2.1.5-13",
      OF(GRANT, -1),
      .octets = without_initial },
    { .name = "gate-first-of-transfer-mac",
      .title = "The MAC of TRANSFER_INIT is another in its first octet.",
      .breaks = "RFC6043-4.2.2.1-09",
      OF(INIT, 0),
      .octets = first_of_mac },
    { .name = "gate-middle-of-transfer-mac",
      .title = "The MAC of TRANSFER_INIT is another in its middle.",
      .breaks = "RFC6043-4.2.2.1-09",
      OF(INIT, 0),
      .octets = middle_of_mac },
    { .name = "gate-mac-of-reuse",
      .title = "A ticket is transferred again, and the MAC is another.",
      .breaks = "RFC6043-4.2.2.1-09",
      OF(INIT, 0),
      .octets = last_of_reuse },
    { .name = "gate-mac-of-update",
      .title = "The MAC of an update is another in its first octet.",
      .breaks = "RFC6043-4.2.2.1-09",
      OF(INIT, 1),
      .octets = first_of_mac },
    { .name = "gate-first-of-answer-mac",
      .title = "The MAC of TRANSFER_RESP is another in its first octet.",
      .breaks = "RFC6043-4.2.2.3-19",
      OF(RESP, 0),
      .octets = first_of_mac },
    { .name = "gate-middle-of-answer-mac",
      .title = "The MAC of TRANSFER_RESP is another in its middle.",
      .breaks = "RFC6043-4.2.2.3-19",
      OF(RESP, 0),
      .octets = middle_of_mac },
    { .name = "gate-answer-without-initial",
      .title = "The MAC of TRANSFER_RESP does not cover TRANSFER_INIT.",
      .breaks = "RFC6043-4.2.2.3-19",
      OF(RESP, 0),
      .octets = without_initial },
    { .name = "gate-update-answer-without-initial",
      .title = "The MAC of the answer to an update does not cover the update.",
      .breaks = "RFC6043-4.2.2.3-19",
      OF(RESP, 1),
      .octets = without_initial },
    { .name = "gate-first-of-resolve-mac",
      .title = "The MAC of RESOLVE_INIT_PSK is another in its first octet.",
      .breaks = "RFC6043-4.2.3.2-04",
      OF(RES, -1),
      .octets = first_of_mac },
    { .name = "gate-middle-of-resolve-mac",
      .title = "The MAC of RESOLVE_INIT_PSK is another in its middle.",
      .breaks = "RFC6043-4.2.3.2-04",
      OF(RES, -1),
      .octets = middle_of_mac },
    { .name = "gate-first-of-keys-mac",
      .title = "The MAC of RESOLVE_RESP is another in its first octet.",
      .breaks = "RFC6043-4.2.3.5-15",
      OF(KEYS, -1),
      .octets = first_of_mac },
    { .name = "gate-middle-of-keys-mac",
      .title = "The MAC of RESOLVE_RESP is another in its middle.",
      .breaks = "RFC6043-4.2.3.5-15",
      OF(KEYS, -1),
      .octets = middle_of_mac },
    { .name = "gate-keys-without-initial",
      .title = "The MAC of RESOLVE_RESP does not cover RESOLVE_INIT.",
      .breaks = "RFC6043-4.2.3.5-15",
      OF(KEYS, -1),
      .octets = without_initial },
    { .name = "gate-resolve-pk-signature",
      .title = "The last bit of the signature of RESOLVE_INIT_PK is another.",
      .breaks = "RFC6043-5.5-x01",
      OF(TG_DATA_TYPE_RESOLVE_INIT_PK, -1),
      .octets = last_octet },
    { .name = "gate-grant-ahead",
      .title = "REQUEST_RESP is 400 seconds ahead.",
      .breaks = "RFC3830-5.4-x01",
      OF(GRANT, -1),
      .model = ahead },
    { .name = "gate-answer-ahead",
      .title = "TRANSFER_RESP is 400 seconds ahead.",
      .breaks = "RFC3830-5.4-x01",
      OF(RESP, 0),
      .model = ahead },
    { .name = "gate-keys-ahead",
      .title = "RESOLVE_RESP is 400 seconds ahead.",
      .breaks = "RFC3830-5.4-x01",
      OF(KEYS, -1),
      .model = ahead },
    { .name = "gate-update-ahead",
      .title = "An update is 400 seconds ahead.",
      .breaks = "RFC3830-5.4-x01",
      OF(INIT, 1),
      .model = ahead },
    { .name = "gate-error-ahead",
      .title = "An Error is 400 seconds ahead.",
      .breaks = "RFC3830-5.4-x01",
      OF(TG_DATA_TYPE_ERROR, -1),
      .model = ahead },
    { .name = "gate-update-with-rand",
      .title = "An update has a new RAND.",
      .breaks = "RFC6043-5.2-04",
      OF(INIT, 1),
      .model = new_rand },
    { .name = "gate-unwanted-answer",
      .title = "TRANSFER_RESP comes although F is 0.",
      .breaks = "RFC6043-6.10-04",
      OF(RESP, -1),
      .careless = TG_CARELESS_BIT(UNWANTED_ANSWER) },
    { .name = "gate-initiator-resolves",
      .title = "The Initiator of a ticket asks for its keys, and may not resolve it.",
      .breaks = "RFC6043-4.2.3.4-x01",
      OF(TG_DEVIATION_TICKET, -1),
      .model = made_by_the_responder },
};

const tg_deviation *gate_mac_deviation_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
