/* exchange: what is best shown with messages put together here: the captured RFC 3830 exchange, padding of AES-KW,
 * time in both
 * eras, tickets that are the same, unusable keys. Whole exchanges are in the golden conversations. */
#include "ticketgate/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static tg_crypto *crypto;
static uint8_t memory[8 << 20];
static tg_arena arena;

static tg_bytes of(const char *text)
{
    return tg_bytes_of(text, strlen(text));
}

static tg_bytes octets_of(const char *hex)
{
    size_t len, at;
    uint8_t *out = tg_arena_alloc(&arena, tg_hex_decoded_max(strlen(hex)));
    assert_non_null(out);
    assert_int_equal(tg_hex_decode(hex, strlen(hex), out, &len, &at), TG_OK);
    return tg_bytes_of(out, len);
}

static tg_known known_of(const char *profile)
{
    tg_known known = { .profile = *tg_profile_find(profile), .skew = TG_SKEW_DEFAULT };
    return known;
}

static tg_conversation *begin(const tg_known *known, size_t max_messages)
{
    tg_conversation *c;
    assert_int_equal(tg_conversation_new(crypto, known, max_messages, &arena, &c), TG_OK);
    return c;
}

static const tg_judgement *add(tg_conversation *c, tg_bytes octets, const char *ex, tg_sender from)
{
    const tg_sent sent = { .octets = octets, .ex = ex, .from = from };
    assert_int_equal(tg_conversation_add(c, &sent), TG_OK);
    return tg_conversation_judgement(c, tg_conversation_num(c) - 1);
}

static bool has(const tg_judgement *judgement, const char *id)
{
    for (size_t i = 0; i < judgement->num_findings; i++) {
        if (strcmp(judgement->findings[i]->requirement->id, id) == 0)
            return true;
    }
    return false;
}

static void fresh(void)
{
    arena = tg_arena_of(memory, sizeof memory);
}

/* ---- RFC 3830, as captured ------------------------------------------------------------------------------------ */

/* minisip and Asterisk, 2007 (SampleCaptures/mikey.pcap of the Wireshark wiki); the key is printed there. */
static const char captured_init[] = "01000580894b75480200006305ef85000000000000000000000000000a00c997ffcc1347f9930b0000"
                                    "002700010101011002010103011404010e0501"
                                    "000601000701010801010901000a01010b010a0c01000110dfcee993a417cc567f4976689f75ccf300"
                                    "0000c4000000c0b37339613ffc73023d12a983"
                                    "b9c5c731e296b756c43a659a726adcd7b22620bbae73f600f5883a0b37e346c829be507c784b65f7ad"
                                    "40454db420e0c8ebec1141a0b123299aae7549"
                                    "52c2a4d253f047e6ead85ba2d29e64dbbc698b87eb8c9b818ea3a1fcb127a2c554e825a33e373ab38d"
                                    "6fd80a21f76282d0fefdc8d598237d2f61dc2e"
                                    "7b61e5f6e1e1eb13a36e21d5e036bf1d4283101e4a32f33a94f21acdabb9d236355756f0b7ae762f7e"
                                    "f1119ea7bf3ca42994426ef372df74db30ccd3"
                                    "01bef0f5bf98ab64e39de1663d630079e5f5b1f88b";
static const char captured_resp[] = "01010500894b75480200006305ef85000000000034c15504000000000900c997ffcf0ce4217d0001e6"
                                    "4c0dc8639ec38b9003eeef842b43e8ee8dd420";

static void the_captured_exchange_verifies(void **state)
{
    (void)state;
    for (int with_identities = 0; with_identities < 2; with_identities++) {
        fresh();
        tg_known known = known_of("rfc6043");
        known.secrets.psk_i = of("secret");
        if (with_identities)
            known.i = known.r = (tg_identity){ true, TG_ID_TYPE_NAI, of("alice@example.com") };
        known.profile.settings.absent_identity = TG_ABSENT_IDENTITY_EMPTY;
        tg_conversation *c = begin(&known, 4);
        const tg_judgement *init = add(c, octets_of(captured_init), NULL, TG_SENDER_UNKNOWN);
        assert_int_equal(init->auth, TG_OUTCOME_OK);
        assert_int_equal(init->kemac, TG_OUTCOME_OK);
        assert_int_equal(((const tg_key_data *)init->keys)->type, TG_KEY_TGK);
        assert_false(has(init, "RFC6043-12.1-04")); /* six octets of key are RFC 3830's affair */
        assert_int_equal(add(c, octets_of(captured_resp), NULL, TG_SENDER_UNKNOWN)->auth, TG_OUTCOME_OK);
    }
}

