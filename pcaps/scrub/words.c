/* Words of the standards. */
#include <ctype.h>
#include <stdlib.h>

#include "words.h"

/* In the order of strcmp. */
static const char *const known_words[] = {
    /* clang-format off */
    "100rel", "1d", "3gpp", "3pcc", "7bit", "8bit", "aai", "abs", "accept", "access", "acfg", "ack", "active",
    "actor", "actpass", "additions", "aes", "after", "agree", "ah", "alert", "alg", "algorithm", "align", "alive",
    "allowed", "alternative", "ambulance", "amr", "anat", "annexa", "annexb", "anonymous", "answer", "answermode",
    "app", "appearance", "application", "applied", "apr", "apt", "as", "ascii", "asymmetry", "at", "attachment",
    "audio", "aug", "auth", "authenticated", "authenveloped", "automata", "av1", "avp", "avpf", "aw", "aware",
    "base64", "bfcp", "bg", "bgcolor", "binary", "bitrate", "both", "boundary", "br", "branch", "broadcast", "bundle",
    "bw", "by", "bye", "byeless", "cache", "call", "cancel", "capability", "card", "cause", "cbc", "cbr", "cc", "ccf",
    "ccm", "certs", "ch", "change", "channels", "charset", "chunked", "cic", "cid", "cif", "class", "clearmode",
    "close", "cm", "cmr", "cn", "cnonce", "comp", "completion", "compress", "compressed", "conf", "conference",
    "confid", "config", "conn", "connect", "connection", "consent", "content", "context", "control", "coordination",
    "cpar", "cpc", "cpim", "cpl", "cpm", "cpresent", "crc", "creation", "creq", "critical", "crypto", "csrc", "csup",
    "ct", "ctr", "curr", "cw", "data", "datachannel", "date", "dccp", "de", "deactivated", "dec", "default",
    "deferred", "deflate", "delete", "delta", "des", "description", "dialog", "dialoginfo", "dialstring", "diff",
    "digest", "disabled", "disposition", "domain", "dtls", "dtmf", "dtx", "dup", "duplex", "dvi4", "e2ae", "e2e",
    "ealg", "early", "ecf", "ede3", "en", "enabled", "enc", "encoding", "encrypt", "encrypted", "end", "enveloped",
    "es", "esn", "esp", "eutran", "event", "eventlist", "events", "evs", "existing", "expires", "explicit",
    "explicitsub", "ext", "extmap", "f8", "failure", "false", "fax", "fb", "fdd", "feature", "feb", "fid", "filename",
    "filetransfer", "filter", "fingerprint", "fir", "fire", "flexfec", "floor", "floorctrl", "floorid", "flow",
    "font", "form", "fr", "fragment", "fri", "from", "g722", "g723", "g726", "g728", "g729", "gated", "gcm",
    "generated", "geran", "get", "gin", "giveup", "gmt", "goog", "gprs", "gr", "group", "gruu", "gsm", "gsma", "gzip",
    "h261", "h263", "h264", "h265", "h332", "handling", "hdrext", "head", "header", "hevc", "hf", "histinfo",
    "history", "hmac", "holdconn", "html", "http", "http1", "https", "iari", "ice", "ice2", "icid", "icon", "icsi",
    "id", "identity", "ietf", "ilbc", "im", "image", "imageattr", "imdn", "imei", "ims", "in", "inactive", "index",
    "info", "inline", "instance", "integ", "interleaved", "interleaving", "invariant", "invite", "ioi", "ip", "ip4",
    "ip6", "ipsec", "iscomposing", "isfocus", "iso", "isub", "isup", "jan", "join", "jpeg", "json", "jul", "jun",
    "keep", "key", "keymanagement", "kpml", "l16", "landscape", "lang", "language", "largemsg", "level", "lip",
    "list", "lists", "lite", "load", "local", "lr", "ls", "maddr", "mailto", "man", "mandatory", "mar", "max",
    "maxaveragebitrate", "maxplaybackrate", "maxptime", "may", "mcdata", "mcptt", "mcvideo", "md5", "mechanism",
    "med", "mediasec", "meeting", "meid", "message", "metadata", "method", "methods", "mgmt", "mgt", "micalg", "mid",
    "mikey", "mime", "min", "minptime", "mixed", "mmtel", "mobility", "mod", "mode", "model", "moderated",
    "modification", "mon", "mp", "mp4v", "mpa", "mpv", "msgid", "msrp", "mstrm", "multicast", "multipart", "multiple",
    "mux", "mwi", "nack", "name", "nat", "nb", "nc", "neighbor", "network", "new", "no", "nonce", "none",
    "norefersub", "noresource", "nosub", "notify", "nov", "np", "npdi", "nr", "null", "ob", "object", "oct", "octet",
    "ok", "oma", "only", "opaque", "optional", "options", "opus", "orientation", "orig", "other", "outbound", "p7m",
    "p7s", "p7z", "packetization", "parallel", "param", "parameter", "params", "parityfec", "partial", "passive",
    "patch", "path", "pcfg", "pcma", "pcmu", "pending", "period", "phone", "pidf", "pkcs7", "plain", "pli", "poc",
    "police", "policy", "port", "portrait", "post", "prack", "precondition", "pref", "presence", "printable",
    "priority", "privacy", "probation", "profile", "prot", "protocol", "proxy", "psk", "ptime", "pub", "publish",
    "purpose", "put", "qcelp", "qcif", "qop", "qos", "qsig", "quality", "quoted", "range", "rc", "realm", "reason",
    "receipt", "received", "recipient", "record", "recv", "recvonly", "red", "ref", "refer", "refresher", "reg",
    "regid", "reginfo", "register", "regstate", "rejected", "related", "relay", "remb", "remote", "render",
    "renomination", "repaired", "replaces", "report", "requested", "requesttype", "require", "required", "resource",
    "response", "retry", "rlmi", "rls", "rn", "robust", "rotation", "rport", "rpsi", "rr", "rs", "rsize", "rtcp",
    "rtcpxr", "rtp", "rtt", "rtx", "sat", "savp", "savpf", "schemes", "sctp", "sdes", "sdp", "se", "seascape", "sec",
    "send", "sendonly", "sendrecv", "sep", "service", "services", "sescase", "session", "set", "sets", "settings",
    "setup", "sg", "sha", "sha1", "sha256", "sigcomp", "signature", "signed", "signeddata", "silk", "simple", "sip",
    "sipfrag", "siprec", "sips", "size", "sli", "slide", "smil", "smime", "smpte", "sorting", "sos", "speex", "spi",
    "spirits", "sprop", "sqcif", "srf", "srtp", "ssrc", "stale", "start", "stereo", "stream", "sub", "subscribe",
    "summary", "sun", "supported", "swb", "systemmsg", "t140", "t38", "tag", "tbcp", "tc", "tcap", "tcp", "tdd",
    "tdialog", "tel", "telephone", "term", "terminated", "test", "text", "thu", "tias", "ticketrequest",
    "ticketresolve", "time", "timeout", "timer", "tls", "tmmbn", "tmmbr", "to", "toffset", "token", "tokenized",
    "trace", "trailers", "trans", "transport", "trickle", "trigger", "true", "tstr", "ttl", "tue", "tun", "type",
    "types", "ua", "uac", "uas", "udp", "udptl", "ulpfec", "unknown", "update", "upgrade", "uri", "urn", "us",
    "usedtx", "useinbandfec", "user", "userid", "username", "ussd", "utc", "utf", "utf8", "utran", "uui", "uuid",
    "v0", "value", "vat", "vbcm", "vbr", "ver", "video", "vnd", "vp8", "vp9", "vq", "watcherinfo", "wb", "webrtc",
    "websocket", "wed", "winfo", "wlan", "wrapped", "ws", "wss", "xcap", "xml", "xmlns", "yes", "z9hg4bk",
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
        return numbers;
    if (len > LONGEST)
        return false;
    for (size_t i = 0; i < len; i++)
        low[i] = (char)tolower((unsigned char)word[i]);
    low[len] = '\0';
    return len == 1 ||
           bsearch(low, known_words, sizeof known_words / sizeof *known_words, sizeof *known_words, compare);
}

