/* Values of single fields, through OpenSSL's decoders of OBJECT IDENTIFIER and INTEGER; strings as they stand. */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>

#include "cut.h"

/* ---- OBJECT IDENTIFIER -------------------------------------------------------------------------------------- */

/* More octets of an identifier than text of TG_OID_MAX can show: an octet gives a digit at least. */
enum { OID_SHOWN = 128 };

/* The front of a long one, up to the end of a number; only that is put in words, since numbers of a million digits take
 * their time. */
static ASN1_OBJECT *front_of(tg_bytes content)
{
    size_t len = OID_SHOWN;
    while (len > 0 && (content.data[len - 1] & 0x80))
        len--;
    return len ? ASN1_OBJECT_create(NID_undef, (unsigned char *)(uintptr_t)content.data, (int)len, NULL, NULL) : NULL;
}

tg_status tg_value_oid(tg_bytes whole, char out[TG_OID_MAX])
{
    const unsigned char *p = whole.data;
    tg_element e;
    out[0] = 0;
    if (!tg_element_of(whole, &e) || !tg_element_is(&e, V_ASN1_OBJECT, false))
        return TG_BAD_CMS;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &p, (long)whole.len);
    if (!object)
        return tg_smime_openssl_failed(TG_BAD_CMS);
    if (e.content.len > OID_SHOWN) {
        ASN1_OBJECT_free(object);
        object = front_of(e.content);
    }
    if (object && OBJ_obj2txt(out, TG_OID_MAX, object, 1) <= 0)
        out[0] = 0;
    ASN1_OBJECT_free(object);
    return tg_smime_openssl_failed(TG_OK); /* unless memory ran out */
}

/* ---- INTEGER ------------------------------------------------------------------------------------------------ */

tg_status tg_value_integer(tg_bytes whole, int64_t *out)
{
    const unsigned char *p = whole.data;
    tg_element e;
    if (!tg_element_of(whole, &e) || !tg_element_is(&e, V_ASN1_INTEGER, false) || e.content.len > sizeof *out)
        return TG_BAD_CMS;
    ASN1_INTEGER *integer = d2i_ASN1_INTEGER(NULL, &p, (long)whole.len);
    bool ok = integer && ASN1_INTEGER_get_int64(out, integer) == 1;
    ASN1_INTEGER_free(integer);
    return ok ? TG_OK : tg_smime_openssl_failed(TG_BAD_CMS);
}

/* ---- strings ------------------------------------------------------------------------------------------------ */

typedef struct joined {
    uint8_t *to; /* NULL: count alone */
    size_t len;
} joined;

static bool join(void *user, tg_bytes segment)
{
    joined *j = user;
    if (j->to && segment.len)
        memcpy(j->to + j->len, segment.data, segment.len);
    j->len += segment.len;
    return true;
}

tg_status tg_value_string(tg_arena *arena, tg_bytes whole, tg_bytes *out)
{
    tg_element e;
    joined count = { NULL, 0 };
    if (!tg_element_of(whole, &e) || !tg_string_segments(&e, V_ASN1_OCTET_STRING, join, &count))
        return TG_BAD_CMS;
    if (!e.constructed) {
        *out = e.content;
        return TG_OK;
    }
    joined copy = { tg_arena_alloc(arena, count.len), 0 };
    if (!copy.to)
        return TG_ARENA_FULL;
    (void)tg_string_segments(&e, V_ASN1_OCTET_STRING, join, &copy);
    *out = tg_bytes_of(copy.to, copy.len);
    return TG_OK;
}

bool tg_is_generalized_time(tg_bytes text)
{
    enum { LEN = 15 };
    char time[LEN + 1] = { 0 };
    if (text.len != LEN || text.data[LEN - 1] != 'Z')
        return false;
    memcpy(time, text.data, LEN);
    bool ok = strspn(time, "0123456789") == LEN - 1 && ASN1_GENERALIZEDTIME_set_string(NULL, time) == 1;
    ERR_clear_error();
    return ok;
}

/* ---- AlgorithmIdentifier ------------------------------------------------------------------------------------ */

tg_status tg_value_algorithm(tg_bytes whole, int tag, char oid[TG_OID_MAX], tg_bytes *parameters)
{
    tg_algorithm_identifier a;
    if (!tg_template_read(ASN1_ITEM_rptr(tg_algorithm_identifier), tag, whole, &a, sizeof a))
        return tg_smime_openssl_failed(TG_BAD_CMS);
    *parameters = a.parameters;
    return tg_value_oid(a.algorithm, oid);
}

tg_status tg_cut_algorithm(tg_cut *c, tg_bytes whole, int tag, const char *path, tg_smime_algorithm *out,
                           tg_bytes *parameters)
{
    tg_algorithm_identifier a;
    char field[TG_PATH_MAX];
    *parameters = tg_bytes_of(NULL, 0);
    tg_status status = tg_cut_template(c, ASN1_ITEM_rptr(tg_algorithm_identifier), tag, whole, &a, sizeof a, path);
    if (status != TG_OK)
        return status;
    snprintf(field, sizeof field, "%s.algorithm", path);
    status = tg_value_oid(a.algorithm, out->oid);
    if (status != TG_OK)
        return tg_cut_fail(c, status, a.algorithm, field);
    *parameters = a.parameters;
    out->has_parameters = a.parameters.data != NULL;
    out->at = tg_place(c->s, whole);
    out->parameters_at = tg_place(c->s, a.parameters);
    return TG_OK;
}
