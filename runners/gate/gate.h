/* gate: the conformance gate. Cases, what an implementation under test (IUT) did in each, and whom that blames.
 *
 * README.md here has the rules of verdicts. A case is a line of cases/ *.tsv (with a role and a profile), a golden vector,
 * or a message of a golden conversation.
 */
#ifndef TICKETGATE_RUNNERS_GATE_H
#define TICKETGATE_RUNNERS_GATE_H

#include "../iut/party.h"
#include "../keeping.h"
#include "../vectors_load.h"
#include "ticketgate/report.h"

/* ---- lines of the tables ------------------------------------------------------------------------------------ */

typedef enum gate_expect {
    GATE_COMPLETES, /* every message is accepted, and the exchange ends as planned */
    GATE_REJECTS,   /* the deviated message is rejected, and nothing of it is used */
    GATE_IGNORES,   /* the deviated message is accepted, and the exchange behind it completes */
    GATE_EITHER,    /* both are right */
    GATE_REFUSES,   /* local policy refuses: the message that the policy is about is rejected */
    GATE_FAILS      /* the exchange cannot complete (the peer refuses, or a message is lost): nothing is established */
} gate_expect;

/* A line; an empty column is NULL. */
typedef struct gate_line {
    const char *name, *group;
    const char *roles;     /* "IRK" */
    const char *profiles;  /* words; "*": all built-in ones */
    const char *plan;      /* words: "mode=2 flags=DFGHJ update=I,response" */
    const char *needs;     /* capability words beyond those that the plan needs */
    const char *deviation; /* of Ticketgate's peers */
    const char *script;    /* words of gate_script.c */
    gate_expect expect;
    bool later;            /* REJECTS: what is wrong can show in a message behind it */
    const char *classes;   /* with REJECTS, REFUSES: words; any of them */
    const char *also;      /* statements, separated by ';': "no RESOLVE_INIT" */
    const char *rows;      /* ids: what the IUT breaks when it does not do as expected */
    const char *title;
} gate_line;
const gate_line *gate_lines(size_t *num);

/* ---- cases -------------------------------------------------------------------------------------------------- */

typedef enum gate_kind { GATE_EXCHANGE, GATE_DECODE, GATE_CHECK, GATE_GOLDEN, GATE_CONTAINER } gate_kind;

typedef struct gate_case {
    const char *id, *title, *group;
    gate_kind kind;
    tg_sender role;          /* of the IUT; UNKNOWN: any (decode, check, containers) */
    const char *profile;
    const gate_line *line;   /* EXCHANGE; a CONTAINER that the IUT makes */
    const vector *vector;    /* the others */
    size_t message;          /* GOLDEN: index */
    const vector_set *set;   /* GOLDEN, CONTAINER: all vectors, for its control */
    const char *const *rows; /* that it is about; first those of its line, that it blames */
    size_t num_rows, num_own_rows;
    const char *const *needs;
    size_t num_needs;
    const char *settings;    /* those that differ from the profile's: "vr_prf=hdr"; NULL: none */
} gate_case;

typedef struct gate_cases {
    gate_case *list;
    size_t num, capacity;
    keeping keeping;
    vector_set vectors;
} gate_cases;

/* All cases, in the order of the run. `vectors`: folder with golden vectors. Complains; CLI_OK or an exit code. */
int gate_cases_make(gate_cases *cases, const char *vectors);
void gate_cases_free(gate_cases *cases);
const gate_case *gate_case_find(const gate_cases *cases, const char *id);
/* True where `word` is among words that are separated by blanks, commas or semicolons. */
bool gate_has_word(const char *words, const char *word);
/* Splits; the copies live in `k`. */
size_t gate_split(keeping *k, const char *words, const char *separators, const char ***out);

/* ---- what happened ------------------------------------------------------------------------------------------ */

/* A message to or from the IUT, or between its peers, in the order of time. */
typedef enum gate_extent { GATE_NOT_JUDGED, GATE_JUDGED_AS_ERROR, GATE_JUDGED } gate_extent; /* as Error: by 5.4 alone */
typedef struct gate_step {
    tg_sender from, to;
    bool from_iut, to_iut, injected; /* injected: beside the conversation, by a script */
    bool injected_reject, injected_tell; /* and must be rejected; and told so */
    const char *injected_row, *injected_what;
    const char *ex;
    tg_bytes octets;
    uint8_t data_type;
    bool is_update, with_response;   /* with_response: its V flag asks for one */
    bool deviated;                   /* it is the one that the deviation changed */
    bool arrived, accepted;
    const tg_requirement *refused_for; /* by a peer */
    const char *refusal;             /* of a peer: words; of the IUT: its class, or NULL */
    bool established;                /* the receiver, after it */
    size_t num_answers;              /* to_iut: messages sent upon it, Errors apart */
    bool error_sent;
    /* the judge's opinion */
    const tg_judgement *judgement;   /* NULL: not judged */
    bool good;                       /* nothing speaks against it */
    gate_extent extent;              /* from_iut: how far what was found counts */
} gate_step;

