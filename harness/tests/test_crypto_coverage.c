/* crypto: what MAC and signature cover, octet for octet, of messages written by hand. */
#include "test_crypto_support.h"

static uint8_t memory[1 << 17];
static tg_arena arena;

/* ---- pieces of messages ------------------------------------------------------------------------------------- */

#define HDR(data_type, next)                                                                                           \
    "01" data_type next "00"                                                                                           \
    "00000001"                                                                                                         \
    "00"                                                                                                               \
    "01"
#define T(next)                                                                                                        \
    next "00"                                                                                                          \
         "d000000000000001"
#define IDR(next, role)                                                                                                \
    next role "00"                                                                                                     \
              "0003"                                                                                                   \
              "616263"
#define MAC_A "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
#define MAC_B "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3"
#define MAC_C "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3"
#define V_HEAD(next) next "01"
#define V(next, mac) V_HEAD(next) mac

/* A base ticket with the PRF of RFC 6043, of which I is set or not; without its Next Payload. */
#define TICKET_I                                                                                                       \
    "0001"                                                                                                             \
    "01"                                                                                                               \
    "01"                                                                                                               \
    "020800"                                                                                                           \
    "0001"                                                                                                             \
    "00"
#define TICKET_NO_I                                                                                                    \
    "0001"                                                                                                             \
    "01"                                                                                                               \
    "01"                                                                                                               \
    "020000"                                                                                                           \
    "0001"                                                                                                             \
    "00"
#define TICKET_DATA_HEAD                                                                                               \
    "0019"                                                                                                             \
    "09"                                                                                                               \
    "0000" V_HEAD("00")
#define TICKET_DATA TICKET_DATA_HEAD MAC_C
#define IDATA_LEN "002d"
#define IDATA_HEAD "09" V("09", MAC_A) V_HEAD("00")
#define IDATA IDATA_HEAD MAC_B

static tg_message *parsed(const char *text)
{
    tg_message *message = NULL;
    tg_diag diag;
    arena = tg_arena_of(memory, sizeof memory);
    assert_int_equal(tg_message_parse(hex(text), &arena, &message, &diag), TG_OK);
    return message;
}

static const tg_ticket *ticket_of(const char *text)
{
    const tg_payload *ticket = tg_payload_find(parsed(text)->payloads, TG_PAYLOAD_TICKET);
    assert_non_null(ticket);
    return (const tg_ticket *)ticket;
}

static void covers(const tg_coverage *c, const char *expected)
{
    tg_bytes joined;
    size_t sum = 0;
    assert_int_equal(tg_coverage_join(c, &arena, &joined), TG_OK);
    assert_octets(joined, expected);
    for (size_t i = 0; i < c->num; i++)
        sum += c->parts[i].len;
    assert_int_equal(sum, c->len);
}

static void message_covers(const tg_settings *settings, const char *message, const char *expected)
{
    tg_coverage c;
    assert_int_equal(tg_cover_message(settings, parsed(message), &c), TG_OK);
    covers(&c, expected);
}

/* ---- a message ---------------------------------------------------------------------------------------------- */

#define BEFORE HDR("0e", "05") T("0e") IDR("11", "01")

