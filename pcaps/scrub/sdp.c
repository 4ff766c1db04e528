/* SDP (RFC 8866). */
#include "texts.h"
#include "words.h"

#include <ctype.h>
#include <strings.h>

/* Attributes whose values are words of standards and numbers. */
static const char *const kept_attributes[] = {
    "rtpmap",      "fmtp",      "sendrecv",   "sendonly", "recvonly",   "inactive",     "ptime",
    "maxptime",    "framerate", "rtcp-mux",   "rtcp-fb",  "rtcp-rsize", "curr",         "des",
    "conf",        "setup",     "connection", "mid",      "group",      "accept-types", "accept-wrapped-types",
    "max-size",    "floorctrl", "confid",     "userid",   "floorid",    "tcap",         "pcfg",
    "acfg",        "csup",      "creq",       "extmap",   "ice-lite",   "ice-options",  "end-of-candidates",
    "orient",      "lang",      "quality",    "charset",  "type",       "sctp-port",    "sctpmap",
    "fingerprint", /* put in by who knows the certificate */
};
/* Attributes with names, addresses or keys in them. */
static const char *const mapped_attributes[] = { "rtcp",          "candidate",     "remote-candidates",
                                                 "ice-ufrag",     "ice-pwd",       "path",
                                                 "crypto",        "ssrc",          "ssrc-group",
                                                 "label",         "msid",          "record",
                                                 "source-filter", "file-selector", "msrp-cema" };

static bool is_named(const char *text, size_t len, const char *name)
{
    return name && strlen(name) == len && memcmp(text, name, len) == 0;
}

/* "sha-256 12:AB:..." (RFC 8122 section 5): of a certificate, put in by who knows it. */
static bool is_fingerprint(const char *text, size_t len)
{
    static const char *const hashes[] = { "sha-1 ", "sha-224 ", "sha-256 ", "sha-384 ", "sha-512 " };
    size_t at = 0;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes && at == 0; i++) {
        size_t n = strlen(hashes[i]);
        at = len > n && strncasecmp(text, hashes[i], n) == 0 ? n : 0;
    }
    size_t begin = at;
    while (at < len && ((at - begin) % 3 == 2 ? text[at] == ':' : isxdigit((unsigned char)text[at]) != 0))
        at++;
    return begin > 0 && at == len;
}

static void scrub_attribute(tgp_names *names, char *text, size_t len, const char *attribute)
{
    char *colon = memchr(text, ':', len);
    size_t name = colon ? (size_t)(colon - text) : len, value = colon ? name + 1 : len;
    bool keep = is_named(text, name, attribute), map = false;
    for (size_t i = 0; i < sizeof kept_attributes / sizeof *kept_attributes; i++)
        keep |= is_named(text, name, kept_attributes[i]);
    for (size_t i = 0; i < sizeof mapped_attributes / sizeof *mapped_attributes; i++)
        map |= is_named(text, name, mapped_attributes[i]);
    if (keep && !(is_named(text, name, "fingerprint") && is_fingerprint(text + value, len - value)))
        tgs_scrub_words(names, text + value, len - value, true);
    if (keep)
        return;
    if (is_named(text, name,
                 "key-mgmt")) { /* RFC 4567: the protocol's name stays; what it says is put in by who has made it */
        char *space = memchr(text + value, ' ', len - value);
        size_t at = space ? (size_t)(space - text) : len;
        tgs_scrub_words(names, text + value, at - value, false);
        tgp_scrub_blank(text + at, len - at);
        return;
    }
    /* ssrc: the number is that of the RTP packets. */
    if (is_named(text, name, "ssrc") || is_named(text, name, "ssrc-group")) {
        size_t first = value;
        while (value < len && (isdigit((unsigned char)text[value]) || isupper((unsigned char)text[value])))
            value++;
        tgs_scrub_words(names, text + first, value - first, true);
    }
    if (is_named(text, name, "crypto")) { /* tag and suite stay, the key does not */
        static const char inline_key[] = "inline:";
        size_t first = value;
        for (size_t i = value; i + sizeof inline_key < len; i++) {
            if (memcmp(text + i, inline_key, sizeof inline_key - 1) == 0)
                value = i + sizeof inline_key - 1;
        }
        tgs_scrub_words(names, text + first, value - first, true);
        for (size_t i = value; i < len;) {
            size_t n = 0;
            while (i + n < len && isalnum((unsigned char)text[i + n]))
                n++;
            tgp_names_word(names, text + i, n);
            i += n > 0 ? n : 1;
        }
        return;
    }
    if (map)
        tgp_names_text(names, text + value, len - value);
    else
        tgp_scrub_blank(text, len); /* its name, too, may be called after somebody */
}

/* o=<username> <sess-id> <sess-version> <nettype> <addrtype> <address>: the numbers in the middle stay, they are compared. */
static void scrub_origin(tgp_names *names, char *text, size_t len)
{
    size_t user = 0, at = 0, spaces = 0;
    while (user < len && text[user] != ' ')
        user++;
    if (!(user == 1 && text[0] == '-'))
        tgp_names_text(names, text, user);
    for (at = user; at < len && spaces < 5; at++)
        spaces += text[at] == ' ';
    tgs_scrub_words(names, text + user, at - user, true);
    if (spaces == 5)
        tgp_names_text(names, text + at, len - at);
}

static void scrub_line(tgp_names *names, char *text, size_t len, const char *attribute)
{
    if (len < 2 || text[1] != '=') {
        tgp_scrub_blank(text, len);
        return;
    }
    switch (text[0]) {
    case 'v':
    case 't':
    case 'b':
    case 'm':
    case 'r':
    case 'z':
        tgs_scrub_words(names, text + 2, len - 2, true);
        return;
    case 'o':
        scrub_origin(names, text + 2, len - 2);
        return;
    case 'c':
        tgp_names_text(names, text + 2, len - 2);
        return;
    case 'a':
        scrub_attribute(names, text + 2, len - 2, attribute);
        return;
    default: /* s, i, u, e, p, k: texts, people, keys */
        tgp_scrub_blank(text + 2, len - 2);
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
