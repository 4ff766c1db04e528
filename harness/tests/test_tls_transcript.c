/* tls: what is in the transcript that the Finished covers, and what comes in front of its beginning: HelloVerifyRequest
 * (RFC 6347 4.2.1) and HelloRetryRequest (RFC 8446 4.4.1) begin it anew, once, and at their place alone. And lengths
 * that are lies. */
#include "test_tls_support.h"

static transcript t, changed;

/* ---- HelloVerifyRequest ------------------------------------------------------------------------------------- */

/* Recorded handshakes, in whose transcripts the HelloVerifyRequest came behind all that answers it. */
static const char *const gnutls_late[] = {
    "C16fefd0000000000000000007e010000720000000000000072fefdd80afb0343ed1095f91dbde64eae6fcd1245d4b0206d063059"
    "a2c1beb02a690600000002008c01000046000500050100000000000d00220020040108090804040308070501080a0805050308080"
    "601080b0806060302010203001600000017000000230000ff01000100001c00024000",
    "C16fefd0000000000000001008e010000820001000000000082fefdd80afb0343ed1095f91dbde64eae6fcd1245d4b0206d063059"
    "a2c1beb02a690600107d38a1f7fb2a0d0b9d8f0511649be3d20002008c01000046000500050100000000000d00220020040108090"
    "804040308070501080a0805050308080601080b0806060302010203001600000017000000230000ff01000100001c00024000",
    "S16fefd0000000000000001006b0200005f000100000000005ffefd7683aa8be764bdc8a87a36028e17f28ba69cca5e5a17e27648"
    "94ed3b9f6e48a220652d5d562958b21c002054fe33ebcf46fd5885f34ab05e30a6f92c4eeec8f230008c000017001600000017000"
    "000230000ff01000100001c00024000",
    "C16fefd0000000000000002001f1000001300020000000000130011616c696365406578616d706c652e636f6d14fefd0000000000"
    "00000300010116fefd00010000000000000044e62745dede74dfb535d9b5053c08a37dcc7040bd2191454f441c3460a65db32f97b"
    "c5282844429ddcbfc5fb3c638f66bcb328dd1f0850d4cfd40e3d7b831e8f02feed48b",
    "S16feff0000000000000000001f030000130000000000000013feff107d38a1f7fb2a0d0b9d8f0511649be3d2",
    ("S15fefd00010000000000020034f58fa3372d1fd6734f6e698c48f763e9c3e828e2b80036936b6381bb7e5fd402d0aa585640acee"
     "cf5fed572c56351bdf7cd0d49c"),
};
static const char *const ccm_late[] = {
    "C16feff00000000000000000041010000350000000000000035fefdf17a0a95cb39a3ca8782149130de9f025199beef32cecd9a23"
    "9ae00ad4cda87700000002c0a80100000900170000ff01000100",
    "C16fefd0000000000000002000e1000000200020000000000020000",
    "C16feff00000000000000010055010000490001000000000049fefdf17a0a95cb39a3ca8782149130de9f025199beef32cecd9a23"
    "9ae00ad4cda877001458ba42728122a6d5379e2079208bc1aa460d66450002c0a80100000900170000ff01000100",
    "S16fefd0000000000000001005d020000510001000000000051fefd595bf91db4524e13257781a1825b4135172c282c58b29aa180"
    "2e839c52f8853920dc3b429d6189c14fbfa8620b2ebb30c0dab2c72467fa6d412cb118d39e6999e2c0a800000900170000ff01000"
    "100",
    "S16feff00000000000000000023030000170000000000000017feff1458ba42728122a6d5379e2079208bc1aa46006645",
    "S16fefd0001000000000000002800010000000000001b748dcb6c75d930cbe15dbf5b76d9cafca37e133d90fe7447eb549a03dec5"
    "fa",
};

static void load_segments(const char *const *segments, size_t num, const char *tek)
{
    static uint8_t octets[512];
    begin(&t);
    t.datagrams = true;
    t.tek = tek;
    for (size_t i = 0; i < num; i++)
        add_segment(&t, segments[i][0] == 'C', octets, from_hex(segments[i] + 1, octets));
}

static void is_out_of_order(tg_tls_proof client, tg_tls_proof server)
{
    answer a;
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_OK);
    assert_false(a.judgement.handshake.hello_verify_request);
    assert_true(times_found(&a, "RFC5246-7.4-x01") > 0);
    assert_int_equal(a.judgement.handshake.client, client);
    assert_int_equal(a.judgement.handshake.server, server);
    done(&a);
}

static void a_late_verify_request_begins_nothing(void **state)
{
    (void)state;
    load_segments(gnutls_late, sizeof gnutls_late / sizeof gnutls_late[0], "00112233445566778899aabbccddeeff");
    is_out_of_order(TG_TLS_FAILED, TG_TLS_ABSENT);
    load_segments(ccm_late, sizeof ccm_late / sizeof ccm_late[0], "1b4f6b09f6605d2b5c30899cfe4b8a60");
    is_out_of_order(TG_TLS_ABSENT, TG_TLS_FAILED);
}

