/* Words of the standards. */
#include <ctype.h>
#include <stdlib.h>

#include "words.h"

/* In the order of strcmp. */
static const char *const known_words[] = {
    /* clang-format off */
    "100rel", "1d", "3gpp", "3pcc", "7bit", "8bit", "aai", "abs", "abstract", "accept", "access", "acfg", "ack",
    "actions", "activated", "active", "activities", "activity", "actor", "actpass", "additions", "aes", "after",
    "agree", "ah", "alert", "alg", "algorithm", "align", "alive", "allowed", "alternative", "ambulance", "amr",
    "anat", "anchor", "annexa", "annexb", "anonymize", "anonymous", "answer", "answermode", "aor", "aors", "app",
    "appearance", "appinfo", "application", "applied", "apr", "apt", "as", "ascii", "associated", "asymmetry", "at",
    "attachment", "attribute", "audio", "aug", "auid", "auth", "authenticated", "authenveloped", "authority",
    "automata", "av1", "available", "avp", "avpf", "aw", "aware", "away", "badge", "base64", "basic", "bfcp", "bg",
    "bgcolor", "binary", "bind", "bitrate", "body", "booted", "both", "boundary", "br", "branch", "broadcast",
    "bundle", "busy", "bw", "by", "bye", "byeless", "cache", "call", "cancel", "capability", "capacity", "card",
    "cascaded", "cause", "cbc", "cbr", "cc", "ccf", "ccm", "certs", "ch", "change", "channels", "charset", "choice",
    "chunked", "ci", "cic", "cid", "cif", "circle", "civic", "civicaddress", "civicloc", "class", "clearmode",
    "close", "closed", "cm", "cmr", "cms", "cn", "cname", "cnonce", "comp", "complete", "completed", "completion",
    "compress", "compressed", "conf", "conference", "confid", "config", "conn", "connect", "connected", "connection",
    "consent", "contact", "content", "context", "control", "coordination", "copy", "copycontrol", "count", "country",
    "cp", "cpar", "cpc", "cpim", "cpl", "cpm", "cpresent", "crc", "created", "creation", "creq", "critical", "crypto",
    "csrc", "csup", "ct", "ctr", "curr", "cw", "data", "datachannel", "date", "dccp", "de", "deactivated", "dec",
    "default", "deferred", "deflate", "delete", "deleted", "delivery", "delta", "deny", "departed", "des",
    "description", "dialed", "dialing", "dialog", "dialoginfo", "dialstring", "diff", "digest", "disabled",
    "disconnected", "disconnection", "display", "disposition", "dm", "document", "domain", "dp", "dtls", "dtmf",
    "dtx", "dump", "dup", "duplex", "duration", "dvi4", "e2ae", "e2e", "ealg", "early", "ecf", "ede3", "element",
    "email", "emergency", "empty", "en", "enabled", "enc", "encoding", "encrypt", "encrypted", "end", "endpoint",
    "entity", "entry", "enveloped", "envelopeddata", "error", "es", "esn", "esp", "eutran", "event", "eventlist",
    "events", "evs", "except", "existing", "expired", "expires", "explicit", "explicitsub", "ext", "extension",
    "external", "extmap", "f8", "failed", "failure", "false", "fax", "fb", "fdd", "feature", "feb", "fid", "filename",
    "filetransfer", "filter", "fingerprint", "fir", "fire", "flexfec", "floor", "floorctrl", "floorid", "flow",
    "focus", "font", "forked", "form", "fr", "fragment", "free", "fri", "from", "full", "g722", "g723", "g726",
    "g728", "g729", "gated", "gcm", "generated", "geopriv", "geran", "get", "gin", "given", "giveup", "gml", "gmt",
    "goog", "gp", "gprs", "gr", "group", "gruu", "gsm", "gsma", "gzip", "h261", "h263", "h264", "h265", "h332",
    "handling", "hdrext", "head", "header", "headers", "hevc", "hf", "histinfo", "history", "hmac", "hold",
    "holdconn", "host", "html", "http", "http1", "https", "iari", "ice", "ice2", "icid", "icon", "icsi", "id",
    "identity", "idle", "ietf", "ilbc", "im", "image", "imageattr", "imdn", "imei", "ims", "in", "inactive", "index",
    "indication", "info", "init", "inline", "instance", "int", "integ", "interleaved", "interleaving", "invariant",
    "invite", "invited", "ioi", "ip", "ip4", "ip6", "ipsec", "iscomposing", "isfocus", "iso", "isub", "isup", "jan",
    "join", "joined", "joining", "jpeg", "json", "jul", "jun", "keep", "key", "keymanagement", "keywords", "kpml",
    "l16", "landscape", "lang", "language", "largemsg", "last", "lat", "level", "lip", "list", "lists", "lite", "lo",
    "load", "local", "location", "locked", "lon", "lr", "ls", "maddr", "mailto", "man", "mandatory", "mar", "max",
    "maxaveragebitrate", "maximum", "maxplaybackrate", "maxptime", "maxrate", "may", "mcdata", "mcptt", "mcvideo",
    "md5", "mechanism", "med", "media", "mediasec", "meeting", "meid", "message", "metadata", "method", "methods",
    "mgmt", "mgt", "micalg", "mid", "mikey", "mime", "min", "minptime", "mixed", "mmtel", "mobility", "mod", "mode",
    "model", "moderated", "modification", "mon", "mood", "mp", "mp4v", "mpa", "mpv", "msgid", "msmtc", "msn", "msrp",
    "mstrm", "multicast", "multipart", "multiple", "muted", "mux", "mwi", "nack", "name", "nat", "nb", "nc",
    "neighbor", "network", "new", "no", "nonce", "none", "norefersub", "noresource", "nosub", "notification",
    "notify", "nov", "np", "npdi", "nr", "ns", "null", "ob", "object", "occupied", "oct", "octet", "ok", "oma", "on",
    "only", "oob", "opaque", "open", "optional", "options", "opus", "orientation", "orig", "other", "out", "outbound",
    "owner", "oxe", "p7m", "p7s", "p7z", "packetization", "parallel", "param", "parameter", "params", "parityfec",
    "partial", "passive", "patch", "path", "pcfg", "pcma", "pcmu", "pending", "period", "person", "phone", "pidf",
    "pidflo", "pkcs", "pkcs7", "pkcs7mime", "place", "plain", "pli", "poc", "point", "police", "policy", "polygon",
    "port", "portrait", "pos", "position", "post", "pr", "prack", "precondition", "pref", "presence", "printable",
    "priority", "privacy", "privileges", "probation", "profile", "prot", "protocol", "proxy", "psk", "ptime", "pub",
    "publish", "purpose", "put", "qcelp", "qcif", "qop", "qos", "qsig", "quality", "quoted", "range", "rc", "realm",
    "reason", "receipt", "received", "recipient", "record", "recv", "recvonly", "red", "ref", "refer", "referred",
    "refreshed", "refresher", "reg", "regid", "reginfo", "register", "registered", "registration", "registrations",
    "regstate", "rejected", "related", "relay", "remb", "remote", "removed", "render", "renomination", "repaired",
    "replaced", "replaces", "report", "requested", "requesttype", "require", "required", "resolution", "resource",
    "response", "retained", "retransmission", "retry", "rfc822", "ri", "rights", "ringing", "rinstance", "rl", "rlmi",
    "rls", "rn", "robust", "role", "roles", "rotation", "route", "rpid", "rpids", "rport", "rpsi", "rr", "rs",
    "rsize", "rtcp", "rtcpxr", "rtp", "rtt", "rtx", "rule", "rules", "ruleset", "sat", "savp", "savpf", "sched",
    "schema", "schemalocation", "schemes", "sctp", "sdes", "sdp", "se", "seascape", "sec", "seconds", "send",
    "sender", "sendonly", "sendrecv", "sep", "serv", "service", "services", "sescase", "session", "set", "sets",
    "settings", "setup", "sg", "sha", "sha1", "sha256", "shortened", "sidebars", "sigcomp", "signature", "signed",
    "signeddata", "silk", "simple", "sip", "sipfrag", "siprec", "sips", "size", "sli", "slide", "smil", "smime",
    "smpte", "sorting", "sos", "speex", "sphere", "spi", "spirits", "sprop", "sqcif", "src", "srf", "srs", "srsname",
    "srtp", "ssrc", "stale", "standalone", "start", "state", "states", "status", "stereo", "stream", "sub", "subject",
    "subscribe", "subscribed", "subscription", "summary", "sun", "supported", "swb", "systemmsg", "t140", "t38",
    "tag", "talk", "tbcp", "tc", "tcap", "tcp", "tdd", "tdialog", "tel", "telephone", "term", "terminated", "test",
    "text", "thu", "tias", "ticketrequest", "ticketresolve", "time", "timed", "timeout", "timer", "timestamp", "tls",
    "tmmbn", "tmmbr", "to", "toffset", "token", "tokenized", "tone", "trace", "trailers", "trans", "transport",
    "trickle", "trigger", "trr", "true", "tstr", "ttl", "tue", "tun", "tuple", "type", "types", "ua", "uac", "uas",
    "udp", "udptl", "ulpfec", "unknown", "unlocked", "unregistered", "until", "update", "upgrade", "uri", "uris",
    "urn", "us", "usage", "usedtx", "useinbandfec", "user", "userid", "username", "users", "ussd", "utc", "utf",
    "utf8", "utran", "uui", "uuid", "v0", "value", "values", "vat", "vbcm", "vbr", "ver", "version", "video", "view",
    "vnd", "voice", "vp8", "vp9", "vq", "waiting", "watcher", "watcherinfo", "watchers", "wb", "web", "webrtc",
    "websocket", "wed", "when", "winfo", "wlan", "wrapped", "ws", "wss", "www", "xcap", "xcon", "xml", "xmldsig",
    "xmlns", "xsd", "xsi", "yes", "z9hg4bk",
    /* clang-format on */
};

