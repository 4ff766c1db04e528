/* tls: DTLS: datagrams lost, doubled, late; messages in fragments; records and fragments that do not fit or
 * contradict one another. And the limits of the room. */
#include "test_tls_support.h"

enum { RECORD = 13, FRAGMENT = 12 };
static transcript t, changed;

static void copy_segment(size_t n)
{
    add_segment(&changed, t.segments[n].from_client, t.segments[n].octets.data, t.segments[n].octets.len);
}

static void begin_changed(void)
{
    begin(&changed);
    changed.datagrams = true;
}

static void both_verify(const transcript *of)
{
    answer a;
    judge(of, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_OK);
    assert_int_equal(a.judgement.handshake.client, TG_TLS_VERIFIED);
    assert_int_equal(a.judgement.handshake.server, TG_TLS_VERIFIED);
    assert_true(a.judgement.handshake.complete);
    assert_int_equal(times_found(&a, "RFC5246-7.4-x01"), 0);
    done(&a);
}

static void datagrams_may_come_twice(void **state)
{
    (void)state;
    static const char *const names[] = { "openssl_dtls_gcm", "openssl_dtls_cbc", "gnutls_dtls" };
    for (size_t i = 0; i < 3; i++) {
        load(&t, sample_named(names[i]));
        begin_changed();
        answer a, b;
        judge(&t, &a);
        for (size_t n = 0; n < t.num; n++) {
            copy_segment(n);
            copy_segment(n);
            if (n > 0)
                copy_segment(n - 1);
        }
        both_verify(&changed);
        judge(&changed, &b);
        assert_int_equal(a.judgement.handshake.num_alerts, b.judgement.handshake.num_alerts);
        assert_int_equal(a.judgement.handshake.renegotiations, b.judgement.handshake.renegotiations);
        done(&a);
        done(&b);
    }
}

/* Each record in a datagram of its own, those of one flight in the reverse order. */
static void records_of_a_flight_may_overtake_one_another(void **state)
{
    (void)state;
    static const char *const names[] = { "openssl_dtls_gcm", "openssl_dtls_cbc", "gnutls_dtls" };
    for (size_t i = 0; i < 3; i++) {
        load(&t, sample_named(names[i]));
        begin_changed();
        for (size_t n = 0; n < t.num;) {
            tg_bytes records[64];
            size_t num = 0, from = n;
            for (; n < t.num && t.segments[n].from_client == t.segments[from].from_client; n++) {
                tg_bytes left = t.segments[n].octets;
                while (left.len) {
                    size_t len = RECORD + ((size_t)left.data[11] << 8 | left.data[12]);
                    records[num++] = tg_bytes_of(left.data, len);
                    left = tg_bytes_of(left.data + len, left.len - len);
                }
            }
            while (num-- > 0)
                add_segment(&changed, t.segments[from].from_client, records[num].data, records[num].len);
        }
        both_verify(&changed);
    }
}

/* Cuts each handshake message in clear into fragments of `size`, each in a record and a datagram of its own. */
static void split(size_t size, bool backwards)
{
    uint64_t numbers[2] = { 0, 0 };
    for (size_t n = 0; n < t.num; n++) {
        tg_bytes left = t.segments[n].octets;
        while (left.len) {
            size_t len = RECORD + ((size_t)left.data[11] << 8 | left.data[12]);
            const uint8_t *record = left.data;
            left = tg_bytes_of(left.data + len, left.len - len);
            if (record[0] != 22 || record[4] != 0) {
                uint8_t octets[2048];
                memcpy(octets, record, len);
                if (record[4] == 0)
                    octets[10] = (uint8_t)(200 + numbers[t.segments[n].from_client]++ % 50);
                add_segment(&changed, t.segments[n].from_client, octets, len);
                continue;
            }
            size_t body = len - RECORD - FRAGMENT, pieces = body ? (body + size - 1) / size : 1;
            for (size_t p = 0; p < pieces; p++) {
                uint8_t octets[RECORD + FRAGMENT + 512];
                size_t at = (backwards ? pieces - 1 - p : p) * size, take = body - at < size ? body - at : size;
                uint64_t number = 1000 + numbers[t.segments[n].from_client]++;
                memcpy(octets, record, RECORD + FRAGMENT);
                octets[9] = (uint8_t)(number >> 8), octets[10] = (uint8_t)number;
                octets[11] = (uint8_t)((FRAGMENT + take) >> 8), octets[12] = (uint8_t)(FRAGMENT + take);
                octets[RECORD + 6] = (uint8_t)(at >> 16), octets[RECORD + 7] = (uint8_t)(at >> 8),
                                octets[RECORD + 8] = (uint8_t)at;
                octets[RECORD + 9] = 0, octets[RECORD + 10] = (uint8_t)(take >> 8), octets[RECORD + 11] = (uint8_t)take;
                memcpy(octets + RECORD + FRAGMENT, record + RECORD + FRAGMENT + at, take);
                add_segment(&changed, t.segments[n].from_client, octets, RECORD + FRAGMENT + take);
            }
        }
    }
}

