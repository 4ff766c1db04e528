/* The room's entry: memory, reading, and what is left to say at the end. */
#include "case.h"

enum { ALIGN = 16, NUM_ALLOCATIONS = 16 + 2 * 2 * TG_TLS_NUM_SLOTS, MESSAGES_SLACK = 1024 };

/* Where what handshake messages need is less than what was sent of them, twice that is enough: HelloRetryRequest
 * stands twice. */
static size_t messages_room(size_t octets)
{
    return 2 * octets + MESSAGES_SLACK;
}

size_t tg_tls_arena_size(const tg_tls_segment *segments, size_t num)
{
    size_t octets[2] = { 0, 0 }, size = sizeof(tg_tls_case) + NUM_ALLOCATIONS * ALIGN;
    for (size_t i = 0; i < num && octets[0] + octets[1] <= TG_TLS_MAX_OCTETS; i++)
        octets[segments[i].from_client] += segments[i].octets.len;
    size += octets[0] + octets[1] + 2 + (num + 2) * sizeof(tg_tls_start) + messages_room(octets[0] + octets[1]);
    for (size_t i = 0; i < 2; i++) {
        size_t most = octets[i] < TG_TLS_MAX_HANDSHAKE + 4 ? octets[i] : TG_TLS_MAX_HANDSHAKE + 4;
        size += TG_TLS_NUM_SLOTS * (most + 1 + most / 8 + 1);
    }
    return size + TG_TLS_SCRATCH + TG_TLS_MAX_FINDINGS * (sizeof(tg_finding) + sizeof(tg_finding *));
}

tg_status tg_tls_check_limits(const tg_tls_known *known, const tg_tls_segment *segments, size_t num)
{
    size_t octets = 0;
    if (num > TG_TLS_MAX_SEGMENTS || (known->has_tek && known->tek.len > 256))
        return TG_TOO_LARGE;
    if (known->has_tek && known->tek.len == 0)
        return TG_BAD_KEY;
    for (size_t i = 0; i < num; i++) {
        if (segments[i].octets.len > TG_TLS_MAX_OCTETS - octets)
            return TG_TOO_LARGE;
        octets += segments[i].octets.len;
    }
    return TG_OK;
}

tg_tls_case *tg_tls_case_new(tg_crypto *c, const tg_tls_known *known, const tg_tls_segment *segments, size_t num,
                             tg_arena *arena, tg_tls_judgement *out)
{
    size_t octets = 0;
    for (size_t i = 0; i < num; i++)
        octets += segments[i].octets.len;
    tg_tls_case *k = tg_arena_alloc(arena, sizeof *k);
    if (!k)
        return NULL;
    memset(k, 0, sizeof *k);
    k->crypto = c;
    k->library = tg_crypto_library(c);
    k->known = known;
    k->arena = arena;
    k->out = out;
    k->h = &out->handshake;
    k->recipe = tg_tls_recipe_of(0);
    k->messages_room = messages_room(octets);
    k->messages = tg_arena_alloc(arena, k->messages_room);
    k->scratch = tg_arena_alloc(arena, TG_TLS_SCRATCH);
    k->findings = tg_arena_alloc(arena, TG_TLS_MAX_FINDINGS * sizeof *k->findings);
    k->found = tg_arena_alloc(arena, TG_TLS_MAX_FINDINGS * sizeof *k->found);
    k->h->client = k->h->server = TG_TLS_ABSENT;
    return k->messages && k->scratch && k->findings && k->found ? k : NULL;
}

void tg_tls_case_free(tg_tls_case *k)
{
    for (size_t i = 0; i < 2; i++)
        tg_tls_keys_free(&k->ends[i].keys);
    for (size_t i = 0; i < TG_NUM_TLS_HASHES; i++)
        EVP_MD_free(k->digests[i]);
}

/* What can be said when nothing more comes. */
static void finish(tg_tls_case *k)
{
    tg_tls_handshake *h = k->h;
    const tg_tls_end *server = &k->ends[0], *client = &k->ends[1];
    if (h->has_client_hello && (k->tls13 || !h->has_server_hello))
        tg_tls13_prove_binder(k);
    if (!h->has_server_hello) {
        h->extended_master_secret = h->encrypt_then_mac = false; /* nothing was agreed */
        k->retry_alone = h->has_server_hello = h->hello_retry_request;
        k->tls13 = h->hello_retry_request && tg_tls_is_13(h->version);
    }
    if ((k->tls13 || !h->has_server_hello) && k->client_hello.has_psk) {
        h->has_identity = true;
        k->identity = k->client_hello.identity;
        k->identity_at = k->client_hello.at;
    }
    if (k->tls13 || !h->has_server_hello)
        k->proof_at[1] = k->client_hello.at;
    h->identity = k->identity;
    h->hint = k->hint;
    h->client_random = k->client_hello.random;
    if (k->has_secrets)
        h->master_secret = tg_bytes_of(k->master, sizeof k->master);
    if (k->tls13 || h->version == 0xFEFC)
        h->complete = client->behind && server->behind;
    else
        h->complete = client->ccs && server->ccs && client->finished && server->finished;
    tg_tls_check(k);
}

tg_status tg_tls_judge(tg_crypto *c, const tg_tls_known *known, const tg_tls_segment *segments, size_t num,
                       tg_arena *arena, tg_tls_judgement *out)
{
    memset(out, 0, sizeof *out);
    tg_status status = tg_tls_check_limits(known, segments, num);
    if (status != TG_OK)
        return status;
    tg_tls_case *k = tg_tls_case_new(c, known, segments, num, arena, out);
    if (!k)
        return TG_ARENA_FULL;
    status = tg_tls_read(k, segments, num);
    if (status == TG_OK)
        finish(k);
    if (status == TG_OK)
        status = k->failed;
    tg_tls_case_free(k);
    out->findings = k->found;
    return status;
}
