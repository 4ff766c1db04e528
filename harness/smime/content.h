/* The content of a container: its algorithm with parameters, and its segments. */
#ifndef TICKETGATE_SMIME_CONTENT_H
#define TICKETGATE_SMIME_CONTENT_H

#include "cut.h"

/* EncryptedContentInfo, and EncapsulatedContentInfo with the macAlgorithm. TG_TOO_LARGE for more than
 * TG_SMIME_MAX_OUTSIDE beside the content: what is cut later needs no more than that. */
TG_NODISCARD tg_status tg_cut_encrypted_content(tg_cut *c, tg_bytes whole, const char *path);
TG_NODISCARD tg_status tg_cut_encap_content(tg_cut *c, tg_bytes whole, tg_bytes mac_algorithm);

#endif
