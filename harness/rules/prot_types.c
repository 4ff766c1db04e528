/* Crypto sessions of the Prot types that TS 33.328 adds: annexes F.3 (PSK S/MIME), H.1 (TLS), J.1 (Application
 * Specific). Their numbers are a profile's; J.1 lets every MIKEY message use them. */
#include "judge.h"

static bool is_response(uint8_t data_type)
{
    switch (data_type) {
    case TG_DATA_TYPE_PSK_RESP:
    case TG_DATA_TYPE_PK_RESP:
    case TG_DATA_TYPE_DH_RESP:
    case TG_DATA_TYPE_ERROR:
    case TG_DATA_TYPE_DHHMAC_RESP:
    case TG_DATA_TYPE_RSA_R_R_MSG:
    case TG_DATA_TYPE_REQUEST_RESP:
    case TG_DATA_TYPE_TRANSFER_RESP:
    case TG_DATA_TYPE_RESOLVE_RESP:
    case TG_DATA_TYPE_REQUEST_KEY_RESP:
    case TG_DATA_TYPE_R_MESSAGE_1:
    case TG_DATA_TYPE_R_MESSAGE_2: return true;
    default: return false;
    }
}

/* RFC 6043 6.1.1 wants exactly one policy in a response, whatever the Prot type; the setting tls_policies says whether
 * it or TS 33.328 is heard there (A17). Both want none in an initial message. */
static void check_no_policies(const tg_judge *j, size_t i, const char *id)
{
    size_t num_p = j->sessions[i].ps.len;
    bool may_have = j->profile->settings.tls_policies == TG_TLS_POLICIES_RFC6043 && is_response(j->data_type);
    if (num_p != 0 && !may_have)
        tg_rules_say(j, id, tg_rules_at_session(j, i, "num_p"), "expected #P 0 with Prot type %u, found %zu",
                     j->sessions[i].prot_type, num_p);
}

static void check_no_session_data(const tg_judge *j, size_t i, const char *id)
{
    if (j->sessions[i].session_data.len != 0)
        tg_rules_say(j, id, tg_rules_at_session(j, i, "session_data"),
                     "expected no Session Data with Prot type %u, found %zu octets", j->sessions[i].prot_type,
                     j->sessions[i].session_data.len);
}

static void check_session(const tg_judge *j, size_t i)
{
    const tg_generic_cs *cs = &j->sessions[i];
    if (tg_is_kind(j, cs->prot_type, TG_PROT_KIND_TLS)) {
        check_no_policies(j, i, "TS33328-H.1-02");
        check_no_session_data(j, i, "TS33328-H.1-03");
        if (cs->s)
            tg_rules_say(j, "TS33328-H.1-01", tg_rules_at_session(j, i, "s"), "expected S=0 with TLS, found S=1");
    } else if (tg_is_kind(j, cs->prot_type, TG_PROT_KIND_PSK_SMIME)) {
        check_no_policies(j, i, "TS33328-F.3-08");
        check_no_session_data(j, i, "TS33328-F.3-09");
        if (cs->spi.len == 0 && j->is_initial_transfer)
            tg_rules_say(j, "TS33328-F.3-10", tg_rules_at_session(j, i, "spi"),
                         "expected an SPI in the initial message, found none");
    } else if (tg_is_kind(j, cs->prot_type, TG_PROT_KIND_APPLICATION_SPECIFIC)) {
        check_no_policies(j, i, "TS33328-J.1-01");
    }
}

/* With tls_policies=rfc6043 a response names a policy, so there may be one: without parameters. */
static void check_policy(const tg_judge *j, const tg_spot *at)
{
    const tg_sp *sp = (const tg_sp *)at->payload;
    if (j->profile->settings.tls_policies == TG_TLS_POLICIES_RFC6043 && sp->num_policy_param == 0)
        return;
    bool is_application = tg_is_kind(j, sp->prot_type, TG_PROT_KIND_APPLICATION_SPECIFIC);
    if (!tg_has_policies(j, sp->prot_type))
        tg_rules_say(j, is_application ? "TS33328-J.1-01" : "TS33328-H.1-04", tg_rules_at_field(j, at, "prot_type"),
                     "expected no SP of Prot type %u, found one", sp->prot_type);
}

void tg_rules_check_prot_types(const tg_judge *j)
{
    if (j->message->hdr.map.cs_id_map_type != TG_MAP_GENERIC_ID)
        return;
    for (size_t i = 0; i < j->num_sessions; i++)
        check_session(j, i);
    for (tg_walk w = tg_walk_of(&j->chain); tg_walk_next(&w);) {
        if (w.at.payload->type == TG_PAYLOAD_SP)
            check_policy(j, &w.at);
    }
}