static void another_key_or_identity_does_not(void **state)
{
    (void)state;
    fresh();
    tg_known known = known_of("rfc6043");
    known.secrets.psk_i = of("Secret");
    tg_conversation *c = begin(&known, 2);
    assert_int_equal(add(c, octets_of(captured_init), NULL, TG_SENDER_UNKNOWN)->auth, TG_OUTCOME_FAIL);
    assert_int_equal(add(c, octets_of(captured_resp), NULL, TG_SENDER_UNKNOWN)->auth, TG_OUTCOME_FAIL);
    known.secrets.psk_i = of("secret");
    known.i = (tg_identity){ true, TG_ID_TYPE_NAI, of("alice@example.com") };
    c = begin(&known, 2);
    assert_int_equal(add(c, octets_of(captured_init), NULL, TG_SENDER_UNKNOWN)->auth, TG_OUTCOME_OK);
    assert_int_equal(add(c, octets_of(captured_resp), NULL, TG_SENDER_UNKNOWN)->auth, TG_OUTCOME_FAIL);
    c = begin(&known, 2); /* a response to nothing; and what is in another exchange is no answer */
    assert_int_equal(add(c, octets_of(captured_resp), NULL, TG_SENDER_UNKNOWN)->auth, TG_OUTCOME_SKIPPED);
    known.i.known = false;
    c = begin(&known, 2);
    add(c, octets_of(captured_init), "one", TG_SENDER_I);
    assert_int_equal(add(c, octets_of(captured_resp), "two", TG_SENDER_R)->auth, TG_OUTCOME_SKIPPED);
}

/* The same initial message again; its response cannot be one, and max_messages is the end. */
static void a_replay_is_seen(void **state)
{
    (void)state;
    fresh();
    tg_known known = known_of("rfc6043");
    known.secrets.psk_i = of("secret");
    tg_conversation *c = begin(&known, 3);
    assert_false(has(add(c, octets_of(captured_init), NULL, TG_SENDER_I), "RFC3830-5.4-x02"));
    assert_false(has(add(c, octets_of(captured_resp), NULL, TG_SENDER_R), "RFC3830-5.4-x02"));
    assert_true(has(add(c, octets_of(captured_init), NULL, TG_SENDER_I), "RFC3830-5.4-x02"));
    const tg_sent more = { .octets = octets_of(captured_init) };
    assert_int_equal(tg_conversation_add(c, &more), TG_TOO_LARGE);
    assert_int_equal(tg_conversation_num(c), 3);
}

/* ---- messages put together ------------------------------------------------------------------------------------ */

typedef struct chain {
    tg_payload *first, **end;
} chain;

static void *put(chain *to, uint16_t type)
{
    tg_payload *payload = tg_payload_new(&arena, type);
    assert_non_null(payload);
    if (!to->end)
        to->end = &to->first;
    *to->end = payload;
    to->end = &payload->next;
    return payload;
}

static void put_t(chain *to, uint8_t ts_type, const char *hex)
{
    tg_t *t = put(to, TG_PAYLOAD_T);
    t->ts_type = ts_type;
    t->ts_value = octets_of(hex);
}

static void put_randr(chain *to, uint8_t role, tg_bytes rand)
{
    tg_randr *randr = put(to, TG_PAYLOAD_RANDR);
    randr->rand_role = role;
    randr->rand = rand;
}

static void put_tr(chain *to, uint8_t role, uint8_t ts_type, const char *hex)
{
    tg_tr *tr = put(to, TG_PAYLOAD_TR);
    tr->ts_role = role;
    tr->ts_type = ts_type;
    tr->ts_value = octets_of(hex);
}

static void put_v(chain *to)
{
    tg_v *v = put(to, TG_PAYLOAD_V);
    v->auth_alg = TG_MAC_HMAC_SHA_1_160;
    v->ver_data = octets_of("0000000000000000000000000000000000000000");
}

static tg_bytes message_of(uint8_t data_type, const chain *payloads)
{
    tg_message message = { .hdr = { .version = 1, .data_type = data_type, .prf_func = TG_PRF_MIKEY_1, .csb_id = 77 },
                           .payloads = payloads->first };
    message.hdr.map.cs_id_map_type = TG_MAP_EMPTY;
    uint8_t *octets = tg_arena_alloc(&arena, 2048);
    assert_non_null(octets);
    tg_writer w = tg_writer_of(octets, 2048);
    assert_int_equal(tg_message_build(&message, &w), TG_OK);
    return tg_bytes_of(octets, w.len);
}

