/* What MIKEY messages say of somebody, in place and as long: identities get other names; keys, secrets, proofs, ciphertexts and all that is not
 * known to be harmless become noise, the same for the same. What is protected with keys that are known is made right behind this (reseal.h). */
#include "ticketgate/message.h"

#include <stdlib.h>

#include "scrubbing.h"
#include "words.h"

typedef struct walk {
    tgs_scrub *s;
    tg_bytes whole;
    uint8_t *octets;    /* of the message as it becomes */
    uint64_t *unopened; /* not NULL: nothing is changed; protected octets that are noise are counted */
} walk;

static uint8_t *place(const walk *w, tg_bytes field)
{
    bool is_in = field.len > 0 && field.data >= w->whole.data && field.data + field.len <= w->whole.data + w->whole.len;
    return is_in ? w->octets + (field.data - w->whole.data) : NULL;
}

/* Which says nothing, and is asked for (Key Data and salts in a TP, RFC 6043 6.10). */
static bool is_zero(tg_bytes field)
{
    size_t i = 0;
    while (i < field.len && field.data[i] == 0)
        i++;
    return i == field.len;
}

static void noise(const walk *w, tg_bytes field)
{
    uint8_t *at = place(w, field);
    if (at && !w->unopened && !is_zero(field))
        tgs_noise(w->s, at, field.len);
}

static void rename_field(const walk *w, tg_bytes field)
{
    uint8_t *at = place(w, field);
    if (at && !w->unopened)
        tgs_rename_octets(w->s, at, field.len);
}

static void other_id(const walk *w, tg_bytes field)
{
    uint8_t *at = place(w, field);
    if (at && !w->unopened)
        tgs_other_id(w->s, at, field.len);
}

/* Ciphertexts, and MACs: what of them is noise at the end no key opened, or proved right. */
static void protected(const walk *w, tg_bytes field)
{
    uint8_t *at = place(w, field);
    if (!at || !w->unopened) {
        noise(w, field);
        return;
    }
    if (is_zero(field))
        return;
    uint8_t *expected = malloc(field.len);
    if (expected) {
        tgp_names_key(&w->s->names, field, expected);
        *w->unopened += memcmp(expected, at, field.len) == 0;
    }
    free(expected);
}

static void rename_certificate(const walk *w, tg_bytes field)
{
    uint8_t *at = place(w, field);
    if (!at || w->unopened)
        return;
    if (field.data[0] != 0x30) { /* a URL, or no DER */
        tgs_rename_octets(w->s, at, field.len);
        return;
    }
    tgs_rename_der(w->s, at, field.len, TGS_DER_CERTIFICATE);
    tgs_note_certificate(w->s, field, tg_bytes_of(at, field.len));
}

/* Of a certificate that was seen: its hash as it is now. */
static void other_hash(const walk *w, tg_bytes field)
{
    uint8_t *at = place(w, field);
    for (size_t i = 0; at && !w->unopened && i < w->s->num_fingerprints; i++) {
        const tgs_fingerprint *f = &w->s->fingerprints[i];
        if (f->len == field.len && memcmp(f->before, field.data, f->len) == 0) {
            memcpy(at, f->after, f->len);
            return;
        }
    }
    noise(w, field);
}

/* ---- fields --------------------------------------------------------------------------------------------------- */

typedef enum treatment { NOISE, PROTECTED, KEEP, NAME, CERTIFICATE, HASH } treatment;

/* All others are noise. RANDs and times are what they are called; keys in clear get the same as in ciphertexts, which is noise. */
static const struct {
    uint16_t type;
    const char *field;
    treatment how;
} known[] = {
    { TG_PAYLOAD_RAND, "rand", KEEP },
    { TG_PAYLOAD_RANDR, "rand", KEEP },
    { TG_PAYLOAD_T, "ts_value", KEEP },
    { TG_PAYLOAD_TR, "ts_value", KEEP },
    { TG_PAYLOAD_ID, "id_data", NAME },
    { TG_PAYLOAD_IDR, "id_data", NAME },
    { TG_PAYLOAD_CERT, "cert_data", CERTIFICATE },
    { TG_PAYLOAD_CHASH, "hash", HASH },
    { TG_PAYLOAD_V, "ver_data", PROTECTED },
    { TG_PAYLOAD_KEMAC, "mac", PROTECTED },
};

static void change_data(const walk *w, uint16_t type, const char *field, tg_bytes octets)
{
    treatment how = NOISE;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].type == type && strcmp(known[i].field, field) == 0)
            how = known[i].how;
    }
    switch (how) {
    case KEEP:
        break;
    case NAME:
        rename_field(w, octets);
        break;
    case CERTIFICATE:
        rename_certificate(w, octets);
        break;
    case HASH:
        other_hash(w, octets);
        break;
    case PROTECTED:
        protected
        (w, octets);
        break;
    default:
        noise(w, octets);
        break;
    }
}

