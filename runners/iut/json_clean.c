/* What an implementation under test says in words, cut and cleaned: it is kept for each failed case, and shown. */
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "json_lines.h"

static const char ellipsis[] = "\xe2\x80\xa6";

/* Octets of the character of UTF-8 at `text`, which ends with a NUL; 0: it is none. */
static size_t width_of(const unsigned char *text)
{
    size_t len = text[0] < 0x80 ? 1 : text[0] >= 0xc2 && text[0] < 0xe0 ? 2 : (text[0] & 0xf0) == 0xe0 ? 3 : 0;
    if (text[0] >= 0xf0 && text[0] < 0xf5)
        len = 4;
    for (size_t i = 1; i < len; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    bool none = (text[0] == 0xed && text[1] >= 0xa0) || (text[0] == 0xf4 && text[1] >= 0x90); /* surrogates, beyond */
    return overlong || none ? 0 : len;
}

/* U+FFFE and U+FFFF, which XML does not have. */
static bool is_no_character(const unsigned char *text)
{
    return text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe;
}

void iut_text_copy(char *out, size_t size, const char *text)
{
    size_t len = 0, whole = 0; /* whole: up to where the ellipsis still fits behind it */
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t width = width_of(at);
        bool as_it_is = width > 0 && !(width == 3 && is_no_character(at));
        size_t needed = as_it_is ? width : 1;
        if (len + needed >= size)
            break;
        if (as_it_is)
            memcpy(out + len, at, width);
        else
            out[len] = '?';
        len += needed;
        at += width > 0 ? width : 1;
        if (len + sizeof ellipsis <= size)
            whole = len;
    }
    if (*at && size > sizeof ellipsis) {
        memcpy(out + whole, ellipsis, sizeof ellipsis - 1);
        len = whole + sizeof ellipsis - 1;
    }
    out[len] = 0;
}

static bool cut(iut_pool *pool, size_t most, const char **text)
{
    size_t len = *text ? strnlen(*text, most + 1) : 0;
    if (!*text)
        return true;
    char *copy = iut_pool_get(pool, (len < most ? len : most) + 1);
    if (copy)
        iut_text_copy(copy, (len < most ? len : most) + 1, *text);
    *text = copy;
    return copy != NULL;
}

bool iut_reply_clean(iut_pool *pool, tgi_reply *reply)
{
    return cut(pool, IUT_MAX_NAME, &reply->error) && cut(pool, IUT_MAX_TEXT, &reply->text);
}

static bool words_are_few(const char *const *words, const char *name, char why[IUT_WHY])
{
    size_t num = 0;
    for (; words[num] && num <= IUT_MAX_WORDS; num++) {
        if (strlen(words[num]) > IUT_MAX_WORD) {
            snprintf(why, IUT_WHY, "%s holds a word of more than %d octets", name, IUT_MAX_WORD);
            return false;
        }
    }
    if (num > IUT_MAX_WORDS)
        snprintf(why, IUT_WHY, "%s holds more than %d words", name, IUT_MAX_WORDS);
    return num <= IUT_MAX_WORDS;
}

static bool clean_words(iut_pool *pool, const char *const **words, const char *name, char why[IUT_WHY])
{
    if (!words_are_few(*words, name, why))
        return false;
    const char **copy = iut_pool_get(pool, (IUT_MAX_WORDS + 1) * sizeof *copy);
    for (size_t i = 0; copy && (*words)[i]; i++) {
        copy[i] = (*words)[i];
        if (!cut(pool, IUT_MAX_WORD, &copy[i]))
            copy = NULL;
    }
    if (!copy)
        snprintf(why, IUT_WHY, "no memory");
    *words = copy;
    return copy != NULL;
}

bool iut_hello_clean(iut_pool *pool, iut_hello *hello, char why[IUT_WHY])
{
    if (!cut(pool, IUT_MAX_NAME, &hello->name) || !cut(pool, IUT_MAX_NAME, &hello->release)) {
        snprintf(why, IUT_WHY, "no memory");
        return false;
    }
    return clean_words(pool, &hello->profiles, "profiles", why) && clean_words(pool, &hello->can, "can", why);
}
