/* Text that grows. */
#include "ticketgate/json.h"

#include <stdlib.h>

#include "text.h"

char *tg_text_reserve(tg_text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 2 - text->len) {
        text->failed = true;
        return NULL;
    }
    size_t wanted = text->len + more + 1;
    if (wanted > text->capacity) {
        size_t capacity = text->capacity ? text->capacity : 256;
        while (capacity < wanted)
            capacity *= 2;
        char *data = realloc(text->data, capacity);
        if (!data) {
            text->failed = true;
            return NULL;
        }
        text->data = data;
        text->capacity = capacity;
    }
    return text->data + text->len;
}

void tg_text_add(tg_text *text, const char *data, size_t len)
{
    bool is_room = !text->failed && len < text->capacity - text->len; /* as nearly always */
    char *place = is_room ? text->data + text->len : tg_text_reserve(text, len);
    if (!place)
        return;
    if (len)
        memcpy(place, data, len);
    tg_text_advance(text, len);
}

void tg_text_free(tg_text *text)
{
    free(text->data);
    *text = (tg_text){ 0 };
}
