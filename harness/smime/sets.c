/* The SETs of a container: recipients [RFC 5652 6.2] and attributes [5.3]. */
#include <openssl/err.h>
#include <stdio.h>

#include "algorithms.h"
#include "cut.h"

static size_t count_children(tg_bytes set)
{
    tg_element all, child;
    size_t num = 0;
    if (!tg_element_of(set, &all))
        return 0;
    for (tg_elements e = tg_elements_in(all.content); tg_elements_next(&e, &child);)
        num++;
    return num;
}

static tg_elements children_of(tg_bytes set)
{
    tg_element all = { .tag = 0 };
    (void)tg_element_of(set, &all); /* the template has found one */
    return tg_elements_in(all.content);
}

/* ---- recipients --------------------------------------------------------------------------------------------- */

typedef struct recipient_cut {
    tg_cut *c;
    tg_smime_recipient *r;
    char path[64];
} recipient_cut;

static tg_status fail_at(recipient_cut *rc, tg_status status, tg_bytes at, const char *field)
{
    char path[TG_PATH_MAX];
    snprintf(path, sizeof path, "%s.%s", rc->path, field);
    return tg_cut_fail(rc->c, status, at, path);
}

static tg_status cut_date(recipient_cut *rc, tg_bytes date)
{
    tg_bytes text;
    rc->r->has_date = date.data != NULL;
    rc->r->date_at = tg_place(rc->c->s, date);
    if (!date.data)
        return TG_OK;
    size_t before = rc->c->arena->used;
    tg_status status = tg_value_string(rc->c->arena, date, &text);
    if (status == TG_OK && text.len)
        memcpy(rc->r->date, text.data, tg_min(text.len, sizeof rc->r->date - 1));
    rc->r->date_bad = status == TG_OK && !tg_is_generalized_time(text);
    rc->c->arena->used = before;
    return status == TG_OK ? TG_OK : fail_at(rc, status, date, "kekid.date");
}

static tg_status check_algorithm(recipient_cut *rc, tg_bytes whole, int tag, const char *field)
{
    char oid[TG_OID_MAX];
    tg_bytes parameters;
    tg_status status = tg_value_algorithm(whole, tag, oid, &parameters);
    return status == TG_OK ? TG_OK : fail_at(rc, status, whole, field);
}

static tg_status cut_kekid(recipient_cut *rc, tg_bytes kekid)
{
    char path[TG_PATH_MAX];
    tg_kek_identifier id;
    snprintf(path, sizeof path, "%s.kekid", rc->path);
    tg_status status = tg_cut_template(rc->c, ASN1_ITEM_rptr(tg_kek_identifier), -1, kekid, &id, sizeof id, path);
    if (status != TG_OK)
        return status;
    rc->r->has_other = id.other.data != NULL;
    /* OtherKeyAttribute is made as an AlgorithmIdentifier is: OBJECT IDENTIFIER, ANY OPTIONAL. */
    if (id.other.data && (status = check_algorithm(rc, id.other, -1, "kekid.other")) != TG_OK)
        return status;
    rc->r->key_id_at = tg_place(rc->c->s, id.keyIdentifier);
    status = tg_value_string(rc->c->arena, id.keyIdentifier, &rc->r->key_id);
    return status == TG_OK ? cut_date(rc, id.date) : fail_at(rc, status, id.keyIdentifier, "kekid.keyIdentifier");
}

static tg_status cut_kekri(recipient_cut *rc, const tg_kekri *kekri)
{
    tg_smime_recipient *r = rc->r;
    char path[TG_PATH_MAX];
    tg_bytes parameters;
    snprintf(path, sizeof path, "%s.keyEncryptionAlgorithm", rc->path);
    tg_status status = cut_kekid(rc, kekri->kekid);
    if (status == TG_OK)
        status = tg_cut_algorithm(rc->c, kekri->keyEncryptionAlgorithm, -1, path, &r->algorithm, &parameters);
    if (status != TG_OK)
        return status;
    r->wrap = tg_wrap_of_oid(r->algorithm.oid);
    r->encrypted_key_at = tg_place(rc->c->s, kekri->encryptedKey);
    status = tg_value_string(rc->c->arena, kekri->encryptedKey, &r->encrypted_key);
    return status == TG_OK ? TG_OK : fail_at(rc, status, kekri->encryptedKey, "encryptedKey");
}

