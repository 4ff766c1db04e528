/* Texts: which of their words stay. */
#include "words.h"

#include <ctype.h>
#include <strings.h>

/* Words that name nobody. */
static const char *const plain_words[] = {
    "sip",         "sips",    "tel",        "urn",       "msrp",      "msrps",      "http",        "https",
    "mailto",      "cid",     "com",        "org",       "net",       "edu",        "arpa",        "example",
    "invalid",     "test",    "local",      "localhost", "anonymous", "unknown",    "unavailable", "ims",
    "3gppnetwork", "3gpp",    "gsma",       "mcc",       "mnc",       "epc",        "pub",         "udp",
    "tcp",         "tls",     "sctp",       "dtls",      "ws",        "wss",        "ip",          "in",
    "ip4",         "ip6",     "user",       "phone",     "transport", "lr",         "ob",          "tag",
    "branch",      "z9hg4bk", "rport",      "received",  "ttl",       "maddr",      "method",      "isfocus",
    "text",        "conf",    "conference", "service",   "uuid",      "gruu",       "gr",          "instance",
    "reg",         "id",      "expires",    "q",         "orig",      "term",       "invite",      "message",
    "application", "icid",    "value",      "ioi",       "session",   "anonymized", "smime",       "p7m",
    "p7s",         "p7z",
};

static bool is_plain(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof plain_words / sizeof plain_words[0]; i++) {
        size_t n = 0;
        while (n < len && plain_words[i][n] && tolower((unsigned char)word[n]) == plain_words[i][n])
            n++;
        if (n == len && !plain_words[i][n])
            return true;
    }
    return false;
}

bool tgp_names_is_letter(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static unsigned hex_of(char c)
{
    return (unsigned)(isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10);
}

/* "%6f": an octet in other characters (RFC 3986 2.1). */
static bool is_escape(const char *text, size_t len)
{
    return len >= 3 && text[0] == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]);
}

static char unescaped(const char *text)
{
    return (char)(hex_of(text[1]) << 4 | hex_of(text[2]));
}

/* A run of letters and digits, escaped or not: how much of the text it is. */
static size_t word_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len) {
        if (tgp_names_is_letter(text[n]))
            n++;
        else if (is_escape(text + n, len - n) && tgp_names_is_letter(unescaped(text + n)))
            n += 3;
        else
            break;
    }
    return n;
}

enum { LONGEST_ESCAPED = 1024 };

/* What is escaped is changed as if it were not, and stays escaped. */
static void change_escaped(tgp_names *names, char *text, size_t len)
{
    static const char digits[2][17] = { "0123456789ABCDEF", "0123456789abcdef" };
    char word[LONGEST_ESCAPED];
    for (size_t at = 0; at < len;) {
        size_t num = 0, end = at;
        for (; end < len && num < sizeof word; end += text[end] == '%' ? 3 : 1)
            word[num++] = text[end] == '%' ? unescaped(text + end) : text[end];
        tgp_names_word(names, word, num);
        for (size_t i = 0; at < end; i++) {
            if (text[at] != '%') {
                text[at++] = word[i];
                continue;
            }
            bool low = islower((unsigned char)text[at + 1]) || islower((unsigned char)text[at + 2]);
            text[at + 1] = digits[low][(uint8_t)word[i] >> 4];
            text[at + 2] = digits[low][(uint8_t)word[i] & 15];
            at += 3;
        }
    }
}

/* Not into one of the words that stay: two would become one. A word that is changed again and again comes back to itself, so there is an end. */
static void change_no_plain(tgp_names *names, char *word, size_t len)
{
    do
        tgp_names_word(names, word, len);
    while (is_plain(word, len));
}

/* z9hG4bK begins every branch (RFC 3261 8.1.1.7) and stays. */
static size_t magic(const char *word, size_t len)
{
    return len > 7 && memcmp(word, "z9hG4bK", 7) == 0 ? 7 : 0;
}

/* ";icid-generated-at=", "?Reason=": what comes before "=" is a name of a standard, unless it stands in a user's ("sip:bob=x@"). */
static bool is_name_of_parameter(const char *text, size_t at)
{
    while (at > 0 && (isalnum((unsigned char)text[at - 1]) || strchr("-_.+", text[at - 1])))
        at--;
    return at == 0 || strchr(";?&, \t", text[at - 1]);
}

/* What stands between blanks, brackets, quotes and commas: a URI, or what is like one. */
typedef struct token {
    size_t begin, end;
    size_t host; /* behind "@"; else where it begins */
    bool has_user, has_slashes, of_via;
} token;

