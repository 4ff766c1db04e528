/* CSB updates: RFC 6043 5.2. */
#include "case.h"

/* ---- what an update repeats ---------------------------------------------------------------------------------- */

static void check_csb(tg_case *k)
{
    uint32_t expected = k->initial_init->message->hdr.csb_id, found = k->message->hdr.csb_id;
    if (expected != found)
        tg_say(k, "RFC6043-5.2-01a", tg_at_hdr("csb_id"), "expected CSB ID %u of the initial exchange, found %u",
               (unsigned)expected, (unsigned)found);
}

/* The RAND of the initial exchange with this role: the Initiator's stands in TRANSFER_INIT, the others in
 * TRANSFER_RESP. */
static const tg_randr *initial_rand(const tg_case *k, uint8_t role)
{
    const tg_randr *in_init, *in_resp = NULL;
    if (role >= TG_NUM_RAND_ROLES)
        return NULL;
    in_init = k->initial_init->parts.randr[role];
    if (k->initial_resp)
        in_resp = k->initial_resp->parts.randr[role];
    return in_init ? in_init : in_resp;
}

static void check_static_payloads(tg_case *k)
{
    for (const tg_payload *p = k->message->payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_RANDR) {
            const tg_randr *own = (const tg_randr *)p, *initial = initial_rand(k, own->rand_role);
            if (!initial || !tg_bytes_equal(own->rand, initial->rand))
                tg_say(k, "RFC6043-5.2-04", tg_at_payload(p),
                       "expected no RAND but those of the initial exchange, found a new one");
        }
    }
    if (k->entry->ticket && k->entry->ticket != k->initial_init->ticket)
        tg_say(k, "RFC6043-5.2-04", tg_at_payload(k->parts->ticket),
               "expected no TICKET but that of the initial exchange, found a new one");
}

/* ---- what an update renews ----------------------------------------------------------------------------------- */

/* Of one TS type: NTP times by era (6.3), a COUNTER as a number. */
static bool is_newer(const tg_t *t, const tg_t *last)
{
    uint64_t sent, before;
    if (tg_time_of(t->ts_type, t->ts_value, &sent) && tg_time_of(last->ts_type, last->ts_value, &before))
        return sent > before;
    /* Values of one TS type have one length, and the highest octet first. */
    return memcmp(t->ts_value.data, last->ts_value.data, last->ts_value.len) > 0;
}

static void check_time(tg_case *k)
{
    tg_sender sender = k->entry->sent.from;
    const tg_t *t = k->parts->t, *last = NULL;
    if ((sender == TG_SENDER_I || sender == TG_SENDER_R) && k->transfer->last[sender == TG_SENDER_R])
        last = k->transfer->last[sender == TG_SENDER_R]->parts.t;
    if (t && last && t->ts_type == last->ts_type && !is_newer(t, last))
        tg_say(k, "RFC6043-5.2-01b", tg_at_field(t, "ts_value"),
               "expected a timestamp newer than the last one of the sender, found none");
}

static void check_may_supply(tg_case *k)
{
    tg_sender sender = k->entry->sent.from;
    char flag = sender == TG_SENDER_I ? 'L' : sender == TG_SENDER_R ? 'M' : 0;
    if (k->parts->kemac && flag && k->ticket && !tg_has_flag(k->ticket, flag))
        tg_say(k, "RFC6043-5.2-08", tg_at_payload(k->parts->kemac), "expected no KEMAC with %c=0, found one", flag);
}

void tg_check_update(tg_case *k)
{
    const tg_entry *answered = k->entry->answered;
    if (!k->entry->is_update)
        return;
    if (k->data_type == TG_DATA_TYPE_TRANSFER_RESP && answered && answered->message->hdr.v == 0)
        tg_say(k, "RFC6043-5.2-02", tg_at_message(), "expected no response to an update with V=0, found one");
    if (!k->initial_init)
        return;
    check_csb(k);
    check_static_payloads(k);
    check_time(k);
    check_may_supply(k);
}
