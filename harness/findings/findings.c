/* The requirement catalogue and the built-in profiles (tables made by generate.py), and the words of the room. */
#include "ticketgate/findings.h"

#include <stdlib.h>

#include "catalogue.inc"
/* Profiles point to catalogue rows, so the two tables live together. */
#include "profiles.inc"

#define NUM_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- requirement catalogue ---------------------------------------------------------------------------------- */

const tg_requirement *tg_requirements(size_t *num)
{
    *num = NUM_OF(catalogue);
    return catalogue;
}

static int compare_id(const void *id, const void *row)
{
    return strcmp((const char *)id, ((const tg_requirement *)row)->id);
}

const tg_requirement *tg_requirement_find(const char *id)
{
    return id ? bsearch(id, catalogue, NUM_OF(catalogue), sizeof catalogue[0], compare_id) : NULL;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

const char *tg_level_name(tg_level level)
{
    static const char *const names[] = { [TG_LEVEL_MUST] = "MUST", [TG_LEVEL_SHOULD] = "SHOULD",
                                         [TG_LEVEL_MAY] = "MAY" };
    return names[level];
}

const char *tg_on_receive_name(tg_on_receive on_receive)
{
    static const char *const names[] = { [TG_ON_RECEIVE_REJECT] = "reject", [TG_ON_RECEIVE_IGNORE] = "ignore",
                                         [TG_ON_RECEIVE_EITHER] = "either" };
    return names[on_receive];
}

const char *tg_how_name(tg_how how)
{
    static const char *const names[] = { [TG_HOW_PARSE] = "parse",       [TG_HOW_CHECK] = "check",
                                         [TG_HOW_EXCHANGE] = "exchange", [TG_HOW_BEHAVIOUR] = "behaviour",
                                         [TG_HOW_NONE] = "none",         [TG_HOW_PLANNED] = "planned" };
    return names[how];
}

const char *tg_reception_name(tg_reception reception)
{
    static const char *const names[] = { [TG_RECEPTION_ACCEPT] = "accept", [TG_RECEPTION_EITHER] = "either",
                                         [TG_RECEPTION_REJECT] = "reject" };
    return names[reception];
}

tg_reception tg_reception_add(tg_reception so_far, const tg_requirement *broken)
{
    static const tg_reception of[] = { [TG_ON_RECEIVE_REJECT] = TG_RECEPTION_REJECT,
                                       [TG_ON_RECEIVE_IGNORE] = TG_RECEPTION_ACCEPT,
                                       [TG_ON_RECEIVE_EITHER] = TG_RECEPTION_EITHER };
    tg_reception alone = of[broken->on_receive];
    return alone > so_far ? alone : so_far;
}

/* ---- profiles ----------------------------------------------------------------------------------------------- */

const tg_profile *tg_profiles(size_t *num)
{
    *num = NUM_OF(profiles);
    return profiles;
}

const tg_profile *tg_profile_find(const char *name)
{
    for (size_t i = 0; name && i < NUM_OF(profiles); i++) {
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    }
    return NULL;
}

bool tg_setting_set(tg_settings *settings, const char *name, const char *value)
{
#define MATCH(member, ...)                                                                                             \
    if (strcmp(name, #member) == 0) {                                                                                  \
        static const char *const values[] = { __VA_ARGS__ };                                                           \
        for (size_t i = 0; i < NUM_OF(values); i++) {                                                                  \
            if (strcmp(value, values[i]) == 0) {                                                                       \
                settings->member = (uint8_t)i;                                                                         \
                return true;                                                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }
    TG_SETTINGS(MATCH)
#undef MATCH
    return false;
}

bool tg_prot_from_name(const char *name, tg_prot *out)
{
    static const char *const names[TG_NUM_PROT_KINDS] = {
        [TG_PROT_KIND_SRTP] = "srtp",
        [TG_PROT_KIND_TESLA] = "tesla",
        [TG_PROT_KIND_TLS] = "tls",
        [TG_PROT_KIND_PSK_SMIME] = "psk_smime",
        [TG_PROT_KIND_APPLICATION_SPECIFIC] = "application_specific",
    };
    for (size_t i = 0; name && i < NUM_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (tg_prot)i;
            return true;
        }
    }
    return false;
}

/* ---- judging context ---------------------------------------------------------------------------------------- */

bool tg_exchange_from_name(const char *name, tg_exchange *out)
{
    static const char *const names[] = { [TG_EXCHANGE_INITIAL] = "initial", [TG_EXCHANGE_UPDATE] = "update",
                                         [TG_EXCHANGE_REUSE] = "reuse" };
    for (size_t i = TG_EXCHANGE_INITIAL; i < NUM_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (tg_exchange)i;
            return true;
        }
    }
    return false;
}

bool tg_sender_from_name(const char *name, tg_sender *out)
{
    static const char *const names[] = { [TG_SENDER_I] = "I", [TG_SENDER_R] = "R", [TG_SENDER_K] = "K" };
    for (size_t i = TG_SENDER_I; i < NUM_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (tg_sender)i;
            return true;
        }
    }
    return false;
}
