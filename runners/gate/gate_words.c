/* Words in columns. */
#include <string.h>

#include "gate.h"
#include "../iut/json_lines.h"

const char *gate_role_name(tg_sender role)
{
    static const tgi_role of[] = { 0, TGI_INITIATOR, TGI_RESPONDER, TGI_KMS };
    return role == TG_SENDER_UNKNOWN ? NULL : iut_role_name(of[role]);
}

bool gate_is_capability(const char *word)
{
    static const char all[] = "decode reencode check psk pk mode-1 mode-2 mode-3 mode-4 suite-128 suite-128-kw suite-256 ntp "
                              "ntp-utc-32 counter updates reuse own-keys policy two-kms replay errors error-classes "
                              "session-keys settings smime";
    return gate_has_word(all, word);
}

bool gate_has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; at && *at;) {
        size_t n = strcspn(at, " ,;");
        if (n == len && strncmp(at, word, len) == 0)
            return true;
        at += n;
        at += strspn(at, " ,;");
    }
    return false;
}

size_t gate_split(keeping *k, const char *words, const char *separators, const char ***out)
{
    size_t num = 0, capacity = words ? strlen(words) / 2 + 1 : 1;
    const char **list = keep_memory(k, capacity * sizeof *list);
    for (const char *at = words; at && *at;) {
        at += strspn(at, separators);
        size_t n = strcspn(at, separators);
        if (n > 0)
            list[num++] = keep_text(k, "%.*s", (int)n, at);
        at += n;
    }
    *out = list;
    return num;
}

const char *gate_word_value(keeping *k, const char *words, const char *name)
{
    const char **list;
    size_t num = gate_split(k, words, " ", &list), len = strlen(name);
    for (size_t i = 0; i < num; i++) {
        if (strncmp(list[i], name, len) == 0 && list[i][len] == '=')
            return list[i] + len + 1;
        if (strcmp(list[i], name) == 0)
            return "";
    }
    return NULL;
}
