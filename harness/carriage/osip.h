/* The adapter to libosip2: the only file of the project that includes its headers is osip.c. Internal to the room.
 *
 * Everything given to it is NUL-terminated text that sdp.c and sip.c have cut to size and put in order before.
 */
#ifndef TICKETGATE_CARRIAGE_OSIP_H
#define TICKETGATE_CARRIAGE_OSIP_H

#include <stdbool.h>
#include <stddef.h>

#define TGC_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */

bool tgc_osip_init(void);

/* ---- SDP ---- */

typedef struct tgc_sdp tgc_sdp; /* libosip2's description */
/* NULL when libosip2 refuses the text. */
tgc_sdp *tgc_sdp_open(const char *text);
void tgc_sdp_close(tgc_sdp *sdp);
int tgc_sdp_num_media(tgc_sdp *sdp);
const char *tgc_sdp_media_proto(tgc_sdp *sdp, int media); /* "" when the m-line has none */
/* The n-th attribute at session level (media -1) or under an m-line. False when there are not as many. */
bool tgc_sdp_attribute(tgc_sdp *sdp, int media, int n, const char **field, const char **value);

/* ---- SIP ---- */

typedef struct tgc_content_type {
    bool present, is_sdp, is_multipart;
    char boundary[TGC_BOUNDARY_MAX + 1]; /* of a multipart; "" when it has none that can be used */
} tgc_content_type;

/* Parses a start line with at most a Content-Type header behind it. False when libosip2 refuses it. */
bool tgc_sip_head(const char *head, tgc_content_type *type);
/* Parses the value of a Content-Type header. */
bool tgc_sip_content_type(const char *value, tgc_content_type *type);

/* Does libosip2 take it as a URI, as the value of From (To, P-Asserted-Identity), of Via, of CSeq? */
bool tgc_sip_is_uri(const char *uri);
bool tgc_sip_is_name_addr(const char *value);
bool tgc_sip_is_via(const char *value);
bool tgc_sip_is_cseq(const char *value);

typedef struct tgc_sip_field {
    const char *name, *value;
} tgc_sip_field;
/* The head of a request, its empty line too; fields in order, as they are here but for those that libosip2 puts first. NULL when libosip2 refuses
 * one of them. Freed with tgc_sip_free_head. */
char *tgc_sip_write_head(const char *method, const char *uri, const tgc_sip_field *fields, size_t num);
void tgc_sip_free_head(char *head);

#endif
