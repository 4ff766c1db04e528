/* Type and version of a container: RFC 5083 2.1, RFC 5652 6.1 and 9.1, TS 33.328 annex I.2.1. */
#include <stdio.h>

#include "algorithms.h"
#include "checks.h"

/* ---- originatorInfo ----------------------------------------------------------------------------------------- */

typedef struct originator {
    bool other, v2_attribute_certificate;
} originator;

static bool has_tag(tg_bytes set, int tag)
{
    tg_element all, child;
    if (!set.data || !tg_element_of(set, &all))
        return false;
    for (tg_elements e = tg_elements_in(all.content); tg_elements_next(&e, &child);) {
        if (child.class_ == V_ASN1_CONTEXT_SPECIFIC && child.tag == tag)
            return true;
    }
    return false;
}

/* CertificateChoices [2] v2AttrCert, [3] other; RevocationInfoChoice [1] other: RFC 5652 10.2.1, 10.2.2. */
static originator read_originator(const tg_smime *s)
{
    originator o = { false, false };
    tg_originator_info info;
    if (s->has_originator && tg_template_read(ASN1_ITEM_rptr(tg_originator_info), 0, tg_octets_at(s, s->originator_at),
                                              &info, sizeof info)) {
        o.other = has_tag(info.certs, 3) || has_tag(info.crls, 1);
        o.v2_attribute_certificate = has_tag(info.certs, 2);
    }
    return o;
}

/* ---- version ------------------------------------------------------------------------------------------------ */

/* RFC 5652 6.1 */
static int64_t version_of_enveloped(const tg_smime *s)
{
    originator o = read_originator(s);
    bool pwri_or_ori = false, all_zero = true;
    for (size_t i = 0; i < s->num_recipients; i++) {
        pwri_or_ori = pwri_or_ori || s->recipients[i].kind == TG_SMIME_PWRI || s->recipients[i].kind == TG_SMIME_ORI;
        all_zero = all_zero && s->recipients[i].version == 0;
    }
    if (o.other)
        return 4;
    if (o.v2_attribute_certificate || pwri_or_ori)
        return 3;
    return !s->has_originator && !s->has_unauth_attrs && all_zero ? 0 : 2;
}

/* RFC 5652 9.1 */
static int64_t version_of_authenticated(const tg_smime *s)
{
    originator o = read_originator(s);
    return o.other ? 3 : o.v2_attribute_certificate ? 1 : 0;
}

static void check_version(tg_smime_case *k)
{
    const tg_smime *s = k->s;
    bool enveloped = s->type == TG_SMIME_TYPE_IS_ENVELOPED, authenticated = s->type == TG_SMIME_TYPE_IS_AUTHENTICATED;
    int64_t expected = enveloped ? version_of_enveloped(s) : authenticated ? version_of_authenticated(s) : 0;
    const char *row = enveloped ? "RFC5652-6.1-x02" : authenticated ? "RFC5652-9.1-x02" : "RFC5083-2.1-03";
    if (s->version != expected)
        tg_smime_say(k, row, s->version_at, "version", "expected version %lld, found %lld", (long long)expected,
                     (long long)s->version);
}

/* ---- type --------------------------------------------------------------------------------------------------- */

void tg_check_type(tg_smime_case *k)
{
    static const char row[] = "TS33328-I.2.1-05";
    const tg_smime *s = k->s;
    const tg_smime_place all = { 0, s->octets.len };
    if (s->type != TG_SMIME_TYPE_IS_AUTH_ENVELOPED)
        tg_smime_say(k, row, all, "contentType", "expected AuthEnvelopedData, found %s (%s)",
                     tg_smime_type_name(s->type), s->type_oid);
    if (s->type == TG_SMIME_TYPE_IS_OTHER)
        return;
    check_version(k);
    if (strcmp(s->content_oid, TG_OID_DATA) == 0)
        return;
    tg_smime_say(k, row, s->content_type_at, tg_path_of_content(s), "expected content of type id-data, found %s",
                 s->content_oid);
    if (!s->has_auth_attrs && s->type != TG_SMIME_TYPE_IS_ENVELOPED)
        tg_smime_say(k, s->type == TG_SMIME_TYPE_IS_AUTHENTICATED ? "RFC5652-9.1-x05" : "RFC5083-2.1-05",
                     s->content_type_at, "authAttrs", "expected authAttrs with content of type %s, found none",
                     s->content_oid);
}