static int compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

enum { LONGEST = 23 };

bool tgs_is_known_word(const char *word, size_t len, bool numbers)
{
    char low[LONGEST + 1];
    size_t digits = 0;
    for (size_t i = 0; i < len; i++)
        digits += (size_t)(isdigit((unsigned char)word[i]) != 0);
    if (digits == len)
        return numbers && tgs_is_common_number(word, len);
    if (len > LONGEST)
        return false;
    for (size_t i = 0; i < len; i++)
        low[i] = (char)tolower((unsigned char)word[i]);
    low[len] = '\0';
    return (len == 1 && isalpha((unsigned char)word[0])) ||
           bsearch(low, known_words, sizeof known_words / sizeof *known_words, sizeof *known_words, compare);
}

/* Numbers that count, measure or choose something have few digits, or are round; numbers of people and devices are neither. */
bool tgs_is_common_number(const char *digits, size_t len)
{
    static const char *const others[] = { "1024",    "2048",     "4096",   "8192",   "16384",   "32768",   "65535",
                                          "65536",   "131072",   "262144", "524288", "1048576", "2097152", "4194304",
                                          "8388608", "16777216", "8859",   "10646",  "11025",   "22050",   "44100",
                                          "86400",   "604800",   "3329",   "5060",   "5061" };
    size_t told = len;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)digits[i]))
            return false;
    }
    if (len <= 3)
        return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strlen(others[i]) == len && memcmp(others[i], digits, len) == 0)
            return true;
    }
    while (told > 0 && digits[told - 1] == '0')
        told--;
    return len <= 7 && told <= 2;
}

