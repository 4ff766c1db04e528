/* base: what every room speaks: status, octets, reader, writer, arena, hex and base64.
 *
 * Nothing here allocates, does I/O or keeps state. Sizes are in octets unless a name says otherwise.
 */
#ifndef TICKETGATE_BASE_H
#define TICKETGATE_BASE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define TG_NODISCARD __attribute__((warn_unused_result))
#define TG_COLD __attribute__((cold, noinline))
#define TG_LIKELY(x) __builtin_expect(!!(x), 1)
#else
#define TG_NODISCARD
#define TG_COLD
#define TG_LIKELY(x) (x)
#endif

/* ---- status ------------------------------------------------------------------------------------------------- */

/* One status type for the whole library. X(symbol, class, name in JSON, text for people). */
#define TG_STATUS_LIST(X)                                                                                              \
    X(TG_OK, TG_CLASS_OK, "ok", "no error")                                                                            \
    X(TG_TRUNCATED, TG_CLASS_PARSE, "truncated", "the field does not fit in what is left")                             \
    X(TG_UNKNOWN_PAYLOAD, TG_CLASS_PARSE, "unknown_payload", "no payload with this number may stand here")             \
    X(TG_UNKNOWN_MAP_TYPE, TG_CLASS_PARSE, "unknown_map_type", "no such CS ID map type")                               \
    X(TG_UNKNOWN_LENGTH, TG_CLASS_PARSE, "unknown_length", "the number fixes a length, and it is not known")           \
    X(TG_TRAILING, TG_CLASS_PARSE, "trailing", "octets are left after the last payload")                               \
    X(TG_ARENA_FULL, TG_CLASS_LIMIT, "limit", "the memory given for the message is used up")                           \
    X(TG_BUFFER_FULL, TG_CLASS_LIMIT, "buffer_full", "the output does not fit in the buffer given")                    \
    X(TG_TOO_DEEP, TG_CLASS_LIMIT, "too_deep", "payloads are nested deeper than the limit")                           \
    X(TG_TOO_LARGE, TG_CLASS_LIMIT, "too_large", "the input is larger than the limit")                                 \
    X(TG_OVERFLOW, TG_CLASS_VALUE, "overflow", "a value does not fit its field")                                       \
    X(TG_BAD_HEX, TG_CLASS_ENCODING, "bad_hex", "not hexadecimal")                                                     \
    X(TG_BAD_BASE64, TG_CLASS_ENCODING, "bad_base64", "not base64")                                                    \
    X(TG_BAD_JSON, TG_CLASS_ENCODING, "bad_json", "not JSON")                                                          \
    X(TG_BAD_TREE, TG_CLASS_VALUE, "bad_tree", "not a message tree")                                                   \
    X(TG_BAD_PROFILE, TG_CLASS_VALUE, "bad_profile", "not a profile")                                                  \
    X(TG_BAD_SDP, TG_CLASS_ENCODING, "bad_sdp", "not a session description")                                           \
    X(TG_NOT_FOUND, TG_CLASS_VALUE, "not_found", "nothing of that kind is there")                                      \
    X(TG_NO_MEMORY, TG_CLASS_LIMIT, "no_memory", "the cryptographic library got no memory")                            \
    X(TG_NOT_AUTHENTIC, TG_CLASS_AUTHENTICITY, "not_authentic", "a MAC, a signature or an encryption does not verify")  \
    X(TG_UNKNOWN_ALGORITHM, TG_CLASS_VALUE, "unknown_algorithm", "no such PRF, cipher, MAC or signature is known")     \
    X(TG_BAD_KEY, TG_CLASS_VALUE, "bad_key", "the key cannot be used for this")                                        \
    X(TG_BAD_CONVERSATION, TG_CLASS_VALUE, "bad_conversation", "not a conversation")                                   \
    X(TG_REFUSED, TG_CLASS_VALUE, "refused", "policy forbids it")                                                      \
    X(TG_BAD_CMS, TG_CLASS_PARSE, "bad_cms", "not a CMS container of this type")                                       \
    X(TG_BAD_MIME, TG_CLASS_ENCODING, "bad_mime", "not a MIME entity")                                                 \
    X(TG_BAD_SIP, TG_CLASS_ENCODING, "bad_sip", "not a SIP message")                                                   \
    X(TG_BAD_TLS, TG_CLASS_PARSE, "bad_tls", "records or handshake messages that cannot be cut")

