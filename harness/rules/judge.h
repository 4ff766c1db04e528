/* What the files of this room share: the message under judgement, places in it, and how a finding is said.
 *
 * A file here holds the checks of one topic; each begins with the clauses it judges. A check names its catalogue row,
 * its place and what was expected and found; everything else about a finding follows from these.
 */
#ifndef TICKETGATE_RULES_JUDGE_H
#define TICKETGATE_RULES_JUDGE_H

#include "ticketgate/rules.h"

/* ---- places ------------------------------------------------------------------------------------------------- */

struct tg_spot;

/* A chain, and where it stands. */
typedef struct tg_scope {
    const struct tg_spot *in; /* the payload that holds it; NULL for the message's own chain */
    const char *member;       /* the member of that payload: "tp_data" */
    const tg_payload *payloads;
    tg_bytes octets;
} tg_scope;

/* A payload of a chain; `index` counts the payloads of its name before it. */
typedef struct tg_spot {
    const tg_scope *scope;
    const tg_payload *payload;
    size_t index;
} tg_spot;

/* Walks a chain and counts, so that an index costs nothing:
 *     for (tg_walk w = tg_walk_of(&scope); tg_walk_next(&w);) use(&w.at); */
enum { TG_NUM_WALK_COUNTERS = 33 };
typedef struct tg_walk {
    tg_spot at;
    const tg_payload *next;
    uint32_t counters[TG_NUM_WALK_COUNTERS];
} tg_walk;
static inline tg_walk tg_walk_of(const tg_scope *scope)
{
    return (tg_walk){ .at = { scope, NULL, 0 }, .next = scope->payloads };
}
static inline bool tg_walk_next(tg_walk *walk)
{
    if (!walk->next)
        return false;
    /* Numbers with a layout are below 32; THDR, which has none on the wire, shares the last counter with nobody. */
    size_t counter = walk->next->type;
    if (counter >= TG_NUM_WALK_COUNTERS)
        counter = TG_NUM_WALK_COUNTERS - 1;
    walk->at.payload = walk->next;
    walk->at.index = walk->counters[counter]++;
    walk->next = walk->next->next;
    return true;
}

/* The chain that a member of the payload at `in` holds; without payloads where it cannot be seen. */
tg_scope tg_scope_of(const tg_spot *in, const char *member, const tg_chain *chain);
/* The keys of the KEMAC at `in`, where they are not encrypted. */
tg_scope tg_scope_of_keys(const tg_spot *in);

/* ---- the judge ---------------------------------------------------------------------------------------------- */

/* The message with what the checks ask of it again and again. */
typedef struct tg_judge {
    const tg_message *message;
    const tg_profile *profile;
    const tg_context *context;
    tg_finding_sink sink;
    tg_scope chain; /* the message's own */
    uint8_t data_type;
    bool is_mikey_ticket;     /* data types 11 to 18 and Error: the rows of RFC 6043 apply */
    bool is_transfer;         /* TRANSFER_INIT or TRANSFER_RESP */
    bool is_update;           /* one of these two in a CSB update (RFC 6043 5.2) */
    bool is_initial_transfer; /* TRANSFER_INIT that is not an update */
    const tg_generic_cs *sessions; /* the entries of a GENERIC-ID map */
    size_t num_sessions;
    const tg_ticket *ticket;     /* the first TICKET, or NULL */
    const tg_v *last_v;          /* the V that ends the message, or NULL */
    const tg_sp *policies[256]; /* the first SP with each policy number, or NULL */
} tg_judge;

/* A TP or TICKET payload and the chains in it. */
typedef struct tg_policy {
    tg_spot at;
    const tg_ticket *ticket; /* NULL for a TP */
    uint16_t ticket_type, flags;
    uint8_t subtype, version, prf_func;
    tg_scope tp_data, ticket_data, initiator_data;
} tg_policy;

static inline bool tg_policy_has(const tg_policy *policy, char letter)
{
    return (policy->flags & TG_FLAG(letter)) != 0;
}

/* Ticket Data of a base ticket, judged by who resolves it. Appendix A is the format of 1/1/1; the 3GPP base ticket has it
 * with Subtype and Version 0 (ambiguity A48); what others hold is not for us to say. */
