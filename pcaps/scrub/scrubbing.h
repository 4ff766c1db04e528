/* What the files of this room share.
 *
 * Three readings of the capture. First it is judged (messages.c): MIKEY messages in their conversations, sealed again. Then all application messages
 * are gathered and rewritten in memory (gather.c, rewrite.c, connections.c). Then packets are made of those that hold them (packets.c, output.c).
 */
#ifndef TICKETGATE_PCAPS_SCRUB_SCRUBBING_H
#define TICKETGATE_PCAPS_SCRUB_SCRUBBING_H

#include "names.h"
#include "pcaps/scrub.h"

#define TRY(call) TG_TRY(call)

/* A MIKEY message in the capture. */
typedef struct tgs_record {
    uint64_t number, frame;
    uint32_t frame_offset; /* of its first character or octet */
    uint64_t copy_of;      /* TGP_NONE: an original */
    char ex[24];
    tg_sender from;
    bool parses, done;
    bool is_found;     /* where it stands in its message */
    tgp_piece *pieces; /* where its text lies; none: in chunks of HTTP, or packed */
    size_t num_pieces;
    uint8_t *octets; /* as it was; once done, as it becomes */
    size_t len;
} tgs_record;

/* A PSK S/MIME container (DER) as it was and as it becomes: of the same length. */
typedef struct tgs_container {
    uint8_t *before, *after;
    size_t len;
} tgs_container;

/* A session key and what stands for it: the KEK of containers. */
typedef struct tgs_tek {
    tg_bytes before, after;
} tgs_tek;

/* An application message, to be rewritten in place. */
typedef struct tgs_unit {
    tgp_unit_kind kind;
    uint64_t connection, frame;
    tgp_endpoint source, destination;
    tgp_transport transport;
    uint8_t *octets;
    size_t len, head_len; /* HTTP: where the body begins */
    tgp_piece *pieces;
    size_t num_pieces;
    bool from_first, datagram, holds_mikey, left_out;
} tgs_unit;

/* A certificate's hash as it was and as it is. */
typedef struct tgs_fingerprint {
    uint8_t before[64], after[64];
    size_t len;
} tgs_fingerprint;

struct tgs_ends {
    tgp_endpoint client, server;
};

typedef struct tgs_secret_ends {
    tgp_endpoint client, server;
    tg_bytes tek; /* as it was */
} tgs_secret_ends;

typedef struct tgs_scrub {
    const tgp_scrub_options *options;
    tgp_names names;
    tgp_scrub_counts *counts;
    char *why;
    size_t held, limit;       /* octets of memory */
    struct tgs_block *blocks; /* all that tgs_alloc gave */
    bool failed;              /* `why` says why */
    tgs_record *records;
    size_t num_records;
    bool unordered; /* their numbers do not rise */
    tgs_unit *units;
    size_t num_units;
    tgs_fingerprint *fingerprints;
    size_t num_fingerprints, num_ordered; /* ordered: of these, in front, by hash and each once */
    tgs_secret_ends *secret_ends; /* of TLS connections that are to use a TEK */
    size_t num_secret_ends;
    struct tgs_ends *kept; /* TCP connections that go along */
    size_t num_kept;
    tgp_endpoint *media_ends; /* of RTP, as signalling names them; after gathering, in order */
    size_t num_media_ends;
    tgs_container *containers;
    size_t num_containers;
    tgs_tek *teks;
    size_t num_teks;
    tg_text *keys_out;
    uint64_t key_sets; /* bits: those of the key file that are written */
} tgs_scrub;

/* Memory that counts against the limit, zeroed, freed (and wiped) when all is done; NULL: `failed`. */
void *tgs_alloc(tgs_scrub *s, size_t size);
/* One more element in an array that grows; NULL: `failed`. */
void *tgs_grow(tgs_scrub *s, void **array, size_t *num, size_t size);
void tgs_fail(tgs_scrub *s, const char *why);