typedef enum tg_class {
    TG_CLASS_OK,
    TG_CLASS_PARSE,    /* the octets are not a MIKEY message */
    TG_CLASS_LIMIT,    /* a limit of the caller's was met; says nothing about the input */
    TG_CLASS_ENCODING, /* hex, base64, JSON or SDP around the message is broken */
    TG_CLASS_VALUE,    /* the input is readable, but a value in it cannot be used */
    TG_CLASS_AUTHENTICITY /* what a key should confirm is not confirmed */
} tg_class;

typedef enum tg_status {
#define TG_STATUS_ENUM(symbol, class_, name, text) symbol,
    TG_STATUS_LIST(TG_STATUS_ENUM)
#undef TG_STATUS_ENUM
} tg_status;

tg_class tg_status_class(tg_status status);
/* Goes on where a call was well, and else returns what it said, in a function that returns a status. */
#define TG_TRY(call)                                                                                                   \
    do {                                                                                                               \
        tg_status try_status_ = (call);                                                                                \
        if (try_status_ != TG_OK)                                                                                      \
            return try_status_;                                                                                        \
    } while (0)
const char *tg_status_name(tg_status status); /* stable, as in the JSON outputs */
const char *tg_status_text(tg_status status); /* one clause in English, for people */

/* Where and why something was refused. `id` and `clause` name the catalogue row that was broken, or are "". */
#define TG_PATH_MAX 512 /* the deepest nesting fits (TG_MAX_NESTING) */
typedef struct tg_diag {
    tg_status status;
    const char *id;         /* static, e.g. "RFC6043-6.6-x01" */
    char clause[32];        /* e.g. "RFC 6043 6.6" */
    size_t offset;          /* from the start of the message */
    char path[TG_PATH_MAX]; /* e.g. "TICKET[0].tp_data.IDR[1].id_data" */
} tg_diag;

/* The clause that a catalogue id names: "RFC6043-6.6-x01" gives "RFC 6043 6.6", "" gives "". */
void tg_clause_of_id(const char *id, char out[32]);

/* ---- octets ------------------------------------------------------------------------------------------------- */

/* A view of somebody else's octets. `data` may be NULL when `len` is 0. */
typedef struct tg_bytes {
    const uint8_t *data;
    size_t len;
} tg_bytes;

static inline tg_bytes tg_bytes_of(const void *data, size_t len)
{
    tg_bytes b = { (const uint8_t *)data, len };
    return b;
}

