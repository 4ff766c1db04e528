/* Checks on a container that was cut: one file a topic. */
#ifndef TICKETGATE_SMIME_CHECKS_H
#define TICKETGATE_SMIME_CHECKS_H

#include "cut.h"

/* A row is shown at its first places alone: a hostile container may break one in hundreds. */
enum { TG_SMIME_MAX_PLACES = 4, TG_SMIME_MAX_ROWS = 64 };

typedef struct tg_smime_case {
    tg_crypto *crypto;
    const tg_smime *s;
    tg_finding_sink sink;
    struct {
        const tg_requirement *row;
        size_t places;
    } said[TG_SMIME_MAX_ROWS];
    size_t num_said;
    tg_status status; /* of what could not be judged */
} tg_smime_case;

#if defined(__GNUC__) || defined(__clang__)
__attribute__((format(printf, 5, 6)))
#endif
void tg_smime_say(tg_smime_case *k, const char *id, tg_smime_place at, const char *path, const char *format, ...);

void tg_check_type(tg_smime_case *k);
void tg_check_recipients(tg_smime_case *k);
void tg_check_algorithm(tg_smime_case *k);
void tg_check_attributes(tg_smime_case *k);
void tg_check_digest(tg_smime_case *k);

static inline tg_bytes tg_octets_at(const tg_smime *s, tg_smime_place at)
{
    return tg_bytes_of(s->octets.data + at.offset, at.length);
}

/* Names of the fields in the type at hand. */
const char *tg_path_of_content(const tg_smime *s);
const char *tg_path_of_algorithm(const tg_smime *s);

#endif