/* What the others have: their algorithms, and a rid that is issuerAndSerialNumber or subjectKeyIdentifier. */
static tg_status check_ktri(recipient_cut *rc, const tg_ktri *ktri)
{
    tg_element rid;
    bool ok = tg_element_of(ktri->rid, &rid) &&
              (tg_element_is(&rid, V_ASN1_SEQUENCE, true) || (rid.class_ == V_ASN1_CONTEXT_SPECIFIC && rid.tag == 0));
    rc->r->has_subject_key_id = ok && rid.class_ == V_ASN1_CONTEXT_SPECIFIC;
    return ok ? check_algorithm(rc, ktri->keyEncryptionAlgorithm, -1, "keyEncryptionAlgorithm")
              : fail_at(rc, TG_BAD_CMS, ktri->rid, "rid");
}

static tg_status check_pwri(recipient_cut *rc, const tg_pwri *pwri)
{
    tg_status status = pwri->keyDerivationAlgorithm.data
                           ? check_algorithm(rc, pwri->keyDerivationAlgorithm, 0, "keyDerivationAlgorithm")
                           : TG_OK;
    return status == TG_OK ? check_algorithm(rc, pwri->keyEncryptionAlgorithm, -1, "keyEncryptionAlgorithm") : status;
}

static tg_status check_ori(recipient_cut *rc, const tg_ori *ori)
{
    char oid[TG_OID_MAX];
    tg_status status = tg_value_oid(ori->oriType, oid);
    return status == TG_OK ? TG_OK : fail_at(rc, status, ori->oriType, "oriType");
}

static tg_status cut_kind(recipient_cut *rc, const tg_recipient_info *info)
{
    switch (rc->r->kind) {
    case TG_SMIME_KTRI:
        return check_ktri(rc, info->d.ktri);
    case TG_SMIME_KARI:
        return check_algorithm(rc, info->d.kari->keyEncryptionAlgorithm, -1, "keyEncryptionAlgorithm");
    case TG_SMIME_KEKRI:
        return cut_kekri(rc, info->d.kekri);
    case TG_SMIME_PWRI:
        return check_pwri(rc, info->d.pwri);
    default:
        return check_ori(rc, info->d.ori);
    }
}

static tg_status cut_recipient(tg_cut *c, size_t i, tg_bytes whole, tg_smime_recipient *r)
{
    recipient_cut rc = { .c = c, .r = r };
    const ASN1_ITEM *it = ASN1_ITEM_rptr(tg_recipient_info);
    const unsigned char *p = whole.data;
    *r = (tg_smime_recipient){ .at = tg_place(c->s, whole), .version = -1, .wrap = TG_SMIME_WRAP_UNKNOWN };
    snprintf(rc.path, sizeof rc.path, "recipientInfos[%zu]", i);
    ERR_clear_error();
    tg_recipient_info *info = (tg_recipient_info *)ASN1_item_d2i(NULL, &p, (long)whole.len, it);
    if (!info) {
        char path[TG_PATH_MAX];
        tg_status failed = tg_cut_openssl_failed(rc.path, path);
        return tg_cut_fail(c, failed, whole, path);
    }
    r->kind = (tg_smime_recipient_kind)info->type;
    snprintf(rc.path, sizeof rc.path, "recipientInfos[%zu].%s", i, tg_smime_recipient_kind_name(r->kind));
    tg_status status = TG_OK;
    if (r->kind != TG_SMIME_ORI) {
        tg_bytes version = *(const tg_bytes *)info->d.any; /* the first place of all but ORI */
        r->version_at = tg_place(c->s, version);
        status = tg_value_integer(version, &r->version);
        if (status != TG_OK)
            (void)fail_at(&rc, status, version, "version");
    }
    if (status == TG_OK)
        status = cut_kind(&rc, info);
    ASN1_item_free((ASN1_VALUE *)info, it);
    return status;
}

