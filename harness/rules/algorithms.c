/* 256-bit algorithms and shorter ones do not mix in a message: RFC 6043 12.1. */
#include "judge.h"

typedef enum family { NEITHER, SHORTER, BITS_256 } family; /* NULL and unknown numbers are neither */

typedef enum name_space { PRF_FUNC, ENCR_ALG, MAC_ALG, NUM_NAME_SPACES } name_space;
static const struct {
    const char *registry;
    family of[4]; /* by number */
} algorithms[NUM_NAME_SPACES] = {
    [PRF_FUNC] = { "prf_func", { [TG_PRF_MIKEY_1] = SHORTER, [TG_PRF_HMAC_SHA_256] = BITS_256 } },
    [ENCR_ALG] = { "encr_alg",
                   { [TG_ENCR_AES_CM_128] = SHORTER,
                     [TG_ENCR_AES_KW_128] = SHORTER,
                     [TG_ENCR_AES_CM_256] = BITS_256 } },
    [MAC_ALG] = { "mac_alg", { [TG_MAC_HMAC_SHA_1_160] = SHORTER, [TG_MAC_HMAC_SHA_256_256] = BITS_256 } },
};

/* The first algorithm that is of a family, and whether one of the other was found. */
typedef struct mix {
    const tg_judge *j;
    family first;
    name_space first_space;
    uint8_t first_number;
    bool found;
} mix;

static const char *name_of(name_space space, uint8_t number)
{
    return tg_registry_name(algorithms[space].registry, number);
}

/* Weighs a number of the payload at `at`, or of HDR when that is NULL. Only the first clash is said. */
static void weigh(mix *m, name_space space, uint8_t number, const tg_spot *at, const char *field)
{
    family its = number < 4 ? algorithms[space].of[number] : NEITHER;
    if (its == NEITHER || m->found)
        return;
    if (m->first == NEITHER) {
        m->first = its;
        m->first_space = space;
        m->first_number = number;
    } else if (m->first != its) {
        m->found = true;
        tg_rules_say(m->j, "RFC6043-12.1-08", at ? tg_rules_at_field(m->j, at, field) : tg_rules_at_hdr(m->j, field),
                     "expected no mix of 256-bit and shorter algorithms, found %s after %s", name_of(space, number),
                     name_of(m->first_space, m->first_number));
    }
}

static void weigh_payload(mix *m, const tg_spot *at)
{
    if (at->payload->type == TG_PAYLOAD_KEMAC) {
        const tg_kemac *kemac = (const tg_kemac *)at->payload;
        weigh(m, ENCR_ALG, kemac->encr_alg, at, "encr_alg");
        weigh(m, MAC_ALG, kemac->mac_alg, at, "mac_alg");
    } else if (at->payload->type == TG_PAYLOAD_V) {
        weigh(m, MAC_ALG, ((const tg_v *)at->payload)->auth_alg, at, "auth_alg");
    }
}

static void weigh_chain(mix *m, const tg_scope *scope)
{
    for (tg_walk w = tg_walk_of(scope); tg_walk_next(&w);)
        weigh_payload(m, &w.at);
}

/* A ticket may have been made by somebody else; the setting mix_scope says whether it counts (A21). Initiator Data is
 * the sender's in any case. */
static void weigh_policy(mix *m, const tg_spot *at)
{
    bool whole = m->j->profile->settings.mix_scope == TG_MIX_SCOPE_MESSAGE;
    tg_policy policy;
    tg_rules_open_policy(at, &policy);
    if (whole)
        weigh(m, PRF_FUNC, policy.prf_func, at, "prf_func");
    if (whole && tg_may_open_ticket(m->j, &policy))
        weigh_chain(m, &policy.ticket_data);
    weigh_chain(m, &policy.initiator_data);
}

void tg_rules_check_mix(const tg_judge *j)
{
    if (!j->is_mikey_ticket)
        return;
    mix m = { .j = j, .first = NEITHER };
    if (j->data_type != TG_DATA_TYPE_ERROR) /* an Error's is that of the message it is about (5.4) */
        weigh(&m, PRF_FUNC, j->message->hdr.prf_func, NULL, "prf_func");
    for (tg_walk w = tg_walk_of(&j->chain); tg_walk_next(&w);) {
        weigh_payload(&m, &w.at);
        if (w.at.payload->type == TG_PAYLOAD_TP || w.at.payload->type == TG_PAYLOAD_TICKET)
            weigh_policy(&m, &w.at);
    }
}
