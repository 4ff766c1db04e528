/* Cutting a container: what the files that do it share. */
#ifndef TICKETGATE_SMIME_CUT_H
#define TICKETGATE_SMIME_CUT_H

#include "elements.h"
#include "templates.h"

typedef struct tg_cut {
    tg_smime *s;
    tg_arena *arena;
    tg_diag *diag;   /* may be NULL */
    const char *row; /* what is broken where something cannot be cut */
} tg_cut;

/* Says where it failed and gives `status` back; the row is for TG_CLASS_PARSE alone. */
TG_COLD tg_status tg_cut_fail(tg_cut *c, tg_status status, tg_bytes at, const char *path);

/* Decodes `whole` by the template into `out`, a struct of places of `size` octets. `tag`: that of [tag] IMPLICIT, -1
 * for none. */
TG_NODISCARD tg_status tg_cut_template(tg_cut *c, const ASN1_ITEM *it, int tag, tg_bytes whole, void *out, size_t size,
                                       const char *path);
/* As tg_cut_template, without a diagnosis; false where it is not of that type. */
bool tg_template_read(const ASN1_ITEM *it, int tag, tg_bytes whole, void *out, size_t size);

/* Values of fields; `whole` is the encoding with its header. */
TG_NODISCARD tg_status tg_value_oid(tg_bytes whole, char out[TG_OID_MAX]);
TG_NODISCARD tg_status tg_value_integer(tg_bytes whole, int64_t *out);
/* A view where the string is primitive, else a copy in the arena. Of any type but BIT STRING. */
TG_NODISCARD tg_status tg_value_string(tg_arena *arena, tg_bytes whole, tg_bytes *out);
/* YYYYMMDDHHMMSSZ, a day and a time that there are [RFC 5652 11.3]. */
bool tg_is_generalized_time(tg_bytes text);
/* AlgorithmIdentifier; the first gives no places. */
TG_NODISCARD tg_status tg_value_algorithm(tg_bytes whole, int tag, char oid[TG_OID_MAX], tg_bytes *parameters);
TG_NODISCARD tg_status tg_cut_algorithm(tg_cut *c, tg_bytes whole, int tag, const char *path, tg_smime_algorithm *out,
                                        tg_bytes *parameters);

/* After a template failed: TG_BAD_CMS or TG_NO_MEMORY, and the path with the field that OpenSSL names. Empties its
 * error queue. */
tg_status tg_cut_openssl_failed(const char *path, char out[TG_PATH_MAX]);
/* Absent or NULL. */
bool tg_parameters_are_none(tg_bytes parameters);

TG_NODISCARD tg_status tg_cut_recipients(tg_cut *c, tg_bytes set);
TG_NODISCARD tg_status tg_cut_attributes(tg_cut *c, tg_bytes set, const char *name, tg_smime_attribute **out,
                                         size_t *num);
/* The DER of a SET OF Attribute, of one or more, as those of a container are read; TG_BAD_CMS where it is none. For an
 * arena of tg_smime_arena_size(octets.len). */
typedef struct tg_attribute_set {
    tg_smime_attribute *all;
    size_t num;
} tg_attribute_set;
TG_NODISCARD tg_status tg_read_attributes(tg_arena *arena, tg_bytes octets, tg_attribute_set *out);
/* The DER of a SET OF under whatever tag, with the tag of SET OF; and whether, the tag apart, it was DER before. */
TG_NODISCARD tg_status tg_der_of_set(tg_arena *arena, tg_bytes set, tg_bytes *out, bool *was_der);

static inline tg_smime_place tg_place(const tg_smime *s, tg_bytes at)
{
    tg_smime_place p = { at.data ? (size_t)(at.data - s->octets.data) : 0, at.len };
    return p;
}

static inline size_t tg_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
