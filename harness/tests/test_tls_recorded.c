/* tls: handshakes that openssl and gnutls made: what is said of them with the right key, another, and none; cut
 * anywhere, cut off, and with an octet changed. */
#include "test_tls_support.h"

#define WRONG_TEK "ff0102030405060708090a0b0c0d0e0f"
#define KEY_ROWS "RFC5246-7.4.9-x01 TS33328-H.2-05"

static transcript t, cut;

/* ---- as they are -------------------------------------------------------------------------------------------- */

static void every_sample_is_proven_as_it_was_set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        const tg_tls_sample *s = &tg_tls_samples[i];
        answer a;
        load(&t, s);
        judge(&t, &a);
        const tg_tls_handshake *h = &a.judgement.handshake;
        if (a.status != TG_OK || a.judgement.parse != TG_OK || h->client != s->client || h->server != s->server)
            fail_msg("%s: %s, client %s, server %s", s->name, tg_status_name(a.judgement.parse),
                     tg_tls_proof_name(h->client), tg_tls_proof_name(h->server));
        bool has_failed = s->client == TG_TLS_FAILED || s->server == TG_TLS_FAILED;
        assert_int_equal(times_found(&a, "TS33328-H.2-05") > 0, has_failed);
        assert_int_equal(times_found(&a, "TS33328-J.1-02") > 0, has_failed);
        assert_int_equal(times_found(&a, "RFC5246-7.4.9-x01") > 0, has_failed);
        assert_int_equal(times_found(&a, "RFC5246-6.2.1-x01") + times_found(&a, "RFC5246-7.4-x01") +
                             times_found(&a, "RFC5246-7.4.1.3-x01"),
                         0);
        done(&a);
    }
}

