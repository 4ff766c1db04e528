/* story: what the targets of captures share: conversations with their key file, and scripts that become captures.
 *
 * A script is made of units, each a head of three octets and a text, with 0xFF between. The head:
 *   ends    from host (high four bits) to host (low four bits): 10.0.0.<host>
 *   how     bits 0-1: UDP between ports 5060, UDP, a TCP connection, the end of one; bits 2-4: the port of the server; bit 5: the server
 *           sends; bits 6-7: which port of the client
 *   time    since the unit before: low four bits, shifted by the high four, in milliseconds
 * In the text stand as they are: all octets below 0xF8. What only who has the keys could write, or a mutation would break at once:
 *   0xFE n        message n of the conversations, in base64
 *   0xFD n        the same, in octets
 *   0xFC n p p v  the same with octet v at place pp, and with right MACs again where their keys are known, in base64
 *   0xFB n        segment n of a recorded TLS handshake whose key the key file gives to a crypto session
 *   0xFA n        a PSK S/MIME container, in base64, for the session key of a conversation
 *   0xF9          the length of what follows the first empty line behind it, in five characters
 *   0xF8 v        the octet v
 * Every octet string is a script. Not thread-safe.
 */
#ifndef TICKETGATE_FUZZ_STORY_H
#define TICKETGATE_FUZZ_STORY_H

#include "keyed.h"
#include "pcaps/packets.h"

enum { FUZZ_MAX_PACKETS = 600 };

typedef struct fuzz_capture {
    fuzz_block packets[FUZZ_MAX_PACKETS]; /* raw IP */
    int64_t times[FUZZ_MAX_PACKETS];
    unsigned units[FUZZ_MAX_PACKETS]; /* which unit of the script each is a part of */
    size_t num, octets;
} fuzz_capture;

typedef enum fuzz_cut { FUZZ_WHOLE, FUZZ_IN_TWO } fuzz_cut;

/* Call it from LLVMFuzzerInitialize, behind fuzz_keyed_init. */
void fuzz_story_init(void);
const char *fuzz_story_keys(void); /* the key file */
/* Oracle no_secrets: none of the secrets and session keys of the conversations stands there. */
void fuzz_story_check(const void *octets, size_t len);

/* `cut`: each datagram in two fragments, what each TCP unit says in two segments. */
void fuzz_story_play(const uint8_t *script, size_t len, fuzz_cut cut, fuzz_capture *out);
tgp_packet fuzz_story_packet(const fuzz_capture *capture, size_t index);
void fuzz_story_free(fuzz_capture *capture);

/* For scripts: where the text of a unit goes, with what stands for messages written out. Octets written, `max` at most. */
size_t fuzz_story_text(const uint8_t *text, size_t len, uint8_t *out, size_t max);

#endif