static void messages_may_come_in_fragments(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 7, 40 };
    for (size_t i = 0; i < 6; i++) {
        load(&t, sample_named(i < 3 ? "openssl_dtls_gcm" : "gnutls_dtls"));
        begin_changed();
        split(sizes[i % 3], i % 2 == 1);
        both_verify(&changed);
    }
}

/* What does not open is as if it had not come: not the Finished in its place, and its record number is not taken. */
static void forged_records_shut_nobody_out(void **state)
{
    (void)state;
    static const char *const names[] = { "openssl_dtls_gcm", "openssl_dtls_cbc", "gnutls_dtls" };
    for (size_t i = 0; i < 3; i++) {
        load(&t, sample_named(names[i]));
        begin_changed();
        for (size_t n = 0; n < t.num; n++) {
            const uint8_t *at = t.segments[n].octets.data;
            size_t len = t.segments[n].octets.len;
            uint8_t octets[2048];
            memcpy(octets, at, len);
            for (size_t r = 0; r < len;) { /* each record of epoch 1 in front of itself, with its last octet changed */
                size_t record = RECORD + ((size_t)at[r + 11] << 8 | at[r + 12]);
                if (at[r + 4] == 1 && at[r] == 22) {
                    octets[r + record - 1] ^= 1;
                    add_segment(&changed, t.segments[n].from_client, octets + r, record);
                }
                r += record;
            }
            copy_segment(n);
        }
        assert_true(changed.num > t.num);
        both_verify(&changed);
    }
}

/* ---- what does not fit -------------------------------------------------------------------------------------- */

static void unreadable(const transcript *of)
{
    answer a;
    judge(of, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_BAD_TLS);
    assert_int_equal(times_found(&a, "RFC5246-6.2.1-x01"), 1);
    done(&a);
}

static void fragments_that_contradict(void **state)
{
    (void)state;
    load(&t, sample_named("openssl_dtls_gcm"));
    begin_changed(); /* while it is under way: another octet where one was */
    split(40, false);
    uint8_t octets[512];
    memcpy(octets, changed.segments[0].octets.data, changed.segments[0].octets.len);
    octets[10]++, octets[9] = 1; /* a record number that was not used */
    octets[RECORD + FRAGMENT + 5] ^= 1;
    size_t len = changed.segments[0].octets.len;
    changed.num = 1;
    add_segment(&changed, true, octets, len);
    unreadable(&changed);
    octets[RECORD + FRAGMENT + 5] ^= 1; /* as it was */
    octets[RECORD + 3]++;               /* but the message is longer */
    changed.num = 1;
    add_segment(&changed, true, octets, len);
    unreadable(&changed);
    begin_changed(); /* after it was whole */
    copy_segment(0);
    len = t.segments[0].octets.len;
    memcpy(octets, t.segments[0].octets.data, len);
    octets[10] = 77;
    add_segment(&changed, true, octets, len);
    answer a;
    judge(&changed, &a);
    assert_int_equal(a.judgement.parse, TG_OK); /* the same again */
    done(&a);
    octets[10] = 78;
    octets[RECORD + FRAGMENT + 5] ^= 1;
    add_segment(&changed, true, octets, len);
    unreadable(&changed);
}

static void headers_that_do_not_fit(void **state)
{
    (void)state;
    static const char *const datagrams[] = {
        "16fefd0000000000000000000d 01",
        "16fefd000000000000000000",
        "160303000000000000000000 0001 00",
        "16fefd00000000000000000010 01000001 0000 000000 000005 00000000",
        "16fefd00000000000000000010 01000001 0000 000001 000001 00000000",
        "16fefd00000000000000000003 010000",
        "63fefd00000000000000000001 00",
    };
    for (size_t i = 0; i < sizeof datagrams / sizeof datagrams[0]; i++) {
        uint8_t octets[64];
        begin_changed();
        add_segment(&changed, true, octets, from_hex(datagrams[i], octets));
        unreadable(&changed);
    }
}

/* ---- limits ------------------------------------------------------------------------------------------------- */

