/* What a profile pins: TS 33.328 5.2, 6.2.3, B.1, D, F.3 and G.3.2, each row named by the profile. */
#include "judge.h"

/* ---- Ticket Policy ------------------------------------------------------------------------------------------ */

static void check_pinned_ticket(const tg_judge *j, const tg_policy *policy)
{
    const tg_ticket_format *pinned = &j->profile->pinned_ticket.format;
    const char *field = policy->ticket_type != pinned->ticket_type                          ? "ticket_type"
                        : pinned->subtype >= 0 && policy->subtype != pinned->subtype ? "subtype"
                        : pinned->version >= 0 && policy->version != pinned->version ? "version"
                                                                                     : NULL;
    if (field)
        tg_rules_say(j, tg_row_id(j->profile->pinned_ticket.id), tg_rules_at_field(j, &policy->at, field),
                     "expected Ticket Type %u, Subtype %d, Version %d, found %u, %u, %u", pinned->ticket_type,
                     pinned->subtype, pinned->version, policy->ticket_type, policy->subtype, policy->version);
}

void tg_rules_check_profile_policy(const tg_judge *j, const tg_policy *policy)
{
    if (j->profile->pinned_ticket.id)
        check_pinned_ticket(j, policy);
    for (size_t i = 0; i < TG_NUM_FLAGS; i++) {
        char letter = TG_FLAG_LETTERS[i];
        unsigned value = j->profile->flags[i].value;
        if (j->profile->flags[i].id && tg_policy_has(policy, letter) != (value != 0))
            tg_rules_say(j, j->profile->flags[i].id->id, tg_rules_at_field(j, &policy->at, "flags"),
                         "expected %c=%u, found %c=%u", letter, value, letter, !value);
    }
}

/* ---- crypto sessions ---------------------------------------------------------------------------------------- */

static bool is_allowed(const tg_judge *j, uint8_t prot_type)
{
    for (int kind = 0; kind < TG_NUM_PROT_KINDS; kind++) {
        if (j->profile->crypto_sessions.allowed[kind] && tg_is_kind(j, prot_type, (tg_prot)kind))
            return true;
    }
    return false;
}

static void check_sessions(const tg_judge *j)
{
    const char *id = tg_row_id(j->profile->crypto_sessions.id);
    for (size_t i = 0; id && i < j->num_sessions; i++) {
        if (!is_allowed(j, j->sessions[i].prot_type))
            tg_rules_say(j, id, tg_rules_at_session(j, i, "prot_type"),
                         "expected a Prot type that the profile names for crypto sessions, found %u",
                         j->sessions[i].prot_type);
    }
    int exactly = j->profile->crypto_sessions.exactly;
    unsigned num_cs = j->message->hdr.map.num_cs;
    if (exactly >= 0 && num_cs != (unsigned)exactly && j->is_initial_transfer)
        tg_rules_say(j, tg_row_id(j->profile->crypto_sessions.exactly_id), tg_rules_at_hdr(j, "num_cs"),
                     "expected #CS %d, found %u", exactly, num_cs);
}

/* ---- SRTCP integrity ---------------------------------------------------------------------------------------- */

enum { NO_PARAM = -1 };

/* Index of the first parameter of this type, or NO_PARAM. */
static long find_param(const tg_sp *sp, uint8_t type)
{
    for (size_t i = 0; i < sp->num_policy_param; i++) {
        if (sp->policy_param[i].type == type)
            return (long)i;
    }
    return NO_PARAM;
}

/* The parameter for SRTCP alone (RFC 4771), or without it the one for SRTP and SRTCP. */
static long find_srtcp_param(const tg_sp *sp, uint8_t for_srtcp, uint8_t for_both)
{
    long param = find_param(sp, for_srtcp);
    return param != NO_PARAM ? param : find_param(sp, for_both);
}

/* A parameter is a big-endian number, however many octets it has. */
static bool is_number(tg_bytes value, uint8_t number)
{
    for (size_t i = 0; i + 1 < value.len; i++) {
        if (value.data[i])
            return false;
    }
    return value.len > 0 && value.data[value.len - 1] == number;
}

/* An AEAD cipher protects SRTCP without an authentication algorithm (RFC 5748, 7714, 8269). */
static bool has_aead_cipher(const tg_sp *sp)
{
    static const uint8_t aead[] = { TG_SRTP_ENCR_SEED_CCM, TG_SRTP_ENCR_SEED_GCM, TG_SRTP_ENCR_AES_GCM,
                                    TG_SRTP_ENCR_ARIA_GCM };
    long cipher = find_param(sp, TG_SRTP_PARAM_ENCRYPTION_ALGORITHM);
    for (size_t i = 0; cipher != NO_PARAM && i < sizeof aead; i++) {
        if (is_number(sp->policy_param[cipher].value, aead[i]))
            return true;
    }
    return false;
}

static void check_srtcp_integrity(const tg_judge *j, const tg_spot *at)
{
    const tg_sp *sp = (const tg_sp *)at->payload;
    if (!tg_is_kind(j, sp->prot_type, TG_PROT_KIND_SRTP) || has_aead_cipher(sp))
        return;
    long auth_alg = find_srtcp_param(sp, TG_SRTP_PARAM_SRTCP_AUTH_ALGORITHM, TG_SRTP_PARAM_AUTHENTICATION_ALGORITHM);
    long tag_len = find_srtcp_param(sp, TG_SRTP_PARAM_SRTCP_AUTHENTICATION_TAG_LEN,
                                    TG_SRTP_PARAM_AUTHENTICATION_TAG_LENGTH);
    const char *id = tg_row_id(j->profile->srtcp_integrity);
    if (auth_alg != NO_PARAM && is_number(sp->policy_param[auth_alg].value, TG_SRTP_AUTH_NULL))
        tg_rules_say(j, id, tg_rules_at_param(j, at, (size_t)auth_alg, "value"),
                     "expected authentication of SRTCP, found the NULL algorithm");
    if (tag_len != NO_PARAM && is_number(sp->policy_param[tag_len].value, 0))
        tg_rules_say(j, id, tg_rules_at_param(j, at, (size_t)tag_len, "value"),
                     "expected authentication of SRTCP, found a tag of length 0");
}

void tg_rules_check_profile(const tg_judge *j)
{
    if (j->is_transfer)
        check_sessions(j);
    if (!j->profile->srtcp_integrity)
        return;
    for (tg_walk w = tg_walk_of(&j->chain); tg_walk_next(&w);) {
        if (w.at.payload->type == TG_PAYLOAD_SP)
            check_srtcp_integrity(j, &w.at);
    }
}