/* Wherever it comes but between the two hellos, the transcript is not the one that the ends hashed. */
static void a_verify_request_has_one_place(void **state)
{
    (void)state;
    load(&t, sample_named("gnutls_dtls"));
    size_t at = 0;
    while (t.segments[at].octets.data[13] != 3)
        at++;
    assert_true(at > 0 && !t.segments[at].from_client);
    tg_tls_segment request = t.segments[at];
    for (size_t to = at; to < t.num; to++) {
        answer a;
        judge(&t, &a);
        assert_int_equal(a.status, TG_OK);
        assert_int_equal(a.judgement.handshake.client, to == at ? TG_TLS_VERIFIED : TG_TLS_FAILED);
        assert_int_equal(a.judgement.handshake.server, to == at ? TG_TLS_VERIFIED : TG_TLS_FAILED);
        assert_int_equal(times_found(&a, "RFC5246-7.4-x01") > 0, to != at);
        done(&a);
        if (to + 1 < t.num) {
            t.segments[to] = t.segments[to + 1];
            t.segments[to + 1] = request;
        }
    }
}

/* ---- HelloRetryRequest -------------------------------------------------------------------------------------- */

static tg_bytes first_record(tg_bytes octets)
{
    return tg_bytes_of(octets.data, 5 + ((size_t)octets.data[3] << 8 | octets.data[4]));
}

/* ClientKeyExchange, then a HelloRetryRequest of TLS 1.2, then the handshake, with one ClientKeyExchange less: the
 * extended master secret covers nothing in front of the transcript. */
static void a_retry_forgets_the_key_exchange(void **state)
{
    (void)state;
    static const char random[] = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
    uint8_t octets[4096];
    answer a;
    load(&t, sample_named("openssl_gcm"));
    assert_true(t.num >= 4);
    begin(&changed);
    tg_bytes hello = t.segments[0].octets, retry = first_record(t.segments[1].octets), flight = t.segments[2].octets;
    tg_bytes exchange = first_record(flight);
    assert_int_equal(exchange.data[5], 16);
    add_segment(&changed, true, hello.data, hello.len);
    add_segment(&changed, true, exchange.data, exchange.len);
    memcpy(octets, retry.data, retry.len);
    (void)from_hex(random, octets + 5 + 4 + 2);
    add_segment(&changed, false, octets, retry.len);
    add_segment(&changed, true, hello.data, hello.len);
    for (size_t i = 1; i < t.num; i++) {
        size_t skipped = i == 2 ? exchange.len : 0;
        add_segment(&changed, t.segments[i].from_client, t.segments[i].octets.data + skipped,
                    t.segments[i].octets.len - skipped);
    }
    judge(&changed, &a);
    assert_int_equal(a.status, TG_OK);
    assert_true(a.judgement.handshake.hello_retry_request && a.judgement.handshake.extended_master_secret);
    assert_true(times_found(&a, "RFC5246-7.4-x01") > 0);
    assert_int_not_equal(a.judgement.handshake.client, TG_TLS_VERIFIED);
    assert_int_not_equal(a.judgement.handshake.server, TG_TLS_VERIFIED);
    done(&a);
}

/* A second one is out of order (RFC 8446 4.1.4), however many come: no limit is met for them. */
static void a_second_retry_is_out_of_order(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[4096];
    load(&t, sample_named("openssl_13_retry"));
    tg_bytes retry = first_record(t.segments[1].octets);
    begin(&changed);
    changed.tls13_allowed = true;
    add_segment(&changed, true, t.segments[0].octets.data, t.segments[0].octets.len);
    memcpy(octets, retry.data, retry.len);
    for (size_t i = 0; i < 200; i++)
        add_segment(&changed, false, octets, retry.len);
    judge(&changed, &a);
    assert_int_equal(a.status, TG_OK);
    assert_true(a.judgement.handshake.hello_retry_request);
    assert_true(times_found(&a, "RFC5246-7.4-x01") > 0);
    done(&a);
}

/* ---- lengths ------------------------------------------------------------------------------------------------ */

static void a_length_that_is_a_lie_meets_no_limit(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[64];
    begin(&t); /* a message of 16 MB, says its header */
    add_segment(&t, true, octets, from_hex("16 0303 0006 01ffffff 0303", octets));
    add_segment(&t, true, octets, from_hex("16 0303 0002 0303", octets));
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_OK);
    assert_false(a.judgement.handshake.has_client_hello);
    done(&a);
    begin(&t); /* the same of DTLS, whose next fragment says another length */
    t.datagrams = true;
    add_segment(&t, true, octets, from_hex("16fefd0000000000000000000e 01ffffff0000000000000002 fefd", octets));
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_OK);
    done(&a);
    add_segment(&t, true, octets, from_hex("16fefd0000000000000001000e 010000300000000000000002 fefd", octets));
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_BAD_TLS);
    done(&a);
}

