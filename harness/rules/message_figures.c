/* The figures of the exchanges: RFC 6043 4.2.1, 4.2.2, 4.2.3, 5.2 and 5.4. */
#include "figure.h"

#define ROWS .order = "RFC6043-4.2-x02", .repeated = "RFC6043-4.2-x03", .unexpected = "RFC6043-4.2-x04"

/* ---- Ticket Request (4.2.1) --------------------------------------------------------------------------------- */

static const tg_figure_part request_init_psk[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.1.1-01" },
    { TG_SHOW(RANDRi), .missing = "RFC6043-4.2.1.1-01" },
    { TG_SHOW(IDRi), .missing = "RFC6043-4.2.1.2-01" },
    { TG_SHOW(IDRkms), .missing = "RFC6043-4.2.1.1-06" },
    { TG_SHOW(TP), .missing = "RFC6043-4.2.1.1-x01" },
    { TG_SHOW(IDRpsk) },
    { TG_SHOW(V) },
};
static const tg_figure_part request_init_pk[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.1.1-01" },
    { TG_SHOW(RANDRi), .missing = "RFC6043-4.2.1.1-01" },
    { TG_SHOW(IDRi), .missing = "RFC6043-4.2.1.3-01" },
    { TG_SHOW(CERT), .many = true, .missing = "RFC6043-4.2.1.3-01" },
    { TG_SHOW(IDRkms), .missing = "RFC6043-4.2.1.1-06" },
    { TG_SHOW(TP), .missing = "RFC6043-4.2.1.1-x01" },
    { TG_SHOW(CHASH) },
    { TG_SHOW(PKE), .missing = "RFC6043-4.2.1.3-x01" },
    { TG_SHOW(SIGN) },
};
static const tg_figure_part request_resp[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.1.5-x01" },
    { TG_SHOW(IDRkms) },
    { TG_SHOW(TICKET), .missing = "RFC6043-4.2.1.5-x01" },
    { TG_SHOW(KEMAC), .missing = "RFC6043-4.2.1.5-x01" },
    { TG_SHOW(V) },
};

/* ---- Ticket Transfer (4.2.2) -------------------------------------------------------------------------------- */

static const tg_figure_part transfer_init[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.2.1-01" },
    { TG_SHOW(RANDRi), .missing = "RFC6043-4.2.2.1-01" },
    { TG_SHOW(IDRi), .missing = "RFC6043-4.2.2.1-04" },
    { TG_SHOW(IDRr), .missing = "RFC6043-4.2.2.1-04" },
    { TG_SHOW(SP), .many = true },
    { TG_SHOW(TICKET), .missing = "RFC6043-4.2.2.1-x01" },
    { TG_SHOW(KEMAC) },
    { TG_SHOW(V) },
};
static const tg_figure_part transfer_resp[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.2.3-x01" },
    { TG_SHOW(RANDRr) },
    { TG_SHOW(IDRr), .missing_forked = "RFC6043-4.2.2.3-10" },
    { TG_SHOW(RANDRkms), .missing_forked = "RFC6043-4.2.2.3-12" },
    { TG_SHOW(SP), .many = true },
    { TG_SHOW(KEMAC) },
    { TG_SHOW(V) },
};
/* Where the context says nothing it may be the response to an update, which the Initiator may send. */
static const tg_figure_part transfer_resp_of_any[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.2.3-x01" },
    { TG_SHOW(RANDRr) },
    { TG_SHOW(IDRi) },
    { TG_SHOW(IDRr), .any_order = true },
    { TG_SHOW(RANDRkms) },
    { TG_SHOW(SP), .many = true },
    { TG_SHOW(KEMAC) },
    { TG_SHOW(V) },
};

/* ---- CSB updating (5.2): either party may begin, so IDRi and IDRr have no order ------------------------------ */

