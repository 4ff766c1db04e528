#include "key.h"

#include <stdio.h>
#include <stdlib.h>

#include "input.h"

/* ---- given directly ----------------------------------------------------------------------------------------- */

static bool decode(const char *option, const char *text, size_t len, uint8_t out[TLS_KEY_MAX], size_t *out_len)
{
    uint8_t octets[2 * TLS_KEY_MAX]; /* there may be white space in the text, and so less in it than fits */
    size_t error_at;
    bool ok = tg_hex_decoded_max(len) <= sizeof octets &&
              tg_hex_decode(text, len, octets, out_len, &error_at) == TG_OK && *out_len > 0 && *out_len <= TLS_KEY_MAX;
    if (ok)
        memcpy(out, octets, *out_len);
    else
        cli_complain("--%s: not hexadecimal, or not 1 to %d octets", option, TLS_KEY_MAX);
    tg_wipe(octets, sizeof octets);
    return ok;
}

bool tls_key_octets(const char *option, const char *value, uint8_t out[TLS_KEY_MAX], size_t *len)
{
    input_text text;
    if (value[0] != '@')
        return decode(option, value, strlen(value), out, len);
    if (input_read(value + 1, 4 * TLS_KEY_MAX, "", &text) != CLI_OK)
        return false;
    bool ok = decode(option, text.data ? text.data : "", text.len, out, len);
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return ok;
}

void tls_key_profile(const verifying *v, tg_profile *out)
{
    const tg_profile *profile = v->profile ? v->profile : tg_profile_find("ims-msrp-tls");
    *out = *profile;
    for (size_t i = 0; i < v->num_settings; i++)
        (void)tg_setting_set(&out->settings, v->settings[i].name, v->settings[i].value);
}

/* ---- of a conversation -------------------------------------------------------------------------------------- */

/* A crypto session of the newest call, and its key. */
typedef struct candidate {
    const tg_generic_cs *cs;
    tg_bytes tek; /* empty: not known */
} candidate;

typedef struct candidates {
    uint32_t csb_id;
    bool has_csb_id;
    candidate of[256]; /* by CS ID */
} candidates;

static tg_bytes tek_of(const tg_derived *derived, uint8_t cs_id)
{
    for (size_t i = 0; i < derived->num_cs; i++) {
        if (derived->cs[i].cs_id == cs_id)
            return derived->cs[i].tek;
    }
    return (tg_bytes){ 0 };
}

/* Of the newest Ticket Transfer, that is of its CSB; where a later message has the session anew, that one's counts. */
static void collect(const tg_conversation *conversation, candidates *out)
{
    for (size_t i = tg_conversation_num(conversation); i-- > 0;) {
        const tg_judgement *judgement = tg_conversation_judgement(conversation, i);
        const tg_message *message = judgement->message;
        bool is_transfer = message && (message->hdr.data_type == TG_DATA_TYPE_TRANSFER_INIT ||
                                       message->hdr.data_type == TG_DATA_TYPE_TRANSFER_RESP);
        if (!is_transfer || judgement->auth != TG_OUTCOME_OK)
            continue;
        if (!out->has_csb_id)
            out->csb_id = message->hdr.csb_id;
        out->has_csb_id = true;
        if (message->hdr.csb_id != out->csb_id || message->hdr.map.cs_id_map_type != TG_MAP_GENERIC_ID)
            continue;
        for (size_t j = 0; j < message->hdr.map.num_cs; j++) {
            const tg_generic_cs *cs = &message->hdr.map.generic[j];
            candidate *c = &out->of[cs->cs_id];
            tg_bytes tek = tek_of(&judgement->derived, cs->cs_id);
            if (!c->cs || (!c->tek.len && tek.len))
                *c = (candidate){ cs, tek };
        }
    }
}

static bool is_tls(const candidate *c, const tg_profile *profile)
{
    return c->cs && c->cs->prot_type == profile->prot_types[TG_PROT_KIND_TLS];
}

/* "1 (TLS), 2" */
static void list(const candidates *all, const tg_profile *profile, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < 256 && len + 16 < size; i++) {
        if (all->of[i].cs)
            len += (size_t)snprintf(out + len, size - len, "%s%u%s", len ? ", " : "", i,
                                    is_tls(&all->of[i], profile) ? " (TLS)" : "");
    }
    if (!len)
        snprintf(out, size, "none");
}

