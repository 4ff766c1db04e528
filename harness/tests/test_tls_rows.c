/* tls: each row kept and broken, in handshakes written here octet by octet (no key: the Finished are not opened). */
#include "test_tls_support.h"

static transcript t;

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* `hex` may hold blanks. */
static void record(bool from_client, uint8_t type, uint16_t version, const char *hex)
{
    static uint8_t octets[1 << 14];
    size_t len = from_hex(hex, octets + 5);
    octets[0] = type;
    octets[1] = (uint8_t)(version >> 8);
    octets[2] = (uint8_t)version;
    octets[3] = (uint8_t)(len >> 8);
    octets[4] = (uint8_t)len;
    add_segment(&t, from_client, octets, len + 5);
}

static void message(bool from_client, uint8_t type, const char *body)
{
    static char hex[1 << 14];
    static uint8_t octets[1 << 13];
    size_t len = from_hex(body, octets);
    snprintf(hex, sizeof hex, "%02x%06zx%s", type, len, body);
    record(from_client, 22, 0x0303, hex);
}

#define RANDOM "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"
#define RENEGOTIATION "ff01000100"

/* What a handshake has that may be changed. */
typedef struct wanted {
    const char *client_version, *suites, *compressions, *client_extensions;
    const char *server_version, *suite, *compression, *server_extensions;
    const char *session_id;                    /* of both */
    const char *before_hint, *hint, *identity; /* NULL: no ServerKeyExchange */
    bool no_server_hello;
} wanted;

static wanted usual(void)
{
    return (wanted){ .client_version = "0303",
                     .suites = "00a8 00ae 00ff",
                     .compressions = "00",
                     .client_extensions = "",
                     .server_version = "0303",
                     .suite = "00a8",
                     .compression = "00",
                     .server_extensions = RENEGOTIATION,
                     .session_id = "",
                     .identity = "0000" };
}

static size_t octets_of(const char *hex)
{
    static uint8_t octets[4096];
    return from_hex(hex, octets);
}

static void client_hello(const wanted *w)
{
    char body[4096];
    int n =
        snprintf(body, sizeof body, "%s" RANDOM "%02zx%s%04zx%s%02zx%s", w->client_version, octets_of(w->session_id),
                 w->session_id, octets_of(w->suites), w->suites, octets_of(w->compressions), w->compressions);
    if (octets_of(w->client_extensions))
        snprintf(body + n, sizeof body - (size_t)n, "%04zx%s", octets_of(w->client_extensions), w->client_extensions);
    message(true, 1, body);
}

static void server_hello(const wanted *w)
{
    char body[4096];
    int n = snprintf(body, sizeof body, "%s" RANDOM "%02zx%s%s%s", w->server_version, octets_of(w->session_id),
                     w->session_id, w->suite, w->compression);
    if (octets_of(w->server_extensions))
        snprintf(body + n, sizeof body - (size_t)n, "%04zx%s", octets_of(w->server_extensions), w->server_extensions);
    message(false, 2, body);
}

static void finish(void)
{
    record(true, 20, 0x0303, "01");
    record(true, 22, 0x0303, RANDOM);
    record(false, 20, 0x0303, "01");
    record(false, 22, 0x0303, RANDOM);
}

static void handshake(const wanted *w)
{
    begin(&t);
    t.tek = NULL;
    client_hello(w);
    if (w->no_server_hello)
        return;
    server_hello(w);
    if (w->before_hint)
        message(false, 11, w->before_hint);
    if (w->hint)
        message(false, 12, w->hint);
    message(false, 14, "");
    message(true, 16, w->identity);
    finish();
}

static void expect(const char *ids)
{
    char found[1024];
    answer a;
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    ids_found(&a, found, sizeof found);
    assert_string_equal(found, ids);
    done(&a);
}

static void expect_of(const wanted *w, const char *ids)
{
    handshake(w);
    expect(ids);
}

#define WITH(member, value, ids)                                                                                       \
    do {                                                                                                               \
        wanted changed = usual();                                                                                      \
        changed.member = value;                                                                                        \
        expect_of(&changed, ids);                                                                                      \
    } while (0)

/* ---- rows --------------------------------------------------------------------------------------------------- */

static void nothing_is_found_in_what_is_usual(void **state)
{
    (void)state;
    wanted w = usual();
    answer a;
    handshake(&w);
    judge(&t, &a);
    assert_int_equal(a.judgement.num_findings, 0);
    assert_int_equal(a.judgement.handshake.client, TG_TLS_NOT_TRIED);
    assert_int_equal(a.judgement.handshake.server, TG_TLS_NOT_TRIED);
    assert_true(a.judgement.handshake.complete);
    assert_int_equal(a.judgement.handshake.num_offered_all, 3);
    done(&a);
}