static const tg_figure_part update_init[] = {
    { TG_SHOW(T), .missing = "RFC6043-5.2-x01" },
    { TG_SHOW(IDRi) },
    { TG_SHOW(IDRr), .any_order = true },
    { TG_SHOW(SP), .many = true },
    { TG_SHOW(KEMAC) },
    { TG_SHOW(V) },
};
/* The response carries the identity of who sends it; either where the context does not say who does. */
#define UPDATE_RESP(...)                                                                                               \
    {                                                                                                                  \
        { TG_SHOW(T), .missing = "RFC6043-4.2.2.3-x01" }, __VA_ARGS__,                                                 \
        { TG_SHOW(SP), .many = true }, { TG_SHOW(KEMAC) }, { TG_SHOW(V) },                                             \
    }
static const tg_figure_part update_resp_of_i[] = UPDATE_RESP({ TG_SHOW(IDRi) });
static const tg_figure_part update_resp_of_r[] = UPDATE_RESP({ TG_SHOW(IDRr) });
static const tg_figure_part update_resp[] = UPDATE_RESP({ TG_SHOW(IDRi) }, { TG_SHOW(IDRr), .any_order = true });

/* ---- Ticket Resolve (4.2.3) --------------------------------------------------------------------------------- */

static const tg_figure_part resolve_init_psk[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.3.1-01" },
    { TG_SHOW(RANDRr), .missing = "RFC6043-4.2.3.1-01" },
    { TG_SHOW(IDRr), .missing = "RFC6043-4.2.3.2-01" },
    { TG_SHOW(IDRkms), .missing = "RFC6043-4.2.3.1-05" },
    { TG_SHOW(TICKET), .missing = "RFC6043-4.2.3.1-x01" },
    { TG_SHOW(IDRpsk) },
    { TG_SHOW(V) },
};
static const tg_figure_part resolve_init_pk[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.3.1-01" },
    { TG_SHOW(RANDRr), .missing = "RFC6043-4.2.3.1-01" },
    { TG_SHOW(IDRr), .missing = "RFC6043-4.2.3.3-01" },
    { TG_SHOW(CERT), .many = true, .missing = "RFC6043-4.2.3.3-01" },
    { TG_SHOW(IDRkms), .missing = "RFC6043-4.2.3.1-05" },
    { TG_SHOW(TICKET), .missing = "RFC6043-4.2.3.1-x01" },
    { TG_SHOW(CHASH) },
    { TG_SHOW(PKE), .missing = "RFC6043-4.2.3.3-x01" },
    { TG_SHOW(SIGN) },
};
static const tg_figure_part resolve_resp[] = {
    { TG_SHOW(T), .missing = "RFC6043-4.2.3.5-x01" },
    { TG_SHOW(IDRkms) },
    { TG_SHOW(KEMAC), .missing = "RFC6043-4.2.3.5-x01" },
    { TG_SHOW(IDRr), .missing_forked = "RFC6043-4.2.3.5-11" },
    { TG_SHOW(RANDRkms), .missing_forked = "RFC6043-4.2.3.5-11" },
    { TG_SHOW(V) },
};

/* ---- Error (5.4) -------------------------------------------------------------------------------------------- */

static const tg_figure_part error[] = {
    { TG_SHOW(T), .missing = "RFC6043-5.4-x01" },
    { TG_SHOW(ERR), .many = true, .missing = "RFC6043-5.4-x01" },
    { TG_SHOW(SP), .many = true },
    { TG_SHOW(V) },
    { TG_SHOW(SIGN) },
};

/* V and SIGN may be left out of an Error; where they are there, nothing follows. */
static void check_end_of_error(const tg_judge *j)
{
    for (tg_walk w = tg_walk_of(&j->chain); tg_walk_next(&w);) {
        const tg_payload *p = w.at.payload;
        if (p->next && (p->type == TG_PAYLOAD_V || p->type == TG_PAYLOAD_SIGN))
            tg_rules_say(j, "RFC6043-5.4-x02", tg_rules_at_payload(j, &w.at),
                         "expected %s as the last payload, found %s after it", tg_payload_name(p->type),
                         tg_payload_name(p->next->type));
    }
}

/* ---- which figure ------------------------------------------------------------------------------------------- */