static token token_at(const char *text, size_t at, size_t len)
{
    token t = { .begin = at, .end = at, .host = at };
    size_t dots = 0;
    bool open = true; /* there may still be a user */
    for (; t.end < len && !strchr(" \t\r\n<>\",", text[t.end] ? text[t.end] : 'x'); t.end++) {
        char c = text[t.end];
        if (c == '@' && open) {
            t.host = t.end + 1;
            t.has_user = true;
            open = false;
        } else if (c == '/' && t.end > at && text[t.end - 1] == '/' && !t.has_user) {
            t.has_slashes = true;
            t.host = t.end + 1;
        } else if ((c == '/' && t.has_slashes) || (c == ';' && dots > 0)) {
            open = false;
        }
        dots += c == '.';
    }
    return t;
}

/* Where the host begins that ends in front of a ":". */
static size_t host_before(const char *text, size_t colon, size_t begin)
{
    while (colon > begin && (tgp_names_is_letter(text[colon - 1]) || strchr(".-_", text[colon - 1])))
        colon--;
    return colon;
}

/* ":5060" behind a host: behind an address, a name with a dot in it, or what stands where only a host does. "im:73512" is none. */
static bool is_port(const char *text, size_t at, size_t len, const token *t, bool after_address)
{
    unsigned value = 0;
    if (at <= t->begin || text[at - 1] != ':' || len > 5 || (t->has_user && at < t->host) ||
        (at + len < t->end && strchr("@:.%-", text[at + len])))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[at + i]))
            return false;
        value = value * 10 + (unsigned)(text[at + i] - '0');
    }
    if (value > 65535)
        return false;
    if (after_address)
        return true;
    size_t host = host_before(text, at - 1, t->begin);
    if (host == at - 1)
        return false;
    if (memchr(text + host, '.', at - 1 - host) || ((t->has_user || t->has_slashes) && host == t->host) ||
        (t->of_via && host == t->begin))
        return true;
    return (host - t->begin >= 4 && strncasecmp(text + host - 4, "sip:", 4) == 0) ||
           (host - t->begin >= 5 && strncasecmp(text + host - 5, "sips:", 5) == 0);
}

/* Words that stay in a user's part: the scheme in front of it, and who does not say who he is (RFC 3323 4.1.1.3). */
static bool stays_in_user(const char *text, size_t at, size_t n, const token *t)
{
    static const char *const nobody[] = { "anonymous", "unavailable" };
    if (text[at + n] == ':')
        return at == t->begin;
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        if (n == strlen(nobody[i]) && strncasecmp(text + at, nobody[i], n) == 0)
            return at + n + 1 == t->host && (at == t->begin || text[at - 1] == ':');
    }
    return false;
}

/* ";expires=0", ";q=0.7" (RFC 3261 20.10): they decide what a message does. */
static bool is_kept_number(const char *text, size_t at, size_t n)
{
    static const char *const kept[] = { "expires=", "q=", "q=0.", "ttl=" };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        size_t len = strlen(kept[i]);
        if (at > len && text[at - len - 1] == ';' && strncasecmp(text + at - len, kept[i], len) == 0)
            return tgs_is_common_number(text + at, n);
    }
    return false;
}

void tgp_names_text(tgp_names *names, char *text, size_t len)
{
    static const char version[] = "SIP/2.0"; /* of Via: a token, in any case (RFC 3261 7.3.1) */
    bool after_address = false;
    token t = { 0 };
    for (size_t at = 0; at < len;) {
        bool begins = at == 0 || !(tgp_names_is_letter(text[at - 1]) || text[at - 1] == '.');
        if (at >= t.end) {
            bool of_via = t.end > t.begin && t.end - t.begin >= sizeof version &&
                          strncasecmp(text + t.begin, version, sizeof version - 1) == 0;
            bool was_via = t.of_via && t.end == t.begin;
            t = token_at(text, at, len);
            t.of_via = of_via || was_via;
        }
        if (begins && len - at >= sizeof version - 1 && strncasecmp(text + at, version, sizeof version - 1) == 0) {
            at += sizeof version - 1;
            continue;
        }
        size_t n = begins ? tgp_names_address_text(names, text + at, len - at) : 0;
        if (n > 0) {
            after_address = true;
            at += n;
            continue;
        }
        n = word_len(text + at, len - at);
        if (n == 0) {
            after_address &= text[at] == ':' || text[at] == ']';
            at += is_escape(text + at, len - at) ? 3 : 1;
            continue;
        }
        bool in_user = t.has_user && at < t.host;
        bool is_parameter = at + n < len && text[at + n] == '=' && is_name_of_parameter(text, at) &&
                            tgs_is_known_word(text + at, n, false);
        bool plain = is_plain(text + at, n) && (!in_user || stays_in_user(text, at, n, &t));
        if (memchr(text + at, '%', n)) {
            change_escaped(names, text + at, n);
        } else if (!plain && !is_parameter && !is_port(text, at, n, &t, after_address) &&
                   !is_kept_number(text, at, n)) {
            size_t front = magic(text + at, n);
            if (in_user)
                tgp_names_word(names, text + at + front, n - front);
            else
                change_no_plain(names, text + at + front, n - front);
        }
        after_address = false;
        at += n;
    }
}
