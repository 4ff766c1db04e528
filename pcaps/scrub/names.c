/* Words and keys. */
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { BLOCK = 32 };

/* The secret's function of some octets. `what` keeps uses apart. */
static void mix(tgp_names *names, uint8_t what, tg_bytes octets, uint8_t out[BLOCK])
{
    uint8_t kind[1] = { what };
    tg_coverage covered = { .num = 0 };
    tg_cover_octets(tg_bytes_of(kind, 1), &covered);
    tg_cover_octets(octets, &covered);
    memset(out, 0, BLOCK);
    if (tg_mac(names->crypto, TG_MAC_HMAC_SHA_256_256, tg_bytes_of(names->secret, sizeof names->secret), &covered,
               out) != TG_OK)
        names->failed = true;
}

static char shifted(char c, unsigned by)
{
    if (isdigit((unsigned char)c))
        return (char)('0' + ((unsigned)(c - '0') + by) % 10);
    if (isupper((unsigned char)c))
        return (char)('A' + ((unsigned)(c - 'A') + by) % 26);
    if (islower((unsigned char)c))
        return (char)('a' + ((unsigned)(c - 'a') + by) % 26);
    return c;
}

enum { EACH = 24, CHUNK = 8, MOST = 256 /* characters that count for what follows them; longer words are no names */ };

static void change_word(tgp_names *names, char *word, size_t len)
{
    char before[MOST];
    uint8_t block[BLOCK];
    for (size_t i = 0; i < len; i++) {
        bool is_first = i < EACH || (i - EACH) % CHUNK == 0;
        size_t seen = i < MOST ? i : MOST, at = i < EACH ? 0 : 2 * ((i - EACH) % CHUNK);
        if (i < MOST)
            before[i] = (char)tolower((unsigned char)word[i]);
        if (is_first && i <= MOST)
            mix(names, 'w', tg_bytes_of(before, seen), block);
        else if (is_first)
            block[1]++; /* behind that many, any shift will do */
        word[i] = shifted(word[i], (unsigned)block[at] << 8 | block[at + 1]);
    }
}

/* Most words of a capture come again and again. */
enum { NUM_WORDS = 8192, LONGEST = 47 };
struct tgp_word {
    uint8_t len; /* 0: none */
    char before[LONGEST], after[LONGEST];
};

static struct tgp_word *place_of(tgp_names *names, const char *word, size_t len)
{
    uint32_t hash = 2166136261u;
    if (len == 0 || len > LONGEST)
        return NULL;
    if (!names->words)
        names->words = calloc(NUM_WORDS, sizeof *names->words);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)word[i]) * 16777619u;
    return names->words ? &names->words[(hash ^ hash >> 16) % NUM_WORDS] : NULL;
}

void tgp_names_word(tgp_names *names, char *word, size_t len)
{
    struct tgp_word *known = place_of(names, word, len);
    if (known && known->len == len && memcmp(known->before, word, len) == 0) {
        memcpy(word, known->after, len);
        return;
    }
    if (known) {
        known->len = (uint8_t)len;
        memcpy(known->before, word, len);
    }
    change_word(names, word, len);
    if (known)
        memcpy(known->after, word, len);
}

void tgp_names_free(tgp_names *names)
{
    if (names->words)
        tg_wipe(names->words, NUM_WORDS * sizeof *names->words);
    free(names->words);
    names->words = NULL;
    free(names->addresses);
    names->addresses = NULL;
    names->num_addresses = 0;
    for (size_t i = 0; i < 2; i++) {
        free(names->places[i]);
        names->places[i] = NULL;
    }
    names->num_places = 0;
    tg_wipe(names->secret, sizeof names->secret);
}

void tgp_names_key(tgp_names *names, tg_bytes before, uint8_t *out)
{
    uint8_t block[BLOCK], label[BLOCK + 1];
    mix(names, 'k', before, label);
    for (size_t at = 0, n = 0; at < before.len; at += BLOCK, n++) {
        label[BLOCK] = (uint8_t)n;
        mix(names, 'K', tg_bytes_of(label, sizeof label), block);
        memcpy(out + at, block, before.len - at < BLOCK ? before.len - at : BLOCK);
    }
    tg_wipe(block, sizeof block);
    tg_wipe(label, sizeof label);
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

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

static size_t word_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && isalnum((unsigned char)text[n]))
        n++;
    return n;
}

/* ":5060" behind a host: what comes before is no scheme. */
static bool is_port(const char *text, size_t at, size_t len, size_t end, bool after_host)
{
    if (!after_host || at == 0 || text[at - 1] != ':' || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[at + i]))
            return false;
    }
    return at + len == end || text[at + len] != '@';
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

void tgp_names_text(tgp_names *names, char *text, size_t len)
{
    bool after_host = false;
    for (size_t at = 0; at < len;) {
        bool begins = at == 0 || !(isalnum((unsigned char)text[at - 1]) || text[at - 1] == '.');
        static const char version[] = "SIP/2.0"; /* of Via: a token, in any case (RFC 3261 7.3.1) */
        if (begins && len - at >= sizeof version - 1 && strncasecmp(text + at, version, sizeof version - 1) == 0) {
            at += sizeof version - 1;
            continue;
        }
        size_t n = begins ? tgp_names_address_text(names, text + at, len - at) : 0;
        if (n > 0) {
            after_host = true;
            at += n;
            continue;
        }
        n = word_len(text + at, len - at);
        if (n == 0) {
            if (text[at] != ':' && text[at] != ']')
                after_host = false;
            at++;
            continue;
        }
        bool is_parameter = at + n < len && text[at + n] == '=' && is_name_of_parameter(text, at) &&
                            tgs_is_known_word(text + at, n, false);
        bool plain = is_plain(text + at, n);
        if (!plain && !is_parameter && !is_port(text, at, n, len, after_host)) {
            size_t front = magic(text + at, n);
            tgp_names_word(names, text + at + front, n - front);
        }
        /* "sip:5551234": what follows the scheme is no port; "example.com:5060" is one. */
        after_host = !(plain && at + n < len && text[at + n] == ':' && (at == 0 || text[at - 1] != '.'));
        at += n;
    }
}
