/* The Ticket Policy in TP and TICKET: RFC 6043 6.10. */
#include "figure.h"

/* ---- flags -------------------------------------------------------------------------------------------------- */

/* "The flags are not independent": where the first flag has that value, the second is 1. */
static const struct {
    char flag;
    bool value;
    char implied;
    const char *id;
} implications[] = {
    { 'D', false, 'L', "RFC6043-6.10-x01" }, { 'G', true, 'F', "RFC6043-6.10-x02" },
    { 'G', false, 'H', "RFC6043-6.10-x03" }, { 'H', false, 'G', "RFC6043-6.10-x04" },
    { 'I', true, 'E', "RFC6043-6.10-x05" },  { 'K', true, 'D', "RFC6043-6.10-x06" },
    { 'M', true, 'F', "RFC6043-6.10-x07" },
};

static void check_implications(const tg_judge *j, const tg_policy *policy)
{
    for (size_t i = 0; i < sizeof implications / sizeof implications[0]; i++) {
        if (tg_policy_has(policy, implications[i].flag) == implications[i].value &&
            !tg_policy_has(policy, implications[i].implied))
            tg_rules_say(j, implications[i].id, tg_rules_at_field(j, &policy->at, "flags"),
                         "expected %c=1 because %c=%d, found %c=0", implications[i].implied, implications[i].flag,
                         implications[i].value, implications[i].implied);
    }
}

/* Flags whose value the message fixes: a KMS generates what is asked of it and granted by it; only it sets K. */
static void check_flag_values(const tg_judge *j, const tg_policy *policy)
{
    bool in_request = j->data_type == TG_DATA_TYPE_REQUEST_INIT_PSK || j->data_type == TG_DATA_TYPE_REQUEST_INIT_PK;
    if (!policy->ticket && in_request && !tg_policy_has(policy, 'D'))
        tg_rules_say(j, "RFC6043-6.10-x16", tg_rules_at_field(j, &policy->at, "flags"),
                     "expected D=1 in a ticket asked of a KMS, found D=0");
    if (policy->ticket && j->data_type == TG_DATA_TYPE_REQUEST_RESP && !tg_policy_has(policy, 'D'))
        tg_rules_say(j, "RFC6043-6.10-x17", tg_rules_at_field(j, &policy->at, "flags"),
                     "expected D=1 in a ticket granted by a KMS, found D=0");
    if (!policy->ticket && tg_policy_has(policy, 'K'))
        tg_rules_say(j, "RFC6043-6.10-09a", tg_rules_at_field(j, &policy->at, "flags"),
                     "expected K=0 in a TP, found K=1");
}

/* ---- Ticket Type, Subtype, Version, PRF func ---------------------------------------------------------------- */

static bool allows(int16_t number, uint8_t found)
{
    return number < 0 || number == found;
}

static void check_ticket_type(const tg_judge *j, const tg_policy *policy)
{
    bool type_known = false, subtype_known = false;
    for (size_t i = 0; i < j->profile->num_tickets; i++) {
        const tg_ticket_format *known = &j->profile->tickets[i];
        if (known->ticket_type != policy->ticket_type)
            continue;
        type_known = true;
        if (!allows(known->subtype, policy->subtype))
            continue;
        subtype_known = true;
        if (allows(known->version, policy->version))
            return;
    }
    if (!type_known)
        tg_rules_say(j, "RFC6043-6.10-x14", tg_rules_at_field(j, &policy->at, "ticket_type"),
                     "expected a Ticket Type that the profile knows, found %u", policy->ticket_type);
    else
        tg_rules_say(j, "RFC6043-6.10-x15", tg_rules_at_field(j, &policy->at, subtype_known ? "version" : "subtype"),
                     "expected Subtype and Version that the profile gives for Ticket Type %u, found %u and %u",
                     policy->ticket_type, policy->subtype, policy->version);
}

void tg_rules_check_policy(const tg_judge *j, const tg_policy *policy)
{
    check_ticket_type(j, policy);
    if (!tg_registry_name("prf_func", policy->prf_func))
        tg_rules_say(j, "RFC6043-6.1-x01", tg_rules_at_field(j, &policy->at, "prf_func"),
                     "expected a registered PRF func, found %u", policy->prf_func);
    check_implications(j, policy);
    check_flag_values(j, policy);
}

/* ---- TP Data ------------------------------------------------------------------------------------------------ */