/* known.c: names and keys as they become, in memory of `s`. */
tg_bytes tgs_copied(tgs_scrub *s, tg_bytes octets);
tg_bytes tgs_exchanged(tgs_scrub *s, tg_bytes secret);
void tgs_known_after(tgs_scrub *s, const tg_known *before, tg_known *after);
/* A set of the new key file, once; and at the end those that no conversation was judged with, as far as they say who takes part or session keys. */
void tgs_add_keys(tgs_scrub *s, int set, const tg_known *after);
void tgs_add_other_keys(tgs_scrub *s);
/* unreadable.c: a message that cannot be read: 'x' over all but what its error depends on, in place. False: no memory. */
bool tgs_blank_message(uint8_t *octets, size_t len);
/* messages.c: a message that stands where nobody judges it becomes one that says nothing, in place. False: it is none. */
bool tgs_settle_octets(tgs_scrub *s, uint8_t *octets, size_t len);
/* messages.c: the first reading. */
void tgs_read_messages(tgs_scrub *s, FILE *in);
/* containers.c: a container that was opened, under its new key, with its text blanked. */
void tgs_take_container(tgs_scrub *s, const tg_smime_judgement *judged);
/* containers.c: puts what it has become over a container (DER); of one that was not opened, noise over its content. */
void tgs_put_container(tgs_scrub *s, uint8_t *der, size_t len);
/* gather.c: the second. */
void tgs_gather(tgs_scrub *s, FILE *in);
bool tgs_is_media_end(const tgs_scrub *s, const tgp_endpoint *end);
/* rewrite.c */
void tgs_rewrite(tgs_scrub *s);
/* bfcp.c: a BFCP message, in place. */
void tgs_rewrite_bfcp(tgs_scrub *s, uint8_t *octets, size_t len);
/* connections.c: TLS. */
void tgs_rewrite_tls(tgs_scrub *s);
/* octets.c: other octets, the same for the same, in place. */
void tgs_noise(tgs_scrub *s, uint8_t *octets, size_t len);
/* A name or a text: characters of UTF-8 become others of as many octets, letters letters; what is no text becomes noise. */
void tgs_rename_octets(tgs_scrub *s, uint8_t *octets, size_t len);
/* An identifier of keys or sessions (SPI, Key ID, kekid): short ones are numbers and stay, unless they are text; others become noise. */
#define TGS_LONGEST_NUMBER 5 /* CSB ID and CS ID */
void tgs_other_id(tgs_scrub *s, uint8_t *id, size_t len);
/* payloads.c: a message that parses; `octets` are as `message`, which views others, and become as they are to be but for what seals them again. */
void tgs_change_message(tgs_scrub *s, const tg_message *message, uint8_t *octets);
/* The plaintext of a KEMAC, likewise; its keys are those that stand for the old ones. */
void tgs_change_plaintext(tgs_scrub *s, const tg_payload *chain, tg_bytes plain, uint8_t *octets);
/* How many ciphertexts, tickets and MACs are noise in what `message` has become. */
uint64_t tgs_count_unopened(tgs_scrub *s, const tg_message *message, const uint8_t *octets);
/* hellos.c: what one end of TLS sends; names in what is in clear. `is_psk`: by a suite with PSK. `clear`: how many octets, from the first on, were
 * treated: what stands in clear behind them is as it was. False: `failed`. */
bool tgs_rename_handshake(tgs_scrub *s, uint8_t *stream, size_t len, bool is_psk, bool is_13, size_t *clear);
/* certificates.c: names in DER, in place: of a certificate, of a name by itself, or around what a container protects. */
typedef enum tgs_der { TGS_DER_CERTIFICATE, TGS_DER_NAME, TGS_DER_CONTAINER } tgs_der;
void tgs_rename_der(tgs_scrub *s, uint8_t *der, size_t len, tgs_der what);
/* So that fingerprints follow. */
void tgs_note_certificate(tgs_scrub *s, tg_bytes before, tg_bytes after);
/* fingerprints in a description, in place. */
void tgs_put_fingerprints(tgs_scrub *s, char *sdp, size_t len);
/* packets.c: the third. */
void tgs_write_packets(tgs_scrub *s, FILE *in, FILE *out);

#endif
