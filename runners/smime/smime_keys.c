#include "smime_keys.h"

#include <stdlib.h>

#include "input.h"
#include "ticketgate/crypto.h"

enum { KEY_ID_MAX = 4096 };

/* ---- octets ------------------------------------------------------------------------------------------------- */

static bool decode(const char *name, const char *text, size_t len, size_t max, tg_bytes *out)
{
    size_t decoded = 0, error_at;
    uint8_t *octets = malloc(tg_hex_decoded_max(len) + 1);
    if (!octets) {
        cli_complain("out of memory");
        return false;
    }
    *out = tg_bytes_of(octets, tg_hex_decoded_max(len));
    bool ok = tg_hex_decode(text, len, octets, &decoded, &error_at) == TG_OK && decoded > 0 && decoded <= max;
    if (ok) {
        out->len = decoded;
        return true;
    }
    smime_free_octets(out);
    cli_complain("--%s: not hexadecimal, empty, or more than %zu octets", name, max);
    return false;
}

bool smime_take_octets(const char *name, const char *value, size_t max, tg_bytes *out)
{
    input_text text;
    *out = (tg_bytes){ 0 };
    if (strncmp(value, "env:", 4) == 0) {
        const char *variable = getenv(value + 4);
        if (!variable)
            cli_complain("--%s: there is no variable %s in the environment", name, value + 4);
        return variable && decode(name, variable, strlen(variable), max, out);
    }
    if (value[0] != '@')
        return decode(name, value, strlen(value), max, out);
    if (input_read(value + 1, max * 2 + 4096, "", &text) != CLI_OK)
        return false;
    bool ok = decode(name, text.data ? text.data : "", text.len, max, out);
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return ok;
}

void smime_free_octets(tg_bytes *octets)
{
    void *data = (void *)(uintptr_t)octets->data;
    if (data)
        tg_wipe(data, octets->len);
    free(data);
    *octets = (tg_bytes){ 0 };
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

static bool take_kek(smime_keys *k, const char *value)
{
    tg_bytes *kek = &k->keys[k->num_keks].kek;
    if (!smime_take_octets("kek", value, TG_SMIME_KEK_MAX, kek))
        return false;
    k->num_keks++;
    if (kek->len == 16 || kek->len == 24 || kek->len == 32)
        return true;
    cli_complain("--kek: %zu octets; an AES key has 16, 24 or 32", kek->len);
    return false;
}

bool smime_keys_take(smime_keys *k, const char *name, const char *value, bool *known)
{
    bool is_kek = strcmp(name, "kek") == 0;
    *known = is_kek || strcmp(name, "kek-id") == 0;
    if (!*known)
        return true;
    if ((is_kek ? k->num_keks : k->num_ids) == TG_SMIME_MAX_RECIPIENTS) {
        cli_complain("--%s: %d at the most", name, TG_SMIME_MAX_RECIPIENTS);
        return false;
    }
    if (is_kek)
        return take_kek(k, value);
    return smime_take_octets(name, value, KEY_ID_MAX, &k->keys[k->num_ids].id) && ++k->num_ids;
}

bool smime_keys_complete(const smime_keys *k, bool ids_needed)
{
    if (k->num_ids == k->num_keks || (!ids_needed && k->num_ids == 0))
        return true;
    cli_complain("%zu --kek and %zu --kek-id: each KEK needs its identifier, in the same order", k->num_keks,
                 k->num_ids);
    return false;
}

void smime_keys_free(smime_keys *k)
{
    for (size_t i = 0; i < TG_SMIME_MAX_RECIPIENTS; i++) {
        smime_free_octets(&k->keys[i].kek);
        smime_free_octets(&k->keys[i].id);
    }
    *k = (smime_keys){ 0 };
}
