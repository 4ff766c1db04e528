/* Heads that are so plain that no two readers differ about them (RFC 9112 3, 4, 5; RFC 9110 5.6.2): they are most of what is met, and to make a parser
 * of libhtp for each takes longer than all else that is done with them. */
#include <strings.h>

#include "http_head.h"
#include "parts.h"

enum { LONGEST_HEAD = 4096, MOST_FIELDS = 64, CONTENT_TYPE = 128 };

static bool begins(tg_bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && memcmp(text.data, word, len) == 0;
}

static bool take(tg_bytes *text, const char *word)
{
    size_t len = strlen(word);
    if (!begins(*text, word))
        return false;
    *text = tg_bytes_of(text->data + len, text->len - len);
    return true;
}

static bool take_version(tg_bytes *text)
{
    return take(text, "HTTP/1.1") || take(text, "HTTP/1.0");
}

/* Lines end with CR LF; nothing else in them is beyond what can be printed. */
static bool next_line(tg_bytes *rest, tg_bytes *line)
{
    size_t len = 0;
    while (len < rest->len && rest->data[len] >= ' ' && rest->data[len] < 0x7f)
        len++;
    *line = tg_bytes_of(rest->data, len);
    *rest = tg_bytes_of(rest->data + len, rest->len - len);
    return take(rest, "\r\n");
}

/* "GET /path HTTP/1.1" */
static bool is_request_line(tg_bytes line, const tgu_http_head *head)
{
    if (!take(&line, "GET ") && !take(&line, "HEAD "))
        return false;
    if (!begins(line, "/") || line.len < head->target.len || head->target.data != line.data ||
        memchr(head->target.data, ' ', head->target.len))
        return false;
    line = tg_bytes_of(line.data + head->target.len, line.len - head->target.len);
    return take(&line, " ") && take_version(&line) && line.len == 0;
}

/* "HTTP/1.1 200 OK" */
static bool is_status_line(tg_bytes line)
{
    return take_version(&line) && line.len > 4 && line.data[0] == ' ' && line.data[4] == ' ';
}

static bool is_name(tg_bytes name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp((const char *)name.data, wanted, name.len) == 0;
}

/* Fields that say something of the body, or change what follows. */
static bool is_special(tg_bytes name)
{
    static const char *const names[] = {
        "Transfer-Encoding", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Upgrade", "Trailer", "TE"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (is_name(name, names[i]))
            return true;
    }
    return false;
}

static bool is_type_char(uint8_t c)
{
    return tgu_is_token_char(c) || c == '/';
}

/* "image/jpeg" or "text/html;charset=utf-8" */
static bool read_type(tg_bytes value, char *out)
{
    size_t len = 0;
    for (; len < value.len && is_type_char(value.data[len]); len++) {
        if (len + 1 == CONTENT_TYPE)
            return false;
        uint8_t c = value.data[len];
        out[len] = (char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
    }
    out[len] = '\0';
    return len > 0 && (len == value.len || value.data[len] == ';');
}

typedef struct fields {
    bool request;
    unsigned lengths, types;
    char *content_type;
} fields;

static tg_bytes trim(tg_bytes text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = tg_bytes_of(text.data + 1, text.len - 1);
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

static bool take_field(fields *f, tg_bytes line)
{
    size_t len = 0;
    while (len < line.len && tgu_is_token_char(line.data[len]))
        len++;
    tg_bytes name = tg_bytes_of(line.data, len), value = tg_bytes_of(line.data + len, line.len - len);
    if (len == 0 || !take(&value, ":"))
        return false;
    value = trim(value);
    if (value.len == 0)
        return false;
    if (f->request)
        return !is_special(name);
    if (is_name(name, "Content-Length"))
        return f->lengths++ == 0;
    if (is_name(name, "Content-Type"))
        return f->types++ == 0 && read_type(value, f->content_type);
    return !is_special(name);
}

bool tgu_http_is_plain(tg_bytes octets, const tgu_http_head *head, char *content_type)
{
    fields f = { .request = head->request, .content_type = content_type };
    tg_bytes line;
    *content_type = '\0';
    if (octets.len > LONGEST_HEAD || !next_line(&octets, &line) ||
        !(head->request ? is_request_line(line, head) : is_status_line(line)))
        return false;
    unsigned num = 0;
    while (next_line(&octets, &line) && line.len > 0) {
        if (++num > MOST_FIELDS || !take_field(&f, line))
            return false;
    }
    return line.len == 0 && octets.len == 0 && num > 0 && (head->request || f.lengths == 1);
}
