/* Opening: what can be said before a key is used. */
#ifndef TICKETGATE_SMIME_OPEN_H
#define TICKETGATE_SMIME_OPEN_H

#include "cipher.h"

/* Why the container is opened with no key at all, whatever that is; TG_OK: a key may open it. */
TG_NODISCARD tg_status tg_smime_refusal(tg_crypto *c, const tg_smime *s, bool allow_unauthenticated);

/* Of an encryptedKey under the content algorithm, which is known [RFC 3565 2.3.2]. */
bool tg_wrapped_len_is_allowed(const tg_smime *s, size_t len);
/* A KEKRecipientInfo that a KEK can be tried on. */
bool tg_recipient_is_usable(const tg_smime *s, const tg_smime_recipient *r);

/* Whether the message-digest among authAttrs is that of the content [RFC 5652 9.3]. */
typedef enum tg_digest_state {
    TG_DIGEST_SAME,
    TG_DIGEST_ANOTHER,
    TG_DIGEST_UNKNOWN, /* the algorithm is not known, or not said */
    TG_DIGEST_UNSAID   /* no message-digest, several, or no one value of it */
} tg_digest_state;
TG_NODISCARD tg_status tg_smime_digest(tg_crypto *c, const tg_smime *s, tg_digest_state *out);

/* Whether the content is, as a whole, the DER of a SET OF Attribute with content-type and message-digest: one without
 * authAttrs may then have been one with these. */
TG_NODISCARD tg_status tg_content_is_attributes(const tg_segments *content, bool *out);

#endif
