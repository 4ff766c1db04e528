/* wire: the payloads, one struct each, and their parsing and building.
 *
 * A parsed payload is a view: its `tg_bytes` members point into the caller's octets, its lists and nested payloads live
 * in the caller's arena. Nothing is copied and nothing is allocated from the heap. The message room (message.h) is the
 * way in; this header is what its results are made of.
 */
#ifndef TICKETGATE_WIRE_H
#define TICKETGATE_WIRE_H

#include "ticketgate/base.h"
#include "ticketgate/layouts.h"
#include "ticketgate/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

/* THDR has no number on the wire (RFC 6043 A.3); this one is ours and outside the octet's range. */
enum { TG_PAYLOAD_THDR = 256 };

/* A length, count or Next Payload that is written as given instead of computed: a broken message on purpose, or the
 * Next Payload 0 of a parsed Vi that another payload follows (RFC 6043 6.10, ambiguity A11). */
typedef struct tg_override {
    struct tg_override *next;
    const char *field; /* the layout's name of the field; "first_payload_tp_data" for a First Payload octet */
    uint32_t value;
} tg_override;

/* What HDR, every payload and every list entry begin with; a pointer to one of them is a pointer to this. */
typedef struct tg_object {
    tg_bytes octets;        /* where it stood in what was parsed; empty in one made by hand */
    tg_override *overrides; /* of its own fields, usually NULL */
} tg_object;
#define TG_OBJECT                                                                                                      \
    union {                                                                                                            \
        tg_object object;                                                                                              \
        struct {                                                                                                       \
            tg_bytes octets;                                                                                           \
            tg_override *overrides;                                                                                    \
        };                                                                                                             \
    }

/* What every payload begins with. */
typedef struct tg_payload {
    TG_OBJECT;
    struct tg_payload *next; /* in its chain; NULL for the last */
    uint16_t type;           /* TG_PAYLOAD_... */
} tg_payload;

/* Entries of lists have no type and no chain. */
typedef struct tg_param {
    TG_OBJECT;
    uint8_t type;
    tg_bytes value;
} tg_param;

typedef struct tg_key_id {
    TG_OBJECT;
    uint8_t key_id_type;
    tg_bytes key_id;
} tg_key_id;

typedef struct tg_srtp_cs {
    TG_OBJECT;
    uint8_t policy_no;
    uint32_t ssrc, roc;
} tg_srtp_cs;

typedef struct tg_generic_cs {
    TG_OBJECT;
    uint8_t cs_id, prot_type, s;
    tg_bytes ps; /* one octet a policy number */
    tg_bytes session_data, spi;
} tg_generic_cs;

/* What a chain member holds. */
typedef enum tg_chain_form {
    TG_CHAIN_ABSENT,  /* length 0 (Initiator Data) */
    TG_CHAIN_OCTETS,  /* `octets`, as they are: encrypted, or malformed Ticket Data, or of an unknown Ticket Type */
    TG_CHAIN_PAYLOADS /* `payloads`, possibly none */
} tg_chain_form;

typedef struct tg_chain {
    tg_chain_form form;
    tg_bytes octets;      /* what was parsed, First Payload octet included */
    tg_payload *payloads; /* in order, or NULL */
} tg_chain;

/* KV data (RFC 3830 6.14): spi for KV SPI, the other two for KV Interval. */
typedef struct tg_kv_data {
    uint8_t kv;
    tg_bytes spi, valid_from, valid_to;
} tg_kv_data;

/* The flags of TP and TICKET, D the highest bit: flags & TG_FLAG('F') */
#define TG_FLAG_LETTERS "DEFGHIJKLMNO"
#define TG_FLAG(letter) (1u << ('O' - (letter)))

/* The CS ID map info. SRTP-ID: `srtp`; GENERIC-ID: `generic`; Empty map: neither, num_cs is #CS as it stands. */
typedef struct tg_map {
    uint8_t cs_id_map_type;
    uint8_t num_cs;
    const tg_srtp_cs *srtp;
    const tg_generic_cs *generic;
} tg_map;