static void the_ids_of_a_sample(const char *name, const char *ids)
{
    char found[1024];
    answer a;
    load(&t, sample_named(name));
    judge(&t, &a);
    ids_found(&a, found, sizeof found);
    if (strcmp(found, ids) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", name, found, ids);
    done(&a);
}

static void rows_are_found_where_they_were_broken(void **state)
{
    (void)state;
    the_ids_of_a_sample("openssl_gcm", "");
    the_ids_of_a_sample("openssl_hint", "");
    the_ids_of_a_sample("openssl_dtls_gcm", "");
    the_ids_of_a_sample("openssl_ticket", "");
    the_ids_of_a_sample("openssl_renegotiation", "");
    the_ids_of_a_sample("openssl_13_ke", "");
    the_ids_of_a_sample("gnutls_13", "");
    the_ids_of_a_sample("openssl_13_retry", "TS33328-H.2-02");
    the_ids_of_a_sample("openssl_null", "TS33328-5.3-01");
    the_ids_of_a_sample("openssl_identity", "TS33328-H.2-03");
    the_ids_of_a_sample("openssl_dhe", "TS33328-H.2-01 TS33328-H.2-02");
    the_ids_of_a_sample("openssl_rsa_psk", "TS33328-H.2-01");
    the_ids_of_a_sample("openssl_tls10", "TS33328-H.2-x01"); /* RFC 5487 1.1: its section 3 may be chosen there */
    the_ids_of_a_sample("openssl_wrong_server", "TS33328-H.2-x02");
    the_ids_of_a_sample("openssl_wrong_client", KEY_ROWS " TS33328-J.1-02");
    the_ids_of_a_sample("gnutls_no_extensions", "RFC5746-3.4-x01 TS33328-H.2-03");
}

static void what_was_sent_is_said(void **state)
{
    (void)state;
    answer a;
    const tg_tls_handshake *h = &a.judgement.handshake;
    load(&t, sample_named("openssl_hint"));
    judge(&t, &a);
    assert_true(h->has_client_hello && h->has_server_hello && h->complete && !h->resumed);
    assert_int_equal(h->version, 0x0303);
    assert_int_equal(h->suite, 0x00A8);
    assert_true(h->has_hint && tg_bytes_equal(h->hint, tg_bytes_of("hint", 4)));
    assert_true(h->has_identity && h->identity.len == 0);
    assert_true(h->extended_master_secret && !h->encrypt_then_mac);
    assert_true(h->renegotiation_info_client && h->renegotiation_info_server);
    assert_int_equal(h->num_offered, 2);
    assert_int_equal(h->num_application[1], 1);
    assert_int_equal(a.judgement.reception, TG_RECEPTION_ACCEPT);
    done(&a);
    load(&t, sample_named("openssl_identity"));
    judge(&t, &a);
    assert_true(tg_bytes_equal(h->identity, tg_bytes_of("Client_identity", 15)));
    done(&a);
    load(&t, sample_named("openssl_renegotiation"));
    judge(&t, &a);
    assert_int_equal(h->renegotiations, 1);
    done(&a);
    load(&t, sample_named("openssl_ticket"));
    judge(&t, &a);
    assert_true(h->session_offered && h->resumed && h->complete && !h->has_identity);
    done(&a);
    load(&t, sample_named("openssl_13_retry"));
    judge(&t, &a);
    assert_true(h->hello_retry_request && h->complete);
    assert_int_equal(h->version, 0x0304);
    done(&a);
    load(&t, sample_named("gnutls_dtls"));
    judge(&t, &a);
    assert_true(h->hello_verify_request && h->complete);
    assert_int_equal(h->version, 0xFEFD);
    done(&a);
}

/* ---- alerts ------------------------------------------------------------------------------------------------- */

static void one_alert(const char *name, const char *tek, size_t n, bool from_client, const char *description)
{
    answer a;
    load(&t, sample_named(name));
    t.tek = tek;
    judge(&t, &a);
    assert_true(n < a.judgement.handshake.num_alerts);
    const tg_tls_alert *alert = &a.judgement.handshake.alerts[n];
    assert_int_equal(alert->from_client, from_client);
    assert_int_equal(alert->encrypted, description == NULL);
    if (description)
        assert_string_equal(tg_tls_alert_name(alert->description), description);
    done(&a);
}

static void alerts_are_read_where_they_open(void **state)
{
    (void)state;
    one_alert("gnutls_ccm", TG_TLS_SAMPLE_TEK, 0, true, "close_notify");
    one_alert("gnutls_ccm", TG_TLS_SAMPLE_TEK, 1, false, "close_notify");
    one_alert("gnutls_ccm", WRONG_TEK, 0, true, NULL);
    one_alert("gnutls_ccm", NULL, 1, false, NULL);
    one_alert("openssl_wrong_client", TG_TLS_SAMPLE_TEK, 0, false, "bad_record_mac");
    one_alert("openssl_13_key_update", TG_TLS_SAMPLE_TEK, 0, true,
              "close_notify"); /* under the third key of that end */
    one_alert("openssl_renegotiation", TG_TLS_SAMPLE_TEK, 0, true, NULL);
    assert_null(tg_tls_alert_name(255));
}

/* ---- other keys --------------------------------------------------------------------------------------------- */

static void another_tek_verifies_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        const tg_tls_sample *s = &tg_tls_samples[i];
        answer a;
        load(&t, s);
        t.tek = WRONG_TEK;
        judge(&t, &a);
        const tg_tls_handshake *h = &a.judgement.handshake;
        if (s->client == TG_TLS_VERIFIED && strcmp(s->name, "openssl_wrong_server") != 0)
            assert_int_equal(h->client, TG_TLS_FAILED);
        assert_int_not_equal(h->server, TG_TLS_VERIFIED);
        assert_int_equal(h->server == TG_TLS_ABSENT, s->server == TG_TLS_ABSENT);
        done(&a);
        t.tek = NULL;
        judge(&t, &a);
        assert_int_equal(h->client, s->client == TG_TLS_ABSENT ? TG_TLS_ABSENT : TG_TLS_NOT_TRIED);
        assert_int_equal(h->server, s->server == TG_TLS_ABSENT ? TG_TLS_ABSENT : TG_TLS_NOT_TRIED);
        assert_int_equal(times_found(&a, "TS33328-H.2-05"), 0);
        done(&a);
    }
}

/* The key that the other end had is the right one for it. */
static void each_end_has_its_own_key(void **state)
{
    (void)state;
    answer a;
    load(&t, sample_named("openssl_wrong_client"));
    t.tek = WRONG_TEK;
    judge(&t, &a);
    assert_int_equal(a.judgement.handshake.client, TG_TLS_VERIFIED);
    assert_int_equal(times_found(&a, "TS33328-H.2-x02"), 1);
    done(&a);
}

/* ---- cut otherwise ------------------------------------------------------------------------------------------ */

