/* tg_smime_make: the parts beside the content are made first, so that all lengths are known and the content is
 * encrypted to where it stands in the end. */
#include <openssl/asn1.h>

#include "algorithms.h"
#include "cipher.h"
#include "elements.h"
#include "make_parts.h"
#include "open.h"
#include "templates.h"

enum { FRAME_MAX = 512, RECIPIENT_MAX = 160, NONCE_MAX = 16 };

typedef struct making {
    OSSL_LIB_CTX *lib;
    const tg_smime_plan *plan;
    tg_bytes content;
    size_t tag_len;
    uint8_t key[TG_SMIME_KEK_MAX], nonce[NONCE_MAX];
    size_t key_len, nonce_len;
    const char *digest_name; /* AuthenticatedData with attributes */
    tg_part type_oid, data_oid, recipients, algorithm, digest_algorithm, auth_attrs;
    size_t offset_content, offset_mac; /* where they came to stand */
} making;

size_t tg_smime_made_size(const tg_smime_plan *plan, size_t content_len)
{
    size_t size = content_len + plan->auth_attrs.len + plan->unauth_attrs.len + FRAME_MAX;
    for (size_t i = 0; i < plan->num_recipients; i++)
        size += plan->recipients[i].id.len + RECIPIENT_MAX;
    return size;
}

/* ---- the plan ----------------------------------------------------------------------------------------------- */

static tg_status check_plan(making *m)
{
    const tg_smime_plan *plan = m->plan;
    bool aead = tg_smime_alg_is_aead(plan->alg);
    if (plan->type != TG_SMIME_TYPE_IS_AUTH_ENVELOPED && plan->type != TG_SMIME_TYPE_IS_AUTHENTICATED)
        return TG_UNKNOWN_ALGORITHM;
    if (plan->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED ? !aead : !tg_alg_is_hmac(plan->alg))
        return TG_UNKNOWN_ALGORITHM;
    m->tag_len = !aead ? tg_hmac_len(plan->alg) : plan->tag_len ? plan->tag_len : TG_SMIME_TAG_DEFAULT;
    if (aead && !tg_icv_len_is_allowed(plan->alg, (int64_t)m->tag_len))
        return TG_OVERFLOW;
    if (plan->num_recipients == 0)
        return TG_BAD_KEY;
    if (plan->num_recipients > TG_SMIME_MAX_RECIPIENTS || m->content.len > TG_SMIME_MAX_OCTETS ||
        tg_smime_made_size(plan, 0) > TG_SMIME_MAX_OUTSIDE)
        return TG_TOO_LARGE;
    for (size_t i = 0; i < plan->num_recipients; i++) {
        if (tg_wrap_of_kek(plan->recipients[i].kek.len) == TG_SMIME_WRAP_UNKNOWN)
            return TG_BAD_KEY;
    }
    return tg_check_planned_attributes(plan);
}

/* A MAC of such a content would be one of these attributes too, and of whatever content they stand for: nobody should
 * open it, and nobody should have it made. */
static tg_status check_content(const making *m)
{
    const tg_segments content = { &m->content, 1, m->content.len };
    bool bare = m->plan->type == TG_SMIME_TYPE_IS_AUTHENTICATED && !m->plan->with_attrs && !m->plan->auth_attrs.len;
    bool is_attributes = false;
    tg_status status = bare ? tg_content_is_attributes(&content, &is_attributes) : TG_OK;
    return is_attributes ? TG_BAD_CMS : status;
}

/* RFC 3565 2.1: a fresh content key. A MAC key of 32 octets: 20, the size of HMAC-SHA-1, is nothing that AES-WRAP can
 * carry. */
static tg_status draw_keys(making *m, const tg_random *random)
{
    size_t key_len = tg_smime_alg_key_len(m->plan->alg);
    m->key_len = key_len ? key_len : 32;
    m->nonce_len = tg_alg_is_gcm(m->plan->alg) ? 12 : tg_alg_is_ccm(m->plan->alg) ? 7 : 0; /* RFC 5084 3.2, 3.1 */
    tg_status status = random->fill(random->user, m->key, m->key_len);
    return status == TG_OK && m->nonce_len ? random->fill(random->user, m->nonce, m->nonce_len) : status;
}

/* ---- parts -------------------------------------------------------------------------------------------------- */

