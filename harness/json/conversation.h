/* conversation: reading a conversation (vectors/CONVERSATION.md, section 1) into what a judge is given. Private to the json
 * room.
 */
#ifndef TICKETGATE_JSON_CONVERSATION_H
#define TICKETGATE_JSON_CONVERSATION_H

#include "read.h"

/* Limits that are checked before anything is done with what they count. */
enum {
    TG_CONVERSATION_MAX_MESSAGES = 4096,
    TG_CONVERSATION_MAX_MESSAGE = 1 << 20, /* octets of one */
    TG_CONVERSATION_MAX_EX = 64,           /* characters */
    TG_CONVERSATION_MAX_ID = 65535,        /* octets of ID Data: its length field has 16 bits */
    TG_CONVERSATION_MAX_KEY = 256,
    TG_CONVERSATION_MAX_SUBSCRIBERS = 65536,
    TG_CONVERSATION_MAX_IMPUS = 65536,     /* of all subscribers */
    TG_CONVERSATION_MAX_IMPU = 4096        /* characters; B-TIDs likewise */
};

typedef struct tg_conversation_reading {
    tg_read r;
    tg_crypto *crypto;
    const tg_json_conversation_options *options;
    tg_json_conversation *out;
} tg_conversation_reading;

/* A member; NULL when it is absent, null or {}, which all say the same. */
json_t *tg_conversation_member(const json_t *object, const char *name);
/* Likewise; fails when it is there and no object. */
bool tg_conversation_object(tg_conversation_reading *c, const json_t *object, const char *name, json_t **out);
/* Hex of at most `max` octets; empty when the member is left out. */
bool tg_conversation_octets(tg_conversation_reading *c, const json_t *object, const char *name, size_t max,
                            tg_bytes *out);
/* Fails with TG_BAD_CONVERSATION. */
bool tg_conversation_refuse(tg_conversation_reading *c, const char *name, const char *reason);

/* The parts of `root`. */
bool tg_conversation_read_identities(tg_conversation_reading *c, const json_t *root);
bool tg_conversation_read_secrets(tg_conversation_reading *c, const json_t *root);
bool tg_conversation_read_trust(tg_conversation_reading *c, const json_t *root);
bool tg_conversation_read_subscribers(tg_conversation_reading *c, const json_t *root);
/* All of them, and the messages. */
bool tg_conversation_read_known(tg_conversation_reading *c, const json_t *root);
/* Overwrites the strings of a value, to a depth that jansson keeps. */
void tg_json_wipe_strings(json_t *value);

#endif
