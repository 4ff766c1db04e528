#include "replace.h"

#include <ctype.h>
#include <stdlib.h>

#include "ticketgate/crypto.h"

static bool is_base64(uint8_t c)
{
    return isalnum(c) || c == '+' || c == '/';
}

bool tgp_replace_base64(uint8_t *text, size_t len, tg_bytes octets)
{
    size_t size = tg_base64_encoded_size(octets.len);
    char *encoded = malloc(size);
    if (!encoded)
        return false;
    tg_base64_encode(octets, encoded);
    for (size_t at = 0, n = 0; at < len && n + 1 < size && encoded[n] != '='; at++) {
        if (is_base64(text[at]))
            text[at] = (uint8_t)encoded[n++];
        else if (!isspace(text[at]))
            break;
    }
    tg_wipe(encoded, size);
    free(encoded);
    return true;
}

bool tgp_replace_place(const tgp_piece *pieces, size_t num, size_t unit_len, uint64_t frame, uint32_t frame_offset,
                       size_t *offset)
{
    for (size_t i = 0; i < num; i++) {
        const tgp_piece *p = &pieces[i];
        if (p->frame == frame && frame_offset >= p->frame_offset && frame_offset < p->frame_offset + p->len) {
            *offset = p->offset + (frame_offset - p->frame_offset);
            return *offset < unit_len;
        }
    }
    return false;
}