static tg_status make_auth_enveloped_parts(making *m)
{
    tg_status status = tg_make_oid(TG_OID_AUTH_ENVELOPED, &m->type_oid);
    /* DER leaves a default out (X.690 11.5). Of AES-GCM it is written all the same: OpenSSL 3.0 reads no parameters
     * without it. */
    bool leave_out_default = !tg_alg_is_gcm(m->plan->alg);
    return status == TG_OK ? tg_make_aead_algorithm(tg_alg_oid(m->plan->alg), tg_bytes_of(m->nonce, m->nonce_len),
                                                    m->tag_len, leave_out_default, &m->algorithm)
                           : status;
}

static tg_status make_digest_parts(making *m)
{
    uint8_t digest[TG_DIGEST_MAX];
    size_t len = 0;
    const tg_segments content = { &m->content, 1, m->content.len };
    bool sha_1 = m->plan->alg == TG_SMIME_HMAC_SHA_1;
    tg_status status =
        tg_make_algorithm(sha_1 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1", false, &m->digest_algorithm);
    if (status == TG_OK)
        status = tg_digest_of(m->lib, sha_1 ? "SHA1" : "SHA256", &content, digest, &len);
    return status == TG_OK ? tg_make_auth_attrs(m->plan, tg_bytes_of(digest, len), &m->auth_attrs) : status;
}

static tg_status make_authenticated_parts(making *m)
{
    tg_status status = tg_make_oid(TG_OID_AUTHENTICATED, &m->type_oid);
    if (status == TG_OK) /* RFC 3370 3.1: none; RFC 8018 B.1.2: NULL */
        status = tg_make_algorithm(tg_alg_oid(m->plan->alg), m->plan->alg == TG_SMIME_HMAC_SHA_256, &m->algorithm);
    return status == TG_OK && (m->plan->with_attrs || m->plan->auth_attrs.len) ? make_digest_parts(m) : status;
}

static tg_status make_parts(making *m)
{
    tg_status status =
        m->plan->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED ? make_auth_enveloped_parts(m) : make_authenticated_parts(m);
    if (status == TG_OK)
        status = tg_make_oid(TG_OID_DATA, &m->data_oid);
    return status == TG_OK ? tg_make_recipients(m->lib, m->plan, tg_bytes_of(m->key, m->key_len), &m->recipients)
                           : status;
}

static void free_parts(making *m)
{
    tg_part *const parts[] = { &m->type_oid,  &m->data_oid,         &m->recipients,
                               &m->algorithm, &m->digest_algorithm, &m->auth_attrs };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        tg_part_free(parts[i]);
}

/* ---- the frame ---------------------------------------------------------------------------------------------- */

/* Written twice: to count and to write. Constructed encodings are written from the inside: their length is what was
 * counted. */
typedef struct frame {
    uint8_t *out; /* NULL: count */
    size_t len;
} frame;

static void put(frame *f, tg_bytes octets)
{
    if (f->out && octets.len)
        memcpy(f->out + f->len, octets.data, octets.len);
    f->len += octets.len;
}

static void put_part(frame *f, const tg_part *part)
{
    put(f, tg_bytes_of(part->data, part->len));
}

static void put_header(frame *f, bool constructed, size_t content, int tag, int class_)
{
    size_t len = (size_t)ASN1_object_size(constructed, (int)content, tag) - content;
    unsigned char *p = f->out ? f->out + f->len : NULL;
    if (p)
        ASN1_put_object(&p, constructed, (int)content, tag, class_);
    f->len += len;
}

/* A SET OF under an implicit tag. */
static void put_attributes(frame *f, tg_bytes set, int tag)
{
    tg_element e;
    if (set.len == 0 || !tg_element_of(set, &e))
        return;
    put_header(f, true, e.content.len, tag, V_ASN1_CONTEXT_SPECIFIC);
    put(f, e.content);
}

static void put_version(frame *f)
{
    static const uint8_t zero[] = { V_ASN1_INTEGER, 1, 0 };
    put(f, tg_bytes_of(zero, sizeof zero));
}

static void put_mac(making *m, frame *f)
{
    put_header(f, false, m->tag_len, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL);
    m->offset_mac = f->len;
    f->len += m->tag_len;
}

static void put_encrypted_content(making *m, frame *f)
{
    put_part(f, &m->data_oid);
    put_part(f, &m->algorithm);
    put_header(f, false, m->content.len, 0, V_ASN1_CONTEXT_SPECIFIC);
    m->offset_content = f->len;
    f->len += m->content.len;
}

static void put_encap_content(making *m, frame *f)
{
    size_t string = (size_t)ASN1_object_size(0, (int)m->content.len, V_ASN1_OCTET_STRING);
    put_part(f, &m->data_oid);
    put_header(f, true, string, 0, V_ASN1_CONTEXT_SPECIFIC);
    put_header(f, false, m->content.len, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL);
    m->offset_content = f->len;
    f->len += m->content.len;
}

static void put_constructed(making *m, frame *f, void (*inside)(making *m, frame *f), int tag, int class_)
{
    frame count = { NULL, 0 };
    inside(m, &count);
    put_header(f, true, count.len, tag, class_);
    inside(m, f);
}

static void put_auth_enveloped(making *m, frame *f)
{
    put_version(f);
    put_part(f, &m->recipients);
    put_constructed(m, f, put_encrypted_content, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    put_attributes(f, m->plan->auth_attrs, 1);
    put_mac(m, f);
    put_attributes(f, m->plan->unauth_attrs, 2);
}

static void put_authenticated(making *m, frame *f)
{
    tg_element digest;
    put_version(f);
    put_part(f, &m->recipients);
    put_part(f, &m->algorithm);
    if (m->digest_algorithm.len &&
        tg_element_of(tg_bytes_of(m->digest_algorithm.data, m->digest_algorithm.len), &digest)) {
        put_header(f, true, digest.content.len, 1, V_ASN1_CONTEXT_SPECIFIC);
        put(f, digest.content);
    }
    put_constructed(m, f, put_encap_content, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    put_attributes(f, tg_bytes_of(m->auth_attrs.data, m->auth_attrs.len), 2);
    put_mac(m, f);
    put_attributes(f, m->plan->unauth_attrs, 3);
}

static void put_type(making *m, frame *f)
{
    put_constructed(m, f, m->plan->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED ? put_auth_enveloped : put_authenticated,
                    V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
}

static void put_content_info(making *m, frame *f)
{
    put_part(f, &m->type_oid);
    put_constructed(m, f, put_type, 0, V_ASN1_CONTEXT_SPECIFIC);
}

/* ---- the content -------------------------------------------------------------------------------------------- */

static tg_status protect(making *m, uint8_t *out)
{
    tg_bytes key = tg_bytes_of(m->key, m->key_len);
    uint8_t mac[TG_DIGEST_MAX];
    if (m->plan->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED) {
        const tg_aead aead = { .lib = m->lib,
                               .alg = m->plan->alg,
                               .key = key,
                               .nonce = tg_bytes_of(m->nonce, m->nonce_len),
                               .has_aad = m->plan->auth_attrs.len > 0,
                               .aad = m->plan->auth_attrs };
        return tg_aead_seal(&aead, m->content, out + m->offset_mac, m->tag_len, out + m->offset_content);
    }
    const tg_bytes covered = m->auth_attrs.len ? tg_bytes_of(m->auth_attrs.data, m->auth_attrs.len) : m->content;
    const tg_segments all = { &covered, 1, covered.len };
    if (m->content.len)
        memcpy(out + m->offset_content, m->content.data, m->content.len);
    tg_status status = tg_hmac_of(m->lib, m->plan->alg, key, &all, mac);
    if (status == TG_OK)
        memcpy(out + m->offset_mac, mac, m->tag_len);
    return status;
}

static tg_status write_out(making *m, uint8_t *out, size_t max, size_t *len)
{
    frame count = { NULL, 0 }, written = { out, 0 };
    put_constructed(m, &count, put_content_info, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    if (count.len > TG_SMIME_MAX_OCTETS)
        return TG_TOO_LARGE;
    if (count.len > max)
        return TG_BUFFER_FULL;
    put_constructed(m, &written, put_content_info, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    /* Attributes may be nested too deeply here, or be too many encodings: then nobody would read it. */
    size_t fault_at;
    tg_status status = tg_elements_walk(tg_bytes_of(out, written.len), &fault_at) == TG_OK ? TG_OK : TG_BAD_CMS;
    if (status == TG_OK)
        status = protect(m, out);
    if (status != TG_OK)
        tg_wipe(out, written.len);
    *len = status == TG_OK ? written.len : 0;
    return status;
}

tg_status tg_smime_make(tg_crypto *c, const tg_smime_plan *plan, tg_bytes content, const tg_random *random,
                        uint8_t *out, size_t max, size_t *len)
{
    making m = { .lib = tg_crypto_library(c), .plan = plan, .content = content };
    *len = 0;
    tg_status status = check_plan(&m);
    if (status == TG_OK)
        status = check_content(&m);
    if (status == TG_OK)
        status = draw_keys(&m, random);
    if (status == TG_OK)
        status = make_parts(&m);
    if (status == TG_OK)
        status = write_out(&m, out, max, len);
    free_parts(&m);
    tg_wipe(m.key, sizeof m.key);
    return status == TG_OK ? TG_OK : tg_smime_openssl_failed(status);
}
