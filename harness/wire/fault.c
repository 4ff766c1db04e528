/* Where and why a parse stopped. On the way out of a fault each level puts its name in front of the path, so that the
 * way in costs nothing. */
#include "fault.h"

void tg_wire_prefix_path(tg_parse *p, const char *name, long index)
{
    if (!p->diag)
        return;
    char piece[64];
    size_t len = 0;
    while (name[len] && len < sizeof piece - 24) {
        piece[len] = name[len];
        len++;
    }
    if (index >= 0) {
        char digits[20];
        size_t num_digits = 0;
        do
            digits[num_digits++] = (char)('0' + index % 10);
        while ((index /= 10) > 0);
        piece[len++] = '[';
        while (num_digits)
            piece[len++] = digits[--num_digits];
        piece[len++] = ']';
    }
    char *path = p->diag->path;
    size_t path_len = strlen(path);
    if (path_len)
        piece[len++] = '.';
    if (len + path_len >= TG_PATH_MAX)
        return;
    memmove(path + len, path, path_len + 1);
    memcpy(path, piece, len);
}

tg_status tg_wire_fault(tg_parse *p, tg_status status, const uint8_t *at, const char *field, const char *id)
{
    if (p->diag) {
        p->diag->status = status;
        p->diag->offset = (size_t)(at - p->base);
        p->diag->id = id;
        p->diag->path[0] = '\0';
        if (field)
            tg_wire_prefix_path(p, field, -1);
    }
    return status;
}

tg_status tg_wire_fault_in(tg_parse *p, tg_status status, const char *name, long index, const char *id)
{
    tg_wire_prefix_path(p, name, index);
    if (p->diag && !p->diag->id)
        p->diag->id = id;
    return status;
}
