/* Session descriptions: which are read, and reading them. */
#include "room.h"

/* ---- a quick look ------------------------------------------------------------------------------------------------- */

static bool has_word(const uint8_t *at, size_t len, const char *word, size_t word_len)
{
    for (; len >= word_len; at++, len--)
        if (*at == (uint8_t)word[0] && memcmp(at, word, word_len) == 0)
            return true;
    return false;
}

static bool is_telling_attribute(const tgp_calls *calls, const uint8_t *name, size_t len)
{
    static const char key_mgmt[] = "key-mgmt", fingerprint[] = "fingerprint", crypto[] = "crypto:";
#define BEGINS(word) (len >= sizeof word - 1 && memcmp(name, word, sizeof word - 1) == 0)
    if (BEGINS(key_mgmt) || BEGINS(fingerprint) || BEGINS(crypto))
        return true;
#undef BEGINS
    const char *indication = calls->indications.attribute;
    size_t indication_len = indication ? strlen(indication) : 0;
    return indication_len && len > indication_len && name[indication_len] == ':' &&
           memcmp(name, indication, indication_len) == 0;
}

bool tgpc_scan(const tgp_calls *calls, tg_bytes sdp)
{
    const uint8_t *at = sdp.data, *end = sdp.data + sdp.len;
    while (at < end) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end)
            line_end = end;
        size_t len = (size_t)(line_end - at);
        if (len > 2 && at[1] == '=') {
            if (at[0] == 'a' && is_telling_attribute(calls, at + 2, len - 2))
                return true;
            if (at[0] == 'm' &&
                (has_word(at, len, "/TLS/", 5) || has_word(at, len, "/MSRP", 5) || has_word(at, len, "/BFCP", 5)))
                return true;
        }
        at = line_end + 1;
    }
    return false;
}

/* ---- the description --------------------------------------------------------------------------------------------------- */

tgpc_description *tgpc_describe(tgpc_step *step, tg_bytes text, bool in_unit)
{
    tg_arena arena;
    tg_sdp sdp;
    const char *reason;
    const tg_sdp *ready = step->unit->sdp;
    if (ready && ready->text.data == text.data && ready->text.len == text.len) {
        sdp = *ready;
    } else if (!tgpc_arena(step->calls, tg_sdp_arena_size(text.len), &arena) ||
               tg_sdp_read((const char *)text.data, text.len, &arena, &sdp, &reason) != TG_OK) {
        step->calls->unread++; /* malformed, or beyond a limit */
        return NULL;
    }
    tgpc_description *out = tgpc_alloc(step->call, sizeof *out);
    if (!out)
        return NULL;
    out->m = tgpc_alloc(step->call, sdp.num_media ? sdp.num_media * sizeof *out->m : 1);
    if (!out->m)
        return NULL;
    out->num_m = sdp.num_media;
    for (size_t i = 0; i < sdp.num_media; i++)
        tgpc_read_m_line(step, &sdp, i, in_unit, &out->m[i]);
    if (sdp.num_key_mgmt)
        tgpc_read_keys(step, &sdp, in_unit, out);
    if (sdp.num_crypto)
        tgpc_note(step->call, TGP_NOTE_SDES, step->unit->frame, "a=crypto in a description: keys of SDES");
    return out;
}
