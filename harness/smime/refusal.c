/* What can be seen without a key, and forbids to open: vectors/SMIME.md section 3, "refused". */
#include <openssl/asn1.h>

#include "algorithms.h"
#include "cipher.h"
#include "cut.h"
#include "open.h"

/* ---- message-digest ----------------------------------------------------------------------------------------- */

/* The one value of the one message-digest. */
static bool find_digest(const tg_smime *s, tg_element *out)
{
    const tg_smime_attribute *found = NULL;
    for (size_t i = 0; i < s->num_auth_attrs; i++) {
        if (strcmp(s->auth_attrs[i].oid, TG_OID_MESSAGE_DIGEST) != 0)
            continue;
        if (found)
            return false;
        found = &s->auth_attrs[i];
    }
    return found && found->num_values == 1 && tg_element_of(found->value, out);
}

typedef struct compared {
    const uint8_t *digest;
    size_t len, at;
} compared;

/* Joined segments would need memory: they are compared where they stand. */
static bool compare_segment(void *user, tg_bytes segment)
{
    compared *d = user;
    if (segment.len > d->len - d->at || (segment.len && memcmp(d->digest + d->at, segment.data, segment.len) != 0))
        return false;
    d->at += segment.len;
    return true;
}

tg_status tg_smime_digest(tg_crypto *c, const tg_smime *s, tg_digest_state *out)
{
    tg_element attribute;
    uint8_t digest[TG_DIGEST_MAX];
    compared d = { .digest = digest };
    const tg_segments content = { s->segments, s->num_segments, s->content_len };
    tg_bytes parameters = tg_bytes_of(s->octets.data + s->digest.parameters_at.offset, s->digest.parameters_at.length);
    const char *name = s->has_digest ? tg_digest_evp(s->digest.oid) : NULL;
    bool known = name && (!s->digest.has_parameters || tg_parameters_are_none(parameters));
    *out = known ? TG_DIGEST_UNSAID : TG_DIGEST_UNKNOWN;
    if (!known || !find_digest(s, &attribute))
        return TG_OK;
    tg_status status = tg_digest_of(tg_crypto_library(c), name, &content, digest, &d.len);
    bool same = status == TG_OK && attribute.class_ == V_ASN1_UNIVERSAL && attribute.tag == V_ASN1_OCTET_STRING &&
                tg_string_segments(&attribute, V_ASN1_OCTET_STRING, compare_segment, &d) && d.at == d.len;
    *out = same ? TG_DIGEST_SAME : TG_DIGEST_ANOTHER;
    return status;
}

/* ---- refusals ----------------------------------------------------------------------------------------------- */

static tg_status refuse_auth_enveloped(const tg_smime *s)
{
    if (s->nonce.len > TG_GCM_NONCE_MAX)
        return TG_UNKNOWN_ALGORITHM;
    bool ok = !s->parameters_bad && tg_nonce_len_is_allowed(s->alg, s->nonce.len) &&
              tg_icv_len_is_allowed(s->alg, s->icv_len) && s->mac.len == (size_t)s->icv_len &&
              (tg_alg_is_gcm(s->alg) || tg_ccm_holds(s->nonce.len, s->content_len));
    return ok ? TG_OK : TG_BAD_CMS;
}

/* The MAC covers the attributes alone: the content is authentic through them or not at all [RFC 5652 9.3]. */
static tg_status refuse_by_digest(tg_crypto *c, const tg_smime *s)
{
    tg_digest_state digest = TG_DIGEST_SAME;
    tg_status status = tg_smime_digest(c, s, &digest);
    if (status != TG_OK || digest == TG_DIGEST_SAME)
        return status;
    return digest == TG_DIGEST_UNKNOWN ? TG_UNKNOWN_ALGORITHM : TG_BAD_CMS;
}

/* The MAC may have been made for these attributes, and of another content [RFC 5652 9.2]. */
static tg_status refuse_stripped(const tg_smime *s)
{
    const tg_segments content = { s->segments, s->num_segments, s->content_len };
    bool is_attributes = false;
    tg_status status = tg_content_is_attributes(&content, &is_attributes);
    return is_attributes ? TG_BAD_CMS : status;
}

static tg_status refuse_authenticated(tg_crypto *c, const tg_smime *s)
{
    if (s->parameters_bad || s->mac.len != tg_hmac_len(s->alg))
        return TG_BAD_CMS;
    return s->has_auth_attrs ? refuse_by_digest(c, s) : refuse_stripped(s);
}

static tg_status refuse_enveloped(const tg_smime *s)
{
    bool ok =
        !s->parameters_bad && s->nonce.len == TG_CBC_BLOCK && s->content_len > 0 && s->content_len % TG_CBC_BLOCK == 0;
    return ok ? TG_OK : TG_BAD_CMS;
}

bool tg_wrapped_len_is_allowed(const tg_smime *s, size_t len)
{
    size_t key_len = tg_smime_alg_key_len(s->alg);
    return key_len ? len == key_len + TG_WRAP_BLOCK
                   : len % TG_WRAP_BLOCK == 0 && len >= TG_WRAPPED_MAC_KEY_MIN && len <= TG_WRAPPED_MAC_KEY_MAX;
}

bool tg_recipient_is_usable(const tg_smime *s, const tg_smime_recipient *r)
{
    return r->kind == TG_SMIME_KEKRI && r->wrap != TG_SMIME_WRAP_UNKNOWN &&
           tg_wrapped_len_is_allowed(s, r->encrypted_key.len);
}

/* None is left of those that there are. */
static tg_status refuse_recipients(const tg_smime *s)
{
    tg_status status = TG_OK;
    for (size_t i = 0; i < s->num_recipients; i++) {
        const tg_smime_recipient *r = &s->recipients[i];
        if (tg_recipient_is_usable(s, r))
            return TG_OK;
        if (r->kind == TG_SMIME_KEKRI && status == TG_OK)
            status = r->wrap == TG_SMIME_WRAP_UNKNOWN ? TG_UNKNOWN_ALGORITHM : TG_BAD_CMS;
    }
    return status;
}

tg_status tg_smime_refusal(tg_crypto *c, const tg_smime *s, bool allow_unauthenticated)
{
    if (s->type == TG_SMIME_TYPE_IS_OTHER || (s->type == TG_SMIME_TYPE_IS_ENVELOPED && !allow_unauthenticated))
        return TG_REFUSED;
    if (!tg_alg_is_of_type(s->alg, s->type))
        return TG_UNKNOWN_ALGORITHM;
    if (!s->has_content)
        return TG_BAD_CMS;
    tg_status status = s->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED  ? refuse_auth_enveloped(s)
                       : s->type == TG_SMIME_TYPE_IS_AUTHENTICATED ? refuse_authenticated(c, s)
                                                                   : refuse_enveloped(s);
    return status == TG_OK ? refuse_recipients(s) : status;
}
