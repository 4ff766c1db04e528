/* smime: each row of the room that needs no key, kept and broken. The ids come from the catalogue and vectors/SMIME.md
 * section 4. */
#include "test_smime_notation.h"

typedef struct row_case {
    const char *findings; /* of the container, beside those of its type */
    parts p;
} row_case;

#define KEYS_OF(n) KEKRI_OF("020104", "04(cafe0001)", "30(" OID_WRAP_128 ")", "04(" n ")")
#define WRAPPED_BY(algorithm) "31(" KEKRI_OF("020104", "04(cafe0001)", algorithm, KEY_24) ")"
#define GCM(parameters) "30(" OID_GCM_128 parameters ")"
#define CCM(parameters) "30(" OID_CCM_128 parameters ")"
#define TEN "00010203040506070809"
#define MAC_16 "04(" TEN "0a0b0c0d0e0f)"
#define MAC_4 "04(00010203)"
#define KTRI "30(020100 30(30()020101) 30(" OID_OTHER ") 04(00))"
#define KTRI_2 "30(020102 80(00) 30(" OID_OTHER ") 04(00))"
#define KARI "a1(020103 a0(80(00)) 30(" OID_OTHER ") 30())"
#define PWRI "a3(020100 a0(" OID_OTHER ") 30(" OID_OTHER ") 04(00))"
#define ORI "a4(" OID_OTHER "0500)"
#define TIME(value) "a1(" ATTRIBUTE(OID_SIGNING_TIME, value) ")"
#define UTC_2026 "17(3236313132313231303030305a)" /* 261121210000Z */
#define GENERALIZED_2026 "18(32303236313132313231303030305a)"
#define DATED(date) "31(" KEKRI_OF("020104", "04(cafe0001)" date, "30(" OID_WRAP_128 ")", KEY_24) ")"
#define GENERALIZED_2050 "18(32303530313132313231303030305a)"

