/* TLS connections over TCP: what is in clear gets other names, what a TEK protects is opened, changed and sealed under the TEK that stands for it
 * (tg_tls_reseal), and what nobody here can open becomes noise. */
#include <stdlib.h>

#include "scrubbing.h"
#include "texts.h"

enum { MAX_TRIES = 64 };

typedef struct connection {
    tgs_scrub *s;
    tgs_unit **units;
    size_t num;
    bool first_is_client;
    tg_tls_segment *was, *is;
    uint8_t *streams[2];      /* as they are to be, [1]: the client's */
    size_t lens[2], clear[2]; /* clear: as far as they are */
    uint8_t *before;          /* as it was, unit by unit */
    void *memory;
    size_t size;
} connection;

static bool is_of_client(const connection *c, const tgs_unit *u)
{
    return u->from_first == c->first_is_client;
}

static void find_client(connection *c)
{
    c->first_is_client = true;
    for (size_t i = 0; i < c->num; i++) {
        const tgs_unit *u = c->units[i];
        if (u->len > 5 && u->octets[0] == 22) {
            c->first_is_client = (u->octets[5] == 1) == u->from_first;
            return;
        }
    }
}

static bool lay_out(connection *c)
{
    size_t at = 0, total = 0;
    for (size_t i = 0; i < c->num; i++)
        c->lens[is_of_client(c, c->units[i])] += c->units[i]->len;
    total = c->lens[0] + c->lens[1];
    c->streams[0] = malloc(c->lens[0] + 1);
    c->streams[1] = malloc(c->lens[1] + 1);
    c->before = malloc(total + 1);
    c->was = calloc(c->num + 1, sizeof *c->was);
    c->is = calloc(c->num + 1, sizeof *c->is);
    if (!c->streams[0] || !c->streams[1] || !c->before || !c->was || !c->is)
        return false;
    size_t filled[2] = { 0, 0 };
    for (size_t i = 0; i < c->num; at += c->units[i++]->len) {
        const tgs_unit *u = c->units[i];
        bool of_client = is_of_client(c, u);
        memcpy(c->before + at, u->octets, u->len);
        memcpy(c->streams[of_client] + filled[of_client], u->octets, u->len);
        c->was[i] = (tg_tls_segment){ of_client, tg_bytes_of(c->before + at, u->len) };
        c->is[i] = (tg_tls_segment){ of_client, tg_bytes_of(c->streams[of_client] + filled[of_client], u->len) };
        filled[of_client] += u->len;
    }
    c->size = tg_tls_reseal_arena_size(c->was, c->num);
    c->memory = malloc(c->size);
    return c->memory != NULL;
}

/* ---- what is inside ------------------------------------------------------------------------------------------ */

/* RFC 8855 5.1: version 1 or 2 in three bits; messages one behind the other, their length in units of four octets behind the header of twelve. */
static bool is_bfcp(const uint8_t *octets, size_t len)
{
    return len >= 12 && (octets[0] >> 5 == 1 || octets[0] >> 5 == 2) && octets[1] >= 1 && octets[1] <= 18;
}

static void change_bfcp(tgs_scrub *s, uint8_t *octets, size_t len)
{
    for (size_t at = 0; at + 12 <= len;) {
        size_t size = 12 + 4 * ((size_t)octets[at + 2] << 8 | octets[at + 3]);
        size = size < len - at ? size : len - at;
        tgs_rewrite_bfcp(s, octets + at, size);
        at += size;
    }
}

static void change(void *user, bool from_client, uint8_t *octets, size_t len)
{
    tgs_scrub *s = user;
    (void)from_client;
    if (len >= 5 && memcmp(octets, "MSRP ", 5) == 0)
        tgp_scrub_msrp_stream(&s->names, (char *)octets, len);
    else if (is_bfcp(octets, len))
        change_bfcp(s, octets, len);
    else
        memset(octets, 'x', len);
}

static void noise(void *user, uint8_t *octets, size_t len)
{
    tgs_noise(user, octets, len);
}

/* ---- sealing ------------------------------------------------------------------------------------------------- */

static bool is_verified(const tg_tls_resealed *r)
{
    return (r->client == TG_TLS_VERIFIED || r->server == TG_TLS_VERIFIED) && r->client != TG_TLS_FAILED &&
           r->server != TG_TLS_FAILED;
}

/* False: memory ran out, or a limit was met. What it gives is in c->memory. */
static bool reseal(connection *c, const tgs_tek *tek, tg_tls_resealed *out)
{
    const tg_profile *profile = c->s->options->profile ? c->s->options->profile : tg_profile_find("ims-msrp-tls");
    tg_tls_known before = { .profile = profile, .has_tek = tek != NULL }, after = before;
    tg_arena arena = tg_arena_of(c->memory, c->size);
    if (tek) {
        before.tek = tek->before;
        after.tek = tek->after;
    }
    const tg_tls_reseal_plan plan = { &before, &after, c->was,
                                      c->is,   c->num, change,
                                      noise,   c->s,   { c->clear[0], c->clear[1] } };
    return tg_tls_reseal(c->s->options->crypto, &plan, &arena, out) == TG_OK;
}

static const tgs_tek *find_tek(const tgs_scrub *s, tg_bytes before)
{
    for (size_t i = 0; i < s->num_teks; i++) {
        if (tg_bytes_equal(s->teks[i].before, before))
            return &s->teks[i];
    }
    return NULL;
}