static const tg_figure_part tp_data[] = {
    { TG_SHOW(IDRkms) },
    { TG_SHOW(IDRi) },
    { TG_SHOW(TRs) },
    { TG_SHOW(TRe) },
    { TG_SHOW(TRr) },
    { TG_SHOW(KEMAC) }, /* in a TICKET too, where a row of its own forbids it */
    { TG_SHOW(IDRapp), .many = true },
    { TG_SHOW(IDRr), .many = true, .missing = "RFC6043-6.10-x10" },
};
static const tg_figure tp_data_figure = { TG_FIGURE_PARTS(tp_data), .order = "RFC6043-6.10-x11",
                                          .repeated = "RFC6043-6.10-x12", .unexpected = "RFC6043-6.10-x13" };

/* Validity begins and ends at a time; the rekeying interval is a number of seconds. */
static void check_tr(const tg_judge *j, const tg_spot *at)
{
    const tg_tr *tr = (const tg_tr *)at->payload;
    bool is_counter = tr->ts_type == TG_TS_COUNTER;
    if (tr->ts_role == TG_TS_ROLE_TRS && is_counter)
        tg_rules_say(j, "RFC6043-6.10-16", tg_rules_at_field(j, at, "ts_type"),
                     "expected a time in TRs, found COUNTER");
    if (tr->ts_role == TG_TS_ROLE_TRE && is_counter)
        tg_rules_say(j, "RFC6043-6.10-17", tg_rules_at_field(j, at, "ts_type"),
                     "expected a time in TRe, found COUNTER");
    if (tr->ts_role == TG_TS_ROLE_TRR && tr->ts_type != TG_TS_NTP_UTC_32)
        tg_rules_say(j, "RFC6043-6.10-19", tg_rules_at_field(j, at, "ts_type"),
                     "expected TS Type 3 (NTP-UTC-32) in TRr, found %u", tr->ts_type);
}

static bool is_zero(tg_bytes octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        if (octets.data[i])
            return false;
    }
    return true;
}

/* The KEMAC of a TP names the keys that are wanted; there are none in it yet. */
static void check_wanted_keys(const tg_judge *j, const tg_spot *at)
{
    const tg_kemac *kemac = (const tg_kemac *)at->payload;
    if (kemac->encr_alg != TG_ENCR_NULL)
        tg_rules_say(j, "RFC6043-6.10-20", tg_rules_at_field(j, at, "encr_alg"),
                     "expected NULL encryption in a TP, found Encr alg %u", kemac->encr_alg);
    if (kemac->mac_alg != TG_MAC_NULL)
        tg_rules_say(j, "RFC6043-6.10-20", tg_rules_at_field(j, at, "mac_alg"),
                     "expected the NULL MAC in a TP, found MAC alg %u", kemac->mac_alg);
    const tg_scope keys = tg_scope_of_keys(at);
    for (tg_walk w = tg_walk_of(&keys); tg_walk_next(&w);) {
        const tg_key_data *key = (const tg_key_data *)w.at.payload;
        if (key->head.type != TG_PAYLOAD_KEY_DATA)
            continue;
        if (!is_zero(key->key_data))
            tg_rules_say(j, "RFC6043-6.10-21a", tg_rules_at_field(j, &w.at, "key_data"),
                         "expected zero octets as Key Data in a TP, found others");
        if (tg_key_type_has_salt(key->type) && !is_zero(key->salt_data))
            tg_rules_say(j, "RFC6043-6.10-21a", tg_rules_at_field(j, &w.at, "salt_data"),
                         "expected zero octets as salt in a TP, found others");
    }
}

void tg_rules_check_tp_data(const tg_judge *j, const tg_policy *policy)
{
    tg_rules_judge_figure(j, &policy->tp_data, &tp_data_figure);
    for (tg_walk w = tg_walk_of(&policy->tp_data); tg_walk_next(&w);) {
        if (w.at.payload->type == TG_PAYLOAD_TR)
            check_tr(j, &w.at);
        else if (w.at.payload->type == TG_PAYLOAD_KEMAC && !policy->ticket)
            check_wanted_keys(j, &w.at);
        else if (w.at.payload->type == TG_PAYLOAD_KEMAC)
            tg_rules_say(j, "RFC6043-6.10-22", tg_rules_at_payload(j, &w.at),
                         "expected no KEMAC in a granted Ticket Policy, found one");
    }
}