static const row_case auth_enveloped_cases[] = {
    { "", { 0 } },
    { "", { .recipients = "31(" KEKRI KTRI KARI PWRI ORI ")" } },
    { "", { .algorithm = CCM("30(" NONCE_7 ")") } },
    { "RFC5083-2.1-03", { .version = "020101" } },
    { "RFC5083-2.1-04", { .recipients = "31()" } },
    { "RFC5083-2.1-05 TS33328-I.2.1-05", { .content_type = OID_OTHER } },
    { "TS33328-I.2.1-05",
      { .content_type = OID_OTHER, .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER) ")" } },
    { "RFC5652-9.3-x02", { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER) ")" } },
    { "RFC5652-9.3-x02", { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, "0500") ")" } },
    { "", { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" } },
    { "",
      { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "0101ff") ")",
        .unauth_attrs = "a2(" ATTRIBUTE(OID_OTHER, "0500") ")" } },
    /* authAttrs as BER: a length, the order, a segmented string, an indefinite length, a set inside. */
    { "RFC5083-2.1-06", { .auth_attrs = "a1(30 8109 " OID_OTHER "31(0500))" } },
    { "RFC5083-2.1-06",
      { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ATTRIBUTE(OID_OTHER, "0500") ")" } },
    { "", { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "0500") ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" } },
    { "RFC5083-2.1-06", { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "24(04(00)04(01))") ")" } },
    { "RFC5083-2.1-06", { .auth_attrs = "a1{" ATTRIBUTE(OID_OTHER, "0500") "}" } },
    { "RFC5083-2.1-06", { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "30{0500}") ")" } },
    { "RFC5083-2.1-06", { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "020102 020101") ")" } },
    { "RFC5083-2.1-06", { .auth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "31(020102 020101)") ")" } },
    { "", { .unauth_attrs = "a2{" ATTRIBUTE(OID_OTHER, "0500") "}" } },
    { "RFC5083-2.1-07 RFC5083-3-01", { .auth_attrs = "a1(" ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO) ")" } },
    { "RFC5652-11.1-x01",
      { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER) ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" } },
    /* RFC 5084 */
    { "RFC5084-3.2-01", { .algorithm = GCM("") } },
    { "RFC5084-3.2-01", { .algorithm = GCM("0500") } },
    { "RFC5084-3.2-01", { .algorithm = GCM("30(" NONCE_12 "02010c 0500)") } },
    { "RFC5084-3.2-01", { .algorithm = GCM("30(" NONCE_12 "0209010000000000000000)") } },
    { "RFC5084-3.2-01", { .algorithm = GCM("30(02010c)") } },
    { "RFC5084-3.1-01", { .algorithm = CCM("") } },
    { "RFC5084-3.1-01", { .algorithm = CCM("04(00)") } },
    { "RFC5084-3.2-03 RFC5084-3.2-x02", { .algorithm = GCM("30(04())") } },
    { "RFC5084-3.2-03", { .algorithm = GCM("30(04(00))") } },
    { "", { .algorithm = GCM("30(24(04(000102030405)04(060708090a0b)))") } },
    { "RFC5084-3.1-02 RFC5084-3.1-x01", { .algorithm = CCM("30(04(000102030405))") } },
    { "RFC5084-3.1-02 RFC5084-3.1-x01", { .algorithm = CCM("30(04(" TEN "0a0b0c0d))") } },
    { "RFC5084-3.1-02", { .algorithm = CCM("30(04(" TEN "0a0b0c))") } },
    { "RFC5084-3.2-05", { .algorithm = GCM("30(" NONCE_12 "020110)"), .mac = MAC_16 } },
    { "", { .algorithm = GCM("30(" NONCE_12 "02010c)") } },
    { "RFC5084-3.2-05 RFC5084-3.2-x01", { .algorithm = GCM("30(" NONCE_12 "02010b)") } },
    { "RFC5084-3.2-05 RFC5084-3.2-x01", { .algorithm = GCM("30(" NONCE_12 "020111)") } },
    { "RFC5084-3.2-05 RFC5084-3.2-x01", { .algorithm = GCM("30(" NONCE_12 "0201f4)") } },
    { "RFC5084-3.1-06", { .algorithm = CCM("30(" NONCE_7 "020104)"), .mac = MAC_4 } },
    { "RFC5084-3.1-06 RFC5084-3.1-x02", { .algorithm = CCM("30(" NONCE_7 "020105)") } },
    { "RFC5084-3.1-06 RFC5084-3.1-x02", { .algorithm = CCM("30(" NONCE_7 "020112)") } },
    { "RFC5084-3.2-04", { .mac = MAC_16 } },
    { "RFC5084-3.2-04", { .mac = "04()" } },
    { "", { .mac = "24(04(000102030405)24(04(060708090a0b)))" } },
    { "RFC5084-3.1-05", { .algorithm = CCM("30(" NONCE_7 ")"), .mac = MAC_4 } },
    /* recipients */
    { "RFC3565-2.4-x01", { .recipients = WRAPPED_BY("30(" OID_OTHER ")") } },
    { "TS33328-I.2.1-x03", { .recipients = WRAPPED_BY("30(" OID_WRAP_192 ")") } },
    { "RFC3565-2.3.2-x01", { .recipients = WRAPPED_BY("30(" OID_WRAP_128 "0500)") } },
    { "RFC3565-2.3.2-x02",
      { .algorithm = "30(" OID_GCM_256 "30(" NONCE_12 "))", .recipients = "31(" KEYS_OF(TEN TEN TEN TEN) ")" } },
    { "RFC3565-2.4-x02", { .recipients = "31(" KEYS_OF(TEN TEN) ")" } },
    { "", { .algorithm = "30(" OID_GCM_128 "30(" NONCE_12 "))", .recipients = "31(" KEKRI KEKRI ")" } },
    { "RFC5652-6.2.3-x01", { .recipients = "31(" KEKRI_OF("020100", "04(00)", "30(" OID_WRAP_128 ")", KEY_24) ")" } },
    { "TS33328-I.2.1-x01", { .recipients = "31(" KTRI ")" } },
    { "RFC5652-6.2.1-x01", { .recipients = "31(" KEKRI "30(020102 30(30()020101) 30(" OID_OTHER ") 04(00)))" } },
    { "RFC5652-6.2.1-x01", { .recipients = "31(" KEKRI "30(020100 80(00) 30(" OID_OTHER ") 04(00)))" } },
    { "", { .recipients = "31(" KEKRI KTRI_2 ")" } },
    { "RFC5652-6.2.2-x01", { .recipients = "31(" KEKRI "a1(020104 a0(80(00)) 30(" OID_OTHER ") 30()))" } },
    { "RFC5652-6.2.4-x01", { .recipients = "31(" KEKRI "a3(020103 30(" OID_OTHER ") 04(00)))" } },
    /* kekid.date: 20261121210000Z; in segments; without seconds; with a fraction; +0000; 29 February; text */
    { "", { .recipients = DATED(GENERALIZED_2026) } },
    { "", { .recipients = DATED("38(04(3230323631313231) 04(3231303030305a))") } },
    { "", { .recipients = DATED("38{24(04(32303236)04(31313231)) 04(3231303030305a)}") } },
    { "", { .recipients = DATED("18(32303238303232393030303030305a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(3230323631313231323130305a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(32303236313132313231303030302e305a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(32303236313132313231303030302b30303030)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(3230323631313231323130303030)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(32303237303232393030303030305a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(32303236313132313234303030305a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(32303236313132313231303036305a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18(323032363131323132313030002d5a)") } },
    { "RFC5652-6.2.3-x02", { .recipients = DATED("18()") } },
    { "TS33328-I.2.1-x02", { .algorithm = "30(" OID_OTHER ")" } },
    { "TS33328-I.2.1-x02", { .algorithm = "30(" OID_CBC_128 "04(000102030405060708090a0b0c0d0e0f))" } },
    { "RFC3565-2.3.2-x02 RFC3565-2.4-x02 TS33328-I.2.1-x02", { .algorithm = "30(" OID_GCM_192 "30(" NONCE_12 "))" } },
    /* attributes */
    { "RFC5652-11-x01", { .auth_attrs = "a1()" } },
    { "RFC5652-11-x01", { .unauth_attrs = "a2()" } },
    { "RFC5652-11.1-x01", { .unauth_attrs = "a2(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" } },
    { "RFC5652-11.1-x01", { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, "") ")" } },
    { "RFC5652-11.1-x01", { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER OID_DATA) ")" } },
    { "RFC5652-11.1-x01",
      { .auth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" } },
    { "RFC5652-11.2-x01", { .unauth_attrs = "a2(" ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO) ")" } },
    { "RFC5652-11.3-x01", { .unauth_attrs = "a2(" ATTRIBUTE(OID_SIGNING_TIME, UTC_2026) ")" } },
    { "", { .auth_attrs = TIME(UTC_2026) } },
    { "", { .auth_attrs = TIME(GENERALIZED_2050) } },
    { "RFC5652-11.3-x01", { .auth_attrs = TIME(GENERALIZED_2026) } },
    { "RFC5652-11.3-x01", { .auth_attrs = TIME("17(323631313231323130305a)") } },             /* without seconds */
    { "RFC5652-11.3-x01", { .auth_attrs = TIME("17(3236313132313231303030302b30303030)") } }, /* +0000 */
    { "RFC5652-11.3-x01", { .auth_attrs = TIME("17(3236313332313231303030305a)") } },         /* month 13 */
    { "RFC5652-11.3-x01", { .auth_attrs = TIME("0500") } },
    { "RFC5652-11.3-x01", { .auth_attrs = TIME("18(31393530303130313030303030305a)") } }, /* 1950 */
    { "", { .auth_attrs = TIME("18(31393439303130313030303030305a)") } },                 /* 1949 */
    { "", { .auth_attrs = TIME("17(3530303130313030303030305a)") } },                     /* 1950 */
    /* in segments it is no DER, and a time all the same; a segment too much and it is none */
    { "RFC5083-2.1-06", { .auth_attrs = TIME("37(04(323631313231) 04(3231303030305a))") } },
    { "RFC5083-2.1-06 RFC5652-11.3-x01", { .auth_attrs = TIME("37(04(323631313231) 04(3231303030305a) 04(3030))") } },
    { "RFC5652-11.4-x01", { .auth_attrs = "a1(" ATTRIBUTE(OID_COUNTERSIGNATURE, "30()") ")" } },
    { "RFC5652-11.4-x01", { .unauth_attrs = "a2(" ATTRIBUTE(OID_COUNTERSIGNATURE, "30()") ")" } },
    { "RFC5652-11.3-x01", { .auth_attrs = TIME(UTC_2026 UTC_2026) } },
};