#define LAST_V(row) .last_type = TG_PAYLOAD_V, .last = row
#define LAST_SIGN(row) .last_type = TG_PAYLOAD_SIGN, .last = row
#define UPDATE_ROWS ROWS, .stale = "RFC6043-5.2-03"

static const struct {
    uint8_t data_type;
    tg_figure figure;
} figures[] = {
    { TG_DATA_TYPE_REQUEST_INIT_PSK, { TG_FIGURE_PARTS(request_init_psk), ROWS, LAST_V("RFC6043-4.2.1.2-03") } },
    { TG_DATA_TYPE_REQUEST_INIT_PK, { TG_FIGURE_PARTS(request_init_pk), ROWS, LAST_SIGN("RFC6043-4.2.1.3-x02") } },
    { TG_DATA_TYPE_REQUEST_RESP, { TG_FIGURE_PARTS(request_resp), ROWS, LAST_V("RFC6043-4.2.1.5-11") } },
    { TG_DATA_TYPE_TRANSFER_INIT, { TG_FIGURE_PARTS(transfer_init), ROWS, LAST_V("RFC6043-4.2.2.1-08") } },
    { TG_DATA_TYPE_TRANSFER_RESP, { TG_FIGURE_PARTS(transfer_resp), ROWS, LAST_V("RFC6043-4.2.2.3-18") } },
    { TG_DATA_TYPE_RESOLVE_INIT_PSK, { TG_FIGURE_PARTS(resolve_init_psk), ROWS, LAST_V("RFC6043-4.2.3.2-03") } },
    { TG_DATA_TYPE_RESOLVE_INIT_PK, { TG_FIGURE_PARTS(resolve_init_pk), ROWS, LAST_SIGN("RFC6043-4.2.3.3-x02") } },
    { TG_DATA_TYPE_RESOLVE_RESP, { TG_FIGURE_PARTS(resolve_resp), ROWS, LAST_V("RFC6043-4.2.3.5-13") } },
    { TG_DATA_TYPE_ERROR, { TG_FIGURE_PARTS(error), ROWS } },
};
static const tg_figure update_init_figure = { TG_FIGURE_PARTS(update_init), UPDATE_ROWS,
                                              LAST_V("RFC6043-4.2.2.1-08") };
static const tg_figure update_resp_figures[] = {
    [TG_SENDER_UNKNOWN] = { TG_FIGURE_PARTS(update_resp), UPDATE_ROWS, LAST_V("RFC6043-4.2.2.3-18") },
    [TG_SENDER_I] = { TG_FIGURE_PARTS(update_resp_of_i), UPDATE_ROWS, LAST_V("RFC6043-4.2.2.3-18") },
    [TG_SENDER_R] = { TG_FIGURE_PARTS(update_resp_of_r), UPDATE_ROWS, LAST_V("RFC6043-4.2.2.3-18") },
    [TG_SENDER_K] = { TG_FIGURE_PARTS(update_resp), UPDATE_ROWS, LAST_V("RFC6043-4.2.2.3-18") },
};

static const tg_figure transfer_resp_of_any_figure = { TG_FIGURE_PARTS(transfer_resp_of_any), ROWS,
                                                       LAST_V("RFC6043-4.2.2.3-18") };

static const tg_figure *figure_of(const tg_judge *j)
{
    if (j->data_type == TG_DATA_TYPE_TRANSFER_RESP && !j->is_update && j->context->exchange == TG_EXCHANGE_UNKNOWN)
        return &transfer_resp_of_any_figure;
    if (j->is_update)
        return j->data_type == TG_DATA_TYPE_TRANSFER_INIT ? &update_init_figure
                                                          : &update_resp_figures[j->context->sender];
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (figures[i].data_type == j->data_type)
            return &figures[i].figure;
    }
    return NULL;
}

void tg_rules_check_figure(const tg_judge *j)
{
    const tg_figure *figure = figure_of(j);
    if (figure)
        tg_rules_judge_figure(j, &j->chain, figure);
    if (j->data_type == TG_DATA_TYPE_ERROR)
        check_end_of_error(j);
}