static inline bool tg_may_open_ticket(const tg_judge *j, const tg_policy *policy)
{
    bool is_mikey = policy->ticket_type == TG_TICKET_MIKEY_BASE && policy->subtype == 1 && policy->version == 1;
    bool is_3gpp = policy->ticket_type == TG_TICKET_3GPP_BASE && policy->subtype == 0 && policy->version == 0;
    return j->context->tpk_at_hand && policy->ticket && (is_mikey || is_3gpp);
}

/* Does the profile know this Prot type number as that kind? */
static inline bool tg_is_kind(const tg_judge *j, uint8_t prot_type, tg_prot kind)
{
    return j->profile->prot_types[kind] == prot_type;
}
/* False for the kinds of TS 33.328 annex J, whose crypto sessions have no security policies. */
static inline bool tg_has_policies(const tg_judge *j, uint8_t prot_type)
{
    return !tg_is_kind(j, prot_type, TG_PROT_KIND_TLS) && !tg_is_kind(j, prot_type, TG_PROT_KIND_PSK_SMIME) &&
           !tg_is_kind(j, prot_type, TG_PROT_KIND_APPLICATION_SPECIFIC);
}
static inline bool tg_is_tgk(uint8_t key_type)
{
    return key_type == TG_KEY_TGK || key_type == TG_KEY_TGK_SALT;
}

/* ---- findings ----------------------------------------------------------------------------------------------- */

typedef struct tg_place {
    char path[TG_PATH_MAX];
    size_t offset, length;
} tg_place;

tg_place tg_rules_at_payload(const tg_judge *j, const tg_spot *spot);
tg_place tg_rules_at_field(const tg_judge *j, const tg_spot *spot, const char *field);
tg_place tg_rules_at_hdr(const tg_judge *j, const char *field);
tg_place tg_rules_at_session(const tg_judge *j, size_t i, const char *field);
tg_place tg_rules_at_session_policy(const tg_judge *j, size_t i, size_t policy);
tg_place tg_rules_at_param(const tg_judge *j, const tg_spot *sp, size_t i, const char *field);
/* Where something is missing from the chain: before this payload of it, or with NULL at its end. */
tg_place tg_rules_at_gap(const tg_judge *j, const tg_scope *scope, const tg_payload *before);

/* Gives a finding to the sink. `id` NULL: the profile does not judge this. */
void tg_rules_say(const tg_judge *j, const char *id, tg_place place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static inline const char *tg_row_id(const tg_requirement *row)
{
    return row ? row->id : NULL;
}

/* ---- the checks --------------------------------------------------------------------------------------------- */

void tg_rules_check_header(const tg_judge *j);                             /* header.c */
void tg_rules_check_figure(const tg_judge *j);                             /* message_figures.c */
void tg_rules_check_tp_data(const tg_judge *j, const tg_policy *policy);   /* ticket_policy.c */
void tg_rules_check_policy(const tg_judge *j, const tg_policy *policy);    /* ticket_policy.c */
void tg_rules_check_initiator_data(const tg_judge *j, const tg_policy *policy); /* initiator_data.c */
void tg_rules_check_base_ticket(const tg_judge *j, const tg_policy *policy);    /* base_ticket.c */
void tg_rules_check_payload(const tg_judge *j, const tg_spot *spot);       /* payloads.c: wherever it stands */
void tg_rules_check_policy_numbers(const tg_judge *j);                     /* payloads.c */
void tg_rules_check_kemac(const tg_judge *j, const tg_spot *spot);         /* keys.c: one of the message's chain */
void tg_rules_check_spis(const tg_judge *j, const tg_spot *kemac);         /* keys.c */
void tg_rules_check_tgks(const tg_judge *j, const tg_policy *policy);      /* keys.c */
void tg_rules_check_sessions(const tg_judge *j);                           /* crypto_sessions.c */
void tg_rules_check_prot_types(const tg_judge *j);                         /* prot_types.c */
void tg_rules_check_m_lines(const tg_judge *j);                            /* m_lines.c */
void tg_rules_check_mix(const tg_judge *j);                                /* algorithms.c */
void tg_rules_check_profile(const tg_judge *j);                            /* profile_rows.c: of the message */
void tg_rules_check_profile_policy(const tg_judge *j, const tg_policy *policy); /* profile_rows.c */

/* The TP or TICKET at a spot of the message's chain; `policy` must outlive what is seen through it. */
void tg_rules_open_policy(const tg_spot *spot, tg_policy *policy); /* judge.c */

#endif