static const candidate *choose(const tls_key_source *source, const candidates *all, const tg_profile *profile)
{
    char there[512], *end = NULL;
    const candidate *chosen = NULL;
    size_t num = 0;
    unsigned long number = source->cs ? strtoul(source->cs, &end, 10) : 0;
    for (unsigned i = 0; i < 256; i++) {
        bool fits = source->cs ? i == number && all->of[i].cs : is_tls(&all->of[i], profile);
        chosen = fits ? &all->of[i] : chosen;
        num += fits;
    }
    list(all, profile, there, sizeof there);
    if (source->cs && (*end || source->cs[0] < '0' || source->cs[0] > '9' || num == 0))
        cli_complain("%s: there is no crypto session %s; there are: %s", source->conversation, source->cs, there);
    else if (source->cs && !is_tls(chosen, profile))
        cli_complain("%s: crypto session %s is not of Prot type TLS; there are: %s", source->conversation, source->cs,
                     there);
    else if (num != 1)
        cli_complain("%s: not one crypto session of Prot type TLS, but %zu (a profile says its number); there are: %s",
                     source->conversation, num, there);
    else if (chosen->tek.len == 0 || chosen->tek.len > TLS_KEY_MAX)
        cli_complain("%s: the TEK of crypto session %u is not to be had from these messages and secrets",
                     source->conversation, chosen->cs->cs_id);
    else
        return chosen;
    return NULL;
}

/* What TLS 1.3 has in the place of the empty identity: setting tls13_identity. */
static void make_identity13(const candidate *chosen, tls_key *out)
{
    if (out->profile.settings.tls13_identity == TG_TLS13_IDENTITY_SPI) {
        out->has_identity13 = chosen->cs->spi.len > 0;
        out->identity13_len = chosen->cs->spi.len;
        if (out->has_identity13)
            memcpy(out->identity13, chosen->cs->spi.data, chosen->cs->spi.len);
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        out->identity13[i] = (uint8_t)(out->csb_id >> (24 - 8 * i));
    out->identity13[4] = out->cs_id;
    out->identity13_len = 5;
    out->has_identity13 = true;
}

static int take_session(const tls_key_source *source, verifying *v, tls_key *out)
{
    tg_diag diag;
    candidates all = { .has_csb_id = false };
    if (verifying_judge(v, &diag) != TG_OK) {
        cli_complain("%s: %s", source->conversation, tg_status_text(diag.status));
        return CLI_FAILED;
    }
    if (!source->force && !tg_conversation_is_accepted(v->judged)) {
        cli_complain(
            "%s: the conversation is not accepted (ticketgate verify says why); --force takes its key all the same",
            source->conversation);
        return CLI_FAILED;
    }
    out->profile = v->conversation.known.profile;
    collect(v->judged, &all);
    const candidate *chosen = choose(source, &all, &out->profile);
    if (!chosen)
        return CLI_FAILED;
    memcpy(out->tek, chosen->tek.data, chosen->tek.len);
    out->len = chosen->tek.len;
    out->of_conversation = true;
    out->csb_id = all.csb_id;
    out->cs_id = chosen->cs->cs_id;
    make_identity13(chosen, out);
    return CLI_OK;
}

static int load_conversation(const tls_key_source *source, verifying *v, tls_key *out)
{
    input_text text;
    tg_diag diag;
    const char *reason = NULL;
    int code = input_read(source->conversation, VERIFYING_MAX_TEXT, "", &text);
    if (code != CLI_OK)
        return code;
    v->without_inputs = true;
    if (verifying_read(v, text.data ? text.data : "", text.len, false, &diag, &reason) != TG_OK) {
        cli_complain("%s: %s%s%s", source->conversation, reason ? reason : tg_status_text(diag.status),
                     diag.path[0] ? " at " : "", diag.path);
        code = CLI_FAILED;
    }
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    if (code == CLI_OK)
        code = take_session(source, v, out);
    /* A profile's title may live in what is wiped now. */
    out->profile.title = "";
    verifying_wipe(v);
    return code;
}

int tls_key_load(const tls_key_source *source, verifying *v, tls_key *out)
{
    *out = (tls_key){ .len = 0 };
    if (!source->tek == !source->conversation) {
        cli_complain("one of --%s and --%s is needed (see --help)", source->conversation_option, source->tek_option);
        return CLI_USAGE;
    }
    if (source->conversation)
        return load_conversation(source, v, out);
    if (source->cs) {
        cli_complain("a crypto session is one of --%s", source->conversation_option);
        return CLI_USAGE;
    }
    tls_key_profile(v, &out->profile);
    return tls_key_octets(source->tek_option, source->tek, out->tek, &out->len) ? CLI_OK : CLI_USAGE;
}

void tls_key_wipe(tls_key *key)
{
    tg_wipe(key, sizeof *key);
}
