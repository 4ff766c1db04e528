/* e2ae security of MSRP and BFCP: on a leg, on both sides of the P-CSCF, on the connections. Each row kept, and broken in one place. */
#include <openssl/evp.h>

#include "test_calls_lines.h"
#include "test_calls_support.h"

static unsigned num_registers;
static const char *register_more = "";

static void ask_to_register(const char *who, const char *ue, const char *client)
{
    char head[1024];
    snprintf(head, sizeof head,
             "REGISTER sip:example.com SIP/2.0\nFrom: <sip:%s@example.com>;tag=r\nTo: "
             "<sip:%s@example.com>\nCall-ID: r-%s-%s\nCSeq: %u REGISTER\n%s%s%s%s",
             who, who, who, ue, ++num_registers, register_more, client ? "Security-Client: " : "", client ? client : "",
             client ? "\n" : "");
    sip(ue, EDGE, head, NULL);
}

static void answer_register(const char *who, const char *ue, unsigned status, const char *server)
{
    char head[1024];
    snprintf(head, sizeof head,
             "SIP/2.0 %u Word\nFrom: <sip:%s@example.com>;tag=r\nTo: "
             "<sip:%s@example.com>;tag=s\nCall-ID: r-%s-%s\nCSeq: %u REGISTER\n%s%s%s",
             status, who, who, who, ue, num_registers, server ? "Security-Server: " : "", server ? server : "",
             server ? "\n" : "");
    sip(EDGE, ue, head, NULL);
}

static void register_as(const char *who, const char *ue, const char *client, const char *server)
{
    ask_to_register(who, ue, client);
    answer_register(who, ue, 200, server);
}

static void register_ue(const char *ue, const char *client, const char *server)
{
    register_as("alice", ue, client, server);
}

/* An offer from the UE and the answer to it, by the edge: what lies between does not show. */
static void one_leg(const char *offer, const char *answer, const char *findings)
{
    request(UE, EDGE, "INVITE", 1, "", offer);
    if (answer) {
        response(EDGE, UE, 200, "INVITE", 1, "b", answer);
        request(UE, EDGE, "ACK", 1, "b", NULL);
    }
    expect(findings);
}

static void fingerprint_of_an_offer(void **state)
{
    (void)state;
    begin();
    one_leg(sdp(1, TLS_LINE ASK FP, PRINT_1), NULL, "");
    begin();
    one_leg(sdp(1, TLS_LINE ASK), NULL, "TS33328-7.2.1-02@1");
    begin(); /* that of the session */
    one_leg(sdp(1, FP TLS_LINE ASK, PRINT_1), NULL, "");
    begin(); /* not indicated */
    one_leg(sdp(1, TLS_LINE), NULL, "");
    begin();
    one_leg(sdp(1, "m=application 7000 TCP/TLS/BFCP *\n" ASK), NULL, "TS33328-G.2-01@1");
    begin();
    one_leg(sdp(1, TLS_LINE APPLY), NULL, "TS33328-7.3.1-01@1");
    begin();
    one_leg(sdp(1, "m=application 7000 TCP/BFCP *\n" ASK FP, PRINT_1), NULL, "TS33328-G.2-02@1");
    begin(); /* a profile calls it by another name */
    room.profile.indications.attribute = "e2ae-security";
    one_leg(sdp(1, TLS_LINE ASK), NULL, "");
    begin();
    room.profile.indications.attribute = "e2ae-security";
    one_leg(sdp(1, TLS_LINE "a=e2ae-security:requested\n"), NULL, "TS33328-7.2.1-02@1");
}

static void registrations(void **state)
{
    (void)state;
    begin();
    register_ue(UE, "ipsec-3gpp;alg=hmac-sha-1-96, msrp-tls;mediasec", "msrp-tls;mediasec");
    one_leg(sdp(1, TLS_LINE ASK FP, PRINT_1), NULL, "");
    begin();
    register_ue(UE, "msrp-tls;mediasec", "msrp-tls ; mediasec");
    one_leg(sdp(1, TCP_LINE), NULL, "TS33328-7.2.1-01@3");
    begin(); /* the network does not say it */
    register_ue(UE, "msrp-tls;mediasec", "sdes-srtp;mediasec");
    one_leg(sdp(1, TCP_LINE), NULL, "");
    begin();
    register_ue(UE, "msrp-tls;mediasec", NULL);
    one_leg(sdp(1, TCP_LINE), NULL, "");
    begin(); /* e2e security */
    register_ue(UE, "msrp-tls;mediasec", "msrp-tls;mediasec");
    one_leg(sdp(1, TLS_LINE KEY, base64_of(&transfer_init)), NULL, "");
    begin(); /* somebody else */
    register_ue(PEER, "msrp-tls;mediasec", "msrp-tls;mediasec");
    one_leg(sdp(1, TCP_LINE), NULL, "");
    begin();
    register_ue(UE, "bfcp-tls;mediasec", "bfcp-tls;mediasec");
    one_leg(sdp(1, "m=application 7000 TCP/BFCP *\n"), NULL, "TS33328-G.2-01@3");
}

