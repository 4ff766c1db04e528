/* SDP (RFC 8866). */
#include "texts.h"
#include "words.h"

#include <ctype.h>
#include <strings.h>

/* Attributes whose values are words of standards and common numbers. */
static const char *const kept_attributes[] = {
    "rtpmap",
    "fmtp",
    "sendrecv",
    "sendonly",
    "recvonly",
    "inactive",
    "ptime",
    "maxptime",
    "framerate",
    "rtcp-mux",
    "rtcp-fb",
    "rtcp-rsize",
    "curr",
    "des",
    "conf",
    "setup",
    "connection",
    "mid",
    "group",
    "accept-types",
    "accept-wrapped-types",
    "max-size",
    "floorctrl",
    "tcap",
    "pcfg",
    "acfg",
    "csup",
    "creq",
    "extmap",
    "ice-lite",
    "ice-options",
    "end-of-candidates",
    "orient",
    "lang",
    "quality",
    "charset",
    "type",
    "sctp-port",
    "sctpmap",
    "label",
};
/* Attributes with names, addresses or keys in them. */
static const char *const mapped_attributes[] = { "rtcp",          "candidate", "remote-candidates",
                                                 "ice-ufrag",     "ice-pwd",   "path",
                                                 "msid",          "record",    "source-filter",
                                                 "file-selector", "msrp-cema" };

static bool is_named(const char *text, size_t len, const char *name)
{
    return name && strlen(name) == len && memcmp(text, name, len) == 0;
}

static bool is_listed(const char *text, size_t len, const char *const *names, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (is_named(text, len, names[i]))
            return true;
    }
    return false;
}

static size_t blanks(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && (text[n] == ' ' || text[n] == '\t'))
        n++;
    return n;
}

static size_t word(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] != ' ' && text[n] != '\t')
        n++;
    return n;
}

static size_t digits(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && isdigit((unsigned char)text[n]))
        n++;
    return n;
}

