#include "lines.h"

/* ASCII only: the locale must not decide what a header is called. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool tgc_same_but_case(tgc_text text, const char *word)
{
    for (size_t i = 0; i < text.len; i++) {
        if (lower(text.data[i]) != lower(word[i]))
            return false;
    }
    return true;
}
