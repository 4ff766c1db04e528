/* HDR: RFC 3830 6.1, RFC 6043 4.2 and 6.1. (The CS ID map info stands in crypto_sessions.c.) */
#include "judge.h"

/* ---- version, data type, PRF func --------------------------------------------------------------------------- */

static void check_numbers(const tg_judge *j)
{
    const tg_hdr *hdr = &j->message->hdr;
    /* An Error repeats version and PRF func of the message it is about, whatever they are (5.4). */
    bool own_numbers = j->data_type != TG_DATA_TYPE_ERROR;
    if (own_numbers && hdr->version != 1)
        tg_rules_say(j, "RFC3830-6.1-x05", tg_rules_at_hdr(j, "version"), "expected version 1, found %u", hdr->version);
    if (!tg_registry_name("data_type", hdr->data_type))
        tg_rules_say(j, "RFC3830-6.1-x06", tg_rules_at_hdr(j, "data_type"),
                     "expected a registered data type, found %u", hdr->data_type);
    if (own_numbers && j->is_mikey_ticket && !tg_registry_name("prf_func", hdr->prf_func))
        tg_rules_say(j, "RFC6043-6.1-x01", tg_rules_at_hdr(j, "prf_func"),
                     "expected a registered PRF func, found %u", hdr->prf_func);
}

/* ---- the V flag --------------------------------------------------------------------------------------------- */

/* What section 4 and 5.4 say of the V flag, message by message. */
static const struct {
    uint8_t data_type, v;
    const char *id;
} v_flags[] = {
    { TG_DATA_TYPE_REQUEST_INIT_PSK, 1, "RFC6043-4.2.1.1-03a" },
    { TG_DATA_TYPE_REQUEST_INIT_PK, 1, "RFC6043-4.2.1.1-03a" },
    { TG_DATA_TYPE_REQUEST_RESP, 0, "RFC6043-4.2.1.5-02a" },
    { TG_DATA_TYPE_TRANSFER_RESP, 0, "RFC6043-4.2.2.3-02a" },
    { TG_DATA_TYPE_RESOLVE_INIT_PSK, 1, "RFC6043-4.2.3.1-03a" },
    { TG_DATA_TYPE_RESOLVE_INIT_PK, 1, "RFC6043-4.2.3.1-03a" },
    { TG_DATA_TYPE_RESOLVE_RESP, 0, "RFC6043-4.2.3.5-02a" },
    { TG_DATA_TYPE_ERROR, 0, "RFC6043-5.4-08a" },
};

static void expect_v(const tg_judge *j, const char *id, unsigned expected, const char *why)
{
    unsigned v = j->message->hdr.v;
    if (v != expected)
        tg_rules_say(j, id, tg_rules_at_hdr(j, "v"), "expected V=%u%s, found V=%u", expected, why, v);
}

/* Section 4 and 6.1 contradict each other where a response is mandatory; the setting v_flag says who is heard (A01).
 * Both ask for 0 in responses and Errors. */
static void check_v_flag(const tg_judge *j)
{
    bool sec6 = j->profile->settings.v_flag == TG_V_FLAG_SEC6;
    for (size_t i = 0; i < sizeof v_flags / sizeof v_flags[0]; i++) {
        if (v_flags[i].data_type == j->data_type && !(sec6 && v_flags[i].v))
            expect_v(j, v_flags[i].id, v_flags[i].v, "");
    }
    if (sec6 && !(j->is_update && j->data_type == TG_DATA_TYPE_TRANSFER_INIT))
        expect_v(j, "RFC6043-6.1-01a", 0, " outside a CSB update");
    if (!sec6 && j->is_initial_transfer && j->ticket)
        expect_v(j, "RFC6043-4.2.2.1-03a", (j->ticket->flags & TG_FLAG('F')) != 0, " as the F flag of the ticket");
}

/* ---- #CS and the CS ID map type ----------------------------------------------------------------------------- */

/* Messages that handle no crypto sessions. */
static const struct {
    uint8_t data_type;
    const char *id;
} empty_maps[] = {
    { TG_DATA_TYPE_REQUEST_INIT_PSK, "RFC6043-4.2.1.1-04" }, { TG_DATA_TYPE_REQUEST_INIT_PK, "RFC6043-4.2.1.1-04" },
    { TG_DATA_TYPE_REQUEST_RESP, "RFC6043-4.2.1.5-01" },     { TG_DATA_TYPE_RESOLVE_INIT_PSK, "RFC6043-4.2.3.1-04" },
    { TG_DATA_TYPE_RESOLVE_INIT_PK, "RFC6043-4.2.3.1-04" },  { TG_DATA_TYPE_RESOLVE_RESP, "RFC6043-4.2.3.5-01" },
};

static void check_empty_map(const tg_judge *j)
{
    const tg_map *map = &j->message->hdr.map;
    for (size_t i = 0; i < sizeof empty_maps / sizeof empty_maps[0]; i++) {
        if (empty_maps[i].data_type != j->data_type)
            continue;
        if (map->num_cs != 0)
            tg_rules_say(j, empty_maps[i].id, tg_rules_at_hdr(j, "num_cs"), "expected #CS 0, found %u", map->num_cs);
        if (map->cs_id_map_type != TG_MAP_EMPTY)
            tg_rules_say(j, empty_maps[i].id, tg_rules_at_hdr(j, "cs_id_map_type"),
                         "expected CS ID map type 1 (Empty map), found %u", map->cs_id_map_type);
    }
}

static void check_transfer_map(const tg_judge *j)
{
    unsigned type = j->message->hdr.map.cs_id_map_type;
    if (!j->is_transfer || type == TG_MAP_GENERIC_ID)
        return;
    const tg_place place = tg_rules_at_hdr(j, "cs_id_map_type");
    tg_rules_say(j, "RFC6043-6.1-03", place, "expected CS ID map type 2 (GENERIC-ID), found %u", type);
    if (type == TG_MAP_SRTP_ID)
        tg_rules_say(j, "RFC6043-6.1-04", place, "expected another CS ID map type than 0 (SRTP-ID)");
    tg_rules_say(j, tg_row_id(j->profile->generic_id), place, "expected CS ID map type 2 (GENERIC-ID), found %u", type);
}

void tg_rules_check_header(const tg_judge *j)
{
    check_numbers(j);
    if (!j->is_mikey_ticket)
        return;
    check_v_flag(j);
    check_empty_map(j);
    check_transfer_map(j);
}
