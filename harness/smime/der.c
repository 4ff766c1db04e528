/* DER of the attributes that are authenticated [RFC 5083 2.2, RFC 5652 9.2]: definite and shortest lengths, SETs sorted
 * (X.690 11.6), strings primitive. Attribute values are of any type, so this goes by the tags alone. */
#include <openssl/asn1.h>
#include <stdlib.h>

#include "cut.h"

/* The lengths of encodings of 64 KiB and more may be longer in DER than in BER: by one octet each, and there are few of
 * them. */
enum { SLACK = 4096 };

typedef struct der {
    tg_arena *arena; /* for what is needed on the way */
    uint8_t *out;
    size_t len, capacity;
} der;

static tg_status put(der *d, tg_bytes octets)
{
    if (octets.len > d->capacity - d->len)
        return TG_ARENA_FULL;
    if (octets.len)
        memcpy(d->out + d->len, octets.data, octets.len);
    d->len += octets.len;
    return TG_OK;
}

/* Sets a header before what was written since `start`. */
static tg_status put_header(der *d, size_t start, bool constructed, int tag, int class_)
{
    size_t content = d->len - start;
    int whole = ASN1_object_size(constructed, (int)content, tag);
    if (whole < 0)
        return TG_BAD_CMS;
    size_t header = (size_t)whole - content;
    if (header > d->capacity - d->len)
        return TG_ARENA_FULL;
    memmove(d->out + start + header, d->out + start, content);
    unsigned char *p = d->out + start;
    ASN1_put_object(&p, constructed, (int)content, tag, class_);
    d->len += header;
    return TG_OK;
}

/* ---- strings ------------------------------------------------------------------------------------------------ */

static bool is_string(const tg_element *e)
{
    static const int tags[] = { V_ASN1_BIT_STRING,    V_ASN1_OCTET_STRING,    V_ASN1_OBJECT_DESCRIPTOR,
                                V_ASN1_UTF8STRING,    V_ASN1_NUMERICSTRING,   V_ASN1_PRINTABLESTRING,
                                V_ASN1_T61STRING,     V_ASN1_VIDEOTEXSTRING,  V_ASN1_IA5STRING,
                                V_ASN1_UTCTIME,       V_ASN1_GENERALIZEDTIME, V_ASN1_GRAPHICSTRING,
                                V_ASN1_VISIBLESTRING, V_ASN1_GENERALSTRING,   V_ASN1_UNIVERSALSTRING,
                                V_ASN1_BMPSTRING };
    for (size_t i = 0; e->class_ == V_ASN1_UNIVERSAL && i < sizeof tags / sizeof tags[0]; i++) {
        if (tags[i] == e->tag)
            return true;
    }
    return false;
}

typedef struct string_parts {
    der *d;
    size_t start;
    bool is_bits, any;
    tg_status status;
} string_parts;

/* X.690 8.6.4: each segment of a BIT STRING begins with its unused bits, and only the last may have some. */
static bool put_segment(void *user, tg_bytes segment)
{
    string_parts *s = user;
    if (s->is_bits && s->any) {
        if (segment.len == 0 || s->d->out[s->start] != 0) {
            s->status = TG_BAD_CMS;
            return false;
        }
        s->d->out[s->start] = segment.data[0];
        segment = tg_bytes_of(segment.data + 1, segment.len - 1);
    }
    s->any = true;
    s->status = s->is_bits && s->d->len == s->start && segment.len == 0 ? TG_BAD_CMS : put(s->d, segment);
    return s->status == TG_OK;
}

/* Segments of character strings and times are OCTET STRINGs too [X.690 8.23.6]. */
static tg_status put_string(der *d, const tg_element *e)
{
    string_parts s = { d, d->len, e->tag == V_ASN1_BIT_STRING, false, TG_OK };
    if (tg_string_segments(e, s.is_bits ? V_ASN1_BIT_STRING : V_ASN1_OCTET_STRING, put_segment, &s))
        return TG_OK;
    return s.status == TG_OK ? TG_BAD_CMS : s.status;
}

/* ---- sets --------------------------------------------------------------------------------------------------- */

/* X.690 11.6: as octet strings, the shorter padded with zeros. */
static int compare_encodings(const void *a, const void *b)
{
    const tg_bytes *x = a, *y = b;
    int c = memcmp(x->data, y->data, tg_min(x->len, y->len));
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

static tg_status put_any(der *d, const tg_element *e, int tag, int class_);

static tg_status put_sorted(der *d, const tg_element *e)
{
    size_t num = 0, start = d->len, before = d->arena->used;
    tg_element child;
    for (tg_elements all = tg_elements_in(e->content); tg_elements_next(&all, &child);)
        num++;
    tg_bytes *encodings = tg_arena_alloc(d->arena, num * sizeof *encodings);
    if (!encodings)
        return TG_ARENA_FULL;
    tg_elements all = tg_elements_in(e->content);
    for (size_t i = 0; i < num && tg_elements_next(&all, &child); i++) {
        size_t at = d->len;
        tg_status status = put_any(d, &child, child.tag, child.class_);
        if (status != TG_OK)
            return status;
        encodings[i] = tg_bytes_of(d->out + at, d->len - at);
    }
    tg_bytes unsorted = tg_arena_copy(d->arena, d->out + start, d->len - start);
    if (!unsorted.data && unsorted.len)
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++)
        encodings[i].data = unsorted.data + (encodings[i].data - (d->out + start));
    if (num)
        qsort(encodings, num, sizeof *encodings, compare_encodings);
    d->len = start;
    for (size_t i = 0; i < num; i++)
        (void)put(d, encodings[i]); /* it was there before */
    d->arena->used = before;
    return TG_OK;
}

/* ---- any encoding ------------------------------------------------------------------------------------------- */

static tg_status put_children(der *d, const tg_element *e)
{
    tg_element child;
    tg_status status = TG_OK;
    for (tg_elements all = tg_elements_in(e->content); status == TG_OK && tg_elements_next(&all, &child);)
        status = put_any(d, &child, child.tag, child.class_);
    return status;
}

/* Calls itself: the walk allows TG_SMIME_MAX_DEPTH encodings one in another. */
static tg_status put_any(der *d, const tg_element *e, int tag, int class_)
{
    size_t start = d->len;
    bool string = is_string(e), set = class_ == V_ASN1_UNIVERSAL && tag == V_ASN1_SET;
    tg_status status = !e->constructed ? put(d, e->content)
                       : string        ? put_string(d, e)
                       : set           ? put_sorted(d, e)
                                       : put_children(d, e);
    return status == TG_OK ? put_header(d, start, e->constructed && !string, tag, class_) : status;
}

tg_status tg_der_of_set(tg_arena *arena, tg_bytes set, tg_bytes *out, bool *was_der)
{
    der d = { .arena = arena, .capacity = set.len + SLACK };
    tg_element e;
    if (!tg_element_of(set, &e) || !(d.out = tg_arena_alloc(arena, d.capacity)))
        return TG_ARENA_FULL;
    tg_status status = put_any(&d, &e, V_ASN1_SET, V_ASN1_UNIVERSAL);
    *out = tg_bytes_of(d.out, d.len);
    /* The tag has one octet here and there. */
    *was_der = status == TG_OK && d.len == set.len && memcmp(d.out + 1, set.data + 1, d.len - 1) == 0;
    return status;
}
