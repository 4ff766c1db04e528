/* Fields that a response repeats or renews: RFC 6043 4.2.1.5, 4.2.2.3, 4.2.3.5. */
#include "case.h"

static const struct {
    uint8_t data_type;
    bool with_map; /* #CS and map type are repeated too */
    const char *repeats, *fresh_t;
} responses[] = {
    { TG_DATA_TYPE_REQUEST_RESP, true, "RFC6043-4.2.1.5-01", "RFC6043-4.2.1.5-03" },
    { TG_DATA_TYPE_TRANSFER_RESP, false, "RFC6043-4.2.2.3-01", "RFC6043-4.2.2.3-07" },
    { TG_DATA_TYPE_RESOLVE_RESP, true, "RFC6043-4.2.3.5-01", "RFC6043-4.2.3.5-03" },
    { TG_DATA_TYPE_ERROR, false, "RFC6043-5.4-07", "RFC6043-5.4-09" },
};

static void expect_same(tg_case *k, const char *id, const char *field, uint32_t expected, uint32_t found)
{
    if (expected != found)
        tg_say(k, id, tg_at_hdr(field), "expected %s %u as in the message answered, found %u", field,
               (unsigned)expected, (unsigned)found);
}

/* NTP timestamps have a fraction; NTP-UTC-32 may be equal within a second, and COUNTER at any time (A54). */
static void check_fresh(tg_case *k, const char *id, const tg_t *answered)
{
    const tg_t *t = k->parts->t;
    if (t && answered && (t->ts_type == TG_TS_NTP_UTC || t->ts_type == TG_TS_NTP) && t->ts_type == answered->ts_type &&
        tg_bytes_equal(t->ts_value, answered->ts_value))
        tg_say(k, id, tg_at_field(t, "ts_value"), "expected a fresh timestamp, found that of the message answered");
}

void tg_check_response(tg_case *k)
{
    const tg_entry *answered = k->data_type == TG_DATA_TYPE_ERROR ? k->entry->about : k->entry->answered;
    if (!answered)
        return;
    const tg_hdr *own = &k->message->hdr, *first = &answered->message->hdr;
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        const char *id = responses[i].repeats;
        if (responses[i].data_type != k->data_type)
            continue;
        expect_same(k, id, "version", first->version, own->version);
        expect_same(k, id, "prf_func", first->prf_func, own->prf_func);
        expect_same(k, id, "csb_id", first->csb_id, own->csb_id);
        if (responses[i].with_map) {
            expect_same(k, id, "num_cs", first->map.num_cs, own->map.num_cs);
            expect_same(k, id, "cs_id_map_type", first->map.cs_id_map_type, own->map.cs_id_map_type);
        }
        check_fresh(k, responses[i].fresh_t, answered->parts.t);
    }
}
