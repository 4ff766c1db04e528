/* From what a judgement found to why a role refuses, and the Error no for it (RFC 6043 5.4, RFC 3830 6.12). */
#include "role.h"

int tg_refusal_error_no(tg_refusal refusal)
{
    switch (refusal) {
#define CASE(symbol, error_no, text)                                                                                   \
    case TG_REFUSAL_##symbol:                                                                                          \
        return TG_REFUSAL_##symbol == TG_REFUSAL_NONE ? -1 : error_no;
        TG_REFUSALS(CASE)
#undef CASE
    }
    return -1;
}

const char *tg_refusal_text(tg_refusal refusal)
{
    switch (refusal) {
#define CASE(symbol, error_no, text)                                                                                   \
    case TG_REFUSAL_##symbol:                                                                                          \
        return text;
        TG_REFUSALS(CASE)
#undef CASE
    }
    return "";
}

tg_refusal tg_refusal_of_parse(const tg_diag *diag)
{
    if (tg_status_class(diag->status) == TG_CLASS_LIMIT)
        return TG_REFUSAL_NO_MEMORY;
    if (diag->status != TG_UNKNOWN_LENGTH)
        return TG_REFUSAL_PARSE;
    const char *field = strrchr(diag->path, '.');
    if (field && (strcmp(field, ".auth_alg") == 0 || strcmp(field, ".mac_alg") == 0))
        return TG_REFUSAL_MAC_ALG;
    if (field && strcmp(field, ".hash_func") == 0)
        return TG_REFUSAL_HASH;
    if (field && strcmp(field, ".ts_type") == 0)
        return TG_REFUSAL_TIMESTAMP;
    return TG_REFUSAL_PARSE;
}

/* A row, or all that begin so; with `strict` it is refused even where the catalogue leaves it to the receiver. The
 * first that fits counts. */
static const struct {
    const char *begins;
    tg_refusal refusal;
    bool strict;
} reasons[] = {
    { "RFC3830-5.4-x01", TG_REFUSAL_TIMESTAMP, true }, { "RFC3830-5.4-x02", TG_REFUSAL_REPLAY, true },
    { "RFC6043-5.2-01b", TG_REFUSAL_TIMESTAMP, true }, { "RFC6043-5.3-01", TG_REFUSAL_REPLAY, true },
    { "RFC6043-5.3-03", TG_REFUSAL_TICKET, true },     { "TS33328-6.2.3.5-01", TG_REFUSAL_ID, true },
    { "TS33328-6.2.3.2-01", TG_REFUSAL_ID, true },     { "TS33328-6.2.3.6-03", TG_REFUSAL_ID, true },
    { "RFC6043-4.2.3.4-x01", TG_REFUSAL_ID, true },    { "RFC6043-4.2.3.4-01", TG_REFUSAL_ID, true },
    { "RFC6043-6.1-x01", TG_REFUSAL_PRF, false },      { "RFC6043-4.2.1.3-x03", TG_REFUSAL_ID, true },
    { "RFC6043-4.2.3.3-x03", TG_REFUSAL_ID, true },    { "RFC6043-4.2.1.3-x05", TG_REFUSAL_AUTH, true },
    { "RFC6043-4.2.3.3-x05", TG_REFUSAL_AUTH, true },  { "RFC6043-4.2.1.3-x04", TG_REFUSAL_CERT, true },
    { "RFC6043-4.2.3.3-x04", TG_REFUSAL_CERT, true },  { "RFC6043-4.2.1.3-x06", TG_REFUSAL_CERT, true },
    { "RFC6043-4.2.3.3-x06", TG_REFUSAL_CERT, true },  { "RFC6043-4.2.1.3-0", TG_REFUSAL_CERT, false },
    { "RFC6043-4.2.3.3-0", TG_REFUSAL_CERT, false },   { "RFC6043-6.10-x22", TG_REFUSAL_TICKET, true },
    { "RFC6043-6.10-x14", TG_REFUSAL_TICKET, true },   { "RFC6043-6.10-x15", TG_REFUSAL_TICKET, true },
    { "TS33328-6.2.3.4-01", TG_REFUSAL_TICKET, true }, { "RFC6043-A", TG_REFUSAL_TICKET, false },
    { "RFC6043-6.10-30", TG_REFUSAL_AUTH, true },      { "RFC6043-6.10-27", TG_REFUSAL_AUTH, true },
    { "RFC6043-6.10-28", TG_REFUSAL_AUTH, true },      { "RFC6043-6.10-29", TG_REFUSAL_AUTH, true },
    { "RFC6043-6.10-24", TG_REFUSAL_AUTH, false },     { "RFC6043-6.10-x16", TG_REFUSAL_TP_PARAM, false },
    { "RFC6043-6.10-", TG_REFUSAL_TP_PARAM, false },   { "TS33328-6.2.3.6-01", TG_REFUSAL_TP_PARAM, false },
    { "TS33328-D-01", TG_REFUSAL_TP_PARAM, false },    { "TS33328-F.3-0", TG_REFUSAL_TP_PARAM, false },
    { "RFC6043-6.1.1-", TG_REFUSAL_SP, false },        { "TS33328-H", TG_REFUSAL_SP, false },
    { "TS33328-5.2-01", TG_REFUSAL_SP_PARAM, false },  { "RFC6043-12.1-04", TG_REFUSAL_RULE, true },
};

static tg_refusal refusal_of(const tg_finding *finding)
{
    bool rejects = finding->requirement->on_receive == TG_ON_RECEIVE_REJECT;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (strncmp(finding->requirement->id, reasons[i].begins, strlen(reasons[i].begins)) == 0)
            return rejects || reasons[i].strict ? reasons[i].refusal : TG_REFUSAL_NONE;
    }
    return rejects ? TG_REFUSAL_RULE : TG_REFUSAL_NONE;
}

bool tg_judgement_has(const tg_judgement *judgement, const char *id)
{
    for (size_t i = 0; i < judgement->num_findings; i++) {
        if (strcmp(judgement->findings[i]->requirement->id, id) == 0)
            return true;
    }
    return false;
}

/* Rows that a careless KMS has no eye for. */
static bool is_waived(const tg_role *role, const char *id)
{
    if (strncmp(id, "RFC6043-4.2.3.4-", 16) == 0 || strcmp(id, "TS33328-6.2.3.6-03") == 0)
        return tg_is_careless(role, TG_CARELESS_BIT(NO_AUTHORISATION));
    return strcmp(id, "TS33328-6.2.3.5-01") == 0 && tg_is_careless(role, TG_CARELESS_BIT(NO_IDENTITY));
}

tg_refusal tg_refusal_of_findings(const tg_role *role, const tg_judgement *judgement, const tg_requirement **row)
{
    bool is_kms = role->who == TG_SENDER_K;
    tg_refusal first = TG_REFUSAL_NONE;
    for (size_t i = 0; i < judgement->num_findings; i++) {
        /* Whether a Responder may resolve is for the KMS to know, that has the list of his identities. */
        const char *id = judgement->findings[i]->requirement->id;
        if ((!is_kms && strncmp(id, "RFC6043-4.2.3.4-", 16) == 0) || is_waived(role, id))
            continue;
        tg_refusal refusal = refusal_of(judgement->findings[i]);
        if (refusal != TG_REFUSAL_NONE && (first == TG_REFUSAL_NONE || refusal < first)) {
            first = refusal;
            *row = judgement->findings[i]->requirement;
        }
    }
    return first;
}
