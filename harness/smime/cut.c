/* tg_smime_parse: ContentInfo, and the three types that may be in it. */
#include "cut.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>

#include "algorithms.h"
#include "content.h"

#define ROW_CONTENT_INFO "RFC5652-3-x01"

/* ---- failures ----------------------------------------------------------------------------------------------- */

tg_status tg_cut_fail(tg_cut *c, tg_status status, tg_bytes at, const char *path)
{
    tg_diag *diag = c->diag;
    if (!diag)
        return status;
    memset(diag, 0, sizeof *diag);
    diag->status = status;
    diag->id = tg_status_class(status) == TG_CLASS_PARSE ? c->row : "";
    diag->offset = tg_place(c->s, at).offset;
    tg_clause_of_id(diag->id, diag->clause);
    snprintf(diag->path, sizeof diag->path, "%s", path);
    return status;
}

/* ---- templates ---------------------------------------------------------------------------------------------- */

static ASN1_VALUE *decode(const ASN1_ITEM *it, int tag, tg_bytes whole)
{
    const unsigned char *p = whole.data;
    ASN1_VALUE *value = NULL;
    ASN1_TLC cache = { 0 };
    if (ASN1_item_ex_d2i(&value, &p, (long)whole.len, it, tag, tag < 0 ? 0 : V_ASN1_CONTEXT_SPECIFIC, 0, &cache) <= 0)
        return NULL;
    if (p == whole.data + whole.len)
        return value;
    ASN1_item_free(value, it);
    return NULL;
}

bool tg_template_read(const ASN1_ITEM *it, int tag, tg_bytes whole, void *out, size_t size)
{
    memset(out, 0, size);
    ASN1_VALUE *value = whole.data ? decode(it, tag, whole) : NULL;
    if (!value)
        return false;
    memcpy(out, value, size);
    ASN1_item_free(value, it);
    return true;
}

/* The first "Field=" that OpenSSL put in its error queue is the innermost. */
tg_status tg_cut_openssl_failed(const char *path, char out[TG_PATH_MAX])
{
    static const char mark[] = "Field=";
    tg_status status = TG_BAD_CMS;
    unsigned long error;
    const char *text;
    int flags;
    bool found = false;
    snprintf(out, TG_PATH_MAX, "%s", path);
    while ((error = ERR_get_error_all(NULL, NULL, NULL, &text, &flags)) != 0) {
        if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            status = TG_NO_MEMORY;
        if (!found && (flags & ERR_TXT_STRING) && strncmp(text, mark, sizeof mark - 1) == 0) {
            const char *field = text + sizeof mark - 1;
            snprintf(out, TG_PATH_MAX, "%s%s%.*s", path, *path ? "." : "", (int)strcspn(field, ","), field);
            found = true;
        }
    }
    return status;
}

tg_status tg_cut_template(tg_cut *c, const ASN1_ITEM *it, int tag, tg_bytes whole, void *out, size_t size,
                          const char *path)
{
    char field[TG_PATH_MAX];
    ERR_clear_error();
    if (tg_template_read(it, tag, whole, out, size))
        return TG_OK;
    tg_status status = tg_cut_openssl_failed(path, field);
    return tg_cut_fail(c, status, whole, field);
}

/* ---- fields that the types share ---------------------------------------------------------------------------- */

static tg_status cut_version(tg_cut *c, tg_bytes version)
{
    tg_status status = tg_value_integer(version, &c->s->version);
    c->s->version_at = tg_place(c->s, version);
    return status == TG_OK ? TG_OK : tg_cut_fail(c, status, version, "version");
}

static tg_status cut_mac(tg_cut *c, tg_bytes mac)
{
    tg_status status = tg_value_string(c->arena, mac, &c->s->mac);
    c->s->mac_at = tg_place(c->s, mac);
    return status == TG_OK ? TG_OK : tg_cut_fail(c, status, mac, "mac");
}