static void transfer_init(void **state)
{
    (void)state;
    tg_settings always = { .idata_excl = TG_IDATA_EXCL_ALWAYS },
                if_present = { .idata_excl = TG_IDATA_EXCL_IF_PRESENT },
                data_only = { .idata_excl = TG_IDATA_EXCL_DATA_ONLY };
    const char *with_i = BEFORE "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V("00", MAC_A);
    message_covers(&always, with_i, BEFORE "09" TICKET_I TICKET_DATA V_HEAD("00"));
    message_covers(&if_present, with_i, BEFORE "09" TICKET_I TICKET_DATA V_HEAD("00"));
    message_covers(&data_only, with_i, BEFORE "09" TICKET_I TICKET_DATA IDATA_LEN V_HEAD("00"));
    const char *without_i = BEFORE "09" TICKET_NO_I TICKET_DATA "0000" V("00", MAC_A);
    message_covers(&always, without_i, BEFORE "09" TICKET_NO_I TICKET_DATA V_HEAD("00"));
    message_covers(&if_present, without_i, BEFORE "09" TICKET_NO_I TICKET_DATA "0000" V_HEAD("00"));
    message_covers(&data_only, without_i, BEFORE "09" TICKET_NO_I TICKET_DATA "0000" V_HEAD("00"));
    /* It is the flag that says whether Initiator Data is there; the octets may differ. */
    const char *against_i = BEFORE "09" TICKET_NO_I TICKET_DATA IDATA_LEN IDATA V("00", MAC_A);
    message_covers(&if_present, against_i, BEFORE "09" TICKET_NO_I TICKET_DATA IDATA_LEN IDATA V_HEAD("00"));
    message_covers(&always, against_i, BEFORE "09" TICKET_NO_I TICKET_DATA V_HEAD("00"));
    const char *lacking = BEFORE "09" TICKET_I TICKET_DATA "0000" V("00", MAC_A);
    message_covers(&if_present, lacking, BEFORE "09" TICKET_I TICKET_DATA V_HEAD("00"));
    /* Of a second ticket nothing is left out. */
    const char *two =
        BEFORE "11" TICKET_I TICKET_DATA IDATA_LEN IDATA "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V("00", MAC_A);
    message_covers(&always, two,
                   BEFORE "11" TICKET_I TICKET_DATA "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V_HEAD("00"));
    /* An update: there is no ticket. */
    message_covers(&always, HDR("0e", "05") T("09") V("00", MAC_B), HDR("0e", "05") T("09") V_HEAD("00"));
}

static void other_messages(void **state)
{
    (void)state;
    tg_settings settings = { 0 };
    /* Only TRANSFER_INIT leaves Initiator Data out. */
    message_covers(&settings, HDR("10", "11") "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V("00", MAC_A),
                   HDR("10", "11") "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V_HEAD("00"));
    message_covers(&settings, HDR("0b", "05") T("09") V("00", MAC_A), HDR("0b", "05") T("09") V_HEAD("00"));
    /* HMAC-SHA-256, the NULL MAC, signatures (S type and length are covered). */
    message_covers(&settings, HDR("0b", "05") T("09") "0002" MAC_A "202122232425262728292a2b",
                   HDR("0b", "05") T("09") "0002");
    message_covers(&settings, HDR("06", "05") T("09") "0000", HDR("06", "05") T("09") "0000");
    message_covers(&settings,
                   HDR("0c", "05") T("04") "1003"
                                           "010203",
                   HDR("0c", "05") T("04") "1003");
    message_covers(&settings, HDR("0c", "05") T("04") "0000", HDR("0c", "05") T("04") "0000");
    /* Only the last V: one before it is covered. */
    message_covers(&settings, HDR("0b", "09") V("09", MAC_A) V("00", MAC_B),
                   HDR("0b", "09") V("09", MAC_A) V_HEAD("00"));
    tg_coverage c;
    assert_int_equal(tg_cover_message(&settings, parsed(HDR("0b", "05") T("00")), &c), TG_NOT_FOUND);
    assert_int_equal(tg_cover_message(&settings, parsed(HDR("0b", "09") V("05", MAC_A) T("00")), &c), TG_NOT_FOUND);
    assert_int_equal(tg_cover_message(&settings, parsed(HDR("0b", "00")), &c), TG_NOT_FOUND);
    /* One made by hand has no octets yet. */
    tg_message by_hand = { .payloads = tg_payload_new(&arena, TG_PAYLOAD_V) };
    assert_int_equal(tg_cover_message(&settings, &by_hand, &c), TG_NOT_FOUND);
}

static void identities(void **state)
{
    (void)state;
    tg_settings settings = { .mac_identity = TG_MAC_IDENTITY_ID_DATA };
    tg_message *message = parsed(HDR("0b", "05") T("09") V("00", MAC_A));
    tg_identity alice = { true, 1, hex("616c696365") }, kms = { true, 2, hex("6b6d73") },
                empty = { true, 0, { NULL, 0 } };
    tg_identity nobody = { false, 1, hex("616c696365") };
    static const char *const expected[] = {
        [TG_MAC_IDENTITY_ID_DATA] = HDR("0b", "05") T("09") V_HEAD("00") "616c696365"
                                                                         "6b6d73",
        [TG_MAC_IDENTITY_LEN_DATA] = HDR("0b", "05") T("09") V_HEAD("00") "0005616c696365"
                                                                          "00036b6d73",
        [TG_MAC_IDENTITY_TYPE_LEN_DATA] = HDR("0b", "05") T("09") V_HEAD("00") "010005616c696365"
                                                                               "0200036b6d73",
    };
    static const char *const with_nobody[] = {
        [TG_MAC_IDENTITY_ID_DATA] = HDR("0b", "05") T("09") V_HEAD("00"),
        [TG_MAC_IDENTITY_LEN_DATA] = HDR("0b", "05") T("09") V_HEAD("00") "0000",
        [TG_MAC_IDENTITY_TYPE_LEN_DATA] = HDR("0b", "05") T("09") V_HEAD("00") "000000",
    };
    for (uint8_t i = 0; i < 3; i++) {
        tg_coverage c;
        settings.mac_identity = i;
        assert_int_equal(tg_cover_message(&settings, message, &c), TG_OK);
        tg_cover_identity(&settings, &alice, &c);
        tg_cover_identity(&settings, &kms, &c);
        covers(&c, expected[i]);
        /* One that is not known is not written; an empty one is. */
        assert_int_equal(tg_cover_message(&settings, message, &c), TG_OK);
        tg_cover_identity(&settings, &nobody, &c);
        tg_cover_identity(&settings, &empty, &c);
        covers(&c, with_nobody[i]);
    }
}

static void initial_messages(void **state)
{
    (void)state;
    tg_settings settings = { 0 }, excl = { .resp_init_copy = TG_RESP_INIT_COPY_EXCL_IDATA };
    tg_settings excl_data = { .resp_init_copy = TG_RESP_INIT_COPY_EXCL_IDATA, .idata_excl = TG_IDATA_EXCL_DATA_ONLY };
#define RESPONSE HDR("0f", "05") T("09")
#define INIT BEFORE "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V("00", MAC_A)
    tg_bytes response = hex(RESPONSE V("00", MAC_B)), init = hex(INIT);
    tg_message *r, *i;
    arena = tg_arena_of(memory, sizeof memory);
    assert_int_equal(tg_message_parse(response, &arena, &r, NULL), TG_OK);
    assert_int_equal(tg_message_parse(init, &arena, &i, NULL), TG_OK);
    tg_coverage c;
    assert_int_equal(tg_cover_message(&settings, r, &c), TG_OK);
    tg_cover_initial(&settings, i, &c);
    covers(&c, RESPONSE V_HEAD("00") INIT);
    assert_int_equal(tg_cover_message(&excl, r, &c), TG_OK);
    tg_cover_initial(&excl, i, &c);
    covers(&c, RESPONSE V_HEAD("00") BEFORE "09" TICKET_I TICKET_DATA V("00", MAC_A));
    assert_int_equal(tg_cover_message(&excl_data, r, &c), TG_OK);
    tg_cover_initial(&excl_data, i, &c);
    covers(&c, RESPONSE V_HEAD("00") BEFORE "09" TICKET_I TICKET_DATA IDATA_LEN V("00", MAC_A));
    /* A RESOLVE_INIT is taken whole under every setting. */
#define RESOLVE HDR("10", "11") "09" TICKET_I TICKET_DATA IDATA_LEN IDATA V("00", MAC_A)
    i = parsed(RESOLVE);
    c = (tg_coverage){ .num = 0 };
    tg_cover_initial(&excl, i, &c);
    covers(&c, RESOLVE);
}

/* ---- the ticket --------------------------------------------------------------------------------------------- */

#define AROUND(ticket) HDR("10", "11") ticket V("00", MAC_A)

static void ticket(void **state)
{
    (void)state;
    tg_coverage c;
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_I TICKET_DATA IDATA_LEN IDATA)), &c), TG_OK);
    covers(&c, TICKET_I TICKET_DATA_HEAD);
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_NO_I TICKET_DATA "0000")), &c), TG_OK);
    covers(&c, TICKET_NO_I TICKET_DATA_HEAD);
    /* V is the last payload, whatever stands before it. */
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_I "002f"
                                                      "090000" V("09", MAC_A) V("00", MAC_C) IDATA_LEN IDATA)),
                                     &c),
                     TG_OK);
    covers(&c, TICKET_I "002f"
                        "090000" V("09", MAC_A) V_HEAD("00"));
    /* The NULL MAC has no octets. */
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_I "0005"
                                                      "090000"
                                                      "0000"
                                                      "0000")),
                                     &c),
                     TG_OK);
    covers(&c, TICKET_I "0005"
                        "090000"
                        "0000");
    /* No chain, no V, nothing, another Ticket Type. */
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_I "0003"
                                                      "ffffff"
                                                      "0000")),
                                     &c),
                     TG_NOT_FOUND);
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_I "0003"
                                                      "000000"
                                                      "0000")),
                                     &c),
                     TG_NOT_FOUND);
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09" TICKET_I "0000"
                                                      "0000")),
                                     &c),
                     TG_NOT_FOUND);
    assert_int_equal(tg_cover_ticket(ticket_of(AROUND("09"
                                                      "0063"
                                                      "01"
                                                      "01"
                                                      "020800"
                                                      "0001"
                                                      "00" TICKET_DATA "0000")),
                                     &c),
                     TG_NOT_FOUND);
    assert_int_equal(tg_cover_ticket((tg_ticket *)tg_payload_new(&arena, TG_PAYLOAD_TICKET), &c), TG_NOT_FOUND);
}

