/* Attributes: RFC 5652 9.1, 9.3 and 11, RFC 5083 2.1 and 3. */
#include <stdio.h>

#include "algorithms.h"
#include "checks.h"
#include "open.h"

static size_t count(const tg_smime_attribute *all, size_t num, const char *oid)
{
    size_t found = 0;
    for (size_t i = 0; i < num; i++)
        found += strcmp(all[i].oid, oid) == 0;
    return found;
}

/* ---- signing-time: RFC 5652 11.3 ---------------------------------------------------------------------------- */

enum { UTC_LEN = 13, GENERALIZED_LEN = 15 };

typedef struct time_text {
    uint8_t at[GENERALIZED_LEN];
    size_t len;
} time_text;

static bool add_to_time(void *user, tg_bytes segment)
{
    time_text *t = user;
    if (segment.len > sizeof t->at - t->len)
        return false;
    if (segment.len)
        memcpy(t->at + t->len, segment.data, segment.len);
    t->len += segment.len;
    return true;
}

/* UTCTime from 1950 to 2049 with seconds and Z; GeneralizedTime before and after, without fractions. In segments it is
 * no DER, but the same time. */
static bool is_signing_time(tg_bytes value)
{
    tg_element e;
    time_text t = { .len = 2 };
    if (!tg_element_of(value, &e) || e.class_ != V_ASN1_UNIVERSAL ||
        (e.tag != V_ASN1_UTCTIME && e.tag != V_ASN1_GENERALIZEDTIME))
        return false;
    bool utc = e.tag == V_ASN1_UTCTIME;
    if (!utc)
        t.len = 0;
    if (!tg_string_segments(&e, V_ASN1_OCTET_STRING, add_to_time, &t) || t.len != sizeof t.at)
        return false;
    if (utc)
        memcpy(t.at, t.at[2] >= '5' ? "19" : "20", 2); /* RFC 5652 11.3 */
    bool until_2049 = memcmp(t.at, "1950", 4) >= 0 && memcmp(t.at, "2049", 4) <= 0;
    return tg_is_generalized_time(tg_bytes_of(t.at, t.len)) && utc == until_2049;
}

/* ---- one kind each: RFC 5652 11.1 to 11.4 ------------------------------------------------------------------- */

static const char *name_of_others(const tg_smime *s)
{
    return s->type == TG_SMIME_TYPE_IS_ENVELOPED ? "unprotectedAttrs" : "unauthAttrs";
}

static void check_kind(tg_smime_case *k, const char *oid, const char *row, const char *name)
{
    const tg_smime *s = k->s;
    char path[TG_PATH_MAX];
    size_t num = count(s->auth_attrs, s->num_auth_attrs, oid);
    if (num > 1)
        tg_smime_say(k, row, s->auth_attrs_at, "authAttrs", "expected %s once at most, found it %zu times", name, num);
    for (size_t i = 0; i < s->num_auth_attrs; i++) {
        const tg_smime_attribute *a = &s->auth_attrs[i];
        snprintf(path, sizeof path, "authAttrs[%zu]", i);
        if (strcmp(a->oid, oid) == 0 && a->num_values != 1)
            tg_smime_say(k, row, a->at, path, "expected one value of %s, found %zu", name, a->num_values);
        else if (strcmp(a->oid, oid) == 0 && strcmp(oid, TG_OID_SIGNING_TIME) == 0 && !is_signing_time(a->value))
            tg_smime_say(k, row, a->at, path,
                         "expected a UTC time with seconds, UTCTime from 1950 to 2049, found another");
    }
    for (size_t i = 0; i < s->num_unauth_attrs; i++) {
        snprintf(path, sizeof path, "%s[%zu]", name_of_others(s), i);
        if (strcmp(s->unauth_attrs[i].oid, oid) == 0)
            tg_smime_say(k, row, s->unauth_attrs[i].at, path, "expected no %s here, found one", name);
    }
}

/* It is of SignedData alone. */
static void check_countersignature(tg_smime_case *k, const char *name, const tg_smime_attribute *all, size_t num)
{
    char path[TG_PATH_MAX];
    for (size_t i = 0; i < num; i++) {
        snprintf(path, sizeof path, "%s[%zu]", name, i);
        if (strcmp(all[i].oid, TG_OID_COUNTERSIGNATURE) == 0)
            tg_smime_say(k, "RFC5652-11.4-x01", all[i].at, path, "expected no countersignature here, found one");
    }
}

/* ---- content-type, message-digest: RFC 5652 9.1, 9.3, RFC 5083 2.1 ------------------------------------------ */

