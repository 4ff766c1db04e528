/* The crypto sessions of a GENERIC-ID map: RFC 6043 4.2.2.3 and 6.1.1. */
#include "judge.h"

/* ---- any message -------------------------------------------------------------------------------------------- */

static void check_identity(const tg_judge *j, size_t i, bool seen[256])
{
    const tg_generic_cs *cs = &j->sessions[i];
    if (seen[cs->cs_id])
        tg_rules_say(j, "RFC6043-6.1.1-x03", tg_rules_at_session(j, i, "cs_id"),
                     "expected a CS ID of its own, found %u again", cs->cs_id);
    seen[cs->cs_id] = true;

    bool known = tg_registry_name("prot_type", cs->prot_type) || cs->prot_type >= 241; /* private use */
    for (int kind = 0; kind < TG_NUM_PROT_KINDS; kind++)
        known = known || tg_is_kind(j, cs->prot_type, (tg_prot)kind);
    if (!known)
        tg_rules_say(j, "RFC6043-6.1.1-x05", tg_rules_at_session(j, i, "prot_type"),
                     "expected a Prot type that is registered, private or named by the profile, found %u",
                     cs->prot_type);
}

/* ---- Session Data of SRTP ----------------------------------------------------------------------------------- */

/* An initial message may leave it out, a response may not. */
static void check_session_data(const tg_judge *j, size_t i)
{
    const tg_generic_cs *cs = &j->sessions[i];
    bool in_response = j->data_type == TG_DATA_TYPE_TRANSFER_RESP;
    size_t expected = cs->s ? 10 : 4;
    if (!tg_is_kind(j, cs->prot_type, TG_PROT_KIND_SRTP) || cs->session_data.len == expected)
        return;
    if (cs->session_data.len != 0)
        tg_rules_say(
            j, in_response ? "RFC6043-6.1.1-x04b" : "RFC6043-6.1.1-x04a", tg_rules_at_session(j, i, "session_data"),
            "expected %zu octets of SRTP Session Data with S=%u, found %zu", expected, cs->s, cs->session_data.len);
    else if (in_response)
        tg_rules_say(j, "RFC6043-6.1.1-07b", tg_rules_at_session(j, i, "session_data"),
                     "expected Session Data for SRTP, found none");
}

/* ---- policies ----------------------------------------------------------------------------------------------- */

/* Each policy that stands in the message has the Prot type of the session; in a TRANSFER_INIT that is not an update
 * each must stand there (A38). */
static void check_policies(const tg_judge *j, size_t i)
{
    const tg_generic_cs *cs = &j->sessions[i];
    for (size_t k = 0; k < cs->ps.len; k++) {
        uint8_t policy_no = cs->ps.data[k];
        const tg_sp *sp = j->policies[policy_no];
        if (!sp && j->is_initial_transfer)
            tg_rules_say(j, "RFC6043-6.1.1-x02", tg_rules_at_session_policy(j, i, k),
                         "expected the policy number of an SP in the message, found %u", policy_no);
        if (sp && sp->prot_type != cs->prot_type)
            tg_rules_say(j, "RFC6043-6.1.1-06", tg_rules_at_session_policy(j, i, k),
                         "expected a policy of Prot type %u, found %u in policy %u", cs->prot_type, sp->prot_type,
                         policy_no);
    }
}

/* ---- a session that nothing completes later ----------------------------------------------------------------- */

static void check_response(const tg_judge *j, size_t i)
{
    const tg_generic_cs *cs = &j->sessions[i];
    bool needs_policy =
        j->profile->settings.tls_policies == TG_TLS_POLICIES_RFC6043 || tg_has_policies(j, cs->prot_type);
    if (needs_policy && cs->ps.len != 1) {
        const tg_place place = tg_rules_at_session(j, i, "num_p");
        tg_rules_say(j, "RFC6043-4.2.2.3-03", place, "expected exactly one policy, found %zu", cs->ps.len);
        tg_rules_say(j, "RFC6043-6.1.1-02", place, "expected #P 1, found %zu", cs->ps.len);
    }
    if (cs->spi.len == 0)
        tg_rules_say(j, "RFC6043-6.1.1-09b", tg_rules_at_session(j, i, "spi"), "expected an SPI, found none");
}

/* With F=0 there is no response that could give what TRANSFER_INIT leaves out (A32). */
static void check_complete(const tg_judge *j, size_t i)
{
    const tg_generic_cs *cs = &j->sessions[i];
    if (cs->ps.len == 0 && tg_has_policies(j, cs->prot_type))
        tg_rules_say(j, "RFC6043-6.1.1-x06", tg_rules_at_session(j, i, "num_p"),
                     "expected a policy with F=0, found none");
    if (cs->session_data.len == 0 && tg_is_kind(j, cs->prot_type, TG_PROT_KIND_SRTP))
        tg_rules_say(j, "RFC6043-6.1.1-x06", tg_rules_at_session(j, i, "session_data"),
                     "expected Session Data for SRTP with F=0, found none");
    if (cs->spi.len == 0)
        tg_rules_say(j, "RFC6043-6.1.1-x06", tg_rules_at_session(j, i, "spi"), "expected an SPI with F=0, found none");
}

void tg_rules_check_sessions(const tg_judge *j)
{
    bool seen[256] = { false };
    bool last_word = j->is_initial_transfer && j->ticket && !(j->ticket->flags & TG_FLAG('F'));
    for (size_t i = 0; i < j->num_sessions; i++) {
        check_identity(j, i, seen);
        if (!j->is_transfer)
            continue;
        check_session_data(j, i);
        check_policies(j, i);
        if (j->data_type == TG_DATA_TYPE_TRANSFER_RESP)
            check_response(j, i);
        else if (last_word)
            check_complete(j, i);
    }
}
