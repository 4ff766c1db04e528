/* scrub: a capture that can leave the building: other names, numbers, addresses and keys, and it still verifies.
 *
 * What is written is made anew from what was understood, and holds nothing else: SIP, HTTP to the KMS, MSRP, BFCP, TLS, headers of RTP that
 * MIKEY keys.
 * Frames are bare IP packets; tunnels, link layers and everything that was not understood are left out and counted.
 * Names get others of the same length (names.h), so that lengths, fragments and segments stay. MIKEY messages are sealed again under keys that stand
 * for the old ones (reseal.h) where a key file gives these; the new key file goes with the capture. Ciphertexts, tickets and MACs that no key opens, and
 * fields that are not known to be harmless, become noise as long as they were, the same for the same. TLS connections (1.2, over TCP) that a TEK
 * opens are sealed under the one that stands for it; in all others what is encrypted becomes noise, and so does what is in clear and not known to say nothing of anybody.
 * DTLS, and TLS 1.3 that was to use a TEK, are left out. Certificates in clear get other names, addresses, serial numbers and keys, and a=fingerprint follows
 * them (of a certificate that was not seen it becomes another). Signatures of certificates, and of MIKEY messages whose private
 * keys are not known, are not right afterwards.
 *
 * Memory is bounded: all messages of the capture are held (TGP_SCRUB_MEMORY by default), and a larger capture is refused.
 */
#ifndef TICKETGATE_PCAPS_SCRUB_H
#define TICKETGATE_PCAPS_SCRUB_H

#include "pcaps/trace.h"
#include "ticketgate/json.h"
#include "ticketgate/reseal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TGP_SCRUB_MEMORY ((size_t)256 << 20)

typedef struct tgp_scrub_options {
    tg_crypto *crypto;
    const tg_profile *profile;  /* as for tgp_trace; NULL: auto */
    tgp_keys *keys;             /* NULL: none; then messages are not authentic any more for who has the keys */
    uint8_t secret[32];         /* what all that is new depends on: random ones, or the same for traces that shall fit each other */
    size_t memory;              /* 0: TGP_SCRUB_MEMORY */
    bool (*interrupted)(void *user); /* may be NULL */
    void *user;
} tgp_scrub_options;

typedef struct tgp_scrub_counts {
    uint64_t frames, written;     /* read; of the new capture */
    uint64_t left_out[TGP_NUM_UNIT_KINDS]; /* units that were understood and left out */
    uint64_t not_understood;      /* segments with data that is in no message */
    uint64_t messages[4];         /* MIKEY messages by tg_reseal_outcome */
    uint64_t unreadable;          /* MIKEY messages that cannot be read, or stand in no conversation: names in them are changed as in a text */
    uint64_t unopened;            /* ciphertexts, tickets and MACs in MIKEY messages that no key opened or proved: they are noise now */
    uint64_t blanked;             /* of all MIKEY messages, copies too: not in the new capture, being packed (gzip, base64 of a part) or in SCTP */
    uint64_t containers, containers_left; /* PSK S/MIME sealed again; of which the content was replaced by noise, its key not being known, or that were blanked, in quoted-printable */
    uint64_t tls_sealed, tls_noise; /* TLS connections that a TEK opened, sealed again; others, with noise for what is encrypted */
    uint64_t sctp, too_large; /* segments of SCTP; datagrams and segments that no packet can hold (a network card was to cut them). Left out */
    uint64_t certificates, addresses;
} tgp_scrub_counts;

/* Reads `in` (a file that can be read twice: seekable) and writes a capture to `out`. `keys_out` gets the new key file (JSON; nothing without keys).
 * TG_OK; TG_REFUSED: `why` (256 octets) says what the matter is: no capture, too large, stopped, an output that cannot be written. What was
 * written until then is of no use. Where `in` could be read in part alone, that part is written, TG_OK, and `why` says so. */
TG_NODISCARD tg_status tgp_scrub(FILE *in, FILE *out, const tgp_scrub_options *options, tg_text *keys_out, tgp_scrub_counts *counts, char *why);

#ifdef __cplusplus
}
#endif
#endif