/* RFC 3830 6.14: of an interval, times or numbers. */
static void change_kv(const walk *w, const tg_kv_data *kv)
{
    enum { NTP = 8 };
    other_id(w, kv->spi);
    if (kv->valid_from.len > NTP)
        noise(w, kv->valid_from);
    if (kv->valid_to.len > NTP)
        noise(w, kv->valid_to);
}

/* RFC 3830 6.10.1 and those after it: numbers of algorithms and lengths, of SRTP. */
static void change_params(const walk *w, const tg_sp *sp)
{
    enum { SRTP = 0, NUMBER = 4 };
    for (size_t i = 0; i < sp->num_policy_param; i++) {
        const tg_param *p = &sp->policy_param[i];
        bool is_number =
            sp->prot_type == SRTP && p->type <= TG_SRTP_PARAM_AEAD_AUTHENTICATION_TAG_LENGTH && p->value.len <= NUMBER;
        if (!is_number)
            noise(w, p->value);
    }
}

/* Names of protocols in SDP (RFC 4567 section 7) are those of the description; all others may be text, or anything. */
static void change_extension(const walk *w, const tg_general_ext *ext)
{
    uint8_t *at = place(w, ext->data);
    bool is_text = at && !w->unopened;
    for (size_t i = 0; is_text && i < ext->data.len; i++)
        is_text = ext->data.data[i] >= ' ' && ext->data.data[i] <= '~';
    if (ext->type == TG_EXT_SDP_IDS && is_text)
        tgs_scrub_words(&w->s->names, (char *)at, ext->data.len, false);
    else if (ext->type == TG_EXT_KEY_ID && ext->key_ids)
        for (size_t i = 0; i < ext->num_key_ids; i++)
            other_id(w, ext->key_ids[i].key_id);
    else if (ext->type != TG_EXT_CSB_ID || ext->data.len > TGS_LONGEST_NUMBER)
        rename_field(w, ext->data);
}

/* RFC 6043 6.1.1; SSRC, ROC and SEQ of SRTP are numbers. */
static void change_sessions(const walk *w, const tg_map *map)
{
    for (size_t i = 0; map->generic && i < map->num_cs; i++) {
        const tg_generic_cs *cs = &map->generic[i];
        tg_srtp_session_data numbers;
        if (!tg_srtp_session_data_of(cs, &numbers))
            noise(w, cs->session_data);
        other_id(w, cs->spi);
    }
}

/* ---- chains --------------------------------------------------------------------------------------------------- */

static void change_chain(const walk *w, const tg_payload *first, unsigned depth);

static void change_nested(const walk *w, const tg_chain *chain, unsigned depth)
{
    if (chain->form == TG_CHAIN_OCTETS)
    protected(w, chain->octets);
    else if (chain->form == TG_CHAIN_PAYLOADS) change_chain(w, chain->payloads, depth + 1);
}

static void change_field(const walk *w, const tg_payload *p, const tg_field *f, unsigned depth)
{
    const uint8_t *member = (const uint8_t *)p + f->member;
    switch (f->kind) {
    case TG_FIELD_DATA:
    case TG_FIELD_SALT:
        change_data(w, p->type, f->name, *(const tg_bytes *)(const void *)member);
        break;
    case TG_FIELD_KV:
        change_kv(w, (const tg_kv_data *)(const void *)member);
        break;
    case TG_FIELD_PARAMS:
        change_params(w, (const tg_sp *)p);
        break;
    case TG_FIELD_EXT:
        change_extension(w, (const tg_general_ext *)p);
        break;
    case TG_FIELD_KEYS:
    case TG_FIELD_CHAIN:
    case TG_FIELD_OPT_CHAIN:
    case TG_FIELD_TICKET_DATA:
        change_nested(w, (const tg_chain *)(const void *)member, depth);
        break;
    default: /* numbers */
        break;
    }
}

/* Chains nest no deeper than the parser lets them. */
static void change_chain(const walk *w, const tg_payload *first, unsigned depth)
{
    for (const tg_payload *p = depth <= TG_MAX_NESTING ? first : NULL; p; p = p->next) {
        const tg_layout *layout = tg_layout_of(p->type);
        for (size_t i = 0; layout && i < layout->num_fields; i++)
            change_field(w, p, &layout->fields[i], depth);
    }
}

void tgs_change_message(tgs_scrub *s, const tg_message *message, uint8_t *octets)
{
    const walk w = { s, message->octets, octets, NULL };
    change_sessions(&w, &message->hdr.map);
    change_chain(&w, message->payloads, 0);
}

void tgs_change_plaintext(tgs_scrub *s, const tg_payload *chain, tg_bytes plain, uint8_t *octets)
{
    const walk w = { s, plain, octets, NULL };
    change_chain(&w, chain, 0);
}

uint64_t tgs_count_unopened(tgs_scrub *s, const tg_message *message, const uint8_t *octets)
{
    uint64_t num = 0;
    const walk w = { s, message->octets, (uint8_t *)(uintptr_t)octets, &num };
    change_chain(&w, message->payloads, 0);
    return num;
}