/* "sha-256 12:AB:..." (RFC 8122 5), with any blanks between: of a certificate, put in by who knows it. What is none tells nothing. */
static void scrub_fingerprint(char *text, size_t len)
{
    static const char *const hashes[] = { "md2", "md5", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512" };
    size_t name = blanks(text, len), n = word(text + name, len - name),
           begin = name + n + blanks(text + name + n, len - name - n), at = begin;
    bool is_hash = false;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        is_hash |= n == strlen(hashes[i]) && strncasecmp(text + name, hashes[i], n) == 0;
    if (!is_hash) {
        tgp_scrub_blank(text, len);
        return;
    }
    while (at < len && ((at - begin) % 3 == 2 ? text[at] == ':' : isxdigit((unsigned char)text[at]) != 0))
        at++;
    at += blanks(text + at, len - at);
    if (at < len)
        tgp_scrub_blank(text + begin, len - begin);
}

/* RFC 4567: the protocol's name stays; what it says is put in by who has made it. */
static void scrub_key_mgmt(tgp_names *names, char *text, size_t len)
{
    size_t name = blanks(text, len), end = name + word(text + name, len - name);
    tgs_scrub_words(names, text + name, end - name, false);
    for (size_t i = end; i < len; i++)
        text[i] = (unsigned char)text[i] >= 0x80 ? '!' : text[i]; /* it was no base64, and stays none */
    tgp_scrub_blank(text + end, len - end);
}

/* RFC 5576: the numbers are those of the RTP packets. */
static void scrub_ssrc(tgp_names *names, char *text, size_t len, bool is_group)
{
    enum { MOST_DIGITS = 10 };
    size_t at = is_group ? word(text, len) : 0;
    tgs_scrub_words(names, text, at, false);
    for (size_t n; at < len; at += n) {
        at += blanks(text + at, len - at);
        n = digits(text + at, len - at);
        if (n == 0 || n > MOST_DIGITS || (at + n < len && text[at + n] != ' ') || (n > 0 && !is_group && at > 0))
            break;
    }
    char *colon = is_group ? NULL : memchr(text + at, ':', len - at);
    size_t value = colon ? (size_t)(colon - text) : at; /* "cname:..." */
    tgs_scrub_words(names, text + at, value - at, false);
    tgp_names_text(names, text + value, len - value);
}

/* RFC 4568: tag and suite stay, the keys do not, nor what is behind the first. */
static void scrub_crypto(tgp_names *names, char *text, size_t len)
{
    static const char inline_key[] = "inline:";
    size_t key = len;
    for (size_t i = 0; i + sizeof inline_key - 1 <= len && key == len; i++) {
        if (memcmp(text + i, inline_key, sizeof inline_key - 1) == 0)
            key = i + sizeof inline_key - 1;
    }
    tgs_scrub_each(names, text, key, true);
    tgs_scrub_runs(names, text + key, len - key);
}

/* RFC 8856 5.2 to 5.4, and what stands behind the first; they are those of BFCP, of four octets or two (RFC 8855 5.1, 5.2.2). */
static bool scrub_number(tgp_names *names, const char *name, size_t name_len, char *text, size_t len)
{
    bool is_conference = is_named(name, name_len, "confid");
    if (!is_conference && !is_named(name, name_len, "userid") && !is_named(name, name_len, "floorid"))
        return false;
    size_t at = blanks(text, len), n = word(text + at, len - at);
    if (digits(text + at, n) < n)
        n = 0;
    tgs_change_number(names, text + at, n, is_conference ? UINT32_MAX : UINT16_MAX);
    tgs_scrub_each(names, text + at + n, len - at - n, true);
    return true;
}

static void scrub_attribute(tgp_names *names, char *text, size_t len, const char *attribute)
{
    char *colon = memchr(text, ':', len);
    size_t name = colon ? (size_t)(colon - text) : len, value = colon ? name + 1 : len;
    if (scrub_number(names, text, name, text + value, len - value))
        return;
    if (is_named(text, name, attribute) ||
        is_listed(text, name, kept_attributes, sizeof kept_attributes / sizeof *kept_attributes))
        tgs_scrub_each(names, text + value, len - value, true);
    else if (is_listed(text, name, mapped_attributes, sizeof mapped_attributes / sizeof *mapped_attributes))
        tgp_names_text(names, text + value, len - value);
    else if (is_named(text, name, "fingerprint"))
        scrub_fingerprint(text + value, len - value);
    else if (is_named(text, name, "key-mgmt"))
        scrub_key_mgmt(names, text + value, len - value);
    else if (is_named(text, name, "ssrc") || is_named(text, name, "ssrc-group"))
        scrub_ssrc(names, text + value, len - value, name > 4);
    else if (is_named(text, name, "crypto"))
        scrub_crypto(names, text + value, len - value);
    else
        tgp_scrub_blank(text, len); /* its name, too, may be called after somebody */
}

/* o=<username> <sess-id> <sess-version> <nettype> <addrtype> <address>: the version stays, where it is no more than a time (RFC 8866 5.2), and so do
 * short numbers of sessions. */
static void scrub_origin(tgp_names *names, char *text, size_t len)
{
    enum { USER, ID, VERSION, MOST_DIGITS = 10 };
    for (size_t at = 0, n, field = USER; at < len; at += n, field++) {
        at += blanks(text + at, len - at);
        n = word(text + at, len - at);
        if (field == USER && n == 1 && text[at] == '-')
            continue;
        bool is_number = n > 0 && digits(text + at, n) == n;
        if ((field == ID && is_number && tgs_is_common_number(text + at, n)) ||
            (field == VERSION && is_number && n <= MOST_DIGITS))
            continue;
        tgp_names_text(names, text + at, n);
    }
}

/* c=<nettype> <addrtype> <address>["/" TTL]["/" number of addresses] (RFC 8866 5.7) */
static void scrub_connection(tgp_names *names, char *text, size_t len)
{
    char *slash = memchr(text, '/', len);
    size_t address = slash ? (size_t)(slash - text) : len;
    tgp_names_text(names, text, address);
    tgs_scrub_words(names, text + address, len - address, true);
}

/* m=<media> <port>["/" number] <proto> <fmt> ... (RFC 8866 5.14) */
static void scrub_media(tgp_names *names, char *text, size_t len)
{
    size_t at = blanks(text, len), n = word(text + at, len - at);
    tgs_scrub_words(names, text + at, n, false);
    at += n;
    at += blanks(text + at, len - at);
    n = digits(text + at, len - at);
    bool is_port = n > 0 && n <= 5 && (at + n == len || strchr(" \t/", text[at + n]));
    at += is_port ? n : 0;
    tgs_scrub_each(names, text + at, len - at, true);
}

/* t=<start> <stop> (RFC 8866 5.9) */
static void scrub_times(tgp_names *names, char *text, size_t len)
{
    enum { MOST_DIGITS = 10 };
    size_t first = digits(text, len), second = first < len ? first + 1 : len, n = digits(text + second, len - second);
    if (first > 0 && first <= MOST_DIGITS && first < len && text[first] == ' ' && n > 0 && n <= MOST_DIGITS &&
        second + n == len)
        return;
    tgs_scrub_each(names, text, len, true);
}

static void scrub_line(tgp_names *names, char *text, size_t len, const char *attribute)
{
    if (len < 2 || text[1] != '=') {
        tgp_scrub_blank(text, len);
        return;
    }
    text += 2;
    len -= 2;
    switch (text[-2]) {
    case 'v':
    case 'b':
    case 'r':
    case 'z':
        tgs_scrub_each(names, text, len, true);
        return;
    case 't':
        scrub_times(names, text, len);
        return;
    case 'm':
        scrub_media(names, text, len);
        return;
    case 'o':
        scrub_origin(names, text, len);
        return;
    case 'c':
        scrub_connection(names, text, len);
        return;
    case 'a':
        scrub_attribute(names, text, len, attribute);
        return;
    default: /* s, i, u, e, p, k: texts, people, keys; and no letter of SDP */
        tgp_scrub_blank(text, len);
        text[-2] = strchr("siuepk", text[-2]) && text[-2] ? text[-2] : 'x';
        return;
    }
}

void tgp_scrub_sdp(tgp_names *names, char *sdp, size_t len, const char *attribute)
{
    for (size_t at = 0; at < len;) {
        char *end = memchr(sdp + at, '\n', len - at);
        size_t n = end ? (size_t)(end - sdp) - at : len - at, whole = end ? n + 1 : n;
        if (n > 0 && sdp[at + n - 1] == '\r')
            n--;
        scrub_line(names, sdp + at, n, attribute);
        at += whole;
    }
}
