/* mime: MIME entities as PSK S/MIME uses them (TS 33.328 annexes F.3, G.3.3, I.2.2; RFC 8551 section 3): the application/pkcs7-mime entity
 * around a container, the multipart/mixed body with application/mikey beside it, and the content inside.
 *
 * GMime stands behind this header. Call tg_mime_init once before anything else. Input is checked for size, header size, nesting and number
 * of parts before the call. Nothing of GMime is held between calls: what comes out is in the caller's arena.
 */
#ifndef TICKETGATE_MIME_H
#define TICKETGATE_MIME_H

#include "ticketgate/smime.h"

#ifdef __cplusplus
extern "C" {
#endif

TG_NODISCARD tg_status tg_mime_init(void);

/* Limits; beyond them TG_TOO_LARGE or TG_TOO_DEEP, before GMime sees the input. */
#define TG_MIME_MAX_OCTETS (96U << 20) /* base64 of the largest container fits */
#define TG_MIME_MAX_HEADER 16384       /* the headers of one part */
#define TG_MIME_MAX_DEPTH 8            /* nested multiparts */
#define TG_MIME_MAX_PARTS 128
#define TG_MIME_TEXT_MAX 128

typedef enum tg_mime_encoding {
    TG_MIME_ENCODING_NONE, /* no Content-Transfer-Encoding: 7bit */
    TG_MIME_ENCODING_7BIT, TG_MIME_ENCODING_8BIT, TG_MIME_ENCODING_BINARY, TG_MIME_ENCODING_BASE64, TG_MIME_ENCODING_QUOTED_PRINTABLE,
    TG_MIME_ENCODING_UNKNOWN
} tg_mime_encoding;

/* A part of a body. Texts are UTF-8 without control characters, lower case where MIME compares them so (type, disposition, smime_type), and
 * no longer than TG_MIME_TEXT_MAX: a longer one is cut in front, so that the ending of a name stays (a type: behind). */
typedef struct tg_mime_part tg_mime_part;
struct tg_mime_part {
    char path[64];                 /* "body", "body[1]", "body[1][0]" */
    char type[TG_MIME_TEXT_MAX];   /* "application/pkcs7-mime"; without a Content-Type: "text/plain" and has_type is false */
    bool has_type;
    char smime_type[TG_MIME_TEXT_MAX], name[TG_MIME_TEXT_MAX], disposition[TG_MIME_TEXT_MAX], filename[TG_MIME_TEXT_MAX]; /* "": none */
    tg_mime_encoding encoding;
    size_t offset, length;         /* of the part with its headers, in the octets given */
    tg_bytes entity;               /* those octets: what a container protects, or a list server passes on */
    tg_bytes content;              /* the body, decoded; of a multipart: as it stands */
    bool content_bad;              /* the transfer encoding is not known, or the body is not so encoded: content is then as it stands */
    const tg_mime_part *parts;     /* of a multipart */
    size_t num_parts;
};

/* Cuts an entity: headers, an empty line, a body. TG_BAD_MIME when there are no headers that can be read, or a multipart has no boundary
 * or is not closed; `diag` says where. What is read as MIME stands in vectors/SMIME.md. */
size_t tg_mime_arena_size(size_t len);
TG_NODISCARD tg_status tg_mime_parse(tg_bytes entity, tg_arena *arena, tg_mime_part *out, tg_diag *diag);
/* Likewise where headers and body come apart, as in SIP: the values of Content-Type, Content-Transfer-Encoding and Content-Disposition
 * (NULL: none). Offsets are those of `body`. */
TG_NODISCARD tg_status tg_mime_parse_body(const char *content_type, const char *transfer_encoding, const char *disposition, tg_bytes body,
                                          tg_arena *arena, tg_mime_part *out, tg_diag *diag);
/* The first part of this type in the order of the body, the part itself first; NULL: none. */
const tg_mime_part *tg_mime_find(const tg_mime_part *part, const char *type);

/* ---- making ------------------------------------------------------------------------------------------------- */

/* Brings the line ends of headers and text to CRLF (RFC 8551 3.1.1); other octets stay as they are. Text is the body of a text type (or none)
 * that is 7bit, 8bit, binary or without encoding, and all of a multipart that is in no part. `out` holds 2 * entity.len. TG_BAD_MIME as above. */
TG_NODISCARD tg_status tg_mime_canonical(tg_bytes entity, uint8_t *out, size_t max, size_t *len);

typedef struct tg_mime_form {
    tg_smime_type type;            /* of the container: auth_enveloped, authenticated, enveloped */
    const tg_settings *settings;   /* smime_type, smime_encoding */
    const char *name;              /* of the file; NULL: "smime.p7m". TG_OVERFLOW: empty, too long, with control characters */
} tg_mime_form;
/* The application/pkcs7-mime entity around a container: Content-Type with smime-type and name, Content-Transfer-Encoding,
 * Content-Disposition, an empty line, the container (base64: lines of 76, CRLF). The smime-type of AuthenticatedData is `authenticated-data`,
 * which no registry has. */
size_t tg_mime_wrapped_size(size_t container_len);
TG_NODISCARD tg_status tg_mime_wrap(const tg_mime_form *form, tg_bytes container, uint8_t *out, size_t max, size_t *len);

/* A body of several entities: multipart/mixed, or with one entity that alone. `content_type` gets the value for the header of the message
 * around it. The boundary does not occur in the entities; it follows from `random`. The body of one entity stands as it is in that: its transfer
 * encoding and disposition are for the caller to say in headers of their own (tg_mime_parse tells them), and `random` may be NULL.
 * TG_NOT_FOUND: no entities. TG_OVERFLOW: a Content-Type that is too long. */
size_t tg_mime_joined_size(const tg_bytes *entities, size_t num);
TG_NODISCARD tg_status tg_mime_join(const tg_bytes *entities, size_t num, const tg_random *random, char content_type[160], uint8_t *out,
                                    size_t max, size_t *len);

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* Judges an entity that is or holds a container: its own rows (RFC8551-3.2-x01, 3.2.1-x01, 3.2.2-x01, 3.1.2-x01, TS33328-I.2.2-x01), those of the
 * container, and where it opens those of the content (RFC8551-3.1-x01, 3.1.1-x01). Places are octets of the entity; inside
 * of a body in base64 that of the part. Fails only for limits. Which part it is, and what is not judged, stands in vectors/SMIME.md. */
typedef struct tg_mime_judgement {
    tg_status parse;               /* TG_OK, or why the container cannot be cut: then its row is the only finding, and `diag` says where */
    tg_diag diag;
    tg_mime_part body;             /* a copy of what was given, its parts are those */
    const tg_mime_part *part;      /* that holds the container; NULL: none, and nothing is judged */
    tg_smime_judgement container;  /* where the part is not so encoded (RFC8551-3.1.2-x01) it is empty: not tried */
    const tg_finding *const *findings; /* all of them, those of the container too, their paths behind that of the part: "body[1].cms.mac" */
    size_t num_findings;
    tg_reception reception;
} tg_mime_judgement;
size_t tg_mime_judge_arena_size(size_t len);
TG_NODISCARD tg_status tg_mime_judge(tg_crypto *c, const tg_mime_part *body, const tg_profile *profile, const tg_smime_opening *how,
                                     tg_arena *arena, tg_mime_judgement *out);

#ifdef __cplusplus
}
#endif
#endif
