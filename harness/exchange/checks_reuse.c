/* Ticket reuse: RFC 6043 5.3. */
#include "case.h"

/* The next earlier authentic message in a list that is about this ticket and stood before `index`. */
static const tg_entry *earlier_of_ticket(const tg_entry *list, const tg_entry *ticket, size_t index)
{
    for (; list; list = list->earlier) {
        const tg_entry *init = list->data_type == TG_DATA_TYPE_TRANSFER_RESP ? list->answered : list;
        if (init->index < index && init->ticket == ticket)
            return list;
    }
    return NULL;
}

static bool is_same_t(const tg_t *a, const tg_t *b)
{
    return a && b && a->ts_type == b->ts_type && tg_bytes_equal(a->ts_value, b->ts_value);
}

/* What of the message was seen in an earlier exchange of its ticket; each is said once. */
typedef struct tg_old_values {
    bool csb_id, t, randri;
} tg_old_values;

static void expect_new(tg_case *k, const tg_entry *earlier, tg_old_values *old)
{
    const tg_randr *randri = k->parts->randr[TG_RAND_ROLE_I], *old_randri = earlier->parts.randr[TG_RAND_ROLE_I];
    const char *id = "RFC6043-5.3-01";
    if (!old->csb_id && k->message->hdr.csb_id == earlier->message->hdr.csb_id) {
        old->csb_id = true;
        tg_say(k, id, tg_at_hdr("csb_id"), "expected a new CSB ID for a ticket that is used again, found an old one");
    }
    if (!old->t && is_same_t(k->parts->t, earlier->parts.t)) {
        old->t = true;
        tg_say(k, id, tg_at_field(k->parts->t, "ts_value"),
               "expected a new timestamp for a ticket that is used again, found an old one");
    }
    if (!old->randri && randri && old_randri && tg_bytes_equal(randri->rand, old_randri->rand)) {
        old->randri = true;
        tg_say(k, id, tg_at_field(randri, "rand"),
               "expected a new RANDRi for a ticket that is used again, found an old one");
    }
}

static void check_init(tg_case *k)
{
    const tg_entry *ticket = k->entry->ticket;
    const tg_entry *earlier = earlier_of_ticket(k->conversation->state.transfer_init, ticket, k->entry->index);
    tg_old_values old = { false, false, false };
    if (!ticket || !earlier)
        return;
    if (!tg_has_flag(k->ticket, 'J'))
        tg_say(k, "RFC6043-5.3-03", tg_at_payload(k->parts->ticket),
               "expected a ticket with J=0 to be used once, found it again");
    for (; earlier && !(old.csb_id && old.t && old.randri);
         earlier = earlier_of_ticket(earlier->earlier, ticket, k->entry->index))
        expect_new(k, earlier, &old);
}

/* RANDRr enters the keys of both parties: an old one makes old keys. */
static void check_new_randrr(tg_case *k)
{
    const tg_entry *init = k->transfer_init;
    const tg_randr *own = k->parts->randr[TG_RAND_ROLE_R];
    const tg_entry *earlier = k->conversation->state.transfer_resp;
    if (!init->ticket || !own ||
        !earlier_of_ticket(k->conversation->state.transfer_init, init->ticket, init->index)) /* it is no reuse */
        return;
    while ((earlier = earlier_of_ticket(earlier, init->ticket, init->index)) != NULL) {
        const tg_randr *old = earlier->parts.randr[TG_RAND_ROLE_R];
        if (old && tg_bytes_equal(old->rand, own->rand)) {
            tg_say(k, "RFC6043-5.3-01", tg_at_field(own, "rand"),
                   "expected a new RANDRr for a ticket that is used again, found an old one");
            return;
        }
        earlier = earlier->earlier;
    }
}

static bool was_resolved_since(const tg_case *k, const tg_entry *init)
{
    const tg_entry *r = k->conversation->state.resolve_resp;
    while (r && r->index > init->index && r->answered->ticket != init->ticket)
        r = r->earlier;
    return r && r->index > init->index;
}

/* Without another Ticket Resolve the Responder has the modifier that it had. */
static void check_resp(tg_case *k)
{
    const tg_entry *init = k->transfer_init;
    if (!init->ticket || !tg_has_flag(k->ticket, 'I') || was_resolved_since(k, init))
        return;
    const tg_entry *earlier = earlier_of_ticket(k->conversation->state.transfer_resp, init->ticket, init->index);
    if (!earlier)
        return;
    const tg_idr *idrr = k->parts->idr[TG_ID_ROLE_R], *old_idrr = earlier->parts.idr[TG_ID_ROLE_R];
    const tg_randr *rand = k->parts->randr[TG_RAND_ROLE_KMS], *old_rand = earlier->parts.randr[TG_RAND_ROLE_KMS];
    if (idrr && old_idrr && (idrr->id_type != old_idrr->id_type || !tg_bytes_equal(idrr->id_data, old_idrr->id_data)))
        tg_say(k, "RFC6043-5.3-02", tg_at_field(idrr, "id_data"),
               "expected the IDRr of the earlier exchange, found another");
    if (rand && old_rand && !tg_bytes_equal(rand->rand, old_rand->rand))
        tg_say(k, "RFC6043-5.3-02", tg_at_field(rand, "rand"),
               "expected the RANDRkms of the earlier exchange, found another");
}

void tg_check_reuse(tg_case *k)
{
    if (tg_is_init_transfer(k)) {
        check_init(k);
    } else if (tg_is_resp_transfer(k) && k->transfer_init) {
        check_new_randrr(k);
        check_resp(k);
    }
}
