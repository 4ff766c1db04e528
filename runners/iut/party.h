/* party: an attached implementation under test in the place of a role (tg_party of converse.h), and a record of what it
 * did, call by call, for whoever judges it.
 *
 *     iut_party party = { .u = iut, .arena = &arena };
 *     tg_party in_its_place = iut_party_of(&party);
 *     plan.party = &in_its_place, plan.stands_for = TG_SENDER_R;
 *     tg_converse(...);
 *     iut_party_close(&party);
 *
 * A fault, or an answer that is `unsupported`, ends the conversation (TG_PARTY_BROKE_DOWN). Everything that is noted
 * lives in the arena; nothing of it points into replies of the IUT.
 */
#ifndef TICKETGATE_RUNNERS_PARTY_H
#define TICKETGATE_RUNNERS_PARTY_H

#include "attach.h"
#include "ticketgate/converse.h"

/* One call and what came of it. */
typedef struct iut_party_call {
    const char *what;   /* "open", "request", "transfer", "update", "receive" */
    tg_sender from;     /* receive */
    tg_bytes message;   /* receive: as it arrived */
    bool with_response; /* update: its V flag */
    uint64_t now;       /* not of open */
    iut_fault fault;    /* with another than IUT_OK what follows is zero */
    tgi_outcome outcome;
    const char *error; /* class, translated by the map; NULL: not told */
    const char *text;  /* for people; NULL: nothing */
    struct {
        tg_sender to;
        tg_bytes octets;
    } sent[TGI_MAX_MESSAGES];
    size_t num_sent;
    bool established;
    const tgi_session_key *keys; /* shown in this answer */
    size_t num_keys;
} iut_party_call;

#define IUT_PARTY_MAX_CALLS 128
typedef struct iut_party {
    /* given */
    iut *u;
    tg_arena *arena; /* a quarter of a MB for what a case sends, and the answers of a flood more */
    /* Changes what the IUT is told, before it is: a setting, a key, a policy. NULL: nothing. */
    void (*change)(void *user, tgi_open *open);
    void *change_user;
    bool untold; /* a live KMS: it cannot be told anything, and keeps the configuration that it has */

    /* noted */
    tg_sender who;               /* the role that it stands for; UNKNOWN: never opened */
    const iut_party_call *calls; /* in order; NULL: none */
    size_t num_calls;
    iut_fault fault;                   /* the first */
    const char *fault_text;            /* of the first, for people; "" without one. Never NULL after open */
    const char *last_words;            /* the end of its standard error then */
    const iut_party_call *faulty;      /* the call that it came of, or NULL */
    const iut_party_call *unsupported; /* the first call that was answered so, or NULL */
    const char *inexpressible;  /* why the setup cannot be told to an IUT at all (a tg_status is returned), or NULL */
    bool established;           /* as the last answer that was accepted says */
    const iut_party_call *keys; /* the last call whose answer showed keys, or NULL */

    /* its own */
    unsigned session;
    bool is_open;
} iut_party;

tg_party iut_party_of(iut_party *p);
/* Closes its session, if one is open. The record stays. A fault: it broke down just then, or since its last answer. */
iut_fault iut_party_close(iut_party *p);

/* What an IUT is told of a setup; in the arena. Not TG_OK: *why (static) says what cannot be told, or NULL for want of
 * memory. */
TG_NODISCARD tg_status iut_open_of_setup(const tg_party_setup *setup, tg_arena *arena, tgi_open *out, const char **why);
/* Likewise, of an update. */
TG_NODISCARD tg_status iut_transfer_of_plan(const tg_transfer_plan *plan, tg_arena *arena, tgi_transfer *out);

#endif
