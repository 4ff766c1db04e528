/* texts: SIP, SDP, HTTP and MSRP with other names in them, in place and as long as before. What is known to say nothing of anybody stays; values
 * of fields that may, get other words; what is not known at all becomes 'x'. MIKEY messages in them become 'x', too: rewrite.c puts
 * them in anew, and containers of PSK S/MIME. */
#ifndef TICKETGATE_PCAPS_SCRUB_TEXTS_H
#define TICKETGATE_PCAPS_SCRUB_TEXTS_H

#include "names.h"

/* A whole SIP message; `attribute`: name of the SDP attribute of the indications, which stays (NULL: none). */
void tgp_scrub_sip(tgp_names *names, char *sip, size_t len, const char *attribute);
/* A session description. */
void tgp_scrub_sdp(tgp_names *names, char *sdp, size_t len, const char *attribute);
/* XML: words of standards stay in names of elements and attributes, and in namespaces; what stands between tags and in attributes are names. */
void tgp_scrub_xml(tgp_names *names, char *xml, size_t len);
/* The head of an HTTP message (its body is of `body_at` on): the target's words too, but those of `keep` ("/keymanagement?requesttype=ticketrequest"). */
void tgp_scrub_http(tgp_names *names, char *http, size_t len, const char *const *keep, size_t num_keep);
/* Where the data of its chunks are: their number, at most `len`; 0 where there are none. */
size_t tgp_scrub_chunk_data(char *http, size_t len, size_t body_at, size_t *places);
/* Its body: blank but for the sizes of its chunks. */
void tgp_scrub_http_body(tgp_names *names, char *http, size_t len, size_t body_at);
/* A MSRP message: paths and Message-IDs; its content becomes 'x', line ends stay. How much of it that was: up to its end line, which is that of its
 * own transaction. */
size_t tgp_scrub_msrp(tgp_names *names, char *msrp, size_t len);
/* Several, one behind the other; a piece of one at the end, and what is none, become 'x'. */
void tgp_scrub_msrp_stream(tgp_names *names, char *msrp, size_t len);
/* An entity of MIME: its head, if it has one, keeps what says what it is; its content, or all of it, becomes 'x'. */
void tgp_scrub_entity(tgp_names *names, char *text, size_t len);
/* Letters and digits become 'x'. */
void tgp_scrub_blank(char *text, size_t len);

#endif
