/* What tells one SIP dialog from another (RFC 3261 8.1.1, 12), made new. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "replaying.h"
#include "ticketgate/carriage.h"

/* Letters and digits become others; all else stays, and so does what is behind an "@". */
static bool other_word(tg_crypto *crypto, const uint8_t secret[32], const char *label, uint8_t *base, tg_bytes whole,
                       tg_bytes word)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t magic = word.len > 7 && memcmp(word.data, "z9hG4bK", 7) == 0 ? 7 : 0; /* RFC 3261 8.1.1.7 */
    uint8_t *fresh = word.len ? malloc(word.len) : NULL;
    if (!word.len)
        return true;
    bool ok = fresh && tgr_other(crypto, secret, label, word, fresh, word.len);
    for (size_t i = magic; ok && i < word.len && word.data[i] != '@'; i++) {
        uint8_t *c = base + (word.data - whole.data) + i;
        if (isalnum(*c))
            *c = (uint8_t)alphabet[fresh[i] % 36];
    }
    free(fresh);
    return ok;
}

static bool other_branches(tg_crypto *crypto, const uint8_t secret[32], const tg_sip_head *head, uint8_t *base,
                           tg_bytes whole)
{
    bool ok = true;
    for (const tg_sip_header *via = tg_sip_first(head, TG_SIP_VIA); via && ok; via = tg_sip_next(head, via)) {
        tg_bytes list = via->value, value, branch;
        while (ok && tg_sip_next_value(&list, &value)) {
            const uint8_t *semicolon = value.len ? memchr(value.data, ';', value.len) : NULL;
            tg_bytes parameters =
                semicolon ? tg_bytes_of(semicolon, value.len - (size_t)(semicolon - value.data)) : tg_bytes_of(NULL, 0);
            if (semicolon && tg_sip_parameter(parameters, "branch", &branch))
                ok = other_word(crypto, secret, "branch", base, whole, branch);
        }
    }
    return ok;
}

bool tgp_replay_fresh_sip(tg_crypto *crypto, const uint8_t secret[32], uint8_t *octets, size_t len)
{
    tg_sip_head *head = malloc(sizeof *head);
    uint8_t *copy = malloc(len + 1); /* what is read stays as it is while it is replaced */
    const char *reason;
    bool ok = head && copy;
    if (ok) {
        memcpy(copy, octets, len);
        tg_bytes whole = tg_bytes_of(copy, len);
        ok = tg_sip_cut(whole, head, &reason) == TG_OK &&
             other_word(crypto, secret, "call", octets, whole, head->call_id) &&
             other_word(crypto, secret, "tag", octets, whole, head->from_tag) &&
             other_word(crypto, secret, "tag", octets, whole, head->to_tag) &&
             other_branches(crypto, secret, head, octets, whole);
    }
    free(copy);
    free(head);
    return ok;
}

/* ---- on the way ----------------------------------------------------------------------------------------------- */

/* The sent-by of the topmost Via: what stands between the transport and the parameters (RFC 3261 25.1). */
static tg_bytes sent_by_of(const tg_sip_head *head)
{
    const tg_sip_header *via = tg_sip_first(head, TG_SIP_VIA);
    tg_bytes none = { NULL, 0 }, list = via ? via->value : none, value;
    size_t begin = 0, end;
    if (!via || !tg_sip_next_value(&list, &value))
        return none;
    for (int slashes = 0; begin < value.len && slashes < 2; begin++)
        slashes += value.data[begin] == '/';
    while (begin < value.len && isspace(value.data[begin]))
        begin++;
    while (begin < value.len && !isspace(value.data[begin]) && value.data[begin] != ';')
        begin++;
    while (begin < value.len && isspace(value.data[begin]))
        begin++;
    end = begin;
    while (end < value.len && !isspace(value.data[end]) && value.data[end] != ';')
        end++;
    return tg_bytes_of(value.data + begin, end - begin);
}

bool tgp_replay_address_sip(tg_bytes octets, const char *sent_by, tg_bytes to_tag, tg_text *out)
{
    tg_sip_head *head = malloc(sizeof *head);
    const char *reason;
    if (!head || tg_sip_cut(octets, head, &reason) != TG_OK) {
        free(head);
        return false;
    }
    struct {
        tg_bytes from, to;
    } changes[2] = { { sent_by_of(head), tg_bytes_of(sent_by, strlen(sent_by)) }, { head->to_tag, to_tag } };
    if (changes[1].from.data && changes[0].from.data && changes[1].from.data < changes[0].from.data) {
        tg_bytes from = changes[0].from, to = changes[0].to;
        changes[0] = changes[1];
        changes[1].from = from;
        changes[1].to = to;
    }
    const uint8_t *at = octets.data, *end = octets.data + octets.len;
    for (size_t i = 0; i < 2; i++) {
        if (!changes[i].from.data || changes[i].from.len == 0 || changes[i].to.len == 0)
            continue;
        tg_text_add(out, (const char *)at, (size_t)(changes[i].from.data - at));
        tg_text_add(out, (const char *)changes[i].to.data, changes[i].to.len);
        at = changes[i].from.data + changes[i].from.len;
    }
    tg_text_add(out, (const char *)at, (size_t)(end - at));
    free(head);
    return !out->failed;
}
