/* Time and replay: RFC 3830 5.4, RFC 6043 6.10 (validity period of a ticket). */
#include "case.h"

/* NTP has 64 bits, NTP-UTC-32 the seconds of them (6.3). */
bool tg_time_of(uint8_t ts_type, tg_bytes ts_value, uint64_t *order)
{
    bool is_64 = ts_type == TG_TS_NTP_UTC || ts_type == TG_TS_NTP;
    if (!is_64 && ts_type != TG_TS_NTP_UTC_32)
        return false;
    uint64_t ntp = 0;
    for (size_t i = 0; i < sizeof ntp; i++)
        ntp = ntp << 8 | (i < ts_value.len ? ts_value.data[i] : 0);
    *order = tg_ntp_order(ntp);
    return true;
}

static void check_skew(tg_case *k)
{
    const tg_t *t = k->parts->t;
    uint64_t sent;
    if (!k->known->has_now || !t || !tg_time_of(t->ts_type, t->ts_value, &sent))
        return;
    uint64_t now = tg_ntp_order(k->known->now), apart = sent > now ? sent - now : now - sent;
    if (apart > (uint64_t)k->known->skew << 32)
        tg_say(k, "RFC3830-5.4-x01", tg_at_field(t, "ts_value"),
               "expected a timestamp within %u s, found one %llu s %s", (unsigned)k->known->skew,
               (unsigned long long)(apart >> 32), sent > now ? "ahead" : "behind");
}

static void check_replay(tg_case *k)
{
    const tg_entry *entry = k->entry;
    if (!tg_is_initial_type(k->data_type))
        return;
    for (size_t i = 0; i < entry->index; i++) {
        const tg_entry *earlier = k->conversation->entries[i];
        if (earlier->message && tg_is_initial_type(earlier->data_type) && earlier->digest == entry->digest &&
            tg_bytes_equal(earlier->message->octets, k->message->octets)) {
            tg_say(k, "RFC3830-5.4-x02", tg_at_message(), "expected a new message, found message %zu again", i);
            return;
        }
    }
    if (entry->sent.replayed)
        tg_say(k, "RFC3830-5.4-x02", tg_at_message(),
               "expected a new message, found one of another conversation again");
}

/* The validity period against the clock, or without one against the message's own T. */
static void check_validity(tg_case *k)
{
    const tg_t *t = k->parts->t;
    const tg_ticket *ticket = k->parts->ticket;
    bool is_used = tg_is_init_transfer(k) || tg_is_resolve_init(k->data_type);
    uint64_t when, bound;
    if (!is_used || !ticket)
        return;
    if (k->known->has_now)
        when = tg_ntp_order(k->known->now);
    else if (!t || !tg_time_of(t->ts_type, t->ts_value, &when))
        return;
    const tg_tr *start = tg_tr_find(ticket->tp_data.payloads, TG_TS_ROLE_TRS);
    const tg_tr *end = tg_tr_find(ticket->tp_data.payloads, TG_TS_ROLE_TRE);
    if (start && tg_time_of(start->ts_type, start->ts_value, &bound) && when < bound)
        tg_say(k, "RFC6043-6.10-x22", tg_at_field(ticket, "tp_data"),
               "expected a time from TRs on, found one before it");
    if (end && tg_time_of(end->ts_type, end->ts_value, &bound) && when > bound)
        tg_say(k, "RFC6043-6.10-x22", tg_at_field(ticket, "tp_data"), "expected a time up to TRe, found one after it");
}

void tg_check_time(tg_case *k)
{
    check_skew(k);
    check_replay(k);
    check_validity(k);
}