#define ATTRIBUTES(content_type, digest) "a2(" content_type digest ")"
#define TYPE_DATA ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA)
#define DIGEST ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO)

/* Beside TS33328-I.2.1-05. */
static const row_case authenticated_cases[] = {
    { "", { 0 } },
    { "", { .auth_attrs = "", .digest_algorithm = "" } },
    { "", { .digest_algorithm = "a1(" OID_SHA_1 "0500)" } },
    { "", { .originator = "a0()" } },
    { "RFC5652-9.1-x02", { .version = "020101" } },
    { "RFC5652-9.1-x02", { .originator = "a0(a0(a2()))" } },
    { "", { .originator = "a0(a0(a2()))", .version = "020101" } },
    { "", { .originator = "a0(a0(a2()a3()))", .version = "020103" } },
    { "", { .originator = "a0(a1(a1()))", .version = "020103" } },
    { "RFC5652-9.1-x03", { .recipients = "31()" } },
    { "RFC5652-9.1-x04", { .digest_algorithm = "" } },
    { "RFC5652-9.1-x04", { .auth_attrs = "" } },
    { "RFC5652-9.1-x05", { .content_type = OID_OTHER, .auth_attrs = "", .digest_algorithm = "" } },
    { "", { .content_type = OID_OTHER, .auth_attrs = ATTRIBUTES(ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER), DIGEST) } },
    { "RFC5652-9.1-x06", { .auth_attrs = ATTRIBUTES(DIGEST, TYPE_DATA) } },
    { "RFC5652-9.1-x07", { .auth_attrs = ATTRIBUTES(TYPE_DATA, "") } },
    { "RFC5652-9.1-x07", { .auth_attrs = ATTRIBUTES("", DIGEST) } },
    { "RFC5652-11-x01 RFC5652-9.1-x07", { .auth_attrs = "a2()" } },
    { "RFC5652-11-x01", { .unauth_attrs = "a3()" } },
    { "RFC5652-9.3-x01", { .content = "a0(04(68656c6c70))" } },
    { "RFC5652-9.3-x01", { .content = "a0(04())" } },
    { "RFC5652-9.3-x01", { .auth_attrs = ATTRIBUTES(TYPE_DATA, ATTRIBUTE(OID_MESSAGE_DIGEST, MAC_20)) } },
    { "RFC5652-9.3-x01", { .auth_attrs = ATTRIBUTES(TYPE_DATA, ATTRIBUTE(OID_MESSAGE_DIGEST, "80(" TEN TEN ")")) } },
    { "", { .algorithm = "30(" OID_GCM_192 "30(" NONCE_12 "))" } }, /* no algorithm of this type */
    { "", { .content = "a0(24(04(6865)04(6c6c6f)))" } },
    { "", { .content = "a0(04(68656c6c70))", .digest_algorithm = "a1(" OID_OTHER ")" } },
    { "RFC5652-9.3-x02", { .auth_attrs = ATTRIBUTES(ATTRIBUTE(OID_CONTENT_TYPE, OID_OTHER), DIGEST) } },
    { "RFC5652-11.4-x01", { .unauth_attrs = "a3(" ATTRIBUTE(OID_COUNTERSIGNATURE, "30()") ")" } },
    { "RFC5652-11.2-x01", { .auth_attrs = ATTRIBUTES(ATTRIBUTE(OID_MESSAGE_DIGEST, ""), TYPE_DATA) } },
    { "RFC5652-11.2-x01", { .auth_attrs = ATTRIBUTES(TYPE_DATA DIGEST, DIGEST) } },
    { "RFC3565-2.4-x02", { .recipients = "31(" KEYS_OF(TEN TEN) ")" } },
    { "RFC3565-2.4-x02", { .recipients = "31(" KEYS_OF("0001020304050607 0001020304050607") ")" } },
    { "", { .recipients = "31(" KEYS_OF(TEN TEN TEN TEN) ")" } },
};

