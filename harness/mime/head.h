/* The headers of an entity, cut and cleaned before GMime sees any of them. Internal to the room. What is read as MIME, and what is not,
 * stands in vectors/SMIME.md. */
#ifndef TICKETGATE_MIME_HEAD_H
#define TICKETGATE_MIME_HEAD_H

#include "ticketgate/mime.h"

/* The three headers that matter: their values as they stand, folded; data NULL where there is none. */
typedef struct tgm_head {
    tg_bytes type, encoding, disposition;
    tg_bytes other; /* the last of another name, that a folded line may go on */
    size_t num;     /* headers, of any name */
    size_t body_at; /* behind the empty line */
} tgm_head;

/* `inside`: a part of a multipart, which may have no headers and may end with them. `fault_at` is the place of what is refused. */
tg_status tgm_head_cut(tg_bytes entity, bool inside, tgm_head *out, size_t *fault_at);

/* Where the line at `from` ends, and where the next begins: the same only where there is no line end. */
size_t tgm_line_end(tg_bytes octets, size_t from, size_t *next);

/* A value without line ends and comments, ended with a NUL; `out` holds value.len + 1. NULs of the value become blanks. */
void tgm_clean(tg_bytes value, char *out);

/* What is in the three values. */
typedef struct tgm_fields {
    bool has_type, is_multipart, is_text;
    char type[TG_MIME_TEXT_MAX], smime_type[TG_MIME_TEXT_MAX], name[TG_MIME_TEXT_MAX];
    char disposition[TG_MIME_TEXT_MAX], filename[TG_MIME_TEXT_MAX];
    char boundary[72]; /* "": none, or none that can be used [RFC 2046 5.1.1: 70 characters] */
    tg_mime_encoding encoding;
} tgm_fields;
void tgm_fields_read(const tgm_head *head, tgm_fields *out);

/* Is the body text whose lines are to end in CRLF? */
bool tgm_is_canonical_text(const tgm_fields *fields);

#endif