/* ---- what is said of it ------------------------------------------------------------------------------------- */

static void alerts_are_listed_up_to_their_limit(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[16];
    assert_true(TG_TLS_MAX_ALERTS >= 64);
    begin(&t);
    for (unsigned i = 0; i < TG_TLS_MAX_ALERTS + 6; i++) {
        size_t len = from_hex("15 0303 0002 0100", octets);
        octets[6] = (uint8_t)(i + 100);
        add_segment(&t, i % 2 == 0, octets, len);
    }
    judge(&t, &a);
    assert_int_equal(a.judgement.handshake.num_alerts, TG_TLS_MAX_ALERTS + 6);
    for (unsigned i = 0; i < TG_TLS_MAX_ALERTS; i++) {
        assert_int_equal(a.judgement.handshake.alerts[i].description, i + 100);
        assert_int_equal(a.judgement.handshake.alerts[i].from_client, i % 2 == 0);
    }
    done(&a);
}

/* A choice is judged without what it was chosen from. */
static void a_server_hello_alone_is_judged(void **state)
{
    (void)state;
    answer a;
    load(&t, sample_named("openssl_13_ke"));
    t.tls13_allowed = false;
    tg_tls_segment hello = { false, first_record(t.segments[1].octets) };
    t.segments[0] = hello;
    t.num = 1;
    judge(&t, &a);
    assert_int_equal(times_found(&a, "TS33328-H.2-x01"), 1);
    assert_int_equal(a.judgement.handshake.server, TG_TLS_ABSENT);
    done(&a);
}

/* In DTLS what came before the octets that cannot be cut is judged, too, where it waits for keys. */
static void what_waits_is_said_at_the_end(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[64];
    begin(&t);
    t.datagrams = true;
    add_segment(&t, true, octets, from_hex("15fefd00010000000000000002 0000", octets));
    add_segment(&t, true, octets, from_hex("63fefd00000000000000010001 00", octets));
    judge(&t, &a);
    assert_int_equal(a.judgement.parse, TG_BAD_TLS);
    assert_int_equal(a.judgement.handshake.num_alerts, 1);
    assert_true(a.judgement.handshake.alerts[0].encrypted);
    done(&a);
}

/* Application data is not opened, so that its record number proves nothing. */
static void application_data_takes_no_number(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[64];
    load(&t, sample_named("openssl_dtls_gcm"));
    begin(&changed);
    changed.datagrams = true;
    add_segment(&changed, false, octets, from_hex("17fefd 0001 000000000000 0001 00", octets));
    for (size_t i = 0; i < t.num; i++)
        add_segment(&changed, t.segments[i].from_client, t.segments[i].octets.data, t.segments[i].octets.len);
    judge(&changed, &a);
    assert_int_equal(a.judgement.handshake.client, TG_TLS_VERIFIED);
    assert_int_equal(a.judgement.handshake.server, TG_TLS_VERIFIED);
    done(&a);
}

/* TLS 1.3: octets in clear behind ServerHello hold up nothing that is protected. */
static void a_message_does_not_go_on_under_other_keys(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[64];
    load(&t, sample_named("openssl_13_ke"));
    tg_bytes flight = t.segments[1].octets, hello = first_record(flight);
    begin(&changed);
    changed.tls13_allowed = true;
    add_segment(&changed, true, t.segments[0].octets.data, t.segments[0].octets.len);
    add_segment(&changed, false, hello.data, hello.len);
    add_segment(&changed, false, octets, from_hex("16 0303 0006 20ffffff 0000", octets));
    size_t skipped = hello.len + 6; /* ChangeCipherSpec, which may not come within a message */
    assert_int_equal(flight.data[hello.len], 20);
    add_segment(&changed, false, flight.data + skipped, flight.len - skipped);
    for (size_t i = 2; i < t.num; i++)
        add_segment(&changed, t.segments[i].from_client, t.segments[i].octets.data, t.segments[i].octets.len);
    judge(&changed, &a);
    assert_int_equal(a.judgement.parse, TG_OK);
    assert_int_equal(a.judgement.handshake.server, TG_TLS_VERIFIED);
    done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_verify_request_begins_nothing),  cmocka_unit_test(a_verify_request_has_one_place),
        cmocka_unit_test(a_retry_forgets_the_key_exchange),      cmocka_unit_test(a_second_retry_is_out_of_order),
        cmocka_unit_test(a_length_that_is_a_lie_meets_no_limit),
        cmocka_unit_test(alerts_are_listed_up_to_their_limit),
        cmocka_unit_test(a_server_hello_alone_is_judged),
        cmocka_unit_test(what_waits_is_said_at_the_end),
        cmocka_unit_test(application_data_takes_no_number),
        cmocka_unit_test(a_message_does_not_go_on_under_other_keys),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