/* Members by kind of field (layouts.h). */
#define TG_MEMBER(kind, ...) TG_MEMBER_##kind(__VA_ARGS__)
#define TG_MEMBER_NEXT(name)
#define TG_MEMBER_U8(name) uint8_t name;
#define TG_MEMBER_U16(name) uint16_t name;
#define TG_MEMBER_U32(name) uint32_t name;
#define TG_MEMBER_BITS8(a, a_bits, b, b_bits) uint8_t a, b;
#define TG_MEMBER_BITS_LEN8(a, a_bits, len) uint8_t a;
#define TG_MEMBER_BITS_LEN16(a, a_bits, len) uint8_t a;
#define TG_MEMBER_BITS_KV(a) uint8_t a;
#define TG_MEMBER_FLAGS(prf, flags_, res_)                                                                             \
    uint8_t prf;                                                                                                       \
    uint16_t flags_;                                                                                                   \
    uint8_t res_;
#define TG_MEMBER_LEN8(name)
#define TG_MEMBER_LEN16(name)
#define TG_MEMBER_DATA(name, len) tg_bytes name;
#define TG_MEMBER_FIXED(name, selector, octets_of) tg_bytes name;
#define TG_MEMBER_SALT(name, len) tg_bytes name; /* for types with a salt */
#define TG_MEMBER_KV() tg_kv_data kv_data;
#define TG_MEMBER_PARAMS(name, len)                                                                                    \
    const tg_param *name;                                                                                              \
    size_t num_##name;
#define TG_MEMBER_EXT(name, len)                                                                                       \
    tg_bytes name;             /* as it stands, whatever the type */                                                   \
    const tg_key_id *key_ids;  /* type 3: what `data` says; when not NULL it is built from these */                    \
    size_t num_key_ids;
#define TG_MEMBER_KEYS(name, len) tg_chain name;
#define TG_MEMBER_CHAIN(name, len) tg_chain name;
#define TG_MEMBER_OPT_CHAIN(name, len) tg_chain name;
#define TG_MEMBER_TICKET_DATA(name, len) tg_chain name;
#define TG_MEMBER_MAP() tg_map map;

/* tg_kemac, tg_pke, tg_dh, ...: `head`, then the members of the layout. Cast a tg_payload of the right type to them. */
#define TG_STRUCT(NAME, name, number)                                                                                  \
    typedef struct tg_##name {                                                                                         \
        tg_payload head;                                                                                               \
        TG_LAYOUT_##NAME(TG_MEMBER)                                                                                    \
    } tg_##name;
TG_PAYLOADS(TG_STRUCT)
#undef TG_STRUCT

typedef struct tg_hdr {
    TG_OBJECT;
    TG_LAYOUT_HDR(TG_MEMBER)
} tg_hdr;

/* True for key data types that carry a salt (RFC 3830 6.13, RFC 6043 6.2.1). */
static inline bool tg_key_type_has_salt(uint8_t type)
{
    return type == TG_KEY_TGK_SALT || type == TG_KEY_TEK_SALT || type == TG_KEY_GTGK_SALT;
}

/* ---- field tables ------------------------------------------------------------------------------------------- */

typedef enum tg_field_kind {
    TG_FIELD_NEXT,        /* no member; overridable */
    TG_FIELD_NUMBER,      /* uint8_t, uint16_t or uint32_t member by `size` */
    TG_FIELD_LEN,         /* no member; overridable */
    TG_FIELD_DATA,        /* tg_bytes member */
    TG_FIELD_SALT,        /* tg_bytes member, only for types with a salt; its length field is `len_name` */
    TG_FIELD_FLAGS,       /* uint16_t member */
    TG_FIELD_KV_TYPE,     /* kv_data.kv */
    TG_FIELD_KV,          /* tg_kv_data member */
    TG_FIELD_PARAMS,      /* const tg_param * and size_t behind it */
    TG_FIELD_EXT,         /* tg_bytes, const tg_key_id *, size_t */
    TG_FIELD_KEYS,        /* tg_chain members */
    TG_FIELD_CHAIN,
    TG_FIELD_OPT_CHAIN,
    TG_FIELD_TICKET_DATA,
    TG_FIELD_MAP          /* tg_map member */
} tg_field_kind;

