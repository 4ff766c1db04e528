/* Rows about connections of m-lines: begun with TLS, by certificates, by those whose fingerprints signalling has (RFC 8122, TS 33.328 7.2.1, 7.3.1). */
#include <stdio.h>

#include <openssl/evp.h>

#include "checks.h"
#include "ticketgate/tls.h"

typedef struct fact {
    tgp_call *call;
    const tgpc_media *media;
    const tgpc_connection *connection;
    const tgpc_m *offer, *answer; /* answer: NULL where there is none */
} fact;

/* ---- certificates ------------------------------------------------------------------------------------------------------- */

/* RFC 8122 5. MD5 and MD2 are not computed. */
static const EVP_MD *hash_named(tg_bytes name)
{
    static const struct {
        const char *name;
        const EVP_MD *(*hash)(void);
    } known[] = { { "sha-1", EVP_sha1 },
                  { "sha-224", EVP_sha224 },
                  { "sha-256", EVP_sha256 },
                  { "sha-384", EVP_sha384 },
                  { "sha-512", EVP_sha512 } };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (tgpc_is_token(name, known[i].name))
            return known[i].hash();
    return NULL;
}

/* Has the certificate one of the fingerprints? Not known where none of them can be computed. */
static tgpc_yes fits(const tgpc_m *m, const tgpc_side *side)
{
    tgpc_yes out = TGPC_UNKNOWN;
    for (size_t i = 0; i < m->num_fingerprints; i++) {
        const tg_sdp_fingerprint *fingerprint = &m->fingerprints[i];
        const EVP_MD *hash = hash_named(fingerprint->function);
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        if (!hash || fingerprint->wrong ||
            EVP_Digest(side->certificate, side->certificate_has, digest, &len, hash, NULL) != 1)
            continue;
        if (tg_bytes_equal(fingerprint->octets, tg_bytes_of(digest, len)))
            return TGPC_YES;
        out = TGPC_NO;
    }
    return out;
}

/* ---- m-lines that name the same end (RFC 4975: one port for many sessions) ----------------------------------------------- */

#define MAX_NAMED 32

typedef bool (*fitting)(const fact *f, const tgpc_m *offer, const tgpc_m *answer, bool of_offerer);

/* Does another of them fit the connection? Then it is that one's. */
static bool fits_another(const fact *f, bool of_offerer, fitting is_fitting)
{
    const tgpc_end *end;
    unsigned n = 0;
    for (;
         n < MAX_NAMED && (end = tgpc_find_nth_end(f->call->calls, &f->connection->server, &f->connection->client, n));
         n++) {
        const tgpc_media *media = end->media;
        if (media == f->media || media->offer == f->media->offer)
            continue;
        const tgpc_m *offer = tgpc_m_of(media->offer->description, media->m_line),
                     *answer = media->answer ? tgpc_m_of(media->answer->description, media->m_line) : NULL;
        if (offer && is_fitting(f, offer, answer, of_offerer))
            return true;
    }
    if (n < MAX_NAMED)
        return false;
    tgpc_overlook(f->call->calls); /* it may be one of the others' */
    return true;
}

static bool has_its_fingerprint(const fact *f, const tgpc_m *offer, const tgpc_m *answer, bool of_offerer)
{
    const tgpc_m *m = of_offerer ? offer : answer;
    return m && fits(m, &f->connection->sides[of_offerer ? 0 : 1]) == TGPC_YES;
}

static bool may_use_a_key(const fact *f, const tgpc_m *offer, const tgpc_m *answer, bool of_offerer)
{
    (void)f, (void)of_offerer;
    return offer->key || (answer && answer->key);
}

static bool is_in_clear(const fact *f, const tgpc_m *offer, const tgpc_m *answer, bool of_offerer)
{
    (void)f, (void)answer, (void)of_offerer;
    return !offer->secured;
}

static void check_certificate(const fact *f, bool of_offerer)
{
    const tgpc_m *m = of_offerer ? f->offer : f->answer;
    const tgpc_side *side = &f->connection->sides[of_offerer ? 0 : 1],
                    *other = &f->connection->sides[of_offerer ? 1 : 0];
    if (!m || !side->certificate || side->certificate_has < side->certificate_len || !side->done || !other->done ||
        fits(m, side) != TGPC_NO || fits_another(f, of_offerer, has_its_fingerprint))
        return;
    tgpc_tell_e2ae(f->call, f->offer, of_offerer ? "TS33328-7.2.1-04" : "TS33328-7.3.1-03", f->connection->offer->whose,
                   &side->certificate_place, f->media->m_line,
                   "the certificate has none of the fingerprints of the description, and the handshake was completed");
}

