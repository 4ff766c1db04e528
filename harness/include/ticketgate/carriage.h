/* carriage: how a MIKEY message travels: a=key-mgmt in SDP (RFC 4567), SDP in SIP.
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

/* Writes "a=key-mgmt:mikey <base64>" without a line end. `out` must hold tg_key_mgmt_size(octets.len). */
size_t tg_key_mgmt_size(size_t message_len);
void tg_key_mgmt_write(tg_bytes octets, char *out);

#ifdef __cplusplus
}
#endif
#endif
