/* MIKEY messages that cannot be read. Names may stand anywhere in them, and where is not known: all is blanked that can be without another error
 * coming of it. Pieces are tried, large ones first. */
#include <stdlib.h>

#include "scrubbing.h"
#include "ticketgate/message.h"

enum {
    HEADER = 10,         /* RFC 3830 6.1: numbers alone */
    MOST_WORK = 1 << 24, /* octets parsed; then the rest is blanked, come what may */
    LARGEST = 256,
};

typedef struct trial {
    uint8_t *octets, *before;
    size_t len, work;
    void *memory;
    size_t size;
    tg_diag error;
} trial;

static tg_status parse(trial *t, tg_diag *diag)
{
    tg_arena arena = tg_arena_of(t->memory, t->size);
    tg_message *message;
    t->work += t->len + 256;
    return tg_message_parse(tg_bytes_of(t->octets, t->len), &arena, &message, diag);
}

static bool is_same_error(trial *t)
{
    tg_diag now = { 0 };
    return parse(t, &now) == t->error.status && now.offset == t->error.offset && strcmp(now.path, t->error.path) == 0 &&
           (now.id == t->error.id || (now.id && t->error.id && strcmp(now.id, t->error.id) == 0));
}

static void blank_pieces(trial *t, size_t each)
{
    for (size_t at = HEADER; at < t->len; at += each) {
        size_t n = each < t->len - at ? each : t->len - at;
        size_t done = 0;
        while (done < n && t->octets[at + done] == 'x')
            done++;
        if (done == n)
            continue;
        memset(t->octets + at, 'x', n);
        if (t->work < MOST_WORK && !is_same_error(t))
            memcpy(t->octets + at, t->before + at, n);
    }
}

bool tgs_blank_message(uint8_t *octets, size_t len)
{
    if (len < HEADER) { /* it says that it is short, and nothing else */
        for (size_t i = 0; i < len; i++)
            octets[i] = 'x';
        return true;
    }
    trial t = { .octets = octets, .len = len, .size = tg_message_arena_size(len) };
    t.memory = malloc(t.size);
    t.before = malloc(len + 1);
    bool ok = t.memory && t.before;
    if (ok) {
        memcpy(t.before, octets, len);
        t.error.status = parse(&t, &t.error);
        for (size_t each = LARGEST; each > 0; each /= 4)
            blank_pieces(&t, each);
        tg_wipe(t.memory, t.size);
    }
    free(t.memory);
    free(t.before);
    return ok;
}