static void initiator_data(void **state)
{
    (void)state;
    tg_coverage c;
    assert_int_equal(tg_cover_initiator_data(ticket_of(AROUND("09" TICKET_I TICKET_DATA IDATA_LEN IDATA)), &c), TG_OK);
    covers(&c, IDATA_HEAD);
    /* A Vi whose Next Payload is 0 is covered as it came (ambiguity A11). */
    assert_int_equal(tg_cover_initiator_data(
                         ticket_of(AROUND("09" TICKET_I TICKET_DATA IDATA_LEN "09" V("00", MAC_A) V("00", MAC_B))), &c),
                     TG_OK);
    covers(&c, "09" V("00", MAC_A) V_HEAD("00"));
    /* Vr is the last V; what stands behind it is covered too. */
    assert_int_equal(tg_cover_initiator_data(ticket_of(AROUND("09" TICKET_I TICKET_DATA "0037"
                                                              "09" V("09", MAC_A) V("05", MAC_B) T("00"))),
                                             &c),
                     TG_OK);
    covers(&c, "09" V("09", MAC_A) V_HEAD("05") T("00"));
    assert_int_equal(tg_cover_initiator_data(ticket_of(AROUND("09" TICKET_I TICKET_DATA "0043"
                                                              "09" V("09", MAC_A) V("09", MAC_B) V("00", MAC_C))),
                                             &c),
                     TG_OK);
    covers(&c, "09" V("09", MAC_A) V("09", MAC_B) V_HEAD("00"));
    assert_int_equal(tg_cover_initiator_data(ticket_of(AROUND("09" TICKET_I TICKET_DATA "0017"
                                                              "09" V("00", MAC_A))),
                                             &c),
                     TG_NOT_FOUND);
    assert_int_equal(tg_cover_initiator_data(ticket_of(AROUND("09" TICKET_I TICKET_DATA "0001"
                                                              "00")),
                                             &c),
                     TG_NOT_FOUND);
    assert_int_equal(tg_cover_initiator_data(ticket_of(AROUND("09" TICKET_I TICKET_DATA "0000")), &c), TG_NOT_FOUND);
    assert_int_equal(tg_cover_initiator_data((tg_ticket *)tg_payload_new(&arena, TG_PAYLOAD_TICKET), &c), TG_NOT_FOUND);
}