static size_t run_of(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && isalnum((unsigned char)text[n]))
        n++;
    return n;
}

/* What a profile calls things, where it stands alone: its length, else 0. */
static size_t kept_of(const tgp_names *names, const char *text, size_t at, size_t len)
{
    if (at > 0 && isalnum((unsigned char)text[at - 1]))
        return 0;
    for (size_t i = 0; i < sizeof names->kept / sizeof *names->kept && names->kept[i]; i++) {
        size_t n = strlen(names->kept[i]);
        if (n > 0 && n <= len - at && memcmp(text + at, names->kept[i], n) == 0 &&
            (n == len - at || !isalnum((unsigned char)text[at + n])))
            return n;
    }
    return 0;
}

static bool is_sign(char c)
{
    return (unsigned char)c < 0x7f && ((unsigned char)c >= ' ' || c == '\t' || c == '\r' || c == '\n');
}

void tgs_scrub_words(tgp_names *names, char *text, size_t len, bool numbers)
{
    for (size_t at = 0; at < len;) {
        size_t n = run_of(text + at, len - at), kept = n > 0 ? kept_of(names, text, at, len) : 0;
        if (kept > 0) {
            at += kept;
            continue;
        }
        if (n > 0 && !tgs_is_known_word(text + at, n, numbers))
            tgp_names_word(names, text + at, n);
        else if (n == 0 && !is_sign(text[at]))
            text[at] = 'x';
        at += n > 0 ? n : 1;
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
