/* What a stream or datagram carries, told from the first octets of a message. Most of what is not ours is refused by its first octet. */
#include "parts.h"

enum { NONE, TOKEN /* of RFC 3261, 7230, 4975 */, LINE_END, RECORD, BINARY_FLOOR };

static const uint8_t firsts[256] = {
    ['\r'] = LINE_END,     ['\n'] = LINE_END, [0x14] = RECORD, [0x15] = RECORD, [0x16] = RECORD, [0x17] = RECORD,
    [0x20] = BINARY_FLOOR, ['!'] = TOKEN,     ['%'] = TOKEN,   ['\''] = TOKEN,  ['*'] = TOKEN,   ['+'] = TOKEN,
    ['-'] = TOKEN,         ['.'] = TOKEN,     ['_'] = TOKEN,   ['`'] = TOKEN,   ['~'] = TOKEN,   ['0'] = TOKEN,
    ['1'] = TOKEN,         ['2'] = TOKEN,     ['3'] = TOKEN,   ['4'] = TOKEN,   ['5'] = TOKEN,   ['6'] = TOKEN,
    ['7'] = TOKEN,         ['8'] = TOKEN,     ['9'] = TOKEN,   ['A'] = TOKEN,   ['B'] = TOKEN,   ['C'] = TOKEN,
    ['D'] = TOKEN,         ['E'] = TOKEN,     ['F'] = TOKEN,   ['G'] = TOKEN,   ['H'] = TOKEN,   ['I'] = TOKEN,
    ['J'] = TOKEN,         ['K'] = TOKEN,     ['L'] = TOKEN,   ['M'] = TOKEN,   ['N'] = TOKEN,   ['O'] = TOKEN,
    ['P'] = TOKEN,         ['Q'] = TOKEN,     ['R'] = TOKEN,   ['S'] = TOKEN,   ['T'] = TOKEN,   ['U'] = TOKEN,
    ['V'] = TOKEN,         ['W'] = TOKEN,     ['X'] = TOKEN,   ['Y'] = TOKEN,   ['Z'] = TOKEN,   ['a'] = TOKEN,
    ['b'] = TOKEN,         ['c'] = TOKEN,     ['d'] = TOKEN,   ['e'] = TOKEN,   ['f'] = TOKEN,   ['g'] = TOKEN,
    ['h'] = TOKEN,         ['i'] = TOKEN,     ['j'] = TOKEN,   ['k'] = TOKEN,   ['l'] = TOKEN,   ['m'] = TOKEN,
    ['n'] = TOKEN,         ['o'] = TOKEN,     ['p'] = TOKEN,   ['q'] = TOKEN,   ['r'] = TOKEN,   ['s'] = TOKEN,
    ['t'] = TOKEN,         ['u'] = TOKEN,     ['v'] = TOKEN,   ['w'] = TOKEN,   ['x'] = TOKEN,   ['y'] = TOKEN,
    ['z'] = TOKEN,
};

bool tgu_is_token_char(uint8_t c)
{
    return firsts[c] == TOKEN;
}

enum { METHOD_MAX = 64 };

/* TLSPlaintext (RFC 8446 5.1): type, 3.0 to 3.4, a length that is not 0 (but of application data) and not beyond the limit of ciphertext. */
static tgu_told is_record(tg_bytes octets)
{
    if (octets.len >= 2 && octets.data[1] != 3)
        return TGU_IS_NOT;
    if (octets.len >= 3 && octets.data[2] > 4)
        return TGU_IS_NOT;
    if (octets.len < 5)
        return TGU_NEEDS_MORE;
    unsigned len = (unsigned)octets.data[3] << 8 | octets.data[4];
    return len > 0 && len <= (1U << 14) + 2048 ? TGU_IS : TGU_IS_NOT;
}

/* RFC 4582 5.2: TLVs, of which each begins at a multiple of four octets and fills the payload with the others. */
static bool attributes_fit(tg_bytes payload)
{
    size_t at = 0;
    while (at < payload.len) {
        size_t len = payload.len - at >= 2 ? payload.data[at + 1] : 0;
        if (len < 2)
            return false;
        at += (len + 3) / 4 * 4;
    }
    return at == payload.len;
}

/* The common header (RFC 4582 5.1, RFC 8855 5.1): version 1 over TCP, no reserved bits, a known primitive. There is no magic in it, so that the
 * attributes of the first message must fit, too. */
