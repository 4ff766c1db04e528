/* A figure of the RFC as data: which payloads a chain shows, in which order, how often, and the rows that say so.
 * One machine judges by it; the figures themselves stand in message_figures.c, ticket_policy.c and base_ticket.c. */
#ifndef TICKETGATE_RULES_FIGURE_H
#define TICKETGATE_RULES_FIGURE_H

#include "judge.h"

/* One payload of a figure: { TG_SHOW(IDRi), .missing = "..." } */
typedef struct tg_figure_part {
    const char *name;    /* as the RFC writes it: "RANDRi" */
    uint16_t type;
    uint8_t role;        /* of TR, IDR and RANDR; 0 for other payloads */
    bool many;           /* the figure shows zero or more: {CERT} */
    bool any_order;      /* may change places with the part before it */
    const char *missing; /* row that is broken where none is there, or NULL: optional */
    const char *missing_forked; /* the same, where the profile demands key forking */
} tg_figure_part;

#define TG_SHOW(part) TG_SHOW_##part
#define TG_SHOW_PAYLOAD(payload) .name = #payload, .type = TG_PAYLOAD_##payload
#define TG_SHOW_T TG_SHOW_PAYLOAD(T)
#define TG_SHOW_TP TG_SHOW_PAYLOAD(TP)
#define TG_SHOW_TICKET TG_SHOW_PAYLOAD(TICKET)
#define TG_SHOW_THDR TG_SHOW_PAYLOAD(THDR)
#define TG_SHOW_RAND TG_SHOW_PAYLOAD(RAND)
#define TG_SHOW_KEMAC TG_SHOW_PAYLOAD(KEMAC)
#define TG_SHOW_SP TG_SHOW_PAYLOAD(SP)
#define TG_SHOW_CERT TG_SHOW_PAYLOAD(CERT)
#define TG_SHOW_CHASH TG_SHOW_PAYLOAD(CHASH)
#define TG_SHOW_PKE TG_SHOW_PAYLOAD(PKE)
#define TG_SHOW_ERR TG_SHOW_PAYLOAD(ERR)
#define TG_SHOW_V TG_SHOW_PAYLOAD(V)
#define TG_SHOW_SIGN TG_SHOW_PAYLOAD(SIGN)
#define TG_SHOW_ROLE(name_, payload, role_) .name = name_, .type = payload, .role = role_
#define TG_SHOW_IDRi TG_SHOW_ROLE("IDRi", TG_PAYLOAD_IDR, TG_ID_ROLE_I)
#define TG_SHOW_IDRr TG_SHOW_ROLE("IDRr", TG_PAYLOAD_IDR, TG_ID_ROLE_R)
#define TG_SHOW_IDRkms TG_SHOW_ROLE("IDRkms", TG_PAYLOAD_IDR, TG_ID_ROLE_KMS)
#define TG_SHOW_IDRpsk TG_SHOW_ROLE("IDRpsk", TG_PAYLOAD_IDR, TG_ID_ROLE_PSK)
#define TG_SHOW_IDRapp TG_SHOW_ROLE("IDRapp", TG_PAYLOAD_IDR, TG_ID_ROLE_APP)
#define TG_SHOW_RANDRi TG_SHOW_ROLE("RANDRi", TG_PAYLOAD_RANDR, TG_RAND_ROLE_I)
#define TG_SHOW_RANDRr TG_SHOW_ROLE("RANDRr", TG_PAYLOAD_RANDR, TG_RAND_ROLE_R)
#define TG_SHOW_RANDRkms TG_SHOW_ROLE("RANDRkms", TG_PAYLOAD_RANDR, TG_RAND_ROLE_KMS)
#define TG_SHOW_TRs TG_SHOW_ROLE("TRs", TG_PAYLOAD_TR, TG_TS_ROLE_TRS)
#define TG_SHOW_TRe TG_SHOW_ROLE("TRe", TG_PAYLOAD_TR, TG_TS_ROLE_TRE)
#define TG_SHOW_TRr TG_SHOW_ROLE("TRr", TG_PAYLOAD_TR, TG_TS_ROLE_TRR)

typedef struct tg_figure {
    const tg_figure_part *parts; /* in order */
    size_t num_parts;
    /* Rows that are broken by a part out of order, by a second copy, by a payload that is not shown, and by a RANDR
     * or TICKET that is not shown (CSB updates; NULL: as any other). */
    const char *order, *repeated, *unexpected, *stale;
    uint16_t last_type; /* what the last payload must be, and the row that says so; 0: anything */
    const char *last;
} tg_figure;

enum { TG_FIGURE_MAX_PARTS = 12 };
#define TG_FIGURE_PARTS(array) .parts = array, .num_parts = sizeof(array) / sizeof(array)[0]

void tg_rules_judge_figure(const tg_judge *j, const tg_scope *scope, const tg_figure *figure);

#endif
