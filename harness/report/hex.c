/* A hex dump with a place marked. */
#include "out.h"

enum { ROW = 16, MAX_ROWS = 4 };

/* Column of an octet within its row: two digits and a blank each, one blank more in the middle. */
static size_t column_of(size_t index)
{
    return index * 3 + (index >= ROW / 2 ? 1 : 0);
}

static void write_row(tg_out *out, tg_bytes octets, size_t row, unsigned indent)
{
    char offset[] = "00000000  ";
    for (size_t i = 0, rest = row; i < 8; i++, rest >>= 4)
        offset[7 - i] = "0123456789abcdef"[rest & 15];
    tg_out_blanks(out, indent);
    tg_out_text(out, offset);
    for (size_t i = 0; i < ROW && row + i < octets.len; i++) {
        char digits[3];
        tg_hex_encode(tg_bytes_of(octets.data + row + i, 1), digits);
        tg_out_text(out, i == 0 ? "" : i == ROW / 2 ? "  " : " ");
        tg_out_text(out, digits);
    }
    tg_out_text(out, "\n");
}

/* `from` and `to` are the marked columns of this row; an empty place is marked by one caret where it is. */
static void write_marks(tg_out *out, size_t from, size_t to, unsigned indent)
{
    size_t at = 0;
    tg_out_blanks(out, indent + 10);
    if (from == to) {
        tg_out_blanks(out, column_of(from));
        tg_out_text(out, "^");
    }
    for (size_t i = from; i < to; i++) {
        tg_out_blanks(out, column_of(i) - at);
        tg_out_text(out, "^^");
        at = column_of(i) + 2;
    }
    tg_out_text(out, "\n");
}

bool tg_report_write_hex(tg_bytes octets, size_t offset, size_t length, unsigned indent, tg_report_sink sink)
{
    tg_out out = { .sink = sink };
    offset = offset < octets.len ? offset : octets.len;
    size_t end = length < octets.len - offset ? offset + length : octets.len;
    size_t last_row = (end > offset ? end - 1 : end) / ROW;
    for (size_t row = offset / ROW, num = 0; row <= last_row; row++, num++) {
        if (num == MAX_ROWS) {
            tg_out_blanks(&out, indent);
            tg_out_text(&out, "...\n");
            break;
        }
        size_t start = row * ROW;
        write_row(&out, octets, start, indent);
        write_marks(&out, offset > start ? offset - start : 0, end - start < ROW ? end - start : ROW, indent);
    }
    return !out.failed;
}