static tgu_told is_floor(tg_bytes octets)
{
    if (octets.len >= 2 && (octets.data[1] < 1 || octets.data[1] > 19))
        return TGU_IS_NOT;
    if (octets.len >= 3 && octets.data[2] > 15) /* 16 KiB */
        return TGU_IS_NOT;
    if (octets.len < 12)
        return TGU_NEEDS_MORE;
    size_t len = ((size_t)octets.data[2] << 8 | octets.data[3]) * 4;
    if (octets.len < 12 + len)
        return TGU_NEEDS_MORE;
    return attributes_fit(tg_bytes_of(octets.data + 12, len)) ? TGU_IS : TGU_IS_NOT;
}

/* Do the octets begin with this word, as far as they go? */
static tgu_told begins(tg_bytes octets, const char *word, size_t len)
{
    size_t there = octets.len < len ? octets.len : len;
    if (memcmp(octets.data, word, there) != 0)
        return TGU_IS_NOT;
    return there == len ? TGU_IS : TGU_NEEDS_MORE;
}

static bool ends(tg_bytes line, const char *word, size_t len)
{
    return line.len > len && memcmp(line.data + line.len - len, word, len) == 0;
}

static bool is_text(tg_bytes octets)
{
    for (size_t i = 0; i < octets.len; i++) {
        if (octets.data[i] < ' ' && octets.data[i] != '\r')
            return false;
    }
    return true;
}

static bool is_version(const uint8_t *at, size_t len) /* RFC 3261 7.1: whatever the case */
{
    static const char version[] = "sip/2.0 ";
    for (size_t i = 0; i < len; i++) {
        uint8_t c = at[i] >= 'A' && at[i] <= 'Z' ? (uint8_t)(at[i] + 32) : at[i];
        if (c != (uint8_t)version[i])
            return false;
    }
    return true;
}

static bool ends_with_version(tg_bytes line)
{
    return line.len > 8 && line.data[line.len - 8] == ' ' && is_version(line.data + line.len - 7, 7);
}

static tgu_told begins_version(tg_bytes octets)
{
    size_t there = octets.len < 8 ? octets.len : 8;
    if (!is_version(octets.data, there))
        return TGU_IS_NOT;
    return there == 8 ? TGU_IS : TGU_NEEDS_MORE;
}

/* METHOD target VERSION, from the blank behind the method on. */
static tgu_told is_request(tg_bytes octets, size_t seen, tgu_kind *kind)
{
    size_t most = octets.len < TG_SIP_MAX_LINE + 1 ? octets.len : TG_SIP_MAX_LINE + 1;
    size_t from = seen < most ? seen : most; /* in front of it is text, and no end of a line */
    const uint8_t *end = memchr(octets.data + from, '\n', most - from);
    if (!end)
        return octets.len <= TG_SIP_MAX_LINE && is_text(tg_bytes_of(octets.data + from, octets.len - from))
                   ? TGU_NEEDS_MORE
                   : TGU_IS_NOT;
    tg_bytes line = { octets.data, (size_t)(end - octets.data) };
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (!is_text(line)) /* as while it was not whole */
        return TGU_IS_NOT;
    *kind = TGU_SIP;
    if (ends(line, " SIP/2.0", 8) || ends_with_version(line))
        return TGU_IS;
    *kind = TGU_HTTP;
    return ends(line, " HTTP/1.1", 9) || ends(line, " HTTP/1.0", 9) ? TGU_IS : TGU_IS_NOT;
}

static tgu_told is_line(tg_bytes octets, size_t seen, tgu_kind *kind)
{
    size_t token = 1, most = octets.len < METHOD_MAX ? octets.len : METHOD_MAX;
    while (token < most && tgu_is_token_char(octets.data[token]))
        token++;
    if (token == octets.len)
        return token < METHOD_MAX ? TGU_NEEDS_MORE : TGU_IS_NOT;
    if (octets.data[token] == '/') {
        bool sip = (octets.data[0] | 0x20) == 's';
        *kind = sip ? TGU_SIP : TGU_HTTP;
        return sip ? begins_version(octets) : begins(octets, "HTTP/1.", 7);
    }
    if (octets.data[token] != ' ')
        return TGU_IS_NOT;
    if (token == 4 && memcmp(octets.data, "MSRP", 4) == 0) {
        *kind = TGU_MSRP;
        return TGU_IS;
    }
    return is_request(octets, seen, kind);
}

tgu_told tgu_classify_more(tg_bytes octets, size_t seen, tgu_kind *kind)
{
    if (octets.len == 0)
        return TGU_NEEDS_MORE;
    switch (firsts[octets.data[0]]) {
    case TOKEN:
        return is_line(octets, seen, kind);
    case LINE_END:
        *kind = TGU_BLANK;
        return TGU_IS;
    case RECORD:
        *kind = TGU_TLS;
        return is_record(octets);
    case BINARY_FLOOR:
        *kind = TGU_BFCP;
        return is_floor(octets);
    default:
        return TGU_IS_NOT;
    }
}
