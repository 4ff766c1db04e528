/* Errors that are sent to the IUT beside the conversation: forged ones, and authentic ones. */
#include <stdlib.h>
#include <string.h>

#include "gate_script.h"
#include "ticketgate/registry_values.h"

enum { MAC_LEN = 20, PLAIN_LEN = 24, MAX_OWN = 64 };

static bool is_injected(const gate_party *p, size_t call)
{
    bool any = false;
    for (size_t i = 0; i < p->num_injected; i++)
        any = any || p->injected[i].call == call;
    return any;
}

static tg_bytes newest_to(const gate_party *p, tg_sender to)
{
    for (size_t n = p->iut->num_calls; n-- > 0;) {
        for (size_t m = 0; m < p->iut->calls[n].num_sent && !is_injected(p, n); m++) {
            if (p->iut->calls[n].sent[m].to == to)
                return p->iut->calls[n].sent[m].octets;
        }
    }
    return (tg_bytes){ NULL, 0 };
}

/* ---- the key of an authentic one ----------------------------------------------------------------------------- */

/* What came to the IUT and what it sent, as the judge sees it; the index of the last message that it sent to `to`. */
static tg_status judge_so_far(const gate_party *p, tg_sender to, tg_conversation *judged, size_t *about)
{
    tg_status status = TG_OK;
    for (size_t n = 0; n < p->iut->num_calls && status == TG_OK; n++) {
        const iut_party_call *call = &p->iut->calls[n];
        if (is_injected(p, n))
            continue;
        if (call->message.len > 0)
            status = tg_conversation_add(judged, &(tg_sent){ .octets = call->message, .from = call->from });
        for (size_t m = 0; m < call->num_sent && status == TG_OK; m++) {
            if (call->sent[m].to == to)
                *about = tg_conversation_num(judged);
            status = tg_conversation_add(judged, &(tg_sent){ .octets = call->sent[m].octets, .from = p->iut->who });
        }
    }
    return status;
}

static tg_status put_right_mac(const gate_party *p, tg_sender from, tg_bytes covered, uint8_t mac[TG_MAC_MAX])
{
    size_t size = tg_conversation_arena_size(1 << 16, MAX_OWN), about = 0, len;
    uint8_t *memory = malloc(size), key[TG_MAC_MAX];
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_conversation *judged;
    tg_coverage coverage = { 0 };
    tg_cover_octets(covered, &coverage);
    tg_status status = tg_conversation_new(p->crypto, p->known, MAX_OWN, &arena, &judged);
    if (status == TG_OK)
        status = judge_so_far(p, from, judged, &about);
    if (status == TG_OK)
        status = tg_conversation_auth_key(judged, about, TG_MAC_HMAC_SHA_1_160, key, &len);
    if (status == TG_OK)
        status = tg_mac(p->crypto, TG_MAC_HMAC_SHA_1_160, tg_bytes_of(key, len), &coverage, mac);
    tg_wipe(key, sizeof key);
    if (memory)
        tg_arena_wipe(&arena, 0);
    free(memory);
    return status;
}

/* ---- the message --------------------------------------------------------------------------------------------- */

tg_bytes gate_error_make(gate_party *p, tg_sender from, uint64_t now, gate_error_mac mac)
{
    static const tg_bytes none = { NULL, 0 };
    uint8_t *e = tg_arena_alloc(p->arena, PLAIN_LEN + 2 + MAC_LEN), right[TG_MAC_MAX];
    tg_bytes about = newest_to(p, from);
    if (!e || about.len < 10 || (mac == GATE_ERROR_RIGHT_MAC && !p->known))
        return none;
    /* version, data type, next payload, PRF func with V=0 */
    const uint8_t header[] = { 1, TG_DATA_TYPE_ERROR, TG_PAYLOAD_T, about.data[3] & 0x7f };
    memcpy(e, header, 4);
    memcpy(e + 4, about.data + 4, 4); /* CSB ID */
    e[8] = 0;
    e[9] = TG_MAP_EMPTY;
    e[10] = TG_PAYLOAD_ERR; /* T: Next Payload, TS Type, TS value */
    e[11] = TG_TS_NTP_UTC;
    for (size_t n = 0; n < 8; n++)
        e[12 + n] = (uint8_t)(now >> (56 - 8 * n));
    e[20] = mac == GATE_ERROR_NO_MAC ? 0 : TG_PAYLOAD_V;
    e[21] = TG_ERROR_UNSPECIFIED_ERROR;
    e[22] = e[23] = 0;
    if (mac == GATE_ERROR_NO_MAC)
        return tg_bytes_of(e, PLAIN_LEN);
    e[24] = 0;
    e[25] = TG_MAC_HMAC_SHA_1_160;
    memset(e + 26, 0xa5, MAC_LEN); /* a MAC that nobody made */
    if (mac == GATE_ERROR_RIGHT_MAC) {
        if (put_right_mac(p, from, tg_bytes_of(e, PLAIN_LEN + 2), right) != TG_OK)
            return none;
        memcpy(e + 26, right, MAC_LEN);
    }
    return tg_bytes_of(e, PLAIN_LEN + 2 + MAC_LEN);
}