typedef struct gate_exchange {
    const gate_case *c;
    gate_step *steps;
    size_t num_steps, capacity;
    bool finished;        /* as planned, as Ticketgate's peers and the IUT see it */
    bool established;     /* the IUT, at the end */
    bool compare_classes, keys_shown;
    bool must_only;       /* a broken SHOULD is no failure */
    bool refusal_planned; /* a peer refuses by policy */
    bool ids_left_out;    /* the IUT is told to leave out IDRi, IDRr and IDRkms */
    bool has_kms;         /* the plan has somebody to resolve tickets */
    bool control_failed;  /* without the deviation it does not complete either */
    const char *fault, *fault_text, *unsupported; /* NULL: none */
} gate_exchange;

typedef struct gate_verdict {
    tg_verdict verdict;
    const char *reason, *note;
    tg_report_failure *failures;
    size_t num_failures, capacity;
    keeping *keeping;
    tg_report_judged *judged;   /* by which rows, and how often */
    size_t num_judged, judged_capacity;
    bool seen;                  /* the message that the case is about came to the IUT */
    const char *processing_row; /* the row of the message itself */
    bool processing;         /* the last failure is that a good message was not processed: which feature was it? */
} gate_verdict;
/* Adds a failure, unless there is one of this row already. */
tg_report_failure *gate_fail(gate_verdict *v, const char *row, tg_report_side side, const char *what);
/* The rules of blame. */
void gate_blame(const gate_exchange *x, gate_verdict *v);
/* The row that says that a good message of this kind is processed (answered). */
const char *gate_process_row(tg_sender role, uint8_t data_type, bool is_update, bool accepted);
/* The row that says that the MAC of such a message verifies. */
const char *gate_auth_row(uint8_t data_type);
const char *gate_type_name(uint8_t data_type); /* "TRANSFER_INIT" */

/* ---- running ------------------------------------------------------------------------------------------------ */

typedef struct gate_run {
    tg_crypto *crypto;
    iut *u;
    const iut_declaration *declared;
    const char *seed;
    const struct gate_deployment *deployment; /* of a live KMS, or NULL */
    bool any_error, must_only;
    keeping keeping;         /* what reports point to */
    uint8_t *memory;
    size_t memory_size;
    struct gate_control {
        const char *key;
        bool completed;
    } *controls;
    size_t num_controls, max_controls;
    const char *rerun;       /* the command, up to the id of a case */
    /* breakdowns, for the report */
    tg_report_breakdown *breakdowns;
    size_t num_breakdowns, max_breakdowns;
    /* what was not exercised, for the report */
    tg_report_unexercised *unexercised;
    size_t num_unexercised, max_unexercised;
} gate_run;

#define GATE_MEMORY ((size_t)96 << 20)
bool gate_run_init(gate_run *r); /* complains */
void gate_run_free(gate_run *r);
/* Runs one case against the IUT. */
void gate_run_case(gate_run *r, const gate_case *c, tg_report_case *out);
/* Why this IUT does not claim to do this, or NULL. */
const char *gate_skip_reason(gate_run *r, const gate_case *c);
/* "initiator"; NULL for UNKNOWN. */
const char *gate_role_name(tg_sender role);
/* Is it one of the words of `can` (ATTACHING.md)? */
bool gate_is_capability(const char *word);

/* For the files of this part. */
void gate_note_breakdown(gate_run *r, const gate_case *c, iut_fault fault, tg_report_case *out, gate_verdict *v);
/* Into the list of the report; a case with one in it never passes (gate_run_case). */
void gate_add_breakdown(gate_run *r, const char *id, const char *fault, const char *text, const char *last_words);
tg_bytes gate_octets_of(keeping *k, const json_t *hex);
/* Indices of the messages of a golden conversation that are a case. */
size_t gate_golden_messages(const vector *v, size_t *out, size_t most);
/* Of one of them: who gets it, and which capability words that takes. */
tg_sender gate_golden_role(const vector *v, size_t message);
const char *const *gate_golden_needs(const vector *v, size_t message, size_t *num);
void gate_run_exchange(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v);
void gate_run_vector(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v);
void gate_run_golden(gate_run *r, const gate_case *c, tg_report_case *out, gate_verdict *v);

#endif
