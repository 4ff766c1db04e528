/* deployment: who the users and the KMS are and what they share, from a file of keys (vectors/CONVERSATION.md, a
 * conversation without messages), or the built-in one, whose keys everybody knows.
 */
#ifndef TICKETGATE_KMS_DEPLOYMENT_H
#define TICKETGATE_KMS_DEPLOYMENT_H

#include "ticketgate/roles.h"
#include "verifying.h"

typedef struct deployment {
    verifying v;      /* holds what was read */
    const char *path; /* --known */
    tg_known known;   /* with every subscriber's key in its place */
    tg_subscriber *subscribers;
    tg_bytes uids[2]; /* of subscribers that no file names */
    tg_subscriber_list list;
    tg_subscriber_source source;
    bool has_now; /* --now */
    uint64_t now; /* 64-bit NTP */
} deployment;

bool deployment_init(deployment *d); /* complains */
void deployment_free(deployment *d); /* wipes the keys */
bool deployment_take(deployment *d, const char *name, const char *value, bool *known);
#define DEPLOYMENT_OPTIONS                                                                                             \
    { "known", "FILE",                                                                                                 \
      "identities, secrets, subscribers, trust, now: as in a conversation of\nvectors/CONVERSATION.md without "        \
      "messages. Without it: the built-in test\ndeployment, whose keys are no secret" },                               \
        { "profile", "NAME", "a profile, whatever the file names" },                                                   \
        { "set", "NAME=VALUE", "a setting of the profile; can be given several times" },                               \
    {                                                                                                                  \
        "now", "TIME", "a fixed time in place of the clock: Unix seconds, or 16 hex digits of\n64-bit NTP"             \
    }

/* Reads it once all options are there. Complains; an exit code. */
int deployment_load(deployment *d);
/* Prints the built-in deployment, or the error code. */
int deployment_print(const deployment *d);
/* 64-bit NTP: as the options or the file say, else the clock. */
uint64_t deployment_now(const deployment *d);

/* The subscriber with this UID, or NULL. */
const tg_subscriber *deployment_subscriber(const deployment *d, const tg_identity *who);

/* From the kernel. */
extern const tg_random system_random;

#endif