static tg_status cut_originator(tg_cut *c, tg_bytes originator)
{
    tg_originator_info info;
    c->s->has_originator = originator.data != NULL;
    c->s->originator_at = tg_place(c->s, originator);
    return !originator.data ? TG_OK
                            : tg_cut_template(c, ASN1_ITEM_rptr(tg_originator_info), 0, originator, &info, sizeof info,
                                              "originatorInfo");
}

static tg_status cut_auth_attributes(tg_cut *c, tg_bytes set)
{
    tg_smime *s = c->s;
    s->has_auth_attrs = set.data != NULL;
    s->auth_attrs_at = tg_place(s, set);
    if (!set.data)
        return TG_OK;
    tg_status status = tg_cut_attributes(c, set, "authAttrs", &s->auth_attrs, &s->num_auth_attrs);
    if (status != TG_OK)
        return status;
    status = tg_der_of_set(c->arena, set, &s->auth_attrs_octets, &s->auth_attrs_der);
    return status == TG_OK ? TG_OK : tg_cut_fail(c, status, set, "authAttrs");
}

static tg_status cut_other_attributes(tg_cut *c, tg_bytes set, const char *name)
{
    tg_smime *s = c->s;
    s->has_unauth_attrs = set.data != NULL;
    s->unauth_attrs_at = tg_place(s, set);
    return set.data ? tg_cut_attributes(c, set, name, &s->unauth_attrs, &s->num_unauth_attrs) : TG_OK;
}

/* What all types begin with. */
static tg_status cut_front(tg_cut *c, tg_bytes version, tg_bytes originator, tg_bytes recipients)
{
    tg_status status = cut_version(c, version);
    if (status == TG_OK)
        status = cut_originator(c, originator);
    return status == TG_OK ? tg_cut_recipients(c, recipients) : status;
}

/* ---- the types ---------------------------------------------------------------------------------------------- */

static tg_status cut_auth_enveloped(tg_cut *c, tg_bytes whole)
{
    tg_auth_enveloped a;
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_auth_enveloped), -1, whole, &a, sizeof a, "");
    if (status == TG_OK)
        status = tg_cut_encrypted_content(c, a.authEncryptedContentInfo, "authEncryptedContentInfo");
    if (status == TG_OK)
        status = cut_front(c, a.version, a.originatorInfo, a.recipientInfos);
    if (status == TG_OK)
        status = cut_auth_attributes(c, a.authAttrs);
    if (status == TG_OK)
        status = cut_mac(c, a.mac);
    return status == TG_OK ? cut_other_attributes(c, a.unauthAttrs, "unauthAttrs") : status;
}

static tg_status cut_authenticated(tg_cut *c, tg_bytes whole)
{
    tg_authenticated a;
    tg_smime *s = c->s;
    tg_bytes parameters;
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_authenticated), -1, whole, &a, sizeof a, "");
    if (status == TG_OK)
        status = tg_cut_encap_content(c, a.encapContentInfo, a.macAlgorithm);
    if (status == TG_OK)
        status = cut_front(c, a.version, a.originatorInfo, a.recipientInfos);
    s->has_digest = a.digestAlgorithm.data != NULL;
    s->digest_at = tg_place(s, a.digestAlgorithm);
    if (status == TG_OK && s->has_digest)
        status = tg_cut_algorithm(c, a.digestAlgorithm, 1, "digestAlgorithm", &s->digest, &parameters);
    if (status == TG_OK)
        status = cut_auth_attributes(c, a.authAttrs);
    if (status == TG_OK)
        status = cut_mac(c, a.mac);
    return status == TG_OK ? cut_other_attributes(c, a.unauthAttrs, "unauthAttrs") : status;
}