static bool is_within(const char *digits, size_t len, uint64_t most)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len && value <= most; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return digits[0] != '0' && value <= most;
}

/* Words of as many digits change places with each other, so that one is met again that is as the first was. */
void tgs_change_number(tgp_names *names, char *digits, size_t len, uint64_t most)
{
    for (; len > 0 && *digits == '0'; len--)
        digits++;
    if (tgs_is_common_number(digits, len))
        return;
    bool is_number = is_within(digits, len, most);
    do
        tgp_names_word(names, digits, len);
    while (tgs_is_common_number(digits, len) || (is_number && !is_within(digits, len, most)));
}

static size_t run_of(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && tgp_names_is_letter(text[n]))
        n++;
    return n;
}

/* What a profile calls things, where it stands alone: its length, else 0. */
static size_t kept_of(const tgp_names *names, const char *text, size_t at, size_t len)
{
    if (at > 0 && tgp_names_is_letter(text[at - 1]))
        return 0;
    for (size_t i = 0; i < sizeof names->kept / sizeof *names->kept && names->kept[i]; i++) {
        size_t n = strlen(names->kept[i]);
        if (n > 0 && n <= len - at && memcmp(text + at, names->kept[i], n) == 0 &&
            (n == len - at || !tgp_names_is_letter(text[at + n])))
            return n;
    }
    return 0;
}

