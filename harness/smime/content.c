/* EncryptedContentInfo [RFC 5652 6.1], EncapsulatedContentInfo [5.2], and the parameters of the algorithms. */
#include "content.h"

#include <openssl/err.h>
#include <stdio.h>

#include "algorithms.h"

/* ---- segments ----------------------------------------------------------------------------------------------- */

static bool count_segment(void *user, tg_bytes segment)
{
    tg_smime *s = user;
    s->num_segments++;
    s->content_len += segment.len;
    return true;
}

static bool keep_segment(void *user, tg_bytes segment)
{
    tg_smime *s = user;
    s->segments[s->num_segments++] = segment;
    return true;
}

static tg_status cut_segments(tg_cut *c, const tg_element *string, const char *path)
{
    tg_smime *s = c->s;
    s->has_content = true;
    s->content_at = tg_place(s, string->whole);
    if (!tg_string_segments(string, V_ASN1_OCTET_STRING, count_segment, s))
        return tg_cut_fail(c, TG_BAD_CMS, string->whole, path);
    if (s->octets.len - s->content_len > TG_SMIME_MAX_OUTSIDE)
        return tg_cut_fail(c, TG_TOO_LARGE, string->whole, path);
    s->segments = tg_arena_alloc(c->arena, s->num_segments * sizeof *s->segments);
    if (!s->segments)
        return tg_cut_fail(c, TG_ARENA_FULL, string->whole, path);
    s->num_segments = 0;
    (void)tg_string_segments(string, V_ASN1_OCTET_STRING, keep_segment, s);
    return TG_OK;
}

static tg_status cut_no_content(tg_cut *c, tg_bytes whole, const char *path)
{
    return c->s->octets.len > TG_SMIME_MAX_OUTSIDE ? tg_cut_fail(c, TG_TOO_LARGE, whole, path) : TG_OK;
}

static tg_status cut_content_type(tg_cut *c, tg_bytes oid, const char *path)
{
    tg_status status = tg_value_oid(oid, c->s->content_oid);
    c->s->content_type_at = tg_place(c->s, oid);
    return status == TG_OK ? TG_OK : tg_cut_fail(c, status, oid, path);
}

/* ---- parameters --------------------------------------------------------------------------------------------- */

/* TG_BAD_CMS where they are no GCMParameters or CCMParameters [RFC 5084 3.1, 3.2]. */
static tg_status read_aead(tg_cut *c, tg_bytes parameters)
{
    tg_smime *s = c->s;
    tg_aead_parameters p;
    s->icv_len = TG_SMIME_TAG_DEFAULT;
    if (!tg_template_read(ASN1_ITEM_rptr(tg_aead_parameters), -1, parameters, &p, sizeof p))
        return tg_smime_openssl_failed(TG_BAD_CMS);
    tg_status status = p.aes_ICVlen.data ? tg_value_integer(p.aes_ICVlen, &s->icv_len) : TG_OK;
    return status == TG_OK ? tg_value_string(c->arena, p.aes_nonce, &s->nonce) : status;
}

static tg_status read_iv(tg_cut *c, tg_bytes parameters)
{
    tg_element e;
    bool ok = parameters.data && tg_element_of(parameters, &e) && e.class_ == V_ASN1_UNIVERSAL &&
              e.tag == V_ASN1_OCTET_STRING;
    return ok ? tg_value_string(c->arena, parameters, &c->s->nonce) : TG_BAD_CMS;
}

/* RFC 3370 3.1, RFC 4231 3.1: absent or NULL. */
bool tg_parameters_are_none(tg_bytes parameters)
{
    tg_element e;
    return !parameters.data ||
           (tg_element_of(parameters, &e) && tg_element_is(&e, V_ASN1_NULL, false) && e.content.len == 0);
}

static tg_status cut_parameters(tg_cut *c, tg_bytes parameters)
{
    tg_smime *s = c->s;
    tg_status status = TG_OK;
    s->alg = tg_alg_of_oid(s->algorithm.oid);
    if (tg_smime_alg_is_aead(s->alg))
        status = read_aead(c, parameters);
    else if (tg_alg_is_cbc(s->alg))
        status = read_iv(c, parameters);
    else if (tg_alg_is_hmac(s->alg))
        status = tg_parameters_are_none(parameters) ? TG_OK : TG_BAD_CMS;
    if (status == TG_BAD_CMS) {
        s->parameters_bad = true;
        s->nonce = tg_bytes_of(NULL, 0);
        s->icv_len = tg_smime_alg_is_aead(s->alg) ? TG_SMIME_TAG_DEFAULT : 0;
        status = TG_OK;
    }
    return status == TG_OK ? TG_OK : tg_cut_fail(c, status, parameters, "parameters");
}

/* ---- the two ------------------------------------------------------------------------------------------------ */

tg_status tg_cut_encrypted_content(tg_cut *c, tg_bytes whole, const char *path)
{
    tg_encrypted_content_info e;
    tg_element content;
    tg_bytes parameters;
    char field[3][TG_PATH_MAX];
    snprintf(field[0], TG_PATH_MAX, "%s.encryptedContent", path);
    snprintf(field[1], TG_PATH_MAX, "%s.contentType", path);
    snprintf(field[2], TG_PATH_MAX, "%s.contentEncryptionAlgorithm", path);
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_encrypted_content_info), -1, whole, &e, sizeof e, path);
    if (status != TG_OK)
        return status;
    status = e.encryptedContent.data && tg_element_of(e.encryptedContent, &content)
                 ? cut_segments(c, &content, field[0])
                 : cut_no_content(c, whole, field[0]);
    if (status == TG_OK)
        status = cut_content_type(c, e.contentType, field[1]);
    if (status == TG_OK)
        status = tg_cut_algorithm(c, e.contentEncryptionAlgorithm, -1, field[2], &c->s->algorithm, &parameters);
    return status == TG_OK ? cut_parameters(c, parameters) : status;
}

tg_status tg_cut_encap_content(tg_cut *c, tg_bytes whole, tg_bytes mac_algorithm)
{
    static const char path[] = "encapContentInfo", field[] = "encapContentInfo.eContent";
    tg_encap_content_info e;
    tg_element content;
    tg_bytes parameters;
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_encap_content_info), -1, whole, &e, sizeof e, path);
    if (status != TG_OK)
        return status;
    if (!e.eContent.data)
        status = cut_no_content(c, whole, field);
    else if (tg_element_of(e.eContent, &content) && content.class_ == V_ASN1_UNIVERSAL &&
             content.tag == V_ASN1_OCTET_STRING)
        status = cut_segments(c, &content, field);
    else
        status = tg_cut_fail(c, TG_BAD_CMS, e.eContent, field);
    if (status == TG_OK)
        status = cut_content_type(c, e.eContentType, "encapContentInfo.eContentType");
    if (status == TG_OK)
        status = tg_cut_algorithm(c, mac_algorithm, -1, "macAlgorithm", &c->s->algorithm, &parameters);
    return status == TG_OK ? cut_parameters(c, parameters) : status;
}