/* Beside TS33328-I.2.1-05. */
static const row_case enveloped_cases[] = {
    { "", { 0 } },
    { "RFC5652-6.1-x02", { .version = "020100" } },
    { "RFC5652-6.1-x02", { .version = "020103" } },
    { "RFC5652-6.1-x03 RFC5652-6.1-x02", { .recipients = "31()" } },
    { "RFC5652-6.1-x03", { .recipients = "31()", .version = "020100" } },
    { "TS33328-I.2.1-x01", { .recipients = "31(" KTRI ")", .version = "020100" } },
    { "TS33328-I.2.1-x01", { .recipients = "31(" KTRI_2 ")" } },
    { "", { .recipients = "31(" KEKRI PWRI ")", .version = "020103" } },
    { "", { .recipients = "31(" KEKRI ORI ")", .version = "020103" } },
    { "", { .originator = "a0(a0(a2()))", .version = "020103" } },
    { "", { .originator = "a0(a0(a3()))", .version = "020104" } },
    { "RFC5652-6.1-x02 TS33328-I.2.1-x01",
      { .recipients = "31(" KTRI ")", .version = "020100", .unauth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "0500") ")" } },
    { "", { .unauth_attrs = "a1(" ATTRIBUTE(OID_OTHER, "0500") ")" } },
    { "RFC5652-11.1-x01", { .unauth_attrs = "a1(" ATTRIBUTE(OID_CONTENT_TYPE, OID_DATA) ")" } },
    { "RFC5652-11.2-x01", { .unauth_attrs = "a1(" ATTRIBUTE(OID_MESSAGE_DIGEST, DIGEST_HELLO) ")" } },
    { "RFC5652-11.3-x01", { .unauth_attrs = "a1(" ATTRIBUTE(OID_SIGNING_TIME, UTC_2026) ")" } },
    { "RFC5652-11.4-x01", { .unauth_attrs = "a1(" ATTRIBUTE(OID_COUNTERSIGNATURE, "30()") ")" } },
    { "RFC5652-11-x01", { .unauth_attrs = "a1()" } },
    { "RFC3565-4.1-x01", { .algorithm = "30(" OID_CBC_128 ")" } },
    { "RFC3565-4.1-x01", { .algorithm = "30(" OID_CBC_128 "0500)" } },
    { "RFC3565-4.1-x01", { .algorithm = "30(" OID_CBC_128 "04(" TEN "))" } },
    { "", { .algorithm = "30(" OID_CBC_128 "24(04(" TEN ")04(0a0b0c0d0e0f)))" } },
    { "", { .algorithm = "30(" OID_OTHER ")" } },
};