static void answers_on_a_leg(void **state)
{
    (void)state;
    begin();
    one_leg(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2), "");
    begin();
    one_leg(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, TCP_LINE), "TS33328-7.2.1-05@2");
    begin();
    one_leg(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, TLS_LINE), "TS33328-7.2.1-05@2");
    begin();
    one_leg(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, "m=message 0 TCP/MSRP *\n"), "");
    begin();
    one_leg(sdp(1, TLS_LINE APPLY FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2), "");
    begin();
    one_leg(sdp(1, TLS_LINE APPLY FP, PRINT_1), sdp(10, TLS_LINE), "TS33328-7.3.1-02@2");
    begin();
    one_leg(sdp(1, TLS_LINE APPLY FP, PRINT_1), sdp(10, "m=message 0 TCP/TLS/MSRP *\n"), "");
}

/* UE -> edge -> core, and back. */
static void originating(const char *by_ue, const char *to_core, const char *from_core, const char *to_ue,
                        const char *findings)
{
    request(UE, EDGE, "INVITE", 1, "", by_ue);
    request(EDGE, CORE, "INVITE", 1, "", to_core);
    response(CORE, EDGE, 200, "INVITE", 1, "b", from_core);
    response(EDGE, UE, 200, "INVITE", 1, "b", to_ue);
    expect(findings);
}

static void originating_side(void **state)
{
    const char *ask = sdp(1, TLS_LINE ASK FP, PRINT_1);
    char by_ue[2048];
    (void)state;
    snprintf(by_ue, sizeof by_ue, "%s", ask);
    begin();
    originating(by_ue, sdp(10, TCP_LINE), sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_2), "");
    begin();
    originating(by_ue, by_ue, sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_2), "TS33328-7.2.1-03@2");
    begin();
    originating(by_ue, sdp(10, TCP_LINE FP, PRINT_1), sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_2),
                "TS33328-7.2.1-03@2");
    begin();
    originating(by_ue, sdp(10, TCP_LINE ASK), sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_2),
                "TS33328-7.2.1-02@2 TS33328-7.2.1-03@2");
    begin(); /* the fingerprint of somebody in the core */
    originating(by_ue, sdp(10, TCP_LINE), sdp(20, TLS_LINE FP, PRINT_2), sdp(10, TLS_LINE FP, PRINT_2),
                "TS33328-7.2.1-05@4");
    begin(); /* TLS in the core */
    room.profile.settings.e2ae_core = TG_E2AE_CORE_TLS;
    originating(by_ue, sdp(10, TLS_LINE FP, PRINT_2), sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_2), "");
    assert_string_equal(room.notes, "core_tls@2");
    begin();
    room.profile.settings.e2ae_core = TG_E2AE_CORE_TLS;
    originating(by_ue, sdp(10, TLS_LINE FP, PRINT_1), sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_2),
                "TS33328-7.2.1-03@2");
    begin(); /* BFCP */
    originating(sdp(1, "m=application 7 TCP/TLS/BFCP *\n" ASK FP, PRINT_1),
                sdp(10, "m=application 7 TCP/TLS/BFCP *\n" FP, PRINT_1), sdp(20, "m=application 7 TCP/BFCP *\n"),
                sdp(10, "m=application 7 TCP/TLS/BFCP *\n" FP, PRINT_2), "TS33328-G.2-01@2");
}

/* Core -> edge -> peer (who registered), and back. */
static void terminating(const char *by_core, const char *to_peer, const char *by_peer, const char *to_core,
                        const char *findings)
{
    request(CORE, EDGE, "INVITE", 1, "", by_core);
    request(EDGE, PEER, "INVITE", 1, "", to_peer);
    response(PEER, EDGE, 200, "INVITE", 1, "b", by_peer);
    response(EDGE, CORE, 200, "INVITE", 1, "b", to_core);
    expect(findings);
}