tg_status tg_cut_recipients(tg_cut *c, tg_bytes set)
{
    tg_smime *s = c->s;
    tg_element e;
    size_t num = count_children(set);
    s->recipients_at = tg_place(s, set);
    if (num > TG_SMIME_MAX_RECIPIENTS)
        return tg_cut_fail(c, TG_TOO_LARGE, set, "recipientInfos");
    s->recipients = tg_arena_alloc(c->arena, num * sizeof *s->recipients);
    if (!s->recipients)
        return tg_cut_fail(c, TG_ARENA_FULL, set, "recipientInfos");
    for (tg_elements all = children_of(set); tg_elements_next(&all, &e); s->num_recipients++) {
        tg_status status = cut_recipient(c, s->num_recipients, e.whole, &s->recipients[s->num_recipients]);
        if (status != TG_OK)
            return status;
    }
    return TG_OK;
}

/* ---- attributes --------------------------------------------------------------------------------------------- */

static tg_status cut_attribute(tg_cut *c, tg_bytes whole, const char *path, tg_smime_attribute *out)
{
    char field[TG_PATH_MAX];
    tg_attribute a;
    tg_element value;
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_attribute), -1, whole, &a, sizeof a, path);
    if (status != TG_OK)
        return status;
    *out = (tg_smime_attribute){ .at = tg_place(c->s, whole), .num_values = count_children(a.attrValues) };
    tg_elements values = children_of(a.attrValues);
    if (tg_elements_next(&values, &value))
        out->value = value.whole;
    snprintf(field, sizeof field, "%s.attrType", path);
    status = tg_value_oid(a.attrType, out->oid);
    return status == TG_OK ? TG_OK : tg_cut_fail(c, status, a.attrType, field);
}

tg_status tg_cut_attributes(tg_cut *c, tg_bytes set, const char *name, tg_smime_attribute **out, size_t *num)
{
    char path[64];
    tg_element e;
    size_t all = count_children(set), i = 0;
    if (all > TG_SMIME_MAX_ATTRIBUTES)
        return tg_cut_fail(c, TG_TOO_LARGE, set, name);
    *out = tg_arena_alloc(c->arena, all * sizeof **out);
    if (!*out)
        return tg_cut_fail(c, TG_ARENA_FULL, set, name);
    for (tg_elements left = children_of(set); tg_elements_next(&left, &e); i++) {
        snprintf(path, sizeof path, "%s[%zu]", name, i);
        tg_status status = cut_attribute(c, e.whole, path, &(*out)[i]);
        if (status != TG_OK)
            return status;
    }
    *num = i;
    return TG_OK;
}

tg_status tg_read_attributes(tg_arena *arena, tg_bytes octets, tg_attribute_set *out)
{
    tg_smime s = { .octets = octets };
    tg_cut cut = { .s = &s, .arena = arena, .row = "" };
    tg_element set;
    tg_bytes der;
    size_t fault_at;
    bool was_der = false;
    *out = (tg_attribute_set){ NULL, 0 };
    tg_status status = tg_elements_walk(octets, &fault_at);
    if (status == TG_OK && (!tg_element_of(octets, &set) || !tg_element_is(&set, V_ASN1_SET, true)))
        status = TG_BAD_CMS;
    if (status == TG_OK)
        status = tg_cut_attributes(&cut, octets, "", &out->all, &out->num);
    if (status == TG_OK)
        status = tg_der_of_set(arena, octets, &der, &was_der);
    if (status != TG_OK)
        return status;
    return was_der && out->num ? TG_OK : TG_BAD_CMS;
}