static tg_status cut_enveloped(tg_cut *c, tg_bytes whole)
{
    tg_enveloped e;
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_enveloped), -1, whole, &e, sizeof e, "");
    if (status == TG_OK)
        status = tg_cut_encrypted_content(c, e.encryptedContentInfo, "encryptedContentInfo");
    if (status == TG_OK)
        status = cut_front(c, e.version, e.originatorInfo, e.recipientInfos);
    return status == TG_OK ? cut_other_attributes(c, e.unprotectedAttrs, "unprotectedAttrs") : status;
}

/* ---- ContentInfo -------------------------------------------------------------------------------------------- */

static tg_status cut_type(tg_cut *c, tg_bytes content)
{
    static const struct {
        const char *oid, *row;
        tg_smime_type type;
        tg_status (*cut)(tg_cut *c, tg_bytes whole);
    } types[] = {
        { TG_OID_AUTH_ENVELOPED, "RFC5083-2.1-01", TG_SMIME_TYPE_IS_AUTH_ENVELOPED, cut_auth_enveloped },
        { TG_OID_AUTHENTICATED, "RFC5652-9.1-x01", TG_SMIME_TYPE_IS_AUTHENTICATED, cut_authenticated },
        { TG_OID_ENVELOPED, "RFC5652-6.1-x01", TG_SMIME_TYPE_IS_ENVELOPED, cut_enveloped },
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(c->s->type_oid, types[i].oid) == 0) {
            c->s->type = types[i].type;
            c->row = types[i].row;
            return types[i].cut(c, content);
        }
    }
    return TG_OK;
}

static tg_status cut_content_info(tg_cut *c)
{
    tg_content_info info;
    size_t fault_at;
    tg_status status = tg_elements_walk(c->s->octets, &fault_at);
    if (status != TG_OK)
        return tg_cut_fail(c, status, tg_bytes_of(c->s->octets.data + fault_at, 0), "");
    status = tg_cut_template(c, ASN1_ITEM_rptr(tg_content_info), -1, c->s->octets, &info, sizeof info, "ContentInfo");
    if (status != TG_OK)
        return status;
    status = tg_value_oid(info.contentType, c->s->type_oid);
    return status == TG_OK ? cut_type(c, info.content)
                           : tg_cut_fail(c, status, info.contentType, "ContentInfo.contentType");
}

static tg_smime nothing_of(tg_bytes octets)
{
    static const uint8_t nothing = 0;
    return (tg_smime){ .octets = octets.data ? octets : tg_bytes_of(&nothing, 0), .alg = TG_SMIME_ALG_UNKNOWN };
}

tg_status tg_smime_parse(tg_bytes octets, tg_arena *arena, tg_smime *out, tg_diag *diag)
{
    tg_cut c = { .s = out, .arena = arena, .diag = diag, .row = ROW_CONTENT_INFO };
    size_t before = arena->used;
    /* As tg_crypto_new does: identifiers would else be looked for in a configuration file of the system. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (diag)
        memset(diag, 0, sizeof *diag);
    if (diag)
        diag->id = "";
    *out = nothing_of(octets);
    tg_status status = cut_content_info(&c);
    if (status != TG_OK) {
        arena->used = before;
        *out = nothing_of(octets);
    }
    return status;
}

size_t tg_smime_arena_size(size_t len)
{
    size_t outside = tg_min(len, TG_SMIME_MAX_OUTSIDE), elements = tg_min(len / 2 + 1, TG_SMIME_MAX_ELEMENTS);
    size_t recipients = tg_min(len / 4 + 1, TG_SMIME_MAX_RECIPIENTS);
    size_t attributes = 2 * tg_min(len / 4 + 1, TG_SMIME_MAX_ATTRIBUTES);
    /* Strings that are joined and DER of attributes, a copy of it while it is sorted; the rest is alignment and the
     * SLACK of der.c. */
    return 8192 + recipients * (sizeof(tg_smime_recipient) + 64) + attributes * sizeof(tg_smime_attribute) +
           2 * elements * sizeof(tg_bytes) + 3 * outside;
}
