/* Octets that may be a name, text, or anything. */
#include <stdlib.h>

#include "scrubbing.h"

void tgs_noise(tgs_scrub *s, uint8_t *octets, size_t len)
{
    if (len == 0)
        return;
    uint8_t *copy = malloc(len);
    if (!copy) {
        memset(octets, 0, len);
        tgs_fail(s, "memory ran out");
        return;
    }
    memcpy(copy, octets, len);
    tgp_names_key(&s->names, tg_bytes_of(copy, len), octets);
    free(copy);
}

/* Octets of the UTF-8 character at the front (RFC 3629 section 4): 0 where there is none, or a control character. */
static size_t character(const uint8_t *at, size_t len)
{
    size_t n = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
    if (n == 0 || n > len || (n == 1 && (at[0] < ' ' || at[0] == 0x7f)))
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    bool is_long = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_none = (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf4 && at[1] >= 0x90);
    return is_long || is_none ? 0 : n;
}

static bool is_text(const uint8_t *octets, size_t len)
{
    for (size_t at = 0, n; at < len; at += n) {
        n = character(octets + at, len - at);
        if (n == 0)
            return false;
    }
    return true;
}

void tgs_rename_octets(tgs_scrub *s, uint8_t *octets, size_t len)
{
    if (!is_text(octets, len)) {
        tgs_noise(s, octets, len);
        return;
    }
    tgp_names_text(&s->names, (char *)octets, len);
}

void tgs_other_id(tgs_scrub *s, uint8_t *id, size_t len)
{
    size_t printable = 0;
    for (size_t i = 0; i < len; i++)
        printable += id[i] >= ' ' && id[i] <= '~';
    if (len > TGS_LONGEST_NUMBER || (len > 2 && printable == len))
        tgs_noise(s, id, len);
}
