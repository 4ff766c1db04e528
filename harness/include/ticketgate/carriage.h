/* carriage: how a MIKEY message travels: a=key-mgmt in SDP (RFC 4567), SDP in SIP, whole SIP requests; a fast look at any SIP message, the values of
 * its header fields, a session description as facts.
 *
 * libosip2 stands behind this header. Call tg_carriage_init once before anything else: it readies that library and
 * silences its trace, which would go to stdout. Input is checked for size, line length and line count before the call.
 */
#ifndef TICKETGATE_CARRIAGE_H
#define TICKETGATE_CARRIAGE_H

#include "ticketgate/base.h"
#include "ticketgate/findings.h"

#ifdef __cplusplus
extern "C" {
#endif

TG_NODISCARD tg_status tg_carriage_init(void);

/* Limits; what exceeds one is refused with TG_TOO_LARGE before libosip2 sees it. A bare attribute line has none. */
#define TG_SDP_MAX_OCTETS 65535
#define TG_SDP_MAX_LINES 1024
#define TG_SDP_MAX_LINE 49152
#define TG_SDP_MAX_M_LINES 64
#define TG_SDP_MAX_ATTRIBUTES 128 /* key-mgmt attributes, whichever protocol */
#define TG_SIP_MAX_OCTETS 131072
#define TG_SIP_MAX_HEADERS 256
#define TG_SIP_MAX_LINE 8192
#define TG_SIP_MAX_PARTS 64 /* of a multipart body; nested three deep */

/* One key-mgmt attribute with prtcl-id "mikey". */
typedef struct tg_key_mgmt {
    int m_line;           /* index of the m-line it stands under; -1 at session level */
    const char *data;     /* the base64 text, in the caller's SDP or in the parser's memory: valid during the callback */
    size_t data_len;
    /* The m-lines it covers that MIKEY protects: RTP/SAVP and RTP/SAVPF are rtp, X/TLS/Y are tls. At session level all
     * but those with a key-mgmt of their own, for which the session level is ignored (RFC 4567 3.1). */
    const tg_m_line *m_lines;
    size_t num_m_lines;
} tg_key_mgmt;

/* Called for each attribute in order. Return false to stop. */
typedef bool (*tg_key_mgmt_callback)(void *user, const tg_key_mgmt *attribute);

/* Finds the attributes of a session description. Text that is a single line "a=key-mgmt:mikey ..." or
 * "key-mgmt:mikey ..." is taken as one attribute at session level without m-lines (m_lines NULL).
 * TG_BAD_SDP when it is neither; TG_NOT_FOUND when it holds no such attribute; *reason is a static sentence. */
TG_NODISCARD tg_status tg_sdp_key_mgmt(const char *sdp, size_t len, tg_key_mgmt_callback callback, void *user,
                                       const char **reason);

/* True when the octets begin with a whole SIP start line (empty lines before it are skipped). */
bool tg_sip_begins(const char *data, size_t len);
/* Where the SIP message at the front of a stream ends: by Content-Length, without one at the end of the data.
 * TG_TRUNCATED when more octets are needed (*frame_len is then the length of the whole, or 0 while its headers are not
 * complete), TG_TOO_LARGE beyond the limits, TG_BAD_SDP when it cannot be cut. */
TG_NODISCARD tg_status tg_sip_frame(const char *data, size_t len, size_t *frame_len, const char **reason);

/* The SDP body of a SIP message (Content-Type application/sdp, or the first such part of a multipart body).
 * The callback gets the message's first line and the body. TG_NOT_FOUND when there is none; TG_BAD_SDP when this is
 * no SIP message, TG_TRUNCATED when the body is shorter than its Content-Length. */
typedef void (*tg_sip_body_callback)(void *user, const char *first_line, const char *body, size_t body_len);
TG_NODISCARD tg_status tg_sip_sdp_body(const char *sip, size_t len, tg_sip_body_callback callback, void *user,
                                       const char **reason);

/* ---- whole SIP requests (RFC 3261, RFC 3428) ---------------------------------------------------------------- */

#define TG_SIP_MAX_REQUEST ((size_t)97 << 20) /* the body is never copied, so that all that MIME can cut may come */
#define TG_SIP_TEXT_MAX 1024                  /* a method, a URI or a value below; longer: TG_TOO_LARGE */

/* What a SIP request says of itself. Texts end with a NUL; "": there is no such header. URIs are as they stand, without name, <> and parameters
 * of the header. */
typedef struct tg_sip_request {
    char method[TG_SIP_TEXT_MAX], request_uri[TG_SIP_TEXT_MAX];
    char from[TG_SIP_TEXT_MAX], to[TG_SIP_TEXT_MAX];
    char asserted[TG_SIP_TEXT_MAX]; /* P-Asserted-Identity (RFC 3325): the first sip or sips URI; one that cannot be read is none */
    bool has_asserted;              /* there is a P-Asserted-Identity, whatever stands in it */
    char event[TG_SIP_TEXT_MAX];    /* the package, without parameters */
    char content_type[TG_SIP_TEXT_MAX], transfer_encoding[TG_SIP_TEXT_MAX], disposition[TG_SIP_TEXT_MAX]; /* values, on one line */
    tg_bytes body;                  /* in the caller's octets */
    size_t body_offset;
} tg_sip_request;
/* What counts as one stands in vectors/SMIME.md section 4. TG_BAD_SIP when it is none, TG_TOO_LARGE beyond the limits (headers and lines as
 * above); *reason is a static sentence. */
TG_NODISCARD tg_status tg_sip_request_read(tg_bytes octets, tg_sip_request *out, const char **reason);

/* A request to write. NULL: the header is left out; those of the first two lines are needed. No text may hold a control character. */
typedef struct tg_sip_plan {
    const char *method, *request_uri, *from, *to; /* URIs */
    const char *from_tag, *call_id, *branch, *sent_by; /* branch without z9hG4bK; sent_by: "host.example.com" */
    const char *to_tag, *asserted, *contact;           /* URIs */
    const char *event, *subscription_state, *content_type, *transfer_encoding, *disposition; /* values */
    uint32_t cseq;
    tg_bytes body;
} tg_sip_plan;
/* Octets that are enough. */
size_t tg_sip_request_size(const tg_sip_plan *plan);
/* TG_BAD_SIP for a text that is missing or that libosip2 does not take, TG_TOO_LARGE, TG_BUFFER_FULL, TG_NO_MEMORY. What was written can be read:
 * that is tried. */
TG_NODISCARD tg_status tg_sip_request_write(const tg_sip_plan *plan, uint8_t *out, size_t max, size_t *len, const char **reason);

/* ---- a look at any SIP message (RFC 3261 7) ------------------------------------------------------------------ */

/* For who looks at very many: no heap, no call of libosip2, about a microsecond for 20 headers. What stands in a value is raw; the readers
 * below judge it. Every view lies in the caller's octets: an offset is the difference of addresses (tg_sip_offset).
 *
 * The header fields told apart. X(symbol, name, compact form or 0). */
#define TG_SIP_FIELDS(X)                                                                                               \
    X(OTHER, "", 0)                                                                                                    \
    X(VIA, "Via", 'v')                                                                                                 \
    X(FROM, "From", 'f')                                                                                               \
    X(TO, "To", 't')                                                                                                   \
    X(CALL_ID, "Call-ID", 'i')                                                                                         \
    X(CSEQ, "CSeq", 0)                                                                                                 \
    X(CONTACT, "Contact", 'm')                                                                                         \
    X(CONTENT_TYPE, "Content-Type", 'c')                                                                               \
    X(CONTENT_LENGTH, "Content-Length", 'l')                                                                           \
    X(CONTENT_ENCODING, "Content-Encoding", 'e')                                                                       \
    X(CONTENT_TRANSFER_ENCODING, "Content-Transfer-Encoding", 0)                                                       \
    X(CONTENT_DISPOSITION, "Content-Disposition", 0)                                                                   \
    X(MIME_VERSION, "MIME-Version", 0)                                                                                 \
    X(EVENT, "Event", 'o')                                                                                             \
    X(SUBSCRIPTION_STATE, "Subscription-State", 0)                                                                     \
    X(P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0)                                                                   \
    X(P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0)                                                                 \
    X(P_CALLED_PARTY_ID, "P-Called-Party-ID", 0)                                                                       \
    X(HISTORY_INFO, "History-Info", 0)                                                                                 \
    X(ROUTE, "Route", 0)                                                                                               \
    X(RECORD_ROUTE, "Record-Route", 0)                                                                                 \
    X(MAX_FORWARDS, "Max-Forwards", 0)                                                                                 \
    X(RSEQ, "RSeq", 0)                                                                                                 \
    X(RACK, "RAck", 0)                                                                                                 \
    X(REPLACES, "Replaces", 0)                                                                                         \
    X(TARGET_DIALOG, "Target-Dialog", 0)                                                                               \
    X(REFER_TO, "Refer-To", 'r')                                                                                       \
    X(REFERRED_BY, "Referred-By", 'b')                                                                                 \
    X(SUPPORTED, "Supported", 'k')                                                                                     \
    X(REQUIRE, "Require", 0)                                                                                           \
    X(SUBJECT, "Subject", 's')
typedef enum tg_sip_field {
#define TG_ENUM(symbol, name, compact) TG_SIP_##symbol,
    TG_SIP_FIELDS(TG_ENUM)
#undef TG_ENUM
    TG_SIP_NUM_FIELDS
} tg_sip_field;
const char *tg_sip_field_name(tg_sip_field field); /* "Call-ID" */

typedef struct tg_sip_header {
    tg_sip_field field;
    bool folded;          /* the value goes over several lines, and holds their line ends */
    tg_bytes name, value; /* as they stand, white space around them left out */
} tg_sip_header;

typedef struct tg_sip_head {
    tg_bytes octets;              /* the caller's, from the start line (empty lines before it are skipped) to the end of the message */
    size_t offset;                /* of the start line in what was given to tg_sip_cut */
    size_t frame_len;             /* of the whole message, from the start line; 0: not known (TG_TRUNCATED within the headers) */
    bool request;
    tg_bytes start_line;          /* without its line end */
    tg_bytes method, request_uri; /* of a request, else empty */
    unsigned status;              /* 100..699 of a response, else 0 */
    tg_bytes reason_phrase;
    bool has_content_length;
    size_t content_length;
    size_t body_offset;           /* in `octets` */
    tg_bytes body;

    /* What correlation asks first, raw: empty (data NULL) where it is not there. Of headers that stand several times the first. */
    tg_bytes call_id, from, to, from_tag, to_tag, branch /* of the topmost Via */, content_type;
    tg_bytes cseq_method;
    bool has_cseq;                /* it begins with a number below 2^32 and a method follows */
    uint32_t cseq;
    unsigned num_vias;            /* values, however they are spread over headers */
    unsigned num_malformed;       /* lines without a colon or a name: left out of the table */

    uint16_t first[TG_SIP_NUM_FIELDS]; /* 1 + place in the table of the first of its kind; 0: none */
    size_t num_headers;
    tg_sip_header headers[TG_SIP_MAX_HEADERS]; /* the first num_headers are set */
} tg_sip_head;

/* Cuts the message at the front of the octets. Its end: by Content-Length, without one at the end of the octets.
 * TG_BAD_SIP: not a start line of SIP/2.0, or there are two of Content-Length, Content-Type, Call-ID, CSeq, From or To, or Content-Length is no
 * number. TG_TOO_LARGE beyond TG_SIP_MAX_OCTETS, _HEADERS, _LINE. TG_TRUNCATED: the headers or the body are not complete; `out` holds what is
 * there. *reason is a static sentence, "" when all is well. */
TG_NODISCARD tg_status tg_sip_cut(tg_bytes octets, tg_sip_head *out, const char **reason);
/* The first header of this kind; NULL when there is none. */
static inline const tg_sip_header *tg_sip_first(const tg_sip_head *head, tg_sip_field field)
{
    return head->first[field] ? &head->headers[head->first[field] - 1] : NULL;
}
/* The next of the same kind behind `header`. */
const tg_sip_header *tg_sip_next(const tg_sip_head *head, const tg_sip_header *header);
/* The first header with this name, whatever its case; for those that have no symbol. */
const tg_sip_header *tg_sip_find(const tg_sip_head *head, const char *name);
static inline size_t tg_sip_offset(const tg_sip_head *head, tg_bytes view) /* in head->octets */
{
    return view.data ? (size_t)(view.data - head->octets.data) : 0;
}
/* The session description in the body: all of it, or the first such part of a multipart body, in the caller's octets. TG_NOT_FOUND when there is
 * none, TG_BAD_SIP when Content-Type is malformed. */
TG_NODISCARD tg_status tg_sip_head_sdp(const tg_sip_head *cut, tg_bytes *sdp, const char **reason);

/* ---- values of header fields --------------------------------------------------------------------------------- */

/* libosip2 judges the syntax: what it refuses is TG_BAD_SIP, what is longer than TG_SIP_TEXT_MAX is TG_TOO_LARGE. Views lie in `value`. About a
 * microsecond each. */

/* Cuts the first value off a list ("a, b"), white space around it left out. Commas in quotes and <> do not part. False at the end. */
bool tg_sip_next_value(tg_bytes *list, tg_bytes *value);
/* A parameter (";name=value;name"), whatever the case of its name, without the quotes around its value. False when there is none. */
bool tg_sip_parameter(tg_bytes parameters, const char *name, tg_bytes *value);

/* From, To, Contact, P-Asserted-Identity, Route ...: one value of it. */
typedef struct tg_sip_address {
    tg_bytes uri;        /* without name and <>, as it stands; "*" of a Contact is TG_BAD_SIP */
    tg_bytes parameters; /* of the header: from the ";" behind the URI */
    tg_bytes tag;        /* data NULL: none */
    bool isfocus;        /* RFC 3840 9, of a Contact */
} tg_sip_address;
TG_NODISCARD tg_status tg_sip_address_read(tg_bytes value, tg_sip_address *out, const char **reason);

typedef struct tg_sip_uri {
    tg_bytes scheme, user, host; /* as they stand. tel: user is the number, without parameters; host is empty */
    uint32_t port;               /* 0: none */
    tg_bytes parameters;         /* from the ";", with the headers behind "?" */
    /* For comparison (RFC 3261 19.1.4): "user@host", the host alone where there is no user, the number of tel without visual separators. Host in
     * lower case, no password and no port; escapes that need not be are undone, others have capitals. */
    char identity[TG_SIP_TEXT_MAX];
} tg_sip_uri;
TG_NODISCARD tg_status tg_sip_uri_read(tg_bytes uri, tg_sip_uri *out, const char **reason);

typedef struct tg_sip_via {
    tg_bytes transport, host; /* "UDP" */
    uint32_t port;            /* 0: none */
    tg_bytes branch;          /* data NULL: none */
} tg_sip_via;
TG_NODISCARD tg_status tg_sip_via_read(tg_bytes value, tg_sip_via *out, const char **reason);

TG_NODISCARD tg_status tg_sip_cseq_read(tg_bytes value, uint32_t *number, tg_bytes *method, const char **reason);

typedef struct tg_sip_event {
    tg_bytes package, id; /* id: data NULL where there is none */
} tg_sip_event;
TG_NODISCARD tg_status tg_sip_event_read(tg_bytes value, tg_sip_event *out, const char **reason);

typedef struct tg_sip_type {
    tg_bytes type, subtype;
    tg_bytes parameters; /* from the ";": for tg_sip_parameter ("boundary") */
} tg_sip_type;
TG_NODISCARD tg_status tg_sip_type_read(tg_bytes value, tg_sip_type *out, const char **reason);
bool tg_sip_type_is(const tg_sip_type *type, const char *name); /* "application/sdp", whatever the case */

/* ---- a session description as facts (RFC 4566, 8866) ---------------------------------------------------------- */

#define TG_SDP_MAX_ALL_ATTRIBUTES TG_SDP_MAX_LINES

typedef struct tg_sdp_attribute {
    int m_line;           /* -1: session level */
    size_t offset, len;   /* of its line in the caller's text, without the line end */
    tg_bytes name, value; /* "a=name:value"; value: without white space at its ends, data NULL without a colon */
} tg_sdp_attribute;

/* a=key-mgmt of any protocol (RFC 4567 3.1). */
typedef struct tg_sdp_key {
    int m_line;
    size_t attribute;        /* its place in tg_sdp.attributes */
    tg_bytes protocol, data; /* "mikey" as it stands; its case is significant (RFC 4567 3.1) */
    bool is_mikey;
    const char *wrong;       /* NULL, or why it is malformed: no prtcl-id, or nothing behind it */
} tg_sdp_key;

/* a=fingerprint (RFC 8122 5). */
typedef struct tg_sdp_fingerprint {
    int m_line;
    size_t attribute;
    tg_bytes function; /* "sha-256" as it stands */
    tg_bytes octets;   /* in the arena */
    const char *wrong; /* NULL, or why it is malformed; then `octets` is empty */
} tg_sdp_fingerprint;

typedef enum tg_sdp_setup { /* RFC 4145 4 */
    TG_SDP_SETUP_NONE, TG_SDP_SETUP_ACTIVE, TG_SDP_SETUP_PASSIVE, TG_SDP_SETUP_ACTPASS, TG_SDP_SETUP_HOLDCONN, TG_SDP_SETUP_OTHER
} tg_sdp_setup;
typedef enum tg_sdp_direction { /* RFC 4566 6 */
    TG_SDP_SENDRECV, TG_SDP_SENDONLY, TG_SDP_RECVONLY, TG_SDP_INACTIVE
} tg_sdp_direction;
typedef enum tg_sdp_protection { /* by proto: whose keys MIKEY gives (RFC 4567, TS 33.328 annex H.3), as tg_key_mgmt.m_lines counts them */
    TG_SDP_NOT_KEYED, TG_SDP_KEYED_RTP, TG_SDP_KEYED_TLS
} tg_sdp_protection;

typedef struct tg_sdp_address {
    tg_bytes text;      /* "192.0.2.1", a host name; data NULL: no c= line. Without "/ttl/number" */
    uint8_t version;    /* 4 or 6 by addrtype; 0: neither */
    bool numeric;       /* `octets` holds it */
    uint8_t octets[16]; /* 0 behind those of IPv4 */
} tg_sdp_address;

typedef struct tg_sdp_media {
    size_t offset, len;      /* of the m-line in the caller's text */
    tg_bytes media, proto, formats; /* "audio", "RTP/SAVP", "96 97" */
    uint32_t port;           /* 0: refused, or not used (RFC 3264 6) */
    uint32_t num_ports;      /* "/2"; else 1 */
    tg_sdp_protection protection;
    tg_sdp_address address;  /* of its own c= line, else of session level */
    bool own_address;
    tg_sdp_direction direction; /* its own, else of session level, else sendrecv */
    tg_sdp_setup setup;         /* its own, else of session level */
    tg_bytes connection;        /* a=connection: "new", "existing" (RFC 4145 5); its own, else of session level */
    tg_bytes path;              /* a=path (RFC 4975 8.2): URIs with blanks between; data NULL: none */
    bool rtcp_mux;              /* RFC 5761 */
    uint32_t rtcp_port;         /* a=rtcp (RFC 3605); else port + 1, 0 when port is 0; port itself with rtcp_mux */
    tg_sdp_address rtcp_address; /* of a=rtcp, else as `address` */
    uint32_t num_ssrcs, ssrc;   /* a=ssrc (RFC 5576): how many (the lines of one follow each other), the first */
    size_t num_crypto;          /* a=crypto (RFC 4568) under this m-line */
    size_t first_attribute, num_attributes; /* those under it, in tg_sdp.attributes */
} tg_sdp_media;

typedef struct tg_sdp {
    tg_bytes text;
    struct {
        tg_bytes line, username, session_id, version, address; /* username, session_id and address name a session; version counts (RFC 4566 5.2) */
    } origin;
    tg_bytes session_name;
    tg_sdp_address address;
    tg_sdp_direction direction;
    tg_sdp_setup setup;
    const tg_sdp_attribute *attributes; /* all but candidate; session level first */
    size_t num_attributes, num_session_attributes;
    const tg_sdp_media *media;
    size_t num_media;
    const tg_sdp_key *key_mgmt;
    size_t num_key_mgmt;
    const tg_sdp_fingerprint *fingerprints;
    size_t num_fingerprints;
    size_t num_crypto; /* at either level */
} tg_sdp;

/* Octets of an arena that are enough for a text of this length. */
size_t tg_sdp_arena_size(size_t len);
/* Reads a session description; lists and octets of fingerprints lie in the arena, all other views in the caller's text. libosip2 judges v=, o=, s=,
 * t=, c= and m=; limits as above. TG_BAD_SDP, TG_TOO_LARGE, TG_ARENA_FULL; *reason is a static sentence. */
TG_NODISCARD tg_status tg_sdp_read(const char *text, size_t len, tg_arena *arena, tg_sdp *out, const char **reason);
/* The first attribute with this name (case is significant) at that level (-1: session); NULL when there is none. */
const tg_sdp_attribute *tg_sdp_find(const tg_sdp *sdp, int m_line, const char *name);
/* The m-lines that a key-mgmt attribute covers, as in tg_key_mgmt: places in sdp->media into out[TG_SDP_MAX_M_LINES]; how many. */
size_t tg_sdp_covered(const tg_sdp *sdp, const tg_sdp_key *attribute, size_t *out);
/* The fingerprints of an m-line are its own, else those of session level (RFC 8122 5). The n-th of them; NULL behind the last. */
const tg_sdp_fingerprint *tg_sdp_fingerprint_of(const tg_sdp *sdp, size_t m_line, size_t n);

/* Writes "a=key-mgmt:mikey <base64>" without a line end. `out` must hold tg_key_mgmt_size(octets.len). */
size_t tg_key_mgmt_size(size_t message_len);
void tg_key_mgmt_write(tg_bytes octets, char *out);

#ifdef __cplusplus
}
#endif
#endif
