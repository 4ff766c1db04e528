/* registry: the tables against values read off the RFCs by hand, and their inner order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ticketgate/registry.h"

static void known_names(void **state)
{
    (void)state;
    static const struct {
        const char *space;
        uint32_t value;
        const char *name;
    } known[] = {
        { "version", 1, "MIKEY" },
        { "data_type", 0, "Pre-shared" },          /* RFC 3830 6.1 */
        { "data_type", 8, "DHHMAC resp" },         /* RFC 4650 4.1 */
        { "data_type", 14, "TRANSFER_INIT" },      /* RFC 6043 6.1 */
        { "data_type", 26, "SAKKE msg" },          /* RFC 6509 4.1 */
        { "next_payload", 17, "TICKET" },          /* RFC 6043 6.1 */
        { "next_payload", 25, "ECCPT" },           /* RFC 6267 6.1 */
        { "prf_func", 1, "PRF-HMAC-SHA-256" },     /* RFC 6043 6.1 */
        { "cs_id_map_type", 2, "GENERIC-ID" },     /* RFC 6043 6.1 */
        { "encr_alg", 3, "AES-CM-256" },           /* RFC 6043 6.2 */
        { "mac_alg", 2, "HMAC-SHA-256-256" },      /* RFC 6043 6.2 */
        { "ts_type", 3, "NTP-UTC-32" },            /* RFC 6043 6.3 */
        { "id_type", 2, "Byte string" },           /* RFC 6043 6.5 */
        { "key_data_type", 6, "MPK" },             /* RFC 6043 6.2.1 */
        { "error_no", 14, "Invalid TICKET" },      /* RFC 6043 6.9 */
        { "id_role", 4, "Pre-Shared Key (IDRpsk)" }, /* RFC 6043 6.6 */
        { "general_ext_type", 3, "Key ID" },       /* RFC 4563 4 */
        { "ticket_type", 2, "3GPP base ticket" },  /* RFC 6043 6.10 */
        { "srtp_param", 11, "Authentication tag length" }, /* RFC 3830 6.10.1 */
        { "s_type", 2, "ECCSI" },                  /* RFC 6509 4.3 */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *name = tg_registry_name(known[i].space, known[i].value);
        assert_non_null(name);
        assert_string_equal(name, known[i].name);
    }
    assert_null(tg_registry_name("data_type", 27));     /* unassigned */
    assert_null(tg_registry_name("data_type", 241));    /* private */
    assert_null(tg_registry_name("ticket_type", 0));    /* reserved */
    assert_null(tg_registry_name("dh_group", 1u << 20)); /* outside the field */
    assert_null(tg_registry_name("no_such_space", 0));
    assert_null(tg_registry_find("no_such_space"));
}

/* Entries go up, do not overlap and stay within the width of the field. */
static void tables_are_in_order(void **state)
{
    (void)state;
    size_t num;
    const tg_registry *all = tg_registries(&num);
    assert_int_equal(num, 34); /* as many as IANA's page holds */
    for (size_t i = 0; i < num; i++) {
        assert_ptr_equal(tg_registry_find(all[i].id), &all[i]);
        assert_true(all[i].num_entries > 0);
        for (size_t j = 0; j < all[i].num_entries; j++) {
            const tg_registry_entry *entry = &all[i].entries[j];
            assert_true(entry->low <= entry->high && entry->high < 1u << all[i].bits);
            assert_true(j == 0 || entry->low > all[i].entries[j - 1].high);
            assert_ptr_equal(tg_registry_entry_of(&all[i], entry->low), entry);
            assert_ptr_equal(tg_registry_entry_of(&all[i], entry->high), entry);
            assert_true(entry->low == entry->high || !entry->key[0]);
        }
    }
}

/* RFC 3830 6.2, 6.4, 6.6, 6.8; RFC 6043 6.2, 6.3, 6.7; RFC 6267 6.1.4 */
static void lengths_that_numbers_fix(void **state)
{
    (void)state;
    static const int mac[] = { 0, 20, 32, -1 }, ts[] = { 8, 8, 4, 4, -1 }, hash[] = { 20, 16, 32, -1 },
                     dh[] = { 192, 96, 128, -1 };
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(tg_mac_alg_octets(i), mac[i]);
        assert_int_equal(tg_hash_func_octets(i), hash[i]);
        assert_int_equal(tg_dh_group_octets(i), dh[i]);
    }
    for (uint8_t i = 0; i < 5; i++)
        assert_int_equal(tg_ts_type_octets(i), ts[i]);
    assert_int_equal(tg_ecc_curve_octets(0), -1);
    assert_int_equal(tg_ecc_curve_octets(1), 50);  /* 1 + 2 * 24 = 49, and 2 octets before it: ends at 52 */
    assert_int_equal(tg_ecc_curve_octets(8), 66);  /* 1 + 2 * 32 = 65: ends at 68 */
    assert_int_equal(tg_ecc_curve_octets(14), 134); /* 1 + 2 * 66 = 133: ends at 136 */
    assert_int_equal(tg_ecc_curve_octets(17), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_names),
        cmocka_unit_test(tables_are_in_order),
        cmocka_unit_test(lengths_that_numbers_fix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