/* Ids in order: those of the type and those of the case. */
static void joined(const char *of_type, const char *of_case, char out[1024])
{
    char all[1024];
    const char *ids[32];
    size_t num = 0, len = 0;
    snprintf(all, sizeof all, "%s %s", of_type, of_case);
    for (char *id = strtok(all, " "); id; id = strtok(NULL, " "))
        ids[num++] = id;
    qsort(ids, num, sizeof ids[0], compare_text);
    out[0] = 0;
    for (size_t i = 0; i < num; i++)
        len += (size_t)snprintf(out + len, 1024 - len, "%s%s", i ? " " : "", ids[i]);
}

static void run_cases(const row_case *cases, size_t num, tg_bytes (*build)(const parts *p), const char *of_type)
{
    static verdict v;
    char expected[1024];
    for (size_t i = 0; i < num; i++) {
        judge(build(&cases[i].p), NULL, &v);
        joined(of_type, cases[i].findings, expected);
        if (v.j.parse != TG_OK || strcmp(v.findings, expected) != 0)
            fail_msg("case %zu (%s): parse %s at %s (%zu), findings %s", i, expected, tg_status_name(v.j.parse),
                     v.j.diag.path, v.j.diag.offset, v.findings);
        drop_held(NULL);
    }
}

#define RUN(cases, build, of_type) run_cases(cases, sizeof cases / sizeof cases[0], build, of_type)

static void test_auth_enveloped(void **state)
{
    (void)state;
    RUN(auth_enveloped_cases, auth_enveloped, "");
}

static void test_authenticated(void **state)
{
    (void)state;
    RUN(authenticated_cases, authenticated, "TS33328-I.2.1-05");
}

static void test_enveloped(void **state)
{
    (void)state;
    RUN(enveloped_cases, enveloped, "TS33328-I.2.1-05");
}

static void test_other(void **state)
{
    static verdict v;
    (void)state;
    judge(notation("30(" OID_OTHER "a0(0500))"), NULL, &v);
    assert_string_equal(v.findings, "TS33328-I.2.1-05");
    assert_int_equal(v.j.container.type, TG_SMIME_TYPE_IS_OTHER);
    assert_int_equal(v.j.outcome, TG_SMIME_REFUSED);
    assert_int_equal(v.j.status, TG_REFUSED);
    assert_int_equal(v.j.reception, TG_RECEPTION_REJECT);
}

static bool is_broken_in(const row_case *cases, size_t num, const char *id)
{
    for (size_t i = 0; i < num; i++) {
        if (strstr(cases[i].findings, id))
            return true;
    }
    return false;
}

#define IS_BROKEN_IN(cases, id) is_broken_in(cases, sizeof cases / sizeof cases[0], id)