static inline bool tg_bytes_equal(tg_bytes a, tg_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ---- reader ------------------------------------------------------------------------------------------------- */

/* Reads a scope from its front. A getter moves only on success and leaves its out-parameter alone on failure. */
typedef struct tg_reader {
    const uint8_t *pos;
    const uint8_t *end;
} tg_reader;

static inline tg_reader tg_reader_of(tg_bytes b)
{
    /* An empty view may hold NULL; pointer arithmetic wants an object. */
    static const uint8_t nothing = 0;
    const uint8_t *start = b.data ? b.data : &nothing;
    tg_reader r = { start, start + b.len };
    return r;
}

static inline size_t tg_reader_left(const tg_reader *r)
{
    return (size_t)(r->end - r->pos);
}

TG_NODISCARD static inline bool tg_get_u8(tg_reader *r, uint8_t *out)
{
    if (tg_reader_left(r) < 1)
        return false;
    *out = *r->pos++;
    return true;
}

TG_NODISCARD static inline bool tg_get_u16(tg_reader *r, uint16_t *out)
{
    if (tg_reader_left(r) < 2)
        return false;
    *out = (uint16_t)((unsigned)r->pos[0] << 8 | r->pos[1]);
    r->pos += 2;
    return true;
}

TG_NODISCARD static inline bool tg_get_u32(tg_reader *r, uint32_t *out)
{
    if (tg_reader_left(r) < 4)
        return false;
    *out = (uint32_t)r->pos[0] << 24 | (uint32_t)r->pos[1] << 16 | (uint32_t)r->pos[2] << 8 | r->pos[3];
    r->pos += 4;
    return true;
}

TG_NODISCARD static inline bool tg_get_bytes(tg_reader *r, size_t len, tg_bytes *out)
{
    if (tg_reader_left(r) < len)
        return false;
    out->data = r->pos;
    out->len = len;
    r->pos += len;
    return true;
}

/* ---- writer ------------------------------------------------------------------------------------------------- */

/* Writes into a buffer of the caller's. Errors are sticky: write on, ask once at the end with tg_writer_status.
 * With `data` NULL it only counts. `len` is what was, or would have been, written. */
typedef struct tg_writer {
    uint8_t *data;
    size_t capacity;
    size_t len;
    tg_status status;
} tg_writer;

tg_writer tg_writer_of(uint8_t *data, size_t capacity);
void tg_put_u8(tg_writer *w, uint32_t value); /* the put functions fail with TG_OVERFLOW when value does not fit */
void tg_put_u16(tg_writer *w, uint32_t value);
void tg_put_u32(tg_writer *w, uint32_t value);
void tg_put_bytes(tg_writer *w, tg_bytes bytes);
/* Reserves a big-endian field of `width` octets (1 or 2) and returns its place; fill it in later. */
size_t tg_put_reserved(tg_writer *w, unsigned width);
void tg_fill_reserved(tg_writer *w, size_t place, unsigned width, size_t value);
TG_NODISCARD static inline tg_status tg_writer_status(const tg_writer *w)
{
    return w->status;
}

/* ---- arena -------------------------------------------------------------------------------------------------- */

/* Memory that the caller gives, handed out from the front, all freed at once by setting `used` back. */
typedef struct tg_arena {
    uint8_t *data;
    size_t capacity;
    size_t used;
} tg_arena;

static inline tg_arena tg_arena_of(void *data, size_t capacity)
{
    tg_arena a = { (uint8_t *)data, capacity, 0 };
    return a;
}

/* `size` octets, aligned for any object, not initialised; NULL when they do not fit. Inline: the parser lives on it. */
static inline void *tg_arena_alloc(tg_arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (!a->data)
        return NULL;
    /* The caller's memory may itself be unaligned, so it is the address that is rounded up. */
    size_t padding = (align - ((uintptr_t)(a->data + a->used) & (align - 1))) & (align - 1);
    size_t left = a->capacity - a->used;
    if (padding > left || size > left - padding)
        return NULL;
    void *out = a->data + a->used + padding;
    a->used += padding + size;
    return out;
}
/* Overwrites the octets from `from` to the end of what is used, in a way that no compiler leaves out, and sets `used` back to
 * `from`. For arenas that hold keys: give memory back with this alone, then nothing stays behind. */
void tg_arena_wipe(tg_arena *a, size_t from);
/* A copy of the octets in the arena; data is NULL when they do not fit and len is not 0. */
tg_bytes tg_arena_copy(tg_arena *a, const void *data, size_t len);

/* ---- hex and base64 ----------------------------------------------------------------------------------------- */

/* Text to octets; white space is skipped. Hex: either case; base64: RFC 4648 section 4, with or without its padding.
 * `out` must hold tg_hex_decoded_max / tg_base64_decoded_max octets. On failure *error_at is the place in the text. */
static inline size_t tg_hex_decoded_max(size_t text_len)
{
    return text_len / 2;
}
static inline size_t tg_base64_decoded_max(size_t text_len)
{
    return text_len / 4 * 3 + 3;
}
TG_NODISCARD tg_status tg_hex_decode(const char *text, size_t text_len, uint8_t *out, size_t *out_len, size_t *error_at);
TG_NODISCARD tg_status tg_base64_decode(const char *text, size_t text_len, uint8_t *out, size_t *out_len,
                                        size_t *error_at);
/* Octets to text, ended with a NUL. `out` must hold tg_hex_encoded_size / tg_base64_encoded_size characters. */
static inline size_t tg_hex_encoded_size(size_t len)
{
    return len * 2 + 1;
}
static inline size_t tg_base64_encoded_size(size_t len)
{
    return (len + 2) / 3 * 4 + 1;
}
void tg_hex_encode(tg_bytes bytes, char *out);
void tg_base64_encode(tg_bytes bytes, char *out);

#ifdef __cplusplus
}
#endif
#endif