/* ---- suites ------------------------------------------------------------------------------------------------------------- */

static bool begins(const char *name, const char *word)
{
    return strncmp(name, word, strlen(word)) == 0;
}

/* RSA_PSK has a certificate; of TLS 1.3 a suite does not say it. */
static bool is_without_certificate(const char *name)
{
    return begins(name, "TLS_PSK_") || begins(name, "TLS_DHE_PSK_") || begins(name, "TLS_ECDHE_PSK_") ||
           begins(name, "TLS_NULL_") || begins(name, "TLS_SRP_SHA_WITH") || begins(name, "TLS_KRB5_") ||
           strstr(name, "_anon_");
}

static void check_suite(const fact *f)
{
    const tg_tls_suite *suite = f->connection->has_hello ? tg_tls_suite_find(f->connection->suite) : NULL;
    bool meant = f->offer->secured && (f->offer->msrp || f->offer->bfcp) && !f->offer->key &&
                 !(f->answer && f->answer->key) &&
                 (f->offer->num_fingerprints || f->offer->requested || f->offer->applied ||
                  (f->answer && f->answer->num_fingerprints));
    if (!meant || !suite || !is_without_certificate(suite->name) || fits_another(f, false, may_use_a_key))
        return;
    char text[128];
    snprintf(text, sizeof text, "expected a suite with certificates; found %s", suite->name);
    tgpc_tell_e2ae(f->call, f->offer, "TS33328-6.2.1.2-01", f->connection->offer->whose, &f->connection->hello,
                   f->media->m_line, text);
}

/* ---- the first octets ------------------------------------------------------------------------------------------------------ */

static void check_beginning(const fact *f, bool accepted)
{
    const tgpc_place *first = &f->connection->first;
    if (f->connection->tls || fits_another(f, false, is_in_clear))
        return;
    if (accepted && (f->offer->msrp || f->offer->bfcp) && (f->offer->requested || f->offer->applied))
        tgpc_tell_e2ae(f->call, f->offer, f->offer->requested ? "TS33328-7.2.1-06" : "TS33328-7.3.1-05",
                       f->connection->offer->whose, first, f->media->m_line,
                       "the connection begins with something that is no TLS record");
    if (f->offer->secured && f->offer->key && f->answer && f->answer->key)
        tgpc_tell(f->call, f->connection->by_offerer ? "TS33328-7.2.3-01" : "TS33328-7.3.3-01",
                  f->connection->offer->whose, first, tgpc_thing(TGP_PART_NONE, (int)f->media->m_line, 0),
                  "the connection begins with something that is no TLS record, sent by the %s",
                  f->connection->by_offerer ? "offerer" : "answerer");
}

/* The answer that counts: the first of those that were accepted, else the first. */
static const tgpc_answer *answer_to(const tgpc_offer *offer)
{
    const tgpc_answer *answer = offer->answers;
    while (answer && !(answer->description && tgpc_is_accepted(offer, answer)))
        answer = answer->next;
    return answer ? answer : offer->answers;
}

void tgpc_check_connections_closing(tgp_call *call, const tgpc_media *media)
{
    for (const tgpc_connection *connection = media->connections; connection; connection = connection->next) {
        const tgpc_answer *answer = answer_to(connection->offer);
        fact f = { call, media, connection, tgpc_m_of(connection->offer->description, media->m_line),
                   answer ? tgpc_m_of(answer->description, media->m_line) : NULL };
        if (!f.offer)
            continue;
        check_beginning(&f, answer && f.answer && f.answer->port && tgpc_is_accepted(connection->offer, answer));
        check_suite(&f);
        if ((f.offer->msrp || f.offer->bfcp) && f.offer->requested && f.offer->port)
            check_certificate(&f, true);
        if ((f.offer->msrp || f.offer->bfcp) && f.offer->applied && f.offer->port)
            check_certificate(&f, false);
    }
}
