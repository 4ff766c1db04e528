/* BER encodings: the walk that checks limits before anything is decoded, and steps from one encoding to the next. */
#include "elements.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/err.h>

/* ---- one header --------------------------------------------------------------------------------------------- */

typedef struct header {
    const uint8_t *content;
    size_t len; /* of the contents; of an indefinite length nothing */
    int tag, class_;
    bool constructed, indefinite;
} header;

/* Octets of the tag, which may be cut. */
static size_t tag_octets(const uint8_t *at, size_t left)
{
    size_t n = 1;
    if (left == 0 || (at[0] & V_ASN1_PRIMITIVE_TAG) != V_ASN1_PRIMITIVE_TAG)
        return n;
    while (n < left && (at[n] & 0x80))
        n++;
    return n + 1;
}

/* A length that OpenSSL cannot hold in a long, and so is beyond every end: X.690 8.1.3.5. */
static bool is_gigantic(const uint8_t *at, size_t left)
{
    size_t tag = tag_octets(at, left);
    if (tag >= left || at[tag] <= 0x80 || at[tag] == 0xff)
        return false;
    size_t num = at[tag] & 0x7fU, zeros = 0;
    const uint8_t *octets = at + tag + 1;
    if (num > left - tag - 1)
        return false;
    while (zeros < num && octets[zeros] == 0)
        zeros++;
    return num - zeros > sizeof(long) || (num - zeros == sizeof(long) && (octets[zeros] & 0x80));
}

/* OpenSSL wants an octet behind a length in long form even where that is 0: a header at the very end is read with one
 * behind it. */
static int read_last_header(const uint8_t *at, size_t left, const unsigned char **end, header *out)
{
    uint8_t copy[160] = { 0 };
    const unsigned char *p = copy;
    long len = 0;
    if (left >= sizeof copy)
        return 0x80;
    memcpy(copy, at, left);
    int got = ASN1_get_object(&p, &len, &out->tag, &out->class_, (long)left + 1);
    *end = at + (p - copy);
    /* A content that begins, or would, beyond the end: the error that OpenSSL gives for one that ends there. */
    if (!(got & 0x80) && !(got & 1) && len > 0)
        ERR_raise(ERR_LIB_ASN1, ASN1_R_TOO_LONG);
    return len == 0 && (size_t)(p - copy) == left ? got : 0x80;
}

static tg_status read_header(const uint8_t *at, size_t left, header *out)
{
    const unsigned char *p = at;
    long len = 0;
    if (left == 0 || left > LONG_MAX)
        return TG_BAD_CMS;
    int got = ASN1_get_object(&p, &len, &out->tag, &out->class_, (long)left);
    if ((got & 0x80) && ERR_GET_REASON(ERR_peek_last_error()) == ASN1_R_HEADER_TOO_LONG) {
        ERR_clear_error();
        p = at;
        got = read_last_header(at, left, &p, out);
    }
    if (got & 0x80) {
        bool beyond = ERR_GET_REASON(ERR_peek_last_error()) == ASN1_R_TOO_LONG || is_gigantic(at, left);
        ERR_clear_error();
        return beyond ? TG_TRUNCATED : TG_BAD_CMS;
    }
    /* 8.1.3.5: the length octet FF is reserved. 16 and 17 are always constructed (8.9.1, 8.11.1). */
    size_t tag = tag_octets(at, left);
    out->content = p;
    out->constructed = (got & V_ASN1_CONSTRUCTED) != 0;
    out->indefinite = (got & 1) != 0;
    out->len = out->indefinite ? 0 : (size_t)len;
    bool is_set = out->class_ == V_ASN1_UNIVERSAL && (out->tag == V_ASN1_SEQUENCE || out->tag == V_ASN1_SET);
    return at[tag] == 0xff || (is_set && !out->constructed) ? TG_BAD_CMS : TG_OK;
}

static bool is_end_of_contents(const uint8_t *at, const uint8_t *end)
{
    return end - at >= 2 && at[0] == 0 && at[1] == 0;
}

/* ---- the walk ----------------------------------------------------------------------------------------------- */

typedef struct walk {
    const uint8_t *pos, *end;
    struct {
        const uint8_t *end; /* of an indefinite length: of what holds it */
        bool indefinite;
    } open[TG_SMIME_MAX_DEPTH];
    size_t depth, elements;
} walk;