static void same(const answer *a, const answer *b)
{
    const tg_tls_handshake *x = &a->judgement.handshake, *y = &b->judgement.handshake;
    char ids_a[1024], ids_b[1024];
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->judgement.parse, b->judgement.parse);
    assert_int_equal(a->judgement.num_findings, b->judgement.num_findings);
    ids_found(a, ids_a, sizeof ids_a);
    ids_found(b, ids_b, sizeof ids_b);
    assert_string_equal(ids_a, ids_b);
    assert_int_equal(x->client, y->client);
    assert_int_equal(x->server, y->server);
    assert_int_equal(x->version, y->version);
    assert_int_equal(x->suite, y->suite);
    assert_int_equal(x->resumed, y->resumed);
    assert_int_equal(x->complete, y->complete);
    assert_int_equal(x->renegotiations, y->renegotiations);
    assert_int_equal(x->num_alerts, y->num_alerts);
    assert_true(tg_bytes_equal(x->identity, y->identity) && tg_bytes_equal(x->hint, y->hint));
    assert_memory_equal(x->alerts, y->alerts, sizeof x->alerts);
}

static void it_does_not_matter_where_segments_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i++) {
        answer whole, pieces;
        load(&t, &tg_tls_samples[i]);
        if (t.datagrams)
            continue;
        judge(&t, &whole);
        for (size_t size = 1; size < 40; size = size * 2 + 1) {
            begin(&cut);
            cut.tls13_allowed = t.tls13_allowed;
            for (size_t n = 0; n < t.num; n++) {
                tg_bytes left = t.segments[n].octets;
                for (size_t take; left.len; left = tg_bytes_of(left.data + take, left.len - take)) {
                    take = left.len < size ? left.len : size;
                    add_segment(&cut, t.segments[n].from_client, left.data, take);
                }
            }
            judge(&cut, &pieces);
            same(&whole, &pieces);
            done(&pieces);
        }
        done(&whole);
    }
}

/* What is cut off at its end is no error, and proves no more than the whole. */
static void a_transcript_may_end_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i += 3) {
        const tg_tls_sample *s = &tg_tls_samples[i];
        load(&cut, s);
        size_t full = cut.num;
        for (size_t n = 0; n < full; n++) {
            size_t len = cut.segments[n].octets.len;
            for (size_t left = 0; left < len; left += 1 + len / 40) {
                answer a;
                load(&cut, s);
                cut.num = n + 1;
                cut.segments[n].octets.len = left;
                judge(&cut, &a);
                assert_int_equal(a.status, TG_OK);
                if (!s->datagrams)
                    assert_int_equal(a.judgement.parse, TG_OK);
                /* A binder is judged with the hash of SHA-256 before a suite was chosen: these samples have no other.
                 * */
                tg_tls_proof client = a.judgement.handshake.client, server = a.judgement.handshake.server;
                assert_true(client == TG_TLS_ABSENT || client == s->client);
                assert_true(server == TG_TLS_ABSENT || server == s->server);
                done(&a);
            }
        }
    }
}

static void a_record_that_one_end_leaves_off_is_truncated(void **state)
{
    (void)state;
    answer a;
    load(&t, sample_named("openssl_gcm"));
    t.num = 2;
    t.segments[0].octets.len--; /* ClientHello; the server answers nevertheless */
    judge(&t, &a);
    assert_int_equal(a.judgement.parse, TG_TRUNCATED);
    assert_int_equal(times_found(&a, "RFC5246-6.2.1-x01"), 1);
    assert_string_equal(a.judgement.diag.path, "client[0]");
    assert_int_equal(a.judgement.reception, TG_RECEPTION_REJECT);
    done(&a);
}

/* ---- an octet changed --------------------------------------------------------------------------------------- */

/* What is in the transcript is covered by Finished: with another octet anywhere nothing verifies that did not before,
 * and the ends are not both verified unless the octet lies outside the handshake. */