/* ---- AES-KW and its padding (A14) ----------------------------------------------------------------------------- */

/* What is wrapped (a TGK of `key` octets is 0000 len and these: 4 + key), and what is left of it; -1: it does not
 * open. */
static const struct {
    const char *wrapped;
    int with_none, with_zero;
} paddings[] = {
    { "0000000c0102030405060708090a0b0c", 16, 16 }, /* fits */
    { "0000000b0102030405060708090a0b00", -1, 15 }, /* one octet over */
    { "000000050102030405000000"
      "00000000",
      -1, 9 },                                                      /* seven over */
    { "00000004010203040000000000000000", -1, 8 },                  /* eight over, but the least that can be wrapped */
    { "00000001010000000000000000000000", -1, 5 },                  /* likewise */
    { "00000000000000000000000000000000", -1, 0 },                  /* nothing at all, filled up */
    { "0000000b0102030405060708090a0b01", -1, -1 },                 /* no zero */
    { "0000000b0102030405060708090a0b000000000000000000", -1, -1 }, /* nine over */
    { "000000140102030405060708090a0b0c0d0e0f1011121314"
      "0000000000000000",
      -1, -1 },                                                     /* eight over, and more than the least */
    { "0000000d0102030405060708090a0b0c0d00000000000000", -1, 17 }, /* seven over */
    { "0000000c010203040506070809000000", 16, 16 },                 /* zeros of a key are no padding */
};

static tg_bytes kemac_message(const char *wrapped, tg_bytes psk)
{
    chain payloads = { NULL, NULL };
    const tg_rands rands = { .randri = octets_of("000102030405060708090a0b0c0d0e0f") };
    tg_settings settings = { 0 };
    tg_derivation d;
    uint8_t encr_key[16], iv[8];
    assert_int_equal(
        tg_derive_message_key(&arena, TG_PRF_MIKEY_1, psk, TG_USE_ENCR, 77, TG_DIRECTION_INITIAL, rands, 16, &d),
        TG_OK);
    assert_int_equal(tg_derivation_run(crypto, &d, encr_key), TG_OK);
    assert_int_equal(
        tg_derive_message_key(&arena, TG_PRF_MIKEY_1, psk, TG_USE_SALT, 77, TG_DIRECTION_INITIAL, rands, 8, &d), TG_OK);
    assert_int_equal(tg_derivation_run(crypto, &d, iv), TG_OK);
    put_t(&payloads, TG_TS_NTP_UTC_32, "ec000000");
    put_randr(&payloads, TG_RAND_ROLE_I, rands.randri);
    tg_kemac *kemac = put(&payloads, TG_PAYLOAD_KEMAC);
    kemac->encr_alg = TG_ENCR_AES_KW_128;
    kemac->encr_data.form = TG_CHAIN_OCTETS;
    assert_int_equal(tg_kemac_encrypt(crypto, &settings, TG_ENCR_AES_KW_128, tg_bytes_of(encr_key, sizeof encr_key),
                                      tg_bytes_of(iv, sizeof iv), octets_of(wrapped), &arena, &kemac->encr_data.octets),
                     TG_OK);
    put_v(&payloads);
    return message_of(TG_DATA_TYPE_REQUEST_INIT_PSK, &payloads);
}

static void padding_is_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof paddings / sizeof paddings[0]); i++) {
        fresh();
        bool zero = i % 2;
        int expected = zero ? paddings[i / 2].with_zero : paddings[i / 2].with_none;
        tg_known known = known_of("rfc6043");
        known.secrets.psk_i = of("0123456789abcdef");
        known.profile.settings.kw_pad = zero ? TG_KW_PAD_ZERO : TG_KW_PAD_NONE;
        tg_conversation *c = begin(&known, 1);
        const tg_judgement *judgement =
            add(c, kemac_message(paddings[i / 2].wrapped, known.secrets.psk_i), "request", TG_SENDER_I);
        tg_outcome outcome = expected < 0 ? TG_OUTCOME_FAIL : TG_OUTCOME_OK;
        if (judgement->kemac != outcome || (expected >= 0 && judgement->derived.kemac_plain.len != (size_t)expected))
            fail_msg("%s with kw_pad %d: %s, %zu octets", paddings[i / 2].wrapped, zero,
                     tg_outcome_name(judgement->kemac), judgement->derived.kemac_plain.len);
    }
}