/* ---- RFC 3830 ----------------------------------------------------------------------------------------------- */

static void kemac(void **state)
{
    (void)state;
    tg_coverage c;
#define KEMAC_HEAD(next)                                                                                               \
    next "01"                                                                                                          \
         "0004"                                                                                                        \
         "11121314"                                                                                                    \
         "01"
    assert_int_equal(tg_cover_kemac(parsed(HDR("00", "05") T("01") KEMAC_HEAD("00") MAC_A), &c), TG_OK);
    covers(&c, HDR("00", "05") T("01") KEMAC_HEAD("00"));
    /* The first one, wherever it stands. */
    assert_int_equal(tg_cover_kemac(parsed(HDR("00", "01") KEMAC_HEAD("01") MAC_A KEMAC_HEAD("05") MAC_B T("00")), &c),
                     TG_OK);
    covers(&c, HDR("00", "01") KEMAC_HEAD("01") KEMAC_HEAD("05") MAC_B T("00"));
    assert_int_equal(tg_cover_kemac(parsed(HDR("00", "05") T("01") "00"
                                                                   "01"
                                                                   "0002"
                                                                   "1112"
                                                                   "00"),
                                    &c),
                     TG_OK);
    covers(&c, HDR("00", "05") T("01") "00"
                                       "01"
                                       "0002"
                                       "1112"
                                       "00");
    assert_int_equal(tg_cover_kemac(parsed(HDR("00", "05") T("00")), &c), TG_NOT_FOUND);
    /* A response: message, identities, T (5.2). */
    tg_settings settings = { 0 };
    assert_int_equal(tg_cover_message(&settings, parsed(HDR("01", "05") T("09") V("00", MAC_A)), &c), TG_OK);
    tg_cover_identity(&settings, &(tg_identity){ true, 0, hex("6969") }, &c);
    tg_cover_identity(&settings, &(tg_identity){ true, 0, hex("7272") }, &c);
    tg_cover_octets(hex("d000000000000001"), &c);
    covers(&c, HDR("01", "05") T("09") V_HEAD("00") "6969"
                                                    "7272"
                                                    "d000000000000001");
}

