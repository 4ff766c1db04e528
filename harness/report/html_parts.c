/* The small pieces of the HTML report. */
#include "html.h"

static void open_tag(tg_out *out, const char *tag, const char *class_name)
{
    tg_out_text(out, "<");
    tg_out_text(out, tag);
    if (class_name) {
        tg_out_text(out, " class=\"");
        tg_out_text(out, class_name);
        tg_out_text(out, "\"");
    }
    tg_out_text(out, ">");
}

static void close_tag(tg_out *out, const char *tag)
{
    tg_out_text(out, "</");
    tg_out_text(out, tag);
    tg_out_text(out, ">");
}

void tg_html_element(tg_out *out, const char *tag, const char *class_name, const char *text)
{
    open_tag(out, tag, class_name);
    tg_out_xml(out, text);
    close_tag(out, tag);
}

void tg_html_masked(tg_out *out, const char *tag, const char *class_name, const char *text)
{
    open_tag(out, tag, class_name);
    tg_out_masked(out, text, tg_out_xml);
    close_tag(out, tag);
}

void tg_html_number(tg_out *out, const char *tag, size_t number)
{
    open_tag(out, tag, NULL);
    tg_out_number(out, number);
    close_tag(out, tag);
}

static void begin_row(tg_out *out, const char *label)
{
    tg_out_text(out, "<tr><th scope=\"row\">");
    tg_out_text(out, label);
    tg_out_text(out, "</th>");
}

void tg_html_row(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    begin_row(out, label);
    tg_html_element(out, "td", NULL, text);
    tg_out_text(out, "</tr>\n");
}

void tg_html_masked_row(tg_out *out, const char *label, const char *text)
{
    if (!tg_has_text(text))
        return;
    begin_row(out, label);
    tg_html_masked(out, "td", NULL, text);
    tg_out_text(out, "</tr>\n");
}

/* FNV-1a. */
void tg_html_anchor(tg_out *out, const char *id)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (id = tg_or_empty(id); *id; id++)
        hash = (hash ^ (uint8_t)*id) * 0x100000001b3;
    char hex[] = "c0000000000000000";
    for (size_t i = 0; i < 16; i++, hash >>= 4)
        hex[16 - i] = "0123456789abcdef"[hash & 15];
    tg_out_text(out, hex);
}

void tg_html_link(tg_out *out, const char *id)
{
    tg_out_text(out, "<a href=\"#");
    tg_html_anchor(out, id);
    tg_out_text(out, "\">");
    tg_out_xml(out, id);
    tg_out_text(out, "</a>");
}

/* ---- hex ---------------------------------------------------------------------------------------------------- */

enum { ROW = 16, ROWS_BEFORE = 2, MAX_ROWS = 10 };

static void write_hex_row(tg_out *out, tg_bytes octets, size_t row, size_t from, size_t to)
{
    char offset[] = "00000000 ";
    for (size_t i = 0, rest = row; i < 8; i++, rest >>= 4)
        offset[7 - i] = "0123456789abcdef"[rest & 15];
    tg_out_text(out, offset);
    for (size_t at = row; at < row + ROW && at <= octets.len; at++) {
        bool marked = at >= from && at < to;
        if (from == to && at == from)
            tg_out_text(out, "<mark>|</mark>"); /* something is missing here */
        if (at == octets.len)
            break;
        tg_out_text(out, at % 8 ? " " : "  ");
        tg_out_text(out, marked ? "<mark>" : "");
        tg_out_hex(out, tg_bytes_of(octets.data + at, 1));
        tg_out_text(out, marked ? "</mark>" : "");
    }
    tg_out_text(out, "\n");
}

void tg_html_hex(tg_out *out, tg_bytes octets, size_t offset, size_t length)
{
    size_t from = offset < octets.len ? offset : octets.len;
    size_t to = length < octets.len - from ? from + length : octets.len;
    size_t first = from / ROW > ROWS_BEFORE ? from / ROW - ROWS_BEFORE : 0;
    size_t end = octets.len / ROW + 1, num = 0;
    tg_out_text(out, "<pre class=\"hex\">");
    tg_out_text(out, first ? "...\n" : "");
    for (size_t row = first; row < end && num < MAX_ROWS; row++, num++) {
        if (row * ROW < octets.len || from == octets.len)
            write_hex_row(out, octets, row * ROW, from, to);
    }
    tg_out_text(out, first + num < end && (first + num) * ROW < octets.len ? "...</pre>\n" : "</pre>\n");
}