static void a_changed_octet_is_never_proven(void **state)
{
    (void)state;
    static const char *const names[] = { "openssl_gcm",      "openssl_cbc_sha1", "openssl_cbc_sha256",
                                         "openssl_ccm_8",    "openssl_chacha",   "openssl_null",
                                         "openssl_dtls_cbc", "gnutls_no_ems",    "openssl_13_ke" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        load(&t, sample_named(names[i]));
        /* Handshake records alone: those before the first of application data or of alerts. */
        size_t num = t.datagrams ? 7 : t.tls13_allowed ? 2 : 4;
        for (size_t n = 0; n < num; n++) {
            for (size_t at = 0; at < t.segments[n].octets.len; at++) {
                answer a;
                uint8_t *octet = &t.octets[(size_t)(t.segments[n].octets.data - t.octets) + at];
                *octet ^= 0x01;
                judge(&t, &a);
                assert_true(a.status == TG_OK || a.status == TG_TOO_LARGE);
                const tg_tls_handshake *h = &a.judgement.handshake;
                bool is_header = !t.datagrams && at < 5; /* the version of a record in clear is not covered */
                if (h->client == TG_TLS_VERIFIED && h->server == TG_TLS_VERIFIED && !is_header && !t.datagrams) {
                    /* Else it is the version of another record in the same segment. */
                    assert_int_equal(a.judgement.parse, TG_OK);
                    assert_true(t.octets[(size_t)(octet - t.octets) - 2] >= 20 && octet[-1] == 0x03);
                }
                done(&a);
                *octet ^= 0x01;
            }
        }
    }
}

/* The record behind the client's ChangeCipherSpec, cut to each length: nothing of it verifies, and nothing is out of
 * bounds. */
static void a_finished_of_any_length_fails(void **state)
{
    (void)state;
    static const char *const names[] = { "openssl_gcm",   "openssl_cbc_sha1", "openssl_cbc_sha256", "openssl_ccm",
                                         "openssl_ccm_8", "openssl_chacha",   "openssl_null" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        load(&t, sample_named(names[i]));
        tg_bytes flight = t.segments[2].octets; /* ClientKeyExchange, ChangeCipherSpec, Finished */
        size_t at = 0, len = 0;
        for (size_t n = 0; n < 3; n++) {
            at += n ? 5 + len : 0;
            len = (size_t)flight.data[at + 3] << 8 | flight.data[at + 4];
        }
        assert_int_equal(at + 5 + len, flight.len);
        for (size_t shorter = 0; shorter < len; shorter++) {
            uint8_t octets[512];
            answer a;
            memcpy(octets, flight.data, at + 5 + shorter);
            octets[at + 3] = 0;
            octets[at + 4] = (uint8_t)shorter;
            load(&cut, sample_named(names[i]));
            cut.num = 2;
            add_segment(&cut, true, octets, at + 5 + shorter);
            judge(&cut, &a);
            assert_int_equal(a.status, TG_OK);
            assert_int_equal(a.judgement.handshake.client, TG_TLS_FAILED);
            done(&a);
        }
    }
}

/* The server's Finished is judged also where the client's does not open: over the one that the client should have sent. */
static void one_end_may_fail_alone(void **state)
{
    (void)state;
    static const char *const names[] = { "openssl_gcm", "openssl_cbc_sha1", "openssl_null", "gnutls_no_ems",
                                         "gnutls_ccm" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t n = 2; n < 4; n++) { /* the segment of the client's Finished, that of the server's */
            answer a;
            load(&t, sample_named(names[i]));
            t.octets[(size_t)(t.segments[n].octets.data - t.octets) + t.segments[n].octets.len - 1] ^= 1;
            judge(&t, &a);
            assert_int_equal(a.judgement.handshake.client, n == 2 ? TG_TLS_FAILED : TG_TLS_VERIFIED);
            assert_int_equal(a.judgement.handshake.server, n == 2 ? TG_TLS_VERIFIED : TG_TLS_FAILED);
            assert_int_equal(times_found(&a, "TS33328-H.2-x02"), 1);
            assert_int_equal(times_found(&a, "TS33328-H.2-05"), 1);
            assert_int_equal(a.judgement.reception, TG_RECEPTION_REJECT);
            done(&a);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_is_proven_as_it_was_set_up),
        cmocka_unit_test(rows_are_found_where_they_were_broken),
        cmocka_unit_test(what_was_sent_is_said),
        cmocka_unit_test(alerts_are_read_where_they_open),
        cmocka_unit_test(another_tek_verifies_nothing),
        cmocka_unit_test(each_end_has_its_own_key),
        cmocka_unit_test(it_does_not_matter_where_segments_are_cut),
        cmocka_unit_test(a_transcript_may_end_anywhere),
        cmocka_unit_test(a_record_that_one_end_leaves_off_is_truncated),
        cmocka_unit_test(a_changed_octet_is_never_proven),
        cmocka_unit_test(a_finished_of_any_length_fails),
        cmocka_unit_test(one_end_may_fail_alone),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