static void terminating_side(void **state)
{
    (void)state;
    for (int registered = 0; registered < 2; registered++) {
        begin();
        if (registered)
            register_as("bob", PEER, "msrp-tls;mediasec", "msrp-tls;mediasec");
        terminating(sdp(20, TCP_LINE), sdp(10, TLS_LINE APPLY FP, PRINT_1), sdp(2, TLS_LINE FP, PRINT_2),
                    sdp(10, TCP_LINE), "");
        begin();
        if (registered)
            register_as("bob", PEER, "msrp-tls;mediasec", "msrp-tls;mediasec");
        terminating(sdp(20, TCP_LINE), sdp(10, TCP_LINE), sdp(2, TCP_LINE), sdp(10, TCP_LINE),
                    registered ? "TS33328-7.3.1-01@4" : "");
        begin();
        if (registered)
            register_as("bob", PEER, "msrp-tls;mediasec", "msrp-tls;mediasec");
        terminating(sdp(20, TCP_LINE), sdp(10, TLS_LINE FP, PRINT_1), sdp(2, TLS_LINE FP, PRINT_2), sdp(10, TCP_LINE),
                    registered ? "TS33328-7.3.1-01@4" : "");
    }
    begin();
    terminating(sdp(20, TCP_LINE), sdp(10, TLS_LINE APPLY FP, PRINT_1), sdp(2, TLS_LINE FP, PRINT_2),
                sdp(10, TLS_LINE FP, PRINT_2), "TS33328-7.3.1-04@4");
    begin();
    terminating(sdp(20, TCP_LINE), sdp(10, TLS_LINE APPLY FP, PRINT_1), sdp(2, TLS_LINE FP, PRINT_2),
                sdp(10, TCP_LINE FP, PRINT_2), "TS33328-7.3.1-04@4");
    begin();
    room.profile.settings.e2ae_core = TG_E2AE_CORE_TLS;
    terminating(sdp(20, TCP_LINE), sdp(10, TLS_LINE APPLY FP, PRINT_1), sdp(2, TLS_LINE FP, PRINT_2),
                sdp(10, TLS_LINE FP, PRINT_1), "");
}

static void over_linked_calls(void **state)
{
    (void)state;
    begin(); /* the edge is a back-to-back user agent: another Call-ID, the same charging identity */
    more_headers = "P-Charging-Vector: icid-value=\"abc\";orig-ioi=example.com\n";
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
    call_id = "c2@example.com";
    request(EDGE, CORE, "INVITE", 71, "", sdp(10, TLS_LINE FP, PRINT_1));
    call_id = "c1@example.com";
    more_headers = "";
    expect("TS33328-7.2.1-03@2");
    assert_int_equal(room.last.call_number, 1);
    begin(); /* the one that goes on was quiet, and is closed first */
    more_headers = "P-Charging-Vector: icid-value=\"abc\";orig-ioi=example.com\n";
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
    call_id = "c2@example.com";
    request(EDGE, CORE, "INVITE", 71, "", sdp(10, TLS_LINE FP, PRINT_1));
    more_headers = "";
    room.time += (int64_t)100 * 1000000000;
    call_id = "c1@example.com";
    response(EDGE, UE, 180, "INVITE", 1, "b", NULL);
    room.time += (int64_t)100 * 1000000000;
    call_id = "c3@example.com";
    request(UE, EDGE, "OPTIONS", 1, "", NULL);
    assert_string_equal(room.calls_closed, "1");
    assert_string_equal(room.findings, "TS33328-7.2.1-03@2");
    call_id = "c1@example.com";
    expect("TS33328-7.2.1-03@2");
    begin(); /* without anything that links them */
    request(UE, EDGE, "INVITE", 1, "", sdp(1, TLS_LINE ASK FP, PRINT_1));
    call_id = "c2@example.com";
    request(EDGE, CORE, "INVITE", 71, "", sdp(10, TLS_LINE FP, PRINT_1));
    call_id = "c1@example.com";
    expect("");
}

/* ---- connections ------------------------------------------------------------------------------------------------------ */

static uint8_t certificate[600];