static void suites(void **state)
{
    (void)state;
    wanted w = usual();
    w.suites = "00a8 00aa 00ac c037 002c 1301 cafe 00ff";
    expect_of(&w, ""); /* others besides are no breach */
    w.suite = "00ac", w.identity = "0000 000401020304";
    expect_of(&w, "TS33328-H.2-01"); /* RSA_PSK */
    w.suite = "00aa";
    expect_of(&w, "TS33328-H.2-01 TS33328-H.2-02"); /* DHE_PSK */
    w.suite = "c037", w.identity = "0000 0401020304";
    expect_of(&w, "TS33328-H.2-01 TS33328-H.2-02"); /* ECDHE_PSK */
    w.suite = "002c", w.identity = "0000";
    expect_of(&w, "TS33328-5.3-01");
    w.suite = "cafe";
    expect_of(&w, "TS33328-H.2-01");
    w.suite = "00ae";
    expect_of(&w, "RFC5246-7.4.1.3-x01");
}

static void suites_without_a_choice(void **state)
{
    (void)state;
    wanted w = usual();
    w.no_server_hello = true;
    expect_of(&w, "");
    w.suites = "00aa 00a8 00ff";
    expect_of(&w, "");
    w.suites = "002f 00ff"; /* RSA */
    expect_of(&w, "TS33328-H.2-01");
    w.suites = "00aa 00ff";
    expect_of(&w, "TS33328-H.2-01 TS33328-H.2-02");
    w.suites = "00ff 5600"; /* signals are no suites */
    expect_of(&w, "TS33328-H.2-01 TS33328-H.2-02");
    w.suites = "00a8 00ff", w.client_version = "0302";
    expect_of(&w, "TS33328-H.2-x01");
    w.client_version = "0303", w.client_extensions = "002b 0003 02 0302"; /* supported_versions: TLS 1.1 alone */
    expect_of(&w, "TS33328-H.2-x01");
}

static void versions(void **state)
{
    (void)state;
    wanted w = usual();
    w.server_version = "0302", w.suite = "00ae";
    expect_of(&w, "TS33328-H.2-x01"); /* RFC 5487 1.1: section 3 with any version */
    w.suite = "00a8";
    expect_of(&w, "RFC5487-2-x01 TS33328-H.2-x01");
    w = usual();
    w.client_version = "0302", w.suite = "00ae";
    expect_of(&w, "RFC5246-7.4.1.3-x01");
    w = usual();
    w.client_extensions = "002b 0005 04 0304 0302";
    expect_of(&w, "RFC5246-7.4.1.3-x01"); /* 1.2 is not in the list */
}

static void the_server_chooses_what_was_offered(void **state)
{
    (void)state;
    WITH(compression, "01", "RFC5246-7.4.1.3-x01");
    WITH(server_extensions, RENEGOTIATION "00170000", "RFC5246-7.4.1.3-x01");
    wanted w = usual();
    w.client_extensions = "00170000", w.server_extensions = RENEGOTIATION "00170000";
    expect_of(&w, "");
}

static void identity_and_hint(void **state)
{
    (void)state;
    WITH(identity, "0001 61", "TS33328-H.2-03");
    WITH(identity, "0002 c3bc", "TS33328-H.2-03");
    WITH(identity, "0001 ff", "RFC4279-5.1-x01 TS33328-H.2-03");
    WITH(identity, "0002 c080", "RFC4279-5.1-x01 TS33328-H.2-03");   /* overlong */
    WITH(identity, "0003 eda080", "RFC4279-5.1-x01 TS33328-H.2-03"); /* a surrogate */
    WITH(identity, "0004 f4908080", "RFC4279-5.1-x01 TS33328-H.2-03");
    WITH(identity, "0001 e2", "RFC4279-5.1-x01 TS33328-H.2-03");
    WITH(hint, "0004 68696e74", "");
    WITH(hint, "0000", "RFC4279-2-x01");
    WITH(before_hint, "000000", "RFC4279-2-x02");
}