/* The rows of section 4 that a container without a key can break, but for those of containers that cannot be cut
 * (test_smime_cuts): the catalogue has them, and a case above breaks each. */
static void test_every_row(void **state)
{
    static const char *const rows[] = {
        "RFC5083-2.1-03",    "RFC5652-9.1-x02",   "RFC5652-6.1-x02",   "RFC5083-2.1-04",    "RFC5652-9.1-x03",
        "RFC5652-6.1-x03",   "RFC5083-2.1-05",    "RFC5652-9.1-x05",   "RFC5083-2.1-06",    "RFC5652-9.1-x06",
        "RFC5083-2.1-07",    "RFC5083-3-01",      "RFC5084-3.1-01",    "RFC5084-3.2-01",    "RFC5084-3.1-x01",
        "RFC5084-3.2-x02",   "RFC5084-3.1-x02",   "RFC5084-3.2-x01",   "RFC5084-3.1-05",    "RFC5084-3.2-04",
        "RFC5084-3.1-06",    "RFC5084-3.2-05",    "RFC5084-3.1-02",    "RFC5084-3.2-03",    "RFC3565-2.4-x01",
        "TS33328-I.2.1-x03", "RFC3565-2.3.2-x01", "RFC3565-2.3.2-x02", "RFC3565-2.4-x02",   "RFC5652-6.2.3-x01",
        "TS33328-I.2.1-x01", "TS33328-I.2.1-x02", "RFC5652-9.1-x04",   "RFC5652-9.1-x07",   "RFC5652-9.3-x01",
        "RFC5652-9.3-x02",   "RFC5652-11-x01",    "RFC5652-11.1-x01",  "RFC5652-11.2-x01",  "RFC5652-11.3-x01",
        "TS33328-I.2.1-05",  "RFC5652-6.2.1-x01", "RFC5652-6.2.2-x01", "RFC5652-6.2.3-x02", "RFC5652-6.2.4-x01",
        "RFC5652-11.4-x01",  "RFC3565-4.1-x01",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_non_null(tg_requirement_find(rows[i]));
        if (!IS_BROKEN_IN(auth_enveloped_cases, rows[i]) && !IS_BROKEN_IN(authenticated_cases, rows[i]) &&
            !IS_BROKEN_IN(enveloped_cases, rows[i]))
            fail_msg("no case breaks %s", rows[i]);
    }
}

/* Places say where. */
static void test_places(void **state)
{
    static verdict v;
    (void)state;
    parts p = { .version = "020105", .mac = MAC_16 };
    tg_bytes octets = auth_enveloped(&p);
    judge(octets, NULL, &v);
    assert_int_equal(v.j.num_findings, 2);
    assert_string_equal(v.j.findings[0]->path, "version");
    assert_int_equal(v.j.findings[0]->length, 3);
    assert_memory_equal(octets.data + v.j.findings[0]->offset, "\x02\x01\x05", 3);
    assert_string_equal(v.j.findings[1]->path, "mac");
    assert_int_equal(v.j.findings[1]->length, 18);
    assert_int_equal(v.j.findings[1]->offset, octets.len - 18);
}

/* A row with hundreds of places is shown at four. */
static void test_places_are_few(void **state)
{
    static char recipients[NOTATION_MAX / 2];
    static verdict v;
    (void)state;
    size_t len = (size_t)snprintf(recipients, sizeof recipients, "31(");
    for (int i = 0; i < 40; i++)
        len += (size_t)snprintf(recipients + len, sizeof recipients - len, "%s",
                                KEKRI_OF("020100", "04(00)", "30(" OID_WRAP_128 ")", KEY_24));
    snprintf(recipients + len, sizeof recipients - len, ")");
    parts p = { .recipients = recipients };
    judge(auth_enveloped(&p), NULL, &v);
    assert_int_equal(v.j.container.num_recipients, 40);
    assert_int_equal(v.j.num_findings, 4);
    assert_string_equal(v.findings, "RFC5652-6.2.3-x01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(test_auth_enveloped), CRYPTO_TEST(test_authenticated), CRYPTO_TEST(test_enveloped),
        CRYPTO_TEST(test_other),          CRYPTO_TEST(test_every_row),     CRYPTO_TEST(test_places),
        CRYPTO_TEST(test_places_are_few),
    };
    return cmocka_run_group_tests(tests, make_crypto, free_crypto);
}
