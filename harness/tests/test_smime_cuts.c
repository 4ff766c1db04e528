/* smime: containers that cannot be cut, with status and row; BER that can; limits. */
#include "test_smime_notation.h"

static tg_smime s;
static tg_diag diag;
static box b;

#define ECI "30(" OID_DATA "30(" OID_GCM_128 "30(" NONCE_12 ")) 80(68656c6c6f))"
#define RECIPIENTS "31(" KEKRI ")"
#define AUTH(fields) "30(" OID_AUTH_ENVELOPED "a0(30(" fields ")))"
#define RECIPIENT(r) AUTH("020100 31(" r ")" ECI MAC_12)

#define VALUE(v) AUTH("020100" RECIPIENTS ECI "a1(" ATTRIBUTE(OID_OTHER, v) ")" MAC_12)

typedef struct cut_case {
    tg_status status;
    const char *row, *text;
} cut_case;

static const char info_row[] = "RFC5652-3-x01", auth_enveloped_row[] = "RFC5083-2.1-01";

static const cut_case cases[] = {
    /* no BER */
    { TG_BAD_CMS, info_row, "" },
    { TG_BAD_CMS, info_row, "30" },
    { TG_BAD_CMS, info_row, "00 00" },
    { TG_BAD_CMS, info_row, "30 80" },
    { TG_BAD_CMS, info_row, "30 80 00" },
    { TG_BAD_CMS, info_row, "30 84 01 02" },
    { TG_BAD_CMS, info_row, "30 ff 01" },
    { TG_BAD_CMS, info_row, "10 00" },
    { TG_BAD_CMS, info_row, "30 82 00" },
    { TG_BAD_CMS, info_row, "3f 81" },
    { TG_BAD_CMS, info_row, "04 80 00 00" },
    { TG_BAD_CMS, info_row, "bf ff ff ff ff ff ff 00" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0(0000))" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0(1000))" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0{0500} 0000)" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0 80 0500)" },
    /* beyond the end of what holds it */
    { TG_TRUNCATED, info_row, "30 01" },
    { TG_TRUNCATED, info_row, "32 81 01" },
    { TG_TRUNCATED, info_row, "30 82 01 00" },
    { TG_TRUNCATED, info_row, "10 05 00" },
    { TG_TRUNCATED, info_row, "20 81 ca" },
    { TG_TRUNCATED, info_row, "30 03 02 02 00" },
    { TG_TRUNCATED, info_row, "30 84 ff ff ff ff 00" },
    { TG_TRUNCATED, info_row, "30 88 7f ff ff ff ff ff ff ff 00" },
    { TG_TRUNCATED, info_row, "30 88 ff ff ff ff ff ff ff ff 00" },
    { TG_TRUNCATED, info_row, "30 89 01 00 00 00 00 00 00 00 00 00" },
    { TG_TRUNCATED, info_row, "30 80 04 05 00 00 00" },
    { TG_TRUNCATED, info_row, "30(" OID_AUTH_ENVELOPED "a0(30(020100 31(30 05 00))))" },
    /* behind it */
    { TG_TRAILING, info_row, "30(" OID_DATA "a0(0500)) 00" },
    { TG_TRAILING, info_row, "30{" OID_DATA "a0(0500)} 0000" },
    { TG_TRAILING, info_row, "0500 0500" },
    /* no ContentInfo */
    { TG_BAD_CMS, info_row, "0500" },
    { TG_BAD_CMS, info_row, "30()" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA ")" },
    { TG_BAD_CMS, info_row, "31(" OID_DATA "a0(0500))" },
    { TG_BAD_CMS, info_row, "30(a0(0500)" OID_DATA ")" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0())" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0(0500 0500))" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a1(0500))" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "80(0500))" },
    { TG_BAD_CMS, info_row, "30(" OID_DATA "a0(0500) 0500)" },
    { TG_BAD_CMS, info_row, "30(06() a0(0500))" },
    { TG_BAD_CMS, info_row, "30(06(2a80) a0(0500))" },
    { TG_BAD_CMS, info_row, "30(0c(2a) a0(0500))" },
    { TG_OK, "", "30(" OID_DATA "a0(0500))" },
    /* no AuthEnvelopedData */
    { TG_OK, "", AUTH("020100" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, "30(" OID_AUTH_ENVELOPED "a0(04(020100)))" },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("") },
    { TG_BAD_CMS, auth_enveloped_row, AUTH(RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI MAC_12 MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS MAC_12 ECI) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI MAC_12 "a1(" ATTRIBUTE(OID_OTHER, "0500") ")") },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI MAC_12 "a3()") },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI MAC_12 "82()") },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("040100" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("0200" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("02020000" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("0209010000000000000000" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("22(020100)" RECIPIENTS ECI MAC_12) },
    { TG_OK, "", AUTH("02080100000000000000" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100 a0(04(00))" RECIPIENTS ECI MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS "30(" OID_DATA "80(00))" MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS "30(" OID_DATA "30() 80(00))" MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row,
      AUTH("020100" RECIPIENTS "30(" OID_DATA "30(" OID_OTHER "0500 0500) 80(00))" MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS "30(" OID_DATA "30(" OID_OTHER ") a0(0c(00)))" MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI "24(0c(00))") },
    { TG_BAD_CMS, auth_enveloped_row, AUTH("020100" RECIPIENTS ECI "a1(30(" OID_OTHER "))" MAC_12) },
    { TG_BAD_CMS, auth_enveloped_row,
      AUTH("020100" RECIPIENTS ECI "a1(" ATTRIBUTE(OID_OTHER, "24(0c(00))") ")" MAC_12) },
    /* recipients */
    { TG_OK, "", RECIPIENT("") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("0500") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("a0(0500)") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("a5(0500)") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("30()") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("82(00)") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("30(020100 020107 30(" OID_OTHER ") 04(00))") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("30(020100 80(00) 30(07(2a0304)) 04(00))") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("a1(020103 a0(80(00)) 30() 30())") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("a3(020100 a0() 30(" OID_OTHER ") 04(00))") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("a3(020100 30(0500) 04(00))") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT("a4(04(00) 0500)") },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("020104", "04(00) 30()", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("020104", "0c(cafe0001)", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("020104", "", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("020104", "04(00) 17(00)", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("", "04(00)", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("020104", "04(00)", "30(0500)", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row, RECIPIENT(KEKRI_OF("020104", "04(00)", "30(" OID_WRAP_128 ")", KEY_24 "0500")) },
    { TG_OK, "",
      RECIPIENT(
          KEKRI_OF("020104", "24(04(ca)04(fe)) 18(32303236) 30(" OID_OTHER ")", "30(" OID_WRAP_128 ")", KEY_24)) },
    /* segments: OCTET STRINGs, and of a BIT STRING such (X.690 8.23.6, 8.6.4) */
    { TG_OK, "", RECIPIENT(KEKRI_OF("020104", "04(00) 38(04(3230)04(3236))", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_BAD_CMS, auth_enveloped_row,
      RECIPIENT(KEKRI_OF("020104", "04(00) 38(18(3230)18(3236))", "30(" OID_WRAP_128 ")", KEY_24)) },
    { TG_OK, "", VALUE("2c(04(61)24(04(62)))") },
    { TG_BAD_CMS, auth_enveloped_row, VALUE("2c(0c(61)0c(62))") },
    { TG_BAD_CMS, auth_enveloped_row, VALUE("37(17(61)04(62))") },
    { TG_OK, "", VALUE("23(03(0061)23(03(0462)))") },
    { TG_BAD_CMS, auth_enveloped_row, VALUE("23(04(0061)04(0062))") },
    /* the other types */
    { TG_BAD_CMS, "RFC5652-9.1-x01",
      "30(" OID_AUTHENTICATED "a0(30("
      "020100" RECIPIENTS ECI MAC_12 ")))" },
    { TG_BAD_CMS, "RFC5652-6.1-x01",
      "30(" OID_ENVELOPED "a0(30("
      "020102" RECIPIENTS ECI MAC_12 ")))" },
    { TG_OK, "",
      "30(" OID_ENVELOPED "a0(30("
      "020102" RECIPIENTS ECI ")))" },
};

static void test_statuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static verdict v;
        tg_bytes octets = notation(cases[i].text);
        tg_status status = parse(octets, &s, &diag);
        if (status != cases[i].status || strcmp(diag.id, cases[i].row) != 0)
            fail_msg("case %zu (%s): expected %s %s, found %s %s at %s", i, cases[i].text,
                     tg_status_name(cases[i].status), cases[i].row, tg_status_name(status), diag.id, diag.path);
        assert_true(diag.offset <= octets.len);
        assert_int_equal(diag.status, status);
        if (status != TG_OK) {
            assert_int_equal(s.num_recipients, 0);
            judge(octets, NULL, &v);
            assert_string_equal(v.findings, cases[i].row);
            assert_int_equal(v.j.outcome, TG_SMIME_NOT_TRIED);
            assert_int_equal(v.j.parse, status);
        }
        drop_held(NULL);
    }
}

/* The diagnosis names the field. */
static void test_paths(void **state)
{
    (void)state;
    assert_int_equal(parse(notation(AUTH("020100" ECI MAC_12)), &s, &diag), TG_BAD_CMS);
    assert_string_equal(diag.path, "recipientInfos");
    assert_int_equal(parse(notation(RECIPIENT(KEKRI KEKRI_OF("020104", "04(00)", "04(00)", KEY_24))), &s, &diag),
                     TG_BAD_CMS);
    assert_non_null(strstr(diag.path, "recipientInfos[1]"));
    assert_non_null(strstr(diag.path, "keyEncryptionAlgorithm"));
    assert_string_equal(diag.clause, "RFC 5083 2.1");
}

/* ---- BER that is read: the same container in other encodings opens to the same content --------------------- */

/* Writes an encoding anew: constructed ones with indefinite length, octet strings in segments of `segment` octets (0:
 * as they are). */
static size_t rewrite(const uint8_t *in, size_t len, size_t segment, uint8_t *out)
{
    size_t at = 0, wrote = 0;
    while (at < len) {
        uint8_t tag = in[at++];
        size_t n = in[at++];
        if (n & 0x80) {
            size_t octets = n & 0x7f;
            for (n = 0; octets; octets--)
                n = n << 8 | in[at++];
        }
        bool string = tag == 0x04 || tag == 0x80;
        if ((tag & 0x20) || (string && segment)) {
            out[wrote++] = tag | 0x20;
            out[wrote++] = 0x80;
            if (tag & 0x20)
                wrote += rewrite(in + at, n, segment, out + wrote);
            for (size_t i = 0; !(tag & 0x20) && i < n; i += segment) {
                size_t part = n - i < segment ? n - i : segment;
                out[wrote++] = 0x04;
                out[wrote++] = (uint8_t)part;
                memcpy(out + wrote, in + at + i, part);
                wrote += part;
            }
            out[wrote++] = 0;
            out[wrote++] = 0;
        } else {
            out[wrote++] = tag;
            out[wrote++] = 0x82;
            out[wrote++] = (uint8_t)(n >> 8);
            out[wrote++] = (uint8_t)n;
            memcpy(out + wrote, in + at, n);
            wrote += n;
        }
        at += n;
    }
    return wrote;
}

static void test_ber_opens(void **state)
{
    static const struct {
        tg_smime_type type;
        tg_smime_alg alg;
    } kinds[] = { { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_128_GCM },
                  { TG_SMIME_TYPE_IS_AUTH_ENVELOPED, TG_SMIME_AES_256_CCM },
                  { TG_SMIME_TYPE_IS_AUTHENTICATED, TG_SMIME_HMAC_SHA_1 } };
    static const size_t segments[] = { 0, 1, 7, 16, 100 }, lens[] = { 0, 1, 100, 300 };
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        for (size_t g = 0; g < sizeof segments / sizeof segments[0]; g++) {
            for (size_t l = 0; l < sizeof lens / sizeof lens[0]; l++) {
                tg_smime_key key = key_of(32);
                tg_smime_plan plan = { .type = kinds[k].type,
                                       .alg = kinds[k].alg,
                                       .recipients = &key,
                                       .num_recipients = 1,
                                       .auth_attrs = notation("31(" ATTRIBUTE(OID_OTHER, "04(6162)") ")") };
                tg_bytes content = count_from(3, lens[l]), der = make(&plan, content);
                uint8_t *ber = hold(8 * der.len + 100);
                size_t len = rewrite(der.data, der.len, segments[g], ber);
                if (open_all(tg_bytes_of(ber, len), &key, 1, &b) != TG_OK)
                    fail_msg("kind %zu, segments of %zu, %zu octets: %s at %s", k, segments[g], lens[l],
                             tg_status_name(parse(tg_bytes_of(ber, len), &s, &diag)), diag.path);
                assert_int_equal(b.len, content.len);
                assert_memory_equal(b.out, content.data, content.len);
                assert_false(b.container.auth_attrs_der);
                if (segments[g])
                    assert_int_equal(b.container.num_segments, (lens[l] + segments[g] - 1) / segments[g]);
                drop_held(NULL);
            }
        }
    }
}

/* What is authenticated is the DER, whatever stands there [RFC 5083 2.2]. */
static void test_der_of_attributes(void **state)
{
    static const struct {
        const char *from, *to;
    } sets[] = {
        { "a1()", "31()" },
        { "a1(" ATTRIBUTE(OID_OTHER, "0500") ")", "31(" ATTRIBUTE(OID_OTHER, "0500") ")" },
        { "a1{"
          "30{" OID_OTHER "31{24{04(00)24(04(01)04(02))}}}"
          "}",
          "31(" ATTRIBUTE(OID_OTHER, "04(000102)") ")" },
        { "a1(" ATTRIBUTE(OID_OTHER, "31(0401ff 020102 020101)") ")",
          "31(" ATTRIBUTE(OID_OTHER, "31(020101 020102 0401ff)") ")" },
        { "a1(" ATTRIBUTE(OID_OTHER, "23(0302 00ff 0303 04f0e0)") ")",
          "31(" ATTRIBUTE(OID_OTHER, "0304 04fff0e0") ")" },
        { "a1(" ATTRIBUTE(OID_OTHER, "2c(04(61)04(62))") ATTRIBUTE(OID_OTHER, "2c(04(61))") ")",
          "31(" ATTRIBUTE(OID_OTHER, "0c(61)") ATTRIBUTE(OID_OTHER, "0c(6162)") ")" },
        { "a1(" ATTRIBUTE(OID_OTHER, "30(020102 020101)") ")", "31(" ATTRIBUTE(OID_OTHER, "30(020102 020101)") ")" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        parts p = { .auth_attrs = sets[i].from };
        tg_bytes want = notation(sets[i].to);
        assert_int_equal(parse(auth_enveloped(&p), &s, &diag), TG_OK);
        assert_int_equal(s.auth_attrs_octets.len, want.len);
        assert_memory_equal(s.auth_attrs_octets.data, want.data, want.len);
    }
}

/* Facts: what tg_smime says of one container. */
static void test_facts(void **state)
{
    (void)state;
    parts p = { .recipients = "31(" KEKRI_OF("020104", "04(0102) 18(32303236313132313231303030305a) 30(" OID_OTHER ")",
                                             "30(" OID_WRAP_128 ")", KEY_24) ")",
                .algorithm = "30(" OID_CCM_128 "30(" NONCE_7 "020108))",
                .mac = "04(0001020304050607)",
                .content = "a0(04(00)24(04(01)04())04(02))" };
    tg_bytes octets = auth_enveloped(&p);
    assert_int_equal(parse(octets, &s, &diag), TG_OK);
    assert_int_equal(s.type, TG_SMIME_TYPE_IS_AUTH_ENVELOPED);
    assert_string_equal(s.type_oid, "1.2.840.113549.1.9.16.1.23");
    assert_string_equal(s.content_oid, "1.2.840.113549.1.7.1");
    assert_int_equal(s.alg, TG_SMIME_AES_128_CCM);
    assert_string_equal(s.algorithm.oid, "2.16.840.1.101.3.4.1.7");
    assert_int_equal(s.icv_len, 8);
    assert_int_equal(s.nonce.len, 7);
    assert_int_equal(s.mac.len, 8);
    assert_int_equal(s.num_segments, 4);
    assert_int_equal(s.content_len, 3);
    assert_int_equal(s.num_recipients, 1);
    const tg_smime_recipient *r = &s.recipients[0];
    assert_int_equal(r->kind, TG_SMIME_KEKRI);
    assert_int_equal(r->wrap, TG_SMIME_WRAP_128);
    assert_string_equal(r->date, "20261121210000Z");
    assert_true(r->has_date && r->has_other);
    assert_int_equal(r->key_id.len, 2);
    assert_int_equal(octets.data[r->at.offset], 0xa2);
    assert_int_equal(octets.data[r->encrypted_key_at.offset], 0x04);
    assert_int_equal(r->encrypted_key_at.length, 26);
    assert_int_equal(octets.data[s.content_at.offset], 0xa0);
    assert_int_equal(octets.data[s.recipients_at.offset], 0x31);
}

/* An identifier that does not fit is cut, and nothing that is known; a number of thousands of digits takes no time. */
static void test_long_identifiers(void **state)
{
    static char text[16384];
    (void)state;
    static const char *const arcs[] = { "03", "ff", "8f7f" };
    for (size_t i = 0; i < 3; i++) {
        size_t len = (size_t)snprintf(text, sizeof text, "30(06(2a");
        for (size_t n = 0; n < 1000; n++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s", arcs[i]);
        snprintf(text + len, sizeof text - len, "01) a0(0500))");
        assert_int_equal(parse(notation(text), &s, &diag), TG_OK);
        assert_int_equal(s.type, TG_SMIME_TYPE_IS_OTHER);
        assert_true(strlen(s.type_oid) < TG_OID_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(test_statuses),          CRYPTO_TEST(test_paths), CRYPTO_TEST(test_ber_opens),
        CRYPTO_TEST(test_der_of_attributes), CRYPTO_TEST(test_facts), CRYPTO_TEST(test_long_identifiers),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
