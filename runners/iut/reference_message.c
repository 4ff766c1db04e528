/* A message alone, to the reference: decode and check; and how it answers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

#define MAX_OCTETS IUT_REFERENCE_MAX_OCTETS

/* ---- answers ------------------------------------------------------------------------------------------------ */

/* Classes are the names of refusals in lower case. */
const char *iut_class_of(tg_refusal refusal)
{
    static char names[TG_REFUSAL_PEER_ERROR + 1][24];
    static const char *const symbols[] = {
#define SYMBOL(symbol, error_no, text) #symbol,
        TG_REFUSALS(SYMBOL)
#undef SYMBOL
    };
    for (size_t i = 0; symbols[refusal][i] && i + 1 < sizeof names[refusal]; i++)
        names[refusal][i] = (char)tolower((unsigned char)symbols[refusal][i]);
    return names[refusal];
}

int iut_reject(tgi_reply *reply, tg_refusal refusal, const char *text)
{
    reply->outcome = TGI_REJECTED;
    reply->error = iut_class_of(refusal);
    reply->text = text ? text : tg_refusal_text(refusal);
    return 0;
}

int iut_unsupported(tgi_reply *reply, const char *what)
{
    reply->outcome = TGI_UNSUPPORTED;
    reply->text = what;
    return 0;
}

/* ---- a message alone ---------------------------------------------------------------------------------------- */

/* What came, as the variant sees it. */
static tg_bytes as_received(tgi_octets message)
{
    tg_bytes octets = { message.data, message.len };
    const tg_deviation *d = iut_variant_deviation(iut_reference_variant());
    if (d && d->received)
        d->received(&octets);
    return octets;
}

tg_status iut_parse(tg_bytes octets, uint8_t **block, tg_message **out, tg_diag *diag)
{
    size_t size = tg_message_arena_size(octets.len);
    *block = malloc(size);
    tg_arena arena = tg_arena_of(*block, *block ? size : 0);
    return tg_message_parse(octets, &arena, out, diag);
}

static int reject_parse(tgi_reply *reply, const tg_diag *diag)
{
    static char text[TG_PATH_MAX + 96];
    snprintf(text, sizeof text, "%s at offset %zu, %s (%s)", tg_status_text(diag->status), diag->offset, diag->path,
             diag->id);
    if (tg_status_class(diag->status) == TG_CLASS_LIMIT && diag->status != TG_TOO_DEEP)
        return iut_reject(reply, TG_REFUSAL_NO_MEMORY, text);
    return iut_reject(reply, TG_REFUSAL_PARSE, text);
}

int iut_decode_alone(tgi_octets message, tgi_reply *reply)
{
    static uint8_t *built; /* until the next call */
    uint8_t *block = NULL;
    tg_message *parsed = NULL;
    tg_diag diag;
    free(built);
    built = NULL;
    if (message.len > MAX_OCTETS)
        return iut_reject(reply, TG_REFUSAL_TOO_LARGE, NULL);
    tg_bytes octets = as_received(message);
    tg_status status = iut_parse(octets, &block, &parsed, &diag);
    if (status != TG_OK) {
        free(block);
        return reject_parse(reply, &diag);
    }
    built = malloc(octets.len + 1);
    tg_writer w = tg_writer_of(built, built ? octets.len : 0);
    status = tg_message_build(parsed, &w);
    free(block);
    if (status != TG_OK)
        return built ? -1 : iut_reject(reply, TG_REFUSAL_NO_MEMORY, NULL);
    reply->reencoded = (tgi_octets){ built, w.len };
    return 0;
}

static bool begins(const char *const *rows, const char *id)
{
    for (size_t i = 0; rows && rows[i]; i++) {
        if (strncmp(rows[i], id, strlen(rows[i])) == 0)
            return true;
    }
    return false;
}

typedef struct verdict {
    const tg_requirement *broken;
    char text[TG_PATH_MAX + TG_TEXT_MAX + 64];
} verdict;

static void judge(void *user, const tg_finding *finding)
{
    verdict *v = user;
    const tg_requirement *row = finding->requirement;
    const iut_variant *variant = iut_reference_variant();
    const tg_deviation *d = iut_variant_deviation(variant);
    bool rejects = row->on_receive == TG_ON_RECEIVE_REJECT;
    if (d && strcmp(row->id, variant->about.breaks) == 0) /* what else it does is for whole exchanges */
        rejects = (rejects && !begins(d->overlooks, row->id)) || begins(d->overreacts, row->id);
    if (v->broken || !rejects)
        return;
    v->broken = row;
    snprintf(v->text, sizeof v->text, "%s at %s: %s", row->id, finding->path, finding->text);
}

int iut_check_alone(tgi_octets message, const char *profile_name, const char *exchange, tgi_role from, tgi_reply *reply)
{
    static verdict v; /* its text lives until the next call */
    const tg_profile *profile = tg_profile_find(profile_name ? profile_name : "rfc6043");
    tg_context context = { .sender = from == TGI_INITIATOR   ? TG_SENDER_I
                                     : from == TGI_RESPONDER ? TG_SENDER_R
                                     : from == TGI_KMS       ? TG_SENDER_K
                                                             : TG_SENDER_UNKNOWN };
    uint8_t *block = NULL;
    tg_message *parsed = NULL;
    tg_diag diag;
    if (!profile || (exchange && !tg_exchange_from_name(exchange, &context.exchange)))
        return iut_unsupported(reply, "this profile or exchange");
    if (message.len > MAX_OCTETS)
        return iut_reject(reply, TG_REFUSAL_TOO_LARGE, NULL);
    tg_status status = iut_parse(as_received(message), &block, &parsed, &diag);
    v.broken = NULL;
    if (status == TG_OK)
        tg_rules_check(parsed, profile, &context, (tg_finding_sink){ judge, &v });
    free(block);
    if (status != TG_OK)
        return reject_parse(reply, &diag);
    return v.broken ? iut_reject(reply, TG_REFUSAL_RULE, v.text) : 0;
}