/* Leaves whatever ends here. */
static void close_all(walk *w)
{
    while (w->depth > 0) {
        bool indefinite = w->open[w->depth - 1].indefinite;
        if (indefinite ? !is_end_of_contents(w->pos, w->open[w->depth - 1].end) : w->pos != w->open[w->depth - 1].end)
            return;
        w->pos += indefinite ? 2 : 0;
        w->depth--;
    }
}

static tg_status enter(walk *w)
{
    const uint8_t *end = w->depth ? w->open[w->depth - 1].end : w->end;
    header h;
    if (w->depth == TG_SMIME_MAX_DEPTH)
        return TG_TOO_DEEP;
    if (w->elements++ == TG_SMIME_MAX_ELEMENTS)
        return TG_TOO_LARGE;
    tg_status status = read_header(w->pos, (size_t)(end - w->pos), &h);
    if (status != TG_OK)
        return status;
    if (h.class_ == V_ASN1_UNIVERSAL && h.tag == V_ASN1_EOC)
        return TG_BAD_CMS; /* 8.1.5: it ends an indefinite length, and nothing here has one */
    if (h.constructed) {
        w->open[w->depth].end = h.indefinite ? end : h.content + h.len;
        w->open[w->depth++].indefinite = h.indefinite;
        w->pos = h.content;
    } else {
        w->pos = h.content + h.len;
    }
    return TG_OK;
}

tg_status tg_elements_walk(tg_bytes octets, size_t *fault_at)
{
    *fault_at = 0;
    if (octets.len > TG_SMIME_MAX_OCTETS)
        return TG_TOO_LARGE;
    if (octets.len == 0)
        return TG_BAD_CMS;
    walk w = { .pos = octets.data, .end = octets.data + octets.len };
    tg_status status;
    do {
        *fault_at = (size_t)(w.pos - octets.data);
        status = enter(&w);
        close_all(&w);
    } while (status == TG_OK && w.depth > 0);
    if (status == TG_OK && w.pos != w.end) {
        *fault_at = (size_t)(w.pos - octets.data);
        status = TG_TRAILING;
    }
    return status;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

/* The end of the contents of an indefinite length that begin here; NULL where there is none. */
static const uint8_t *find_end(const uint8_t *pos, const uint8_t *end)
{
    size_t open = 1;
    header h;
    while (open > 0) {
        if (is_end_of_contents(pos, end)) {
            pos += 2;
            open--;
        } else if (read_header(pos, (size_t)(end - pos), &h) != TG_OK) {
            return NULL;
        } else {
            open += h.indefinite ? 1 : 0;
            pos = h.content + h.len;
        }
    }
    return pos - 2;
}

bool tg_elements_next(tg_elements *from, tg_element *out)
{
    header h;
    if (from->left.len == 0 || read_header(from->left.data, from->left.len, &h) != TG_OK)
        return false;
    const uint8_t *start = from->left.data, *end = start + from->left.len;
    const uint8_t *content_end = h.indefinite ? find_end(h.content, end) : h.content + h.len;
    if (!content_end)
        return false;
    const uint8_t *next = content_end + (h.indefinite ? 2 : 0);
    *out = (tg_element){ .whole = tg_bytes_of(start, (size_t)(next - start)),
                         .content = tg_bytes_of(h.content, (size_t)(content_end - h.content)),
                         .tag = h.tag,
                         .class_ = h.class_,
                         .constructed = h.constructed,
                         .indefinite = h.indefinite };
    from->left = tg_bytes_of(next, (size_t)(end - next));
    return true;
}

bool tg_element_of(tg_bytes whole, tg_element *out)
{
    tg_elements one = tg_elements_in(whole);
    return tg_elements_next(&one, out) && one.left.len == 0;
}

/* ---- strings in segments ------------------------------------------------------------------------------------ */

bool tg_string_segments(const tg_element *string, int tag, tg_take_segment *take, void *user)
{
    if (!string->constructed)
        return take(user, string->content);
    /* Constructed segments are gone into, the same way as in the walk, with what is left of those above them. */
    tg_elements above[TG_SMIME_MAX_DEPTH];
    size_t depth = 1;
    above[0] = tg_elements_in(string->content);
    while (depth > 0) {
        tg_element e;
        if (!tg_elements_next(&above[depth - 1], &e)) {
            depth--;
            continue;
        }
        if (e.class_ != V_ASN1_UNIVERSAL || e.tag != tag)
            return false;
        if (!e.constructed && !take(user, e.content))
            return false;
        if (e.constructed) {
            if (depth == TG_SMIME_MAX_DEPTH)
                return false;
            above[depth++] = tg_elements_in(e.content);
        }
    }
    return true;
}
