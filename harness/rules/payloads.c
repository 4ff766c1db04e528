/* Rows on a payload wherever it stands, and on the policy numbers of SP payloads: RFC 3830 6.2, 6.10 and 6.11,
 * RFC 4563 5, RFC 6043 4.2 and 6.6. */
#include "judge.h"

enum { RAND_MIN_OCTETS = 16 };

static void check_rand(const tg_judge *j, const tg_spot *at, tg_bytes rand)
{
    if (rand.len < RAND_MIN_OCTETS)
        tg_rules_say(j, "RFC3830-6.11-02", tg_rules_at_field(j, at, "rand"),
                     "expected a RAND of at least %d octets, found %zu", RAND_MIN_OCTETS, rand.len);
}

static void check_kemac(const tg_judge *j, const tg_spot *at, uint8_t encr_alg)
{
    if (!tg_registry_name("encr_alg", encr_alg))
        tg_rules_say(j, "RFC3830-6.2-x02", tg_rules_at_field(j, at, "encr_alg"),
                     "expected a registered Encr alg, found %u", encr_alg);
}

void tg_rules_check_payload(const tg_judge *j, const tg_spot *at)
{
    const tg_payload *p = at->payload;
    switch (p->type) {
    case TG_PAYLOAD_RAND: check_rand(j, at, ((const tg_rand *)p)->rand); break;
    case TG_PAYLOAD_RANDR: check_rand(j, at, ((const tg_randr *)p)->rand); break;
    case TG_PAYLOAD_KEMAC: check_kemac(j, at, ((const tg_kemac *)p)->encr_alg); break;
    case TG_PAYLOAD_V:
        if (j->is_mikey_ticket && ((const tg_v *)p)->auth_alg == TG_MAC_NULL)
            tg_rules_say(j, "RFC6043-4.2-x01", tg_rules_at_field(j, at, "auth_alg"),
                         "expected a MAC in V, found Auth alg 0 (NULL)");
        break;
    case TG_PAYLOAD_ID:
        if (j->is_mikey_ticket)
            tg_rules_say(j, "RFC6043-6.6-01", tg_rules_at_payload(j, at), "expected IDR, found ID");
        break;
    default: break;
    }
}

void tg_rules_check_policy_numbers(const tg_judge *j)
{
    for (tg_walk w = tg_walk_of(&j->chain); tg_walk_next(&w);) {
        const tg_sp *sp = (const tg_sp *)w.at.payload;
        if (sp->head.type != TG_PAYLOAD_SP)
            continue;
        if (j->policies[sp->policy_no] != sp)
            tg_rules_say(j, "RFC3830-6.10-x02", tg_rules_at_field(j, &w.at, "policy_no"),
                         "expected a policy number of its own, found %u again", sp->policy_no);
        if (j->message->hdr.map.cs_id_map_type == TG_MAP_EMPTY)
            tg_rules_say(j, "RFC4563-5-01", tg_rules_at_payload(j, &w.at),
                         "expected no SP with the Empty map, found one");
    }
}