/* That of its m-line, which the judge has found. */
static const tgs_tek *own_tek(const connection *c)
{
    const tgs_unit *u = c->units[0];
    for (size_t k = 0; k < c->s->num_secret_ends; k++) {
        const tgs_secret_ends *e = &c->s->secret_ends[k];
        if ((tgp_endpoint_equals(&u->source, &e->client) && tgp_endpoint_equals(&u->destination, &e->server)) ||
            (tgp_endpoint_equals(&u->source, &e->server) && tgp_endpoint_equals(&u->destination, &e->client)))
            return find_tek(c->s, e->tek);
    }
    return NULL;
}

/* The TEK of the m-line, else another that fits: of the session level (which is a finding, and stays one), or of a call that is told elsewhere. */
static bool seal(connection *c, tg_tls_resealed *out)
{
    const tgs_tek *own = own_tek(c);
    tgs_scrub *s = c->s;
    if (own && reseal(c, own, out) && is_verified(out))
        return true;
    for (size_t i = s->num_teks, tries = 0; i > 0 && tries < MAX_TRIES; i--, tries++) {
        if (&s->teks[i - 1] != own && s->teks[i - 1].before.len > 0 && reseal(c, &s->teks[i - 1], out) &&
            is_verified(out))
            return true;
    }
    return reseal(c, own, out);
}

/* Nothing could be made of it at all: what is behind the headers of records goes. */
static void give_up(connection *c)
{
    for (size_t e = 0; e < 2; e++) {
        if (c->lens[e] > 5)
            tgs_noise(c->s, c->streams[e] + 5, c->lens[e] - 5);
    }
}

static void put_back(connection *c, const uint8_t *const streams[2])
{
    size_t at[2] = { 0, 0 };
    for (size_t i = 0; i < c->num; i++) {
        bool of_client = is_of_client(c, c->units[i]);
        memcpy(c->units[i]->octets, streams[of_client] + at[of_client], c->units[i]->len);
        at[of_client] += c->units[i]->len;
    }
}

/* Of TLS 1.2 with a suite of PSK ClientKeyExchange begins with an identity; with others it is a key. */
static bool is_psk(const connection *c, bool *is_13)
{
    tg_tls_judgement judgement;
    const tg_tls_known known = { .profile = tg_profile_find("ims-msrp-tls") };
    tg_arena arena = tg_arena_of(c->memory, c->size);
    bool ok = tg_tls_judge(c->s->options->crypto, &known, c->was, c->num, &arena, &judgement) == TG_OK;
    const tg_tls_handshake *h = &judgement.handshake;
    *is_13 = ok && (h->has_server_hello ? h->version : h->offered_version) == 0x0304;
    const tg_tls_suite *suite = ok && h->has_server_hello ? tg_tls_suite_find(h->suite) : NULL;
    return suite && strstr(suite->name, "PSK") != NULL;
}

static void rewrite(tgs_scrub *s, tgs_unit **units, size_t num)
{
    connection c = { .s = s, .units = units, .num = num };
    tg_tls_resealed resealed;
    find_client(&c);
    if (!lay_out(&c)) {
        tgs_fail(s, "memory ran out");
    } else {
        bool is_13, psk = is_psk(&c, &is_13);
        /* Its proofs under a TEK cannot be made anew here, and would be found wrong. */
        for (size_t i = 0; i < num && is_13 && own_tek(&c); i++) {
            units[i]->left_out = true;
            s->counts->left_out[TGP_UNIT_TLS]++;
        }
        if (tgs_rename_handshake(s, c.streams[0], c.lens[0], psk, is_13, &c.clear[0]) &&
            tgs_rename_handshake(s, c.streams[1], c.lens[1], psk, is_13, &c.clear[1])) {
            const uint8_t *streams[2] = { c.streams[0], c.streams[1] };
            if (seal(&c, &resealed)) {
                streams[0] = resealed.octets[0].data;
                streams[1] = resealed.octets[1].data;
                s->counts->tls_sealed += is_verified(&resealed);
                s->counts->tls_noise += !is_verified(&resealed);
            } else {
                give_up(&c);
                s->counts->tls_noise++;
            }
            put_back(&c, streams);
        }
    }
    if (c.memory)
        tg_wipe(c.memory, c.size);
    if (c.before)
        tg_wipe(c.before, c.lens[0] + c.lens[1]);
    free(c.memory);
    free(c.before);
    free(c.streams[0]);
    free(c.streams[1]);
    free(c.was);
    free(c.is);
}

static int by_connection(const void *a, const void *b)
{
    const tgs_unit *x = *(tgs_unit *const *)a, *y = *(tgs_unit *const *)b;
    if (x->connection != y->connection)
        return x->connection < y->connection ? -1 : 1;
    return x < y ? -1 : x > y; /* in the order of time */
}

void tgs_rewrite_tls(tgs_scrub *s)
{
    size_t num = 0;
    tgs_unit **units = calloc(s->num_units + 1, sizeof *units);
    if (!units) {
        tgs_fail(s, "memory ran out");
        return;
    }
    for (size_t i = 0; i < s->num_units; i++) {
        tgs_unit *u = &s->units[i];
        if (u->kind != TGP_UNIT_TLS)
            continue;
        u->left_out = u->datagram; /* DTLS is not made anew */
        s->counts->left_out[TGP_UNIT_TLS] += u->datagram;
        if (!u->datagram)
            units[num++] = u;
    }
    qsort(units, num, sizeof *units, by_connection);
    for (size_t i = 0, end; i < num && !s->failed; i = end) {
        for (end = i + 1; end < num && units[end]->connection == units[i]->connection; end++)
            ;
        rewrite(s, units + i, end - i);
    }
    free(units);
}
