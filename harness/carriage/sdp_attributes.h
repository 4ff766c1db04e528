/* What the attributes of a session description mean. Internal to the carriage room. */
#ifndef TICKETGATE_CARRIAGE_SDP_ATTRIBUTES_H
#define TICKETGATE_CARRIAGE_SDP_ATTRIBUTES_H

#include "lines.h"
#include "ticketgate/carriage.h"

/* A description being read: its lists, each large enough for what was counted. */
typedef struct tgc_sdp_filling {
    tg_sdp *sdp;
    tg_sdp_attribute *attributes;
    tg_sdp_media *media;
    tg_sdp_key *keys;
    tg_sdp_fingerprint *fingerprints;
    uint8_t *octets;       /* of fingerprints; moves on */
    tg_sdp_media *current; /* NULL: session level */
    int level;
    tg_bytes connection; /* a=connection of session level */
    uint32_t last_ssrc;
} tgc_sdp_filling;

void tgc_take_attribute(tgc_sdp_filling *fill, tgc_text line);
/* `type`: IP4 or IP6; behind a "/" in `text` stand TTL and number. */
void tgc_read_address(tgc_text type, tgc_text text, tg_sdp_address *out);

#endif
