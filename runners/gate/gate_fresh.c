/* Keys that have to be new each time, and encrypted as the IUT is told. */
#include <string.h>

#include "gate_keys.h"
#include "ticketgate/message.h"
#include "ticketgate/registry_values.h"

/* ---- what comes again --------------------------------------------------------------------------------------- */

static const char row_of_keys[] = "RFC3830-4.2.2-01";

static bool is_same(tg_bytes a, tg_bytes b)
{
    return a.len > 0 && a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_zero(tg_bytes key)
{
    uint8_t any = 0;
    for (size_t i = 0; i < key.len; i++)
        any |= key.data[i];
    return key.len > 0 && any == 0;
}

static void blame(gate_verdict *v, const char *what, bool zero)
{
    tg_report_failure *f = gate_fail(v, row_of_keys, TG_SIDE_SENDER,
                                     keep_text(v->keeping, zero ? "%s is all zeros." : "%s comes again.", what));
    f->expected = "random numbers, others each time";
    f->got = zero ? "zeros" : "the same as in an earlier exchange";
}

static void compare(gate_verdict *v, const char *what, tg_bytes a, tg_bytes b)
{
    if (is_zero(a) || is_same(a, b))
        blame(v, what, is_zero(a));
}

static void compare_lists(gate_verdict *v, const tg_known_key *a, const tg_known_key *others)
{
    for (; a; a = a->next) {
        if (is_zero(a->key))
            blame(v, "A session key of the ticket", true);
        for (const tg_known_key *b = others; b; b = b->next)
            compare(v, "A session key of the ticket", a->key, b->key);
    }
}

static tg_bytes rand_of_ticket(const tg_ticket *ticket)
{
    const tg_rand *rand =
        ticket ? (const tg_rand *)tg_payload_find(ticket->ticket_data.payloads, TG_PAYLOAD_RAND) : NULL;
    return rand ? rand->rand : (tg_bytes){ NULL, 0 };
}

/* Keys of its own in Ticket Transfer. */
static void compare_sent(const gate_exchange *a, const gate_exchange *b, gate_verdict *v)
{
    for (size_t s = 0; s < a->num_steps; s++) {
        const tg_judgement *one = a->steps[s].judgement;
        bool transfers =
            a->steps[s].data_type == TG_DATA_TYPE_TRANSFER_INIT || a->steps[s].data_type == TG_DATA_TYPE_TRANSFER_RESP;
        for (size_t t = 0; transfers && one && a->steps[s].from_iut && t < b->num_steps; t++) {
            const tg_judgement *two = b->steps[t].judgement;
            if (!two || !b->steps[t].from_iut || a->steps[s].data_type != b->steps[t].data_type)
                continue;
            for (const tg_payload *p = one->keys; p; p = p->next) {
                for (const tg_payload *q = two->keys; q; q = q->next)
                    compare(v, "A key", ((const tg_key_data *)p)->key_data, ((const tg_key_data *)q)->key_data);
            }
        }
    }
}

void gate_compare_fresh_keys(const gate_exchange *a, const tg_conversation *one, const gate_exchange *b,
                             const tg_conversation *two, bool made_ticket, gate_verdict *v)
{
    tg_established first, second;
    tg_conversation_established(one, &first);
    tg_conversation_established(two, &second);
    if (made_ticket) {
        compare(v, "MPKi", first.mpki, second.mpki);
        compare(v, "MPKr", first.mpkr, second.mpkr);
        compare(v, "RAND of the ticket", rand_of_ticket(first.ticket), rand_of_ticket(second.ticket));
        compare_lists(v, first.ticket_keys, second.ticket_keys);
        if (is_same(first.mpki, first.mpkr))
            gate_fail(v, row_of_keys, TG_SIDE_SENDER, "MPKi and MPKr are the same.");
    }
    compare_sent(a, b, v);
}