static void a_key_of_another_length_is_not_known(void **state)
{
    (void)state;
    static uint8_t long_key[257];
    for (size_t len = 255; len <= 257; len++) {
        fresh();
        tg_known known = known_of("rfc6043");
        known.secrets.psk_i = tg_bytes_of(long_key, len);
        tg_conversation *c = begin(&known, 1);
        const tg_judgement *judgement =
            add(c, kemac_message(paddings[0].wrapped, known.secrets.psk_i), "request", TG_SENDER_I);
        assert_int_equal(judgement->auth, len <= 256 ? TG_OUTCOME_FAIL : TG_OUTCOME_SKIPPED);
        assert_int_equal(judgement->kemac, len <= 256 ? TG_OUTCOME_OK : TG_OUTCOME_SKIPPED);
    }
}

/* ---- time in both eras ---------------------------------------------------------------------------------------- */

static tg_ticket *put_ticket(chain *to, chain *tp_data)
{
    tg_ticket *ticket = put(to, TG_PAYLOAD_TICKET);
    ticket->ticket_type = TG_TICKET_MIKEY_BASE;
    ticket->subtype = ticket->version = 1;
    ticket->tp_data.form = TG_CHAIN_PAYLOADS;
    ticket->tp_data.payloads = tp_data ? tp_data->first : NULL;
    ticket->ticket_data.form = TG_CHAIN_OCTETS;
    ticket->ticket_data.octets = of("opaque");
    return ticket;
}

/* Seconds from 1968-01-20 on have the highest bit; from 2036-02-07 on they begin at 0 again (RFC 4330 3). */
static const struct {
    uint8_t t_type, tr_type;
    const char *t, *trs, *tre, *now; /* NULL: none */
    bool is_outside, is_skewed;
} times[] = {
    { 0, 3, "ec00000000000000", "ebffffff", "ec000001", NULL, false, false },
    { 0, 3, "ec00000000000000", "ec000000", "ec000000", NULL, false, false },
    { 0, 3, "ec00000000000001", "ec000000", "ec000000", NULL, true, false },
    { 0, 0, "ec00000000000001", "ec00000000000001", "ec00000000000001", NULL, false, false },
    { 0, 0, "ec00000000000001", "ec00000000000002", NULL, NULL, true, false },
    { 3, 1, "ec000000", "ec00000000000000", NULL, NULL, false, false },
    /* A ticket from before the turn to after it, and times on both sides. */
    { 0, 3, "ffffffffffffffff", "fffffff0", "00000010", NULL, false, false },
    { 0, 3, "0000000800000000", "fffffff0", "00000010", NULL, false, false },
    { 0, 3, "0000001000000001", "fffffff0", "00000010", NULL, true, false },
    { 0, 3, "ffffffefffffffff", "fffffff0", "00000010", NULL, true, false },
    /* The ends of the line: 1968 and 2104. */
    { 0, 3, "8000000000000000", "80000000", "7fffffff", NULL, false, false },
    { 0, 3, "7fffffffffffffff", "80000000", NULL, NULL, false, false },
    { 0, 3, "7fffffffffffffff", NULL, "80000000", NULL, true, false },
    /* A COUNTER is neither time nor bound; with a clock T does not count. */
    { 2, 3, "00000001", "ec000000", "ec000001", NULL, false, false },
    { 0, 2, "ec00000000000000", "ffffffff", "00000000", NULL, false, false },
    { 2, 3, "00000001", "ec000000", "ec000001", "ec00000200000000", true, false },
    { 0, 3, "ec00000000000000", "ec000000", "ec000001", "ec00000200000000", true, false },
    /* The skew of 300 s, to the fraction, and over the turn. */
    { 0, 3, "ec00000000000000", NULL, NULL, "ec00012c00000000", false, false },
    { 0, 3, "ec00000000000000", NULL, NULL, "ec00012c00000001", false, true },
    { 0, 3, "ec00012c00000001", NULL, NULL, "ec00000000000000", false, true },
    { 3, 3, "ffffff00", NULL, NULL, "0000002c00000000", false, false },
    { 3, 3, "ffffff00", NULL, NULL, "0000002c00000001", false, true },
};