/* "sha-256 AA:BB..." of the certificate, in `text`. */
static const char *fingerprint_of(const char *name, const EVP_MD *hash)
{
    static char text[300];
    uint8_t digest[64];
    unsigned len = 0;
    assert_int_equal(EVP_Digest(certificate, sizeof certificate, digest, &len, hash, NULL), 1);
    int at = snprintf(text, sizeof text, "a=fingerprint:%s ", name);
    for (unsigned i = 0; i < len; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%02X", i ? ":" : "", digest[i]);
    snprintf(text + at, sizeof text - (size_t)at, "\n");
    return text;
}

static void tls(const char *source, const char *destination, const uint8_t *octets, size_t len, size_t pieces)
{
    for (size_t at = 0; at < len;) {
        size_t piece = pieces && len - at > pieces ? pieces : len - at;
        take_octets_of(TGP_UNIT_TLS, source, destination, 5, octets + at, piece);
        at += piece;
    }
}

static size_t put_message(uint8_t *out, uint8_t type, const uint8_t *body, size_t len)
{
    out[0] = type;
    out[1] = (uint8_t)(len >> 16);
    out[2] = (uint8_t)(len >> 8);
    out[3] = (uint8_t)len;
    memcpy(out + 4, body, len);
    return len + 4;
}

static size_t put_record(uint8_t *out, uint8_t type, const uint8_t *body, size_t len)
{
    const uint8_t head[5] = { type, 3, 3, (uint8_t)(len >> 8), (uint8_t)len };
    memcpy(out, head, 5);
    memcpy(out + 5, body, len);
    return len + 5;
}

static size_t put_certificate(uint8_t *out)
{
    uint8_t body[6 + sizeof certificate];
    size_t len = sizeof certificate, list = len + 3;
    const uint8_t lengths[6] = { 0, (uint8_t)(list >> 8), (uint8_t)list, 0, (uint8_t)(len >> 8), (uint8_t)len };
    memcpy(body, lengths, 6);
    memcpy(body + 6, certificate, len);
    return put_message(out, 11, body, sizeof body);
}

/* The UE is the client, and sends a certificate where `client_certificate`; the server has one where the suite wants it. */
static void handshake(const char *client, const char *server, uint16_t suite, bool client_certificate, bool completed,
                      size_t pieces)
{
    static const uint8_t finished[16] = { 1, 2, 3 }, one = 1;
    uint8_t messages[2048], out[4096], hello[38] = { 3, 3 };
    for (size_t i = 0; i < sizeof certificate; i++)
        certificate[i] = (uint8_t)i;
    size_t len = put_message(messages, 1, hello, sizeof hello);
    tls(client, server, out, put_record(out, 22, messages, len), pieces);
    hello[35] = (uint8_t)(suite >> 8);
    hello[36] = (uint8_t)suite;
    len = put_message(messages, 2, hello, sizeof hello);
    if (!client_certificate)
        len += put_certificate(messages + len);
    size_t all = put_record(out, 22, messages, len);
    tls(server, client, out, all, pieces);
    all = 0;
    if (client_certificate) {
        len = put_certificate(messages);
        all = put_record(out, 22, messages, 100); /* over two records */
        all += put_record(out + all, 22, messages + 100, len - 100);
    }
    all += put_record(out + all, 20, &one, 1);
    all += put_record(out + all, 22, finished, sizeof finished);
    tls(client, server, out, all, pieces);
    if (completed) {
        all = put_record(out, 20, &one, 1);
        tls(server, client, out, all, pieces);
    }
}

#define RSA_SUITE 0xC02F
#define PSK_SUITE 0x00A8

static void with_connection(const char *offer, const char *answer)
{
    request(UE, EDGE, "INVITE", 1, "", offer);
    response(EDGE, UE, 200, "INVITE", 1, "b", answer);
}

static void certificates(void **state)
{
    static const struct {
        const char *name;
        const EVP_MD *(*hash)(void);
        const char *findings;
    } cases[] = { { "SHA-256", EVP_sha256, "" }, { "sha-1", EVP_sha1, "" },
                  { "sha-384", EVP_sha384, "" }, { "sha-512", EVP_sha512, "" },
                  { "sha-224", EVP_sha224, "" }, { "sha-256", EVP_sha3_256, "TS33328-7.2.1-04@6" },
                  { "md5", EVP_sha1, "" } };
    (void)state;
    for (size_t i = 0; i < sizeof certificate; i++)
        certificate[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        with_connection(sdp(1, TLS_LINE ASK "%s", fingerprint_of(cases[i].name, cases[i].hash())),
                        sdp(10, TLS_LINE FP, PRINT_2));
        room.frame++; /* 4 and 5 are the hellos */
        handshake("192.0.2.1:9000", EDGE ":7000", RSA_SUITE, true, true, 0);
        expect(cases[i].findings);
    }
    begin(); /* not completed */
    with_connection(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", RSA_SUITE, true, false, 0);
    expect("");
    begin(); /* one of several fingerprints fits */
    with_connection(sdp(1, TLS_LINE ASK FP "%s", PRINT_1, fingerprint_of("sha-256", EVP_sha256())),
                    sdp(10, TLS_LINE FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", RSA_SUITE, true, true, 1);
    expect("");
    begin(); /* cut anywhere; the UE is the server: the answerer, with e2ae security applied */
    with_connection(sdp(1, TLS_LINE APPLY FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", RSA_SUITE, false, true, 7);
    finish();
    assert_memory_equal(room.findings, "TS33328-7.3.1-03@", 17);
}

static void suites(void **state)
{
    (void)state;
    begin();
    with_connection(sdp(1, TLS_LINE FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", PSK_SUITE, true, true, 0);
    expect("TS33328-6.2.1.2-01@4");
    begin();
    with_connection(sdp(1, TLS_LINE FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", 0x0034, true, true, 0); /* TLS_DH_anon_WITH_AES_128_CBC_SHA */
    expect("TS33328-6.2.1.2-01@4");
    begin();
    with_connection(sdp(1, TLS_LINE FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", RSA_SUITE, true, true, 0);
    expect("");
    begin();
    with_connection(sdp(1, "m=application 7000 TCP/TLS/BFCP *\n" FP, PRINT_1),
                    sdp(10, "m=application 7000 TCP/TLS/BFCP *\n" FP, PRINT_2));
    handshake("192.0.2.1:9000", EDGE ":7000", PSK_SUITE, true, true, 0);
    expect("TS33328-G.2-01@4");
    begin(); /* key-mgmt covers it: PSK is what is wanted */
    with_connection(sdp(1, TLS_LINE KEY, base64_of(&transfer_init)), sdp(10, TLS_LINE KEY, base64_of(&transfer_resp)));
    handshake("192.0.2.1:9000", EDGE ":7000", PSK_SUITE, true, true, 0);
    expect("");
}

static void first_octets(void **state)
{
    static const char msrp[] = "MSRP d93kswow SEND\r\n-------d93kswow$\r\n";
    (void)state;
    begin();
    with_connection(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    take_octets_of(TGP_UNIT_MSRP, "192.0.2.1:9000", EDGE ":7000", 6, msrp, sizeof msrp - 1);
    take_octets_of(TGP_UNIT_MSRP, "192.0.2.1:9000", EDGE ":7000", 6, msrp, sizeof msrp - 1);
    expect("TS33328-7.2.1-06@3");
    begin();
    with_connection(sdp(1, TLS_LINE APPLY FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    take_octets_of(TGP_UNIT_MSRP, "192.0.2.1:9000", EDGE ":7000", 6, msrp, sizeof msrp - 1);
    expect("TS33328-7.3.1-05@3");
    for (int by_answerer = 0; by_answerer < 2; by_answerer++) {
        begin();
        with_connection(sdp(1, TLS_LINE KEY, base64_of(&transfer_init)),
                        sdp(10, TLS_LINE KEY, base64_of(&transfer_resp)));
        take_octets_of(TGP_UNIT_MSRP, by_answerer ? EDGE ":7000" : "192.0.2.1:9000",
                       by_answerer ? "192.0.2.1:9000" : EDGE ":7000", 6, msrp, sizeof msrp - 1);
        expect(by_answerer ? "TS33328-7.3.3-01@3" : "TS33328-7.2.3-01@3");
    }
    begin(); /* another address: not this m-line's */
    with_connection(sdp(1, TLS_LINE ASK FP, PRINT_1), sdp(10, TLS_LINE FP, PRINT_2));
    take_octets_of(TGP_UNIT_MSRP, "192.0.2.9:9000", EDGE ":7000", 6, msrp, sizeof msrp - 1);
    expect("");
    begin(); /* a=path names the end */
    with_connection(sdp(1, "m=message 9 TCP/TLS/MSRP *\na=path:msrps://192.0.2.1:9/x;tcp\n" ASK FP, PRINT_1),
                    sdp(10, "m=message 9 TCP/TLS/MSRP *\na=path:msrps://u@192.0.2.10:7654/y;tcp\n" FP, PRINT_2));
    take_octets_of(TGP_UNIT_MSRP, "192.0.2.1:9000", EDGE ":7654", 6, msrp, sizeof msrp - 1);
    expect("TS33328-7.2.1-06@3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprint_of_an_offer),
        cmocka_unit_test(registrations),
        cmocka_unit_test(answers_on_a_leg),
        cmocka_unit_test(originating_side),
        cmocka_unit_test(terminating_side),
        cmocka_unit_test(over_linked_calls),
        cmocka_unit_test(certificates),
        cmocka_unit_test(suites),
        cmocka_unit_test(first_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