static void memory_is_what_was_promised(void **state)
{
    (void)state;
    for (size_t i = 0; i < TG_NUM_TLS_SAMPLES; i += 5) {
        answer a;
        load(&t, &tg_tls_samples[i]);
        size_t size = tg_tls_arena_size(t.segments, t.num);
        for (size_t less = 0; less < size; less += size / 60 + 1) {
            judge_in(&t, less, &a);
            assert_true(a.status == TG_ARENA_FULL || a.status == TG_OK);
            if (less < size / 2)
                assert_int_equal(a.status, TG_ARENA_FULL);
            done(&a);
        }
    }
}

static void too_much_is_refused(void **state)
{
    (void)state;
    answer a;
    uint8_t octets[64];
    begin(&t); /* a message of 131073 octets, and as many */
    add_segment(&t, true, octets, from_hex("16 0303 0004 01020001", octets));
    for (size_t i = 0; i < 9; i++) {
        static uint8_t record[5 + (1 << 14)] = { 22, 3, 3, 0x40, 0 };
        add_segment(&t, true, record, sizeof record);
    }
    judge(&t, &a);
    assert_int_equal(a.status, TG_TOO_LARGE);
    done(&a);
    begin(&t); /* 1025 messages */
    for (size_t i = 0; i < TG_TLS_MAX_MESSAGES + 1; i++)
        add_segment(&t, false, octets, from_hex("16 0303 0004 00000000", octets));
    judge(&t, &a);
    assert_int_equal(a.status, TG_TOO_LARGE);
    done(&a);
    t.num--;
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    done(&a);
    begin(&t);
    t.tek = "";
    judge(&t, &a);
    assert_int_equal(a.status, TG_BAD_KEY);
    done(&a);
    static tg_tls_segment many[TG_TLS_MAX_SEGMENTS + 1];
    static uint8_t memory[1 << 16];
    static uint8_t huge[TG_TLS_MAX_OCTETS];
    static tg_tls_judgement out;
    tg_tls_known known = { .profile = &profile };
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    assert_int_equal(tg_tls_judge(crypto, &known, many, TG_TLS_MAX_SEGMENTS + 1, &arena, &out), TG_TOO_LARGE);
    many[0].octets = tg_bytes_of(huge, sizeof huge);
    many[1].octets = tg_bytes_of(huge, 1);
    assert_int_equal(tg_tls_judge(crypto, &known, many, 2, &arena, &out), TG_TOO_LARGE);
}

/* Nothing is dear for what it is: a hello in one-octet segments, and fragments that promise much. */
static void hostile_pieces(void **state)
{
    (void)state;
    answer a;
    begin(&t);
    uint8_t header[] = { 22, 3, 3, 0x40, 0, 1, 0, 0xFF, 0xF0 }, zero[1] = { 0 };
    for (size_t i = 0; i < sizeof header; i++)
        add_segment(&t, true, header + i, 1);
    while (t.num < MAX_SEGMENTS)
        add_segment(&t, true, zero, 1);
    judge(&t, &a);
    assert_int_equal(a.status, TG_OK);
    assert_int_equal(a.judgement.parse, TG_BAD_TLS); /* behind the record stands none */
    done(&a);
    begin_changed();
    uint8_t octets[64];
    for (unsigned i = 0; i < 4000; i++) {
        size_t len = from_hex("16fefd 0000 000000000000 000d 0100fff0 0000 000000 000001 00", octets);
        octets[9] = (uint8_t)(i >> 8), octets[10] = (uint8_t)i;
        octets[RECORD + 5] = (uint8_t)(i % 16);
        octets[RECORD + 7] = (uint8_t)(i >> 4);
        add_segment(&changed, true, octets, len);
    }
    judge(&changed, &a);
    assert_int_equal(a.status, TG_OK);
    assert_false(a.judgement.handshake.has_client_hello);
    done(&a);
}

static void nothing_says_nothing(void **state)
{
    (void)state;
    answer a;
    for (size_t i = 0; i < 2; i++) {
        begin(&t);
        t.datagrams = i == 1;
        judge(&t, &a);
        assert_int_equal(a.status, TG_OK);
        assert_int_equal(a.judgement.num_findings, 0);
        assert_int_equal(a.judgement.handshake.client, TG_TLS_ABSENT);
        assert_int_equal(a.judgement.handshake.server, TG_TLS_ABSENT);
        assert_false(a.judgement.handshake.complete);
        done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_may_come_twice),
        cmocka_unit_test(records_of_a_flight_may_overtake_one_another),
        cmocka_unit_test(messages_may_come_in_fragments),
        cmocka_unit_test(forged_records_shut_nobody_out),
        cmocka_unit_test(fragments_that_contradict),
        cmocka_unit_test(headers_that_do_not_fit),
        cmocka_unit_test(memory_is_what_was_promised),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(hostile_pieces),
        cmocka_unit_test(nothing_says_nothing),
    };
    return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
