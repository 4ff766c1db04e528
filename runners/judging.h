/* judging: the profile and the context that a message is judged by, from options. */
#ifndef TICKETGATE_JUDGING_H
#define TICKETGATE_JUDGING_H

#include "ticketgate/rules.h"

enum { JUDGING_MAX_M_LINES = 64 };

typedef struct judging {
    const tg_profile *profile;
    tg_context context;
    tg_m_line m_lines[JUDGING_MAX_M_LINES]; /* what context.m_lines points to */
    tg_profile own_profile;                 /* read from a file */
    void *memory;
} judging;

void judging_init(judging *j); /* profile rfc6043, nothing known */
void judging_free(judging *j);
/* The name of a built-in profile, or a file (with a '/' or ending in ".json"). Complains. */
bool judging_take_profile(judging *j, const char *value);
/* "rtp,tls". Complains. */
bool judging_take_m_lines(judging *j, const char *value);
/* A profile of one's own from JSON text. When it is none, *reason is a static sentence. */
bool judging_read_profile(judging *j, const char *json, size_t len, const char **reason);

#endif
