/* The lines of a session description, checked for what sdp.c and sdp_read.c both ask. Internal to the carriage room. */
#ifndef TICKETGATE_CARRIAGE_SDP_LINES_H
#define TICKETGATE_CARRIAGE_SDP_LINES_H

#include "lines.h"
#include "ticketgate/carriage.h"

#define TGC_KEY_MGMT "a=key-mgmt:"

typedef struct tgc_outline {
    tgc_text v, o, s, t;              /* the one line of each; data NULL until it is met */
    size_t num_media, num_attributes; /* of key-mgmt */
    size_t num_lines;
    tgc_text lines[TG_SDP_MAX_LINES]; /* those that are not empty, in order */
} tgc_outline;

/* Limits, type letters, the lines that must be there and be there once, what may not stand under an m-line (RFC 4566 5). */
TG_NODISCARD tg_status tgc_read_outline(tgc_text text, tgc_outline *out, const char **reason);
/* Room for a copy for libosip2: a line may grow by a CR, a key-mgmt attribute that is empty by two, an m-line by a format as well, and s= by a
 * character. */
#define TGC_SDP_COPY_MAX (TG_SDP_MAX_OCTETS + 3 * TG_SDP_MAX_LINES + 2 * TG_SDP_MAX_M_LINES + 16)
/* v=, o=, s=, t=, the m-lines, and the other lines that begin with `kept`, in the order that libosip2 insists on. What tgc_read_outline has passed
 * fits in TGC_SDP_COPY_MAX. */
void tgc_write_sdp_copy(const tgc_outline *lines, const char *kept, char *copy);

/* The front of an m-line up to its protocol, without the formats. False when it does not get as far. */
bool tgc_m_line_front(tgc_text line, tgc_text *front);
/* RTP/SAVP and RTP/SAVPF, X/TLS/Y: see tg_key_mgmt.m_lines. */
bool tgc_is_srtp(tgc_text proto);
bool tgc_is_over_tls(tgc_text proto);
/* What follows "key-mgmt:" (an optional space, prtcl-id, space, data). */
void tgc_cut_key_mgmt(tgc_text value, tgc_text *protocol, tgc_text *data);

#endif
