/* The key file (vectors/TRACE.md section 3). */
#include <stdio.h>
#include <stdlib.h>

#include "tracing.h"

/* What a key file says of settings and Prot types is told from what it leaves out by values that neither has. */
enum { UNSAID = 0xff, UNSAID_PROT = -2 };

static void nothing_said(tg_profile *profile)
{
    memset(profile, 0, sizeof *profile);
    memset(&profile->settings, UNSAID, sizeof profile->settings);
    for (size_t i = 0; i < TG_NUM_PROT_KINDS; i++)
        profile->prot_types[i] = UNSAID_PROT;
}

void tgt_profile_of(const tgp_keys *keys, size_t set, const tg_profile *profile, tg_profile *out)
{
    const tg_profile *said = &keys->sets[set].conversation.known.profile;
    uint8_t settings[sizeof(tg_settings)], values[sizeof(tg_settings)];
    *out = *profile;
    memcpy(settings, &said->settings, sizeof settings);
    memcpy(values, &profile->settings, sizeof values);
    for (size_t i = 0; i < sizeof settings; i++) {
        if (settings[i] != UNSAID)
            values[i] = settings[i];
    }
    memcpy(&out->settings, values, sizeof values);
    for (size_t i = 0; i < TG_NUM_PROT_KINDS; i++) {
        if (said->prot_types[i] != UNSAID_PROT)
            out->prot_types[i] = said->prot_types[i];
    }
}

tg_bytes tgt_given_tek(const tgp_keys *keys, uint32_t csb_id, uint8_t cs_id)
{
    for (size_t i = 0; keys && i < keys->num; i++) {
        for (size_t k = 0; k < keys->sets[i].num_teks; k++) {
            const tg_json_tek *tek = &keys->sets[i].teks[k];
            if (tek->csb_id == csb_id && tek->cs_id == cs_id)
                return tek->tek;
        }
    }
    return tg_bytes_of(NULL, 0);
}

/* Participants of all sets in one list. */
static bool gather_participants(tgp_keys *keys)
{
    size_t num = 0;
    for (size_t i = 0; i < keys->num; i++) {
        num += keys->sets[i].num_participants;
        keys->has_participants = keys->has_participants || keys->sets[i].has_participants;
    }
    keys->participants = calloc(num + 1, sizeof *keys->participants);
    keys->conferences = calloc(num + 1, sizeof *keys->conferences);
    if (!keys->participants || !keys->conferences)
        return false;
    for (size_t i = 0; i < keys->num; i++) {
        for (size_t k = 0; k < keys->sets[i].num_participants; k++) {
            keys->participants[keys->num_participants] = keys->sets[i].participants[k].uid;
            keys->conferences[keys->num_participants++] = keys->sets[i].participants[k].conference;
        }
    }
    return true;
}

tgp_keys *tgp_keys_read(const char *json, size_t len, tg_crypto *crypto, char *why)
{
    enum { WHY = 256 };
    size_t size = tg_json_keys_arena_size(len);
    tg_profile nothing;
    tg_diag diag;
    const char *reason = "";
    tgp_keys *keys = calloc(1, sizeof *keys);
    void *memory = keys ? malloc(size) : NULL;
    if (!memory) {
        free(keys);
        snprintf(why, WHY, "there is no memory for the keys");
        return NULL;
    }
    nothing_said(&nothing);
    keys->crypto = crypto;
    keys->arena = tg_arena_of(memory, size);
    tg_status status =
        tg_json_to_keys(json, len, crypto, &nothing, &keys->arena, keys->sets, &keys->num, &diag, &reason);
    if (status != TG_OK) {
        if (diag.path[0])
            snprintf(why, WHY, "%.100s: %.140s", diag.path, reason);
        else
            snprintf(why, WHY, "at octet %zu: %.200s", diag.offset, reason);
    } else if (!gather_participants(keys)) {
        snprintf(why, WHY, "there is no memory for the keys");
        status = TG_NO_MEMORY;
    }
    if (status == TG_OK)
        return keys;
    tgp_keys_free(keys);
    return NULL;
}

bool tgp_keys_set(const tgp_keys *keys, size_t set, const tg_json_keys **out)
{
    if (!keys || set >= keys->num)
        return false;
    *out = &keys->sets[set];
    return true;
}

void tgp_keys_free(tgp_keys *keys)
{
    if (!keys)
        return;
    tg_json_keys_free(keys->sets, keys->num);
    if (keys->arena.data)
        tg_arena_wipe(&keys->arena, 0);
    free(keys->arena.data);
    free(keys->participants);
    free(keys->conferences);
    free(keys);
}
