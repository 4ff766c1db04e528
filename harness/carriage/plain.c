/* The plain forms: words of letters and digits, with one blank between them where there are several. That libosip2 takes all of it is held by
 * harness/tests/test_carriage_plain.c. */
#include "plain.h"

enum {
    NUMBER = 1,
    HOST = 2,     /* letters, digits, "-", "." */
    NAME = 4,     /* of a user or parameter: those, "+" and "_" */
    PROTOCOL = 8, /* letters, digits, "-", "/" */
    PRINTABLE = 16
};

/* clang-format off */
#define P PRINTABLE
#define L (HOST | NAME | PROTOCOL | PRINTABLE)
#define D (NUMBER | L)
static const uint8_t classes[256] = { [' '] = 0,
    P, P, P, P, P, P, P, P, P, P, NAME | P, P, L, HOST | NAME | P, PROTOCOL | P, /* ! to / */
    D, D, D, D, D, D, D, D, D, D, P, P, P, P, P, P, P,                           /* 0 to @ */
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    P, P, P, P, NAME | P, P,                                                     /* [ to ` */
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    P, P, P, P,                                                                  /* { to ~ */
};
#undef P
#undef L
#undef D
/* clang-format on */

/* Passes over characters of a class: how many. */
static inline size_t take_all(tgc_text *rest, unsigned class)
{
    size_t len = 0;
    while (len < rest->len && (classes[(unsigned char)rest->data[len]] & class))
        len++;
    rest->data += len;
    rest->len -= len;
    return len;
}

static bool take_char(tgc_text *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c)
        return false;
    rest->data++;
    rest->len--;
    return true;
}

/* ---- descriptions (RFC 4566 5) ---------------------------------------------------------------------------------- */

static tgc_text behind_letter(tgc_text line) /* "x=" */
{
    return (tgc_text){ line.data + 2, line.len - 2 };
}

/* `num` words of this class, and nothing else. */
static bool are_words(tgc_text rest, unsigned num, unsigned class)
{
    for (unsigned i = 0; i < num; i++)
        if ((i > 0 && !take_char(&rest, ' ')) || take_all(&rest, class) == 0)
            return false;
    return rest.len == 0;
}

static bool is_plain_name(tgc_text line)
{
    tgc_text rest = behind_letter(line);
    if (rest.len == 0) /* libosip2 gets "-" instead */
        return true;
    do {
        if (take_all(&rest, PRINTABLE) == 0)
            return false;
    } while (take_char(&rest, ' '));
    return rest.len == 0;
}

/* IN IP4 address. Of IPv6 libosip2 is asked, and of what has a TTL. */
static bool is_plain_connection(tgc_text line)
{
    return are_words(behind_letter(line), 3, HOST);
}

/* media port proto: the formats do not matter (tgc_write_sdp_copy leaves them out). */
static bool is_plain_media(tgc_text line)
{
    tgc_text rest;
    if (!tgc_m_line_front(line, &rest))
        return false;
    rest = behind_letter(rest);
    return take_all(&rest, HOST) && take_char(&rest, ' ') && take_all(&rest, NUMBER) && take_char(&rest, ' ') &&
           take_all(&rest, PROTOCOL) && rest.len == 0;
}

bool tgc_sdp_is_plain(const tgc_outline *lines)
{
    bool connected = false; /* at this level; of several libosip2 is asked */
    if (!tgc_equals(lines->v, "v=0") || !are_words(behind_letter(lines->o), 6, PRINTABLE) ||
        !are_words(behind_letter(lines->t), 2, NUMBER) || !is_plain_name(lines->s))
        return false;
    for (size_t i = 0; i < lines->num_lines; i++) {
        tgc_text line = lines->lines[i];
        if (line.data[0] == 'm') {
            connected = false;
            if (!is_plain_media(line))
                return false;
        } else if (line.data[0] == 'c') {
            if (connected || !is_plain_connection(line))
                return false;
            connected = true;
        }
    }
    return true;
}

/* ---- addresses (RFC 3261 25.1) ---------------------------------------------------------------------------------- */

/* *(";" name [ "=" value ]) */
static bool take_parameters(tgc_text *rest)
{
    while (take_char(rest, ';'))
        if (take_all(rest, NAME) == 0 || (take_char(rest, '=') && take_all(rest, NAME) == 0))
            return false;
    return true;
}

/* A name of letters, digits and blanks in quotes, and a blank behind it; or none. */
static bool take_display(tgc_text *rest)
{
    if (!take_char(rest, '"'))
        return true;
    while (take_all(rest, NAME) || take_char(rest, ' '))
        ;
    return take_char(rest, '"') && take_char(rest, ' ');
}

static bool take_port(tgc_text *rest)
{
    if (!take_char(rest, ':'))
        return true;
    size_t digits = take_all(rest, NUMBER);
    return digits > 0 && digits <= 5;
}

bool tgc_address_is_plain(tgc_text value)
{
    if (!take_display(&value) || !tgc_begins(value, "<sip:"))
        return false;
    value = (tgc_text){ value.data + 5, value.len - 5 };
    return take_all(&value, NAME) && take_char(&value, '@') && take_all(&value, HOST) && take_port(&value) &&
           take_parameters(&value) && take_char(&value, '>') && take_parameters(&value) && value.len == 0;
}