static void renegotiation_is_signalled(void **state)
{
    (void)state;
    WITH(suites, "00a8", "RFC5246-7.4.1.3-x01 RFC5746-3.4-x01"); /* and the extension of the server answers nothing */
    WITH(server_extensions, "", "RFC5746-3.6-x01");
    WITH(server_extensions, "ff010003 02 abcd", "RFC5746-3.6-x01");
    wanted w = usual();
    w.suites = "00a8", w.client_extensions = RENEGOTIATION;
    expect_of(&w, "");
    w.client_extensions = "ff010003 02 abcd";
    expect_of(&w, "RFC5746-3.4-x01");
}

static void alerts(void **state)
{
    (void)state;
    wanted w = usual();
    w.no_server_hello = true;
    handshake(&w);
    record(false, 21, 0x0303, "0273");
    expect("TS33328-H.2-04");
    handshake(&w);
    record(true, 21, 0x0303, "0273"); /* the client's says nothing */
    expect("");
    handshake(&w);
    record(false, 21, 0x0303, "02");
    expect("RFC5246-6.2.1-x01");
}

/* ---- order -------------------------------------------------------------------------------------------------- */

#define ORDER "RFC5246-7.4-x01"

static void order(void **state)
{
    (void)state;
    wanted w = usual();
    begin(&t), t.tek = NULL; /* ClientKeyExchange before ServerHelloDone */
    client_hello(&w), server_hello(&w), message(true, 16, "0000"), message(false, 14, ""), finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* no ClientKeyExchange */
    client_hello(&w), server_hello(&w), message(false, 14, ""), finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* ServerHello twice */
    client_hello(&w), server_hello(&w), server_hello(&w), message(false, 14, ""), message(true, 16, "0000"), finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* a message of the other end */
    client_hello(&w), server_hello(&w), message(true, 14, ""), message(false, 14, ""), message(true, 16, "0000"),
        finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* ServerHelloDone before ServerKeyExchange */
    client_hello(&w), server_hello(&w), message(false, 14, ""), message(false, 12, "000161"), message(true, 16, "0000"),
        finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* Finished in clear */
    client_hello(&w), server_hello(&w), message(false, 14, ""), message(true, 16, "0000"), message(true, 20, RANDOM),
        finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* HelloRequest comes anywhere */
    message(false, 0, ""), client_hello(&w), server_hello(&w), message(false, 0, ""), message(false, 14, ""),
        message(true, 16, "0000"), finish();
    expect("");
    begin(&t), t.tek = NULL; /* no such message */
    client_hello(&w), message(true, 99, "00"), server_hello(&w), message(false, 14, ""), message(true, 16, "0000"),
        finish();
    expect(ORDER);
    begin(&t), t.tek = NULL; /* NewSessionTicket before the client's Finished */
    client_hello(&w), server_hello(&w), message(false, 4, "00000000 0000"), message(false, 14, ""),
        message(true, 16, "0000"), finish();
    expect(ORDER);
}

static void a_session_taken_up_again_has_another_order(void **state)
{
    (void)state;
    wanted w = usual();
    answer a;
    w.session_id = "0102030405060708";
    begin(&t), t.tek = NULL;
    client_hello(&w), server_hello(&w), record(false, 20, 0x0303, "01"), record(false, 22, 0x0303, RANDOM),
        record(true, 20, 0x0303, "01"), record(true, 22, 0x0303, RANDOM);
    judge(&t, &a);
    assert_true(a.judgement.handshake.resumed && a.judgement.handshake.complete);
    assert_int_equal(a.judgement.num_findings, 0);
    done(&a);
}

/* ---- what cannot be cut ------------------------------------------------------------------------------------- */

static void unreadable(const char *path)
{
    answer a;
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_BAD_TLS);
    assert_string_equal(a.judgement.diag.path, path);
    assert_int_equal(times_found(&a, "RFC5246-6.2.1-x01"), 1);
    done(&a);
}

static void unreadable_hello(const char *body, const char *path)
{
    begin(&t);
    message(true, 1, body);
    unreadable(path);
}