static void time_goes_on_after_2036(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        fresh();
        chain payloads = { NULL, NULL }, tp_data = { NULL, NULL };
        put_t(&payloads, times[i].t_type, times[i].t);
        if (times[i].trs)
            put_tr(&tp_data, TG_TS_ROLE_TRS, times[i].tr_type, times[i].trs);
        if (times[i].tre)
            put_tr(&tp_data, TG_TS_ROLE_TRE, times[i].tr_type, times[i].tre);
        put_ticket(&payloads, &tp_data);
        put_v(&payloads);
        tg_known known = known_of("rfc6043");
        known.has_now = times[i].now != NULL;
        known.now = times[i].now ? strtoull(times[i].now, NULL, 16) : 0;
        tg_conversation *c = begin(&known, 1);
        const tg_judgement *judgement =
            add(c, message_of(TG_DATA_TYPE_TRANSFER_INIT, &payloads), "transfer", TG_SENDER_I);
        if (has(judgement, "RFC6043-6.10-x22") != times[i].is_outside ||
            has(judgement, "RFC3830-5.4-x01") != times[i].is_skewed)
            fail_msg("time %zu: T %s, outside %d, skewed %d expected", i, times[i].t, times[i].is_outside,
                     times[i].is_skewed);
    }
}

/* ---- the same ticket ------------------------------------------------------------------------------------------ */

static tg_bytes message_with_ticket(uint8_t data_type, bool v_follows, bool changed, bool with_initiator_data)
{
    chain payloads = { NULL, NULL }, initiator_data = { NULL, NULL };
    put_t(&payloads, TG_TS_NTP_UTC_32, data_type == TG_DATA_TYPE_TRANSFER_INIT ? "ec000000" : "ec000001");
    tg_ticket *ticket = put_ticket(&payloads, NULL);
    ticket->ticket_data.octets = of(changed ? "Opaque" : "opaque");
    if (with_initiator_data) {
        put_v(&initiator_data);
        ticket->initiator_data.form = TG_CHAIN_PAYLOADS;
        ticket->initiator_data.payloads = initiator_data.first;
    }
    if (v_follows)
        put_v(&payloads);
    return message_of(data_type, &payloads);
}

static void tickets_are_compared(void **state)
{
    (void)state;
    /* Initiator Data is passed on with the ticket, Next Payload is not part of it. */
    const struct {
        bool v_follows, changed, with_initiator_data, is_other;
    } cases[] = { { true, false, false, false },
                  { false, false, false, false },
                  { true, true, false, true },
                  { true, false, true, true } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fresh();
        tg_known known = known_of("rfc6043");
        tg_conversation *c = begin(&known, 2);
        add(c, message_with_ticket(TG_DATA_TYPE_TRANSFER_INIT, true, false, false), "transfer", TG_SENDER_I);
        const tg_judgement *judgement = add(c,
                                            message_with_ticket(TG_DATA_TYPE_RESOLVE_INIT_PSK, cases[i].v_follows,
                                                                cases[i].changed, cases[i].with_initiator_data),
                                            "resolve", TG_SENDER_R);
        if (has(judgement, "RFC6043-4.2.3.1-x02") != cases[i].is_other)
            fail_msg("ticket %zu should be %s", i, cases[i].is_other ? "another" : "the same");
    }
}

/* A row that is broken in hundreds of places is shown at a few. */
static void findings_are_bounded(void **state)
{
    (void)state;
    fresh();
    chain payloads = { NULL, NULL };
    put_t(&payloads, TG_TS_NTP_UTC_32, "ec000000");
    for (int i = 0; i < 200; i++)
        put_randr(&payloads, TG_RAND_ROLE_KMS, of("x"));
    put_v(&payloads);
    tg_known known = known_of("rfc6043");
    tg_conversation *c = begin(&known, 1);
    const tg_judgement *judgement =
        add(c, message_of(TG_DATA_TYPE_REQUEST_INIT_PSK, &payloads), "request", TG_SENDER_I);
    size_t num = 0;
    for (size_t i = 0; i < judgement->num_findings; i++)
        num += strcmp(judgement->findings[i]->requirement->id, "RFC6043-4.2-x04") == 0;
    assert_int_equal(num, 4);
}

static int start(void **state)
{
    (void)state;
    return tg_crypto_new(&crypto) == TG_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    tg_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_captured_exchange_verifies),
        cmocka_unit_test(another_key_or_identity_does_not),
        cmocka_unit_test(a_replay_is_seen),
        cmocka_unit_test(padding_is_cut_off),
        cmocka_unit_test(a_key_of_another_length_is_not_known),
        cmocka_unit_test(time_goes_on_after_2036),
        cmocka_unit_test(tickets_are_compared),
        cmocka_unit_test(findings_are_bounded),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
