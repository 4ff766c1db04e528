/* carriage: how a MIKEY message travels: a=key-mgmt in SDP (RFC 4567), SDP in SIP, whole SIP requests.
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

/* Writes "a=key-mgmt:mikey <base64>" without a line end. `out` must hold tg_key_mgmt_size(octets.len). */
size_t tg_key_mgmt_size(size_t message_len);
void tg_key_mgmt_write(tg_bytes octets, char *out);

#ifdef __cplusplus
}
#endif
#endif