static void check_content_type(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    tg_element type, value;
    char path[TG_PATH_MAX];
    /* Of several it is not known which is meant; that there are several is a row of its own. */
    if (count(s->auth_attrs, s->num_auth_attrs, TG_OID_CONTENT_TYPE) != 1 ||
        !tg_element_of(tg_octets_at(s, s->content_type_at), &type))
        return;
    for (size_t i = 0; i < s->num_auth_attrs; i++) {
        const tg_smime_attribute *a = &s->auth_attrs[i];
        if (strcmp(a->oid, TG_OID_CONTENT_TYPE) != 0 || a->num_values != 1)
            continue;
        snprintf(path, sizeof path, "authAttrs[%zu]", i);
        if (!tg_element_of(a->value, &value) || !tg_element_is(&value, V_ASN1_OBJECT, false) ||
            !tg_bytes_equal(value.content, type.content))
            tg_smime_say(k, "RFC5652-9.3-x02", a->at, path, "expected %s, the type of the content, found another",
                         s->content_oid);
    }
}

static void check_auth_enveloped(tg_smime_case *k)
{
    static const char text[] = "expected no message-digest, found one";
    const tg_smime *s = k->s;
    if (count(s->auth_attrs, s->num_auth_attrs, TG_OID_MESSAGE_DIGEST) == 0)
        return;
    tg_smime_say(k, "RFC5083-2.1-07", s->auth_attrs_at, "authAttrs", "%s", text);
    tg_smime_say(k, "RFC5083-3-01", s->auth_attrs_at, "authAttrs", "%s", text);
}

static void check_authenticated(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    if (s->has_digest != s->has_auth_attrs)
        tg_smime_say(k, "RFC5652-9.1-x04", s->has_digest ? s->digest_at : s->auth_attrs_at, "digestAlgorithm",
                     "expected digestAlgorithm and authAttrs both or neither, found %s alone",
                     s->has_digest ? "digestAlgorithm" : "authAttrs");
    if (!s->has_auth_attrs)
        return;
    bool type = count(s->auth_attrs, s->num_auth_attrs, TG_OID_CONTENT_TYPE) > 0;
    bool digest = count(s->auth_attrs, s->num_auth_attrs, TG_OID_MESSAGE_DIGEST) > 0;
    if (!type || !digest)
        tg_smime_say(k, "RFC5652-9.1-x07", s->auth_attrs_at, "authAttrs",
                     "expected content-type and message-digest, found %s",
                     type     ? "no message-digest"
                     : digest ? "no content-type"
                              : "neither");
}

void tg_check_attributes(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    bool authenticated = s->type == TG_SMIME_TYPE_IS_AUTHENTICATED;
    if (s->has_auth_attrs && s->num_auth_attrs == 0)
        tg_smime_say(k, "RFC5652-11-x01", s->auth_attrs_at, "authAttrs", "expected an attribute, found none");
    if (s->has_unauth_attrs && s->num_unauth_attrs == 0)
        tg_smime_say(k, "RFC5652-11-x01", s->unauth_attrs_at, name_of_others(s), "expected an attribute, found none");
    if (s->has_auth_attrs && !s->auth_attrs_der)
        tg_smime_say(k, authenticated ? "RFC5652-9.1-x06" : "RFC5083-2.1-06", s->auth_attrs_at, "authAttrs",
                     "expected DER, found %zu octets whose DER has %zu, or other octets", s->auth_attrs_at.length,
                     s->auth_attrs_octets.len);
    check_kind(k, TG_OID_CONTENT_TYPE, "RFC5652-11.1-x01", "content-type");
    check_kind(k, TG_OID_MESSAGE_DIGEST, "RFC5652-11.2-x01", "message-digest");
    check_kind(k, TG_OID_SIGNING_TIME, "RFC5652-11.3-x01", "signing-time");
    check_countersignature(k, "authAttrs", s->auth_attrs, s->num_auth_attrs);
    check_countersignature(k, name_of_others(s), s->unauth_attrs, s->num_unauth_attrs);
    check_content_type(k);
    if (authenticated)
        check_authenticated(k);
    else if (s->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED)
        check_auth_enveloped(k);
}

/* RFC 5652 9.3: what can be said without a key. */
void tg_check_digest(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    tg_digest_state state = TG_DIGEST_UNSAID;
    if (s->type != TG_SMIME_TYPE_IS_AUTHENTICATED || !s->has_auth_attrs || !s->has_content)
        return;
    k->status = tg_smime_digest(k->crypto, s, &state);
    if (k->status == TG_OK && state == TG_DIGEST_ANOTHER)
        tg_smime_say(k, "RFC5652-9.3-x01", s->content_at, "encapContentInfo.eContent",
                     "expected the content that message-digest is of, found another");
}
