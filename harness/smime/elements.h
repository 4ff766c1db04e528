/* Encodings of a container in BER: ASN1_get_object of OpenSSL reads each header, what is here keeps to the bounds. */
#ifndef TICKETGATE_SMIME_ELEMENTS_H
#define TICKETGATE_SMIME_ELEMENTS_H

#include "ticketgate/smime.h"

typedef struct tg_element {
    tg_bytes whole;   /* header, contents and end-of-contents */
    tg_bytes content; /* the contents alone */
    int tag, class_;
    bool constructed, indefinite;
} tg_element;

/* Walks through all of the container, without recursion: limits, and whether it is BER at all. TG_TRUNCATED,
 * TG_TRAILING, TG_BAD_CMS, TG_TOO_DEEP, TG_TOO_LARGE; *fault_at is then the offset of the encoding at fault. */
TG_NODISCARD tg_status tg_elements_walk(tg_bytes octets, size_t *fault_at);

/* For octets that were walked through. False at the end. */
typedef struct tg_elements {
    tg_bytes left;
} tg_elements;
bool tg_elements_next(tg_elements *from, tg_element *out);
static inline tg_elements tg_elements_in(tg_bytes content)
{
    tg_elements e = { content };
    return e;
}
/* The one encoding that the view is. */
bool tg_element_of(tg_bytes whole, tg_element *out);

/* Tags of UNIVERSAL class that this room speaks of by ASN.1's own numbers are OpenSSL's V_ASN1_... */
static inline bool tg_element_is(const tg_element *e, int tag, bool constructed)
{
    return e->class_ == 0 && e->tag == tag && e->constructed == constructed;
}

/* The primitive segments of a string, however deep they are: OCTET STRINGs, whatever its own type (X.690 8.7.3, 8.23.6),
 * and of a BIT STRING such (8.6.4): that is `tag`. Calls `take` for each; false where one is of another type, or where
 * `take` says so. */
typedef bool tg_take_segment(void *user, tg_bytes segment);
bool tg_string_segments(const tg_element *string, int tag, tg_take_segment *take, void *user);

#endif