static void what_does_not_fit(void **state)
{
    (void)state;
    unreadable_hello("0303", "client[0].ClientHello.random");
    unreadable_hello("0303" RANDOM "21", "client[0].ClientHello.session_id");
    unreadable_hello("0303" RANDOM "00 0003 00a800 0100", "client[0].ClientHello.cipher_suites");
    unreadable_hello("0303" RANDOM "00 0000 0100", "client[0].ClientHello.cipher_suites");
    unreadable_hello("0303" RANDOM "00 ffff 00a8", "client[0].ClientHello.cipher_suites");
    unreadable_hello("0303" RANDOM "00 0002 00a8 00", "client[0].ClientHello.compression_methods");
    unreadable_hello("0303" RANDOM "00 0002 00a8 0100 0000 00", "client[0].ClientHello.extensions");
    unreadable_hello("0303" RANDOM "00 0002 00a8 0100 0004 0017 ffff", "client[0].ClientHello.extensions");
    unreadable_hello("0303" RANDOM "00 0002 00a8 0100 0006 002b 0002 0103", "client[0].ClientHello.extensions");
    unreadable_hello("0303" RANDOM "00 0002 00a8 0100 0009 0029 0005 0000 0001 00", "client[0].ClientHello.extensions");
    wanted w = usual();
    w.hint = "0004 68696e";
    handshake(&w);
    unreadable("server[2].ServerKeyExchange");
    w = usual();
    w.identity = "0000 00";
    handshake(&w);
    unreadable("client[3].ClientKeyExchange");
    static const char *const records[] = { "13 0303 0001 00", "19 0303 0001 00", "16 0203 0001 00",
                                           "16 0303 4001",    "17 0303 4801",    "16 0303 0000",
                                           "15 0303 0000",    "14 0303 0001 02", "14 0303 0002 0101" };
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        uint8_t octets[16];
        begin(&t);
        add_segment(&t, true, octets, from_hex(records[i], octets));
        answer a;
        judge(&t, &a);
        assert_int_equal(a.judgement.parse, TG_BAD_TLS);
        assert_int_equal(times_found(&a, "RFC5246-6.2.1-x01"), 1);
        done(&a);
    }
    begin(&t); /* ChangeCipherSpec within a handshake message */
    record(true, 22, 0x0303, "01000010 00");
    record(true, 20, 0x0303, "01");
    unreadable("client[1].ChangeCipherSpec");
}

static void what_came_before_is_judged(void **state)
{
    (void)state;
    wanted w = usual();
    w.suite = "00aa", w.suites = "00aa 00ff", w.identity = "0000 000101";
    handshake(&w);
    uint8_t octets[] = { 99, 3, 3, 0, 0 };
    add_segment(&t, true, octets, 4); /* not to be told yet */
    expect("TS33328-H.2-01 TS33328-H.2-02");
    t.num--;
    add_segment(&t, true, octets, 5);
    expect("RFC5246-6.2.1-x01 TS33328-H.2-01 TS33328-H.2-02");
}

/* ---- TLS 1.3 ------------------------------------------------------------------------------------------------ */

#define VERSION_13 "002b 0003 02 0304"
#define MODES(list) "002d 0002 01 " list
#define PSK(identity) "0029 002d 0008 0002 " identity " 00000000 0021 20" RANDOM

static void tls13(void **state)
{
    (void)state;
    wanted w = usual();
    w.suites = "1301", w.suite = "1301", w.client_extensions = VERSION_13 MODES("00") PSK("6964");
    w.server_extensions = "002b 0002 0304 0029 0002 0000";
    for (size_t i = 0; i < 2; i++) {
        begin(&t), t.tek = NULL, t.tls13_allowed = i == 1;
        client_hello(&w), server_hello(&w);
        expect(i ? "" : "TS33328-H.2-03 TS33328-H.2-x01");
    }
    t.identity13 = "6964";
    expect("");
    t.identity13 = "6965";
    expect("TS33328-H.2-03");
    w.server_extensions = "002b 0002 0304 0029 0002 0000 0033 0000";
    begin(&t), t.tek = NULL, t.tls13_allowed = true;
    client_hello(&w), server_hello(&w);
    expect("RFC5246-7.4.1.3-x01 TS33328-H.2-02"); /* key_share, which the client did not send */
    w.server_extensions = "002b 0002 0304";
    begin(&t), t.tek = NULL, t.tls13_allowed = true;
    client_hello(&w), server_hello(&w);
    expect("TS33328-H.2-01"); /* no PSK */
    w.no_server_hello = true, w.client_extensions = VERSION_13 MODES("01") PSK("6964");
    handshake(&w), t.tls13_allowed = true;
    expect("TS33328-H.2-02"); /* psk_dhe_ke alone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_in_what_is_usual),
        cmocka_unit_test(suites),
        cmocka_unit_test(suites_without_a_choice),
        cmocka_unit_test(versions),
        cmocka_unit_test(the_server_chooses_what_was_offered),
        cmocka_unit_test(identity_and_hint),
        cmocka_unit_test(renegotiation_is_signalled),
        cmocka_unit_test(alerts),
        cmocka_unit_test(order),
        cmocka_unit_test(a_session_taken_up_again_has_another_order),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(what_came_before_is_judged),
        cmocka_unit_test(tls13),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