/* ---- too much ----------------------------------------------------------------------------------------------- */

static void refused_everywhere(const tg_coverage *c)
{
    uint8_t mac[TG_MAC_MAX];
    tg_bytes out, key = count_from(0, 20);
    tg_pk *pk;
    arena = tg_arena_of(memory, sizeof memory);
    assert_int_equal(tg_coverage_join(c, &arena, &out), TG_OVERFLOW);
    assert_int_equal(tg_mac(crypto, TG_MAC_HMAC_SHA_1_160, key, c, mac), TG_OVERFLOW);
    assert_int_equal(tg_mac_verify(crypto, TG_MAC_HMAC_SHA_1_160, key, c, key), TG_OVERFLOW);
    assert_int_equal(tg_pk_from_pem(crypto, source_file("vectors/keys/kms.pem"), &pk), TG_OK);
    assert_int_equal(tg_sign_make(crypto, pk, 0, TG_HASH_IS_SHA_1, c, &arena, &out), TG_OVERFLOW);
    assert_int_equal(tg_sign_verify(crypto, pk, 0, TG_HASH_IS_SHA_1, c, count_from(0, 256)), TG_OVERFLOW);
    tg_pk_free(pk);
}

static void too_much(void **state)
{
    (void)state;
    tg_bytes one = hex("31");
    tg_coverage c = { .num = 0 };
    for (size_t i = 0; i < TG_COVERAGE_MAX; i++)
        tg_cover_octets(one, &c);
    arena = tg_arena_of(memory, sizeof memory);
    covers(&c, "31313131313131313131313131313131");
    tg_cover_octets(tg_bytes_of(NULL, 0), &c); /* nothing is no piece */
    covers(&c, "31313131313131313131313131313131");
    tg_arena small = tg_arena_of(memory, 8);
    tg_bytes out;
    assert_int_equal(tg_coverage_join(&c, &small, &out), TG_ARENA_FULL);
    tg_cover_octets(one, &c);
    refused_everywhere(&c);
    tg_cover_octets(one, &c);
    refused_everywhere(&c);
    tg_settings len_data = { .mac_identity = TG_MAC_IDENTITY_LEN_DATA };
    tg_coverage three = { .num = 0 }, longest = { .num = 0 };
    tg_identity identity = { true, 0, one };
    for (int i = 0; i < 3; i++)
        tg_cover_identity(&len_data, &identity, &three);
    refused_everywhere(&three);
    identity.data = count_from(0, 65535);
    tg_cover_identity(&len_data, &identity, &longest);
    assert_int_equal(longest.len, 65537);
    identity.data = count_from(0, 65536);
    tg_cover_identity(&len_data, &identity, &longest);
    refused_everywhere(&longest);
    tg_coverage nothing = { .num = 0 };
    covers(&nothing, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(transfer_init), CRYPTO_TEST(other_messages), CRYPTO_TEST(identities), CRYPTO_TEST(initial_messages),
        CRYPTO_TEST(ticket),        CRYPTO_TEST(initiator_data), CRYPTO_TEST(kemac),      CRYPTO_TEST(too_much),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