/* One field of a layout, in wire order. Fields that share octets follow each other, the highest bits first. */
typedef struct tg_field {
    const char *name;     /* as in the message tree and in paths; "" for KV and MAP */
    tg_field_kind kind;
    unsigned bits;        /* width on the wire; 0 when it varies */
    size_t member;        /* offset of the member in its struct */
    size_t size;          /* of a number's member */
    const char *len_name; /* the length field that covers this one, or NULL */
} tg_field;

typedef struct tg_layout {
    const char *name; /* "KEMAC"; "HDR", "SRTP_CS", "GENERIC_CS", "PARAM" and "KEY_ID" for what is no payload */
    uint16_t type;    /* TG_PAYLOAD_..., or 0 */
    const char *id;   /* catalogue row of the layout */
    size_t struct_size;
    const tg_field *fields;
    size_t num_fields;
} tg_layout;

extern const tg_layout tg_layout_hdr, tg_layout_srtp_cs, tg_layout_generic_cs, tg_layout_param, tg_layout_key_id;
/* NULL for a number without a layout. */
const tg_layout *tg_layout_of(uint16_t type);
/* By name ("IDR"); NULL when there is none. */
const tg_layout *tg_layout_find(const char *name);
const char *tg_payload_name(uint16_t type); /* "IDR", or "?" */

/* Where a field of a parsed payload stands: offset from the payload's first octet, and length. A bit field gives its
 * octet. False when the payload has no such field. `name` may be a list entry: fields inside one are found with its
 * own layout. */
bool tg_field_range(const tg_layout *layout, const void *object, tg_bytes octets, const char *name, size_t *offset,
                    size_t *len);
/* The name space (registry.h) of a field's numbers, by its id. NULL where there is none, or where it depends on another field, as that of a
 * parameter's type does on the Prot type. */
const char *tg_field_name_space(const tg_layout *layout, const tg_field *field);

/* ---- parsing and building ----------------------------------------------------------------------------------- */

/* Chains nested in chains: a ticket's KEMAC plaintext is the third. Bounds the parser's stack. */
#define TG_MAX_NESTING 16

/* What a parse runs on, and where it says what went wrong. */
typedef struct tg_parse {
    const uint8_t *base; /* offsets in `diag` count from here */
    tg_arena *arena;
    uint8_t data_type; /* of the message: fixes how a KEMAC plaintext begins */
    unsigned nesting;  /* chains entered */
    tg_diag *diag;     /* may be NULL */
} tg_parse;

typedef enum tg_chain_kind {
    TG_CHAIN_MESSAGE,        /* first payload from HDR */
    TG_CHAIN_TP_DATA,        /* first payload from an octet of its own */
    TG_CHAIN_INITIATOR_DATA, /* likewise */
    TG_CHAIN_TICKET_DATA,    /* THDR first */
    TG_CHAIN_KEYS            /* Key data first, or ID by data type; nothing at all is fine */
} tg_chain_kind;

/* Parses the header at the reader's front. On success *first is the Next Payload number. */
TG_NODISCARD tg_status tg_wire_parse_hdr(tg_parse *p, tg_reader *r, tg_hdr *hdr, uint8_t *first);
/* Parses the chain that fills the reader's scope. `first` is HDR's Next Payload for TG_CHAIN_MESSAGE, else unused. */
TG_NODISCARD tg_status tg_wire_parse_chain(tg_parse *p, tg_reader *r, tg_chain_kind kind, uint8_t first,
                                           tg_payload **out);

/* Writes the header of a message whose first payload is `first` (NULL: none), a chain, one payload. */
void tg_wire_build_hdr(tg_writer *w, const tg_hdr *hdr, const tg_payload *first);
void tg_wire_build_chain(tg_writer *w, const tg_payload *payloads);
void tg_wire_build_payload(tg_writer *w, const tg_payload *payload);

#ifdef __cplusplus
}
#endif
#endif