static bool is_sign(char c)
{
    return (unsigned char)c < 0x7f && ((unsigned char)c >= ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Where runs that a sign joins end; `few`: the numbers among them may be those of a standard ("hmac-sha-1-96", "0-15"). What has more of them may be
 * an address, a part of one, or a number in groups. */
static size_t joined(const char *text, size_t len, bool *few)
{
    enum { MOST_RUNS = 2, MOST_DIGITS = 5 };
    size_t at = 0, runs = 0, digits = 0;
    for (;;) {
        size_t n = run_of(text + at, len - at), own = 0;
        while (own < n && isdigit((unsigned char)text[at + own]))
            own++;
        runs += n > 0 && own == n;
        digits += n > 0 && own == n ? n : 0;
        at += n;
        if (at + 1 >= len || !strchr("-_.: ", text[at]) || !tgp_names_is_letter(text[at + 1]) || text[at] == '\0')
            break;
        at++;
    }
    *few = runs <= 1 || (runs <= MOST_RUNS && digits <= MOST_DIGITS);
    return at;
}

/* Not into a word that stays: two would become one. */
static void change_unknown(tgp_names *names, char *word, size_t len, bool numbers)
{
    do
        tgp_names_word(names, word, len);
    while (tgs_is_known_word(word, len, numbers));
}

void tgs_scrub_words(tgp_names *names, char *text, size_t len, bool numbers)
{
    size_t end = 0; /* of what is joined */
    bool few = false;
    for (size_t at = 0; at < len;) {
        size_t n = run_of(text + at, len - at), kept = n > 0 ? kept_of(names, text, at, len) : 0;
        bool begins = at == 0 || !(tgp_names_is_letter(text[at - 1]) || strchr(".:", text[at - 1]));
        size_t address = kept == 0 && begins ? tgp_names_address_text(names, text + at, len - at) : 0;
        if (at >= end && n > 0)
            end = at + joined(text + at, len - at, &few);
        if (kept + address > 0) {
            at += kept + address;
            continue;
        }
        if (n > 0 && !tgs_is_known_word(text + at, n,
                                        numbers && few)) /* of a number that is not joined like this the same becomes */
            change_unknown(names, text + at, n, numbers && few);
        else if (n == 0 && !is_sign(text[at]))
            text[at] = 'x';
        at += n > 0 ? n : 1;
    }
}

void tgs_scrub_each(tgp_names *names, char *text, size_t len, bool numbers)
{
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && text[end] != ' ' && text[end] != '\t')
            end++;
        tgs_scrub_words(names, text + at, end - at, numbers);
        at = end + 1;
    }
}

void tgs_scrub_runs(tgp_names *names, char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t n = run_of(text + at, len - at);
        if (n > 0)
            tgp_names_word(names, text + at, n);
        else if (!is_sign(text[at]))
            text[at] = 'x';
        at += n > 0 ? n : 1;
    }
}
