/* tls_handshake: the input is a transcript of a TLS connection: segments, each behind who sends it (odd: the client)
 * and its length in two octets. DTLS when the first record has its version. The TEK is that of the recorded
 * handshakes (harness/samples/tls_samples.h).
 *
 * Oracles: the only failures are limits; the promised memory is enough; the judgement is the same twice, in memory
 * with different old contents, and for TLS when each segment is cut in two; findings are rows of the room, with place
 * and text, and the verdict is theirs; views lie in the memory or the input; under a TEK that nobody had nothing
 * verifies. Then, where the suite is TLS_PSK_WITH_NULL_SHA256, the records behind ChangeCipherSpec are sealed again,
 * by this file alone: no Finished fails.
 * And with one record elsewhere, or twice, or gone, in a segment of its own: what comes in an order that no mutation of
 * octets behind their lengths comes upon. Which one, the octets choose.
 */
#include "keyed.h"

#include <stdio.h>

#include "tls_samples.h"

enum { MAX_SEGMENTS = 64, MAC = 32, MASTER = 48, LONGEST = 1 << 16 };

typedef struct input {
    tg_tls_segment segments[2 * MAX_SEGMENTS];
    size_t num;
    bool datagrams;
} input;

static tg_profile profile, profile13;
static uint8_t tek[16];
static tg_tls_judgement first, second;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    size_t len, at;
    fuzz_keyed_init();
    profile = profile13 = *tg_profile_find("ims-msrp-tls");
    profile13.settings.tls_versions = TG_TLS_VERSIONS_TLS13;
    FUZZ_CHECK(tg_hex_decode(TG_TLS_SAMPLE_TEK, 32, tek, &len, &at) == TG_OK, "init", "the TEK is no hex");
    return 0;
}

static void read_input(tg_bytes octets, input *out)
{
    tg_reader r = tg_reader_of(octets);
    uint8_t from;
    uint16_t len;
    tg_bytes piece;
    out->num = 0;
    while (out->num < MAX_SEGMENTS && tg_get_u8(&r, &from) && tg_get_u16(&r, &len)) {
        size_t left = tg_reader_left(&r);
        if (!tg_get_bytes(&r, len < left ? len : left, &piece))
            break;
        out->segments[out->num++] = (tg_tls_segment){ from & 1, piece };
    }
    out->datagrams = out->num > 0 && out->segments[0].octets.len > 1 && out->segments[0].octets.data[1] == 0xFE;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static tg_status judge(const input *in, const tg_profile *by, tg_bytes key, uint8_t fill, fuzz_block *memory,
                       tg_tls_judgement *out)
{
    tg_tls_known known = { .profile = by, .datagrams = in->datagrams, .has_tek = true, .tek = key };
    *memory = fuzz_block_new(tg_tls_arena_size(in->segments, in->num), fill);
    tg_arena arena = tg_arena_of(memory->data, memory->len);
    tg_status status = tg_tls_judge(fuzz_crypto(), &known, in->segments, in->num, &arena, out);
    FUZZ_CHECK(status == TG_OK || status == TG_TOO_LARGE, "limits", "the judge fails with %s", tg_status_name(status));
    return status;
}

static void check_view(tg_bytes view, const fuzz_block *memory)
{
    FUZZ_CHECK(view.len == 0 || (view.data >= memory->data && view.len <= memory->len &&
                                 (size_t)(view.data - memory->data) <= memory->len - view.len),
               "views_inside", "an identity or hint elsewhere");
}

static void check_findings(const input *in, const tg_tls_judgement *j)
{
    tg_reception reception = TG_RECEPTION_ACCEPT;
    bool is_bad = false;
    for (size_t i = 0; i < j->num_findings; i++) {
        const tg_finding *f = j->findings[i];
        unsigned segment = 0;
        FUZZ_CHECK(f->requirement && strcmp(f->requirement->room, "tls") == 0, "findings", "no row of the room");
        FUZZ_CHECK(sscanf(f->path, "client[%u]", &segment) == 1 || sscanf(f->path, "server[%u]", &segment) == 1,
                   "findings", "path %s", f->path);
        FUZZ_CHECK(segment < in->num && in->segments[segment].from_client == (f->path[0] == 'c'), "findings", "path %s",
                   f->path);
        FUZZ_CHECK(f->offset <= in->segments[segment].octets.len, "findings", "offset %zu at %s", f->offset, f->path);
        FUZZ_CHECK(f->text[0] && memchr(f->text, '\0', sizeof f->text), "findings", "no text at %s", f->path);
        reception = tg_reception_add(reception, f->requirement);
        is_bad = is_bad || strcmp(f->requirement->id, "RFC5246-6.2.1-x01") == 0;
    }
    FUZZ_CHECK(reception == j->reception, "verdict", "the verdict is not that of the findings");
    FUZZ_CHECK(is_bad == (j->parse != TG_OK), "verdict", "the error is %s", tg_status_name(j->parse));
    if (j->parse != TG_OK)
        FUZZ_CHECK(j->diag.status == j->parse && j->diag.path[0] && j->diag.clause[0], "diag",
                   "an error without place or clause");
}

/* `places`: the same places too. */
static void check_same(const tg_tls_judgement *a, const tg_tls_judgement *b, bool places)
{
    const tg_tls_handshake *x = &a->handshake, *y = &b->handshake;
    FUZZ_CHECK(a->parse == b->parse && a->num_findings == b->num_findings && a->reception == b->reception,
               "same_judgement", "%s and %s, %zu and %zu findings", tg_status_name(a->parse), tg_status_name(b->parse),
               a->num_findings, b->num_findings);
    FUZZ_CHECK(x->client == y->client && x->server == y->server && x->complete == y->complete &&
                   x->resumed == y->resumed && x->version == y->version && x->suite == y->suite &&
                   x->num_alerts == y->num_alerts && x->renegotiations == y->renegotiations &&
                   tg_bytes_equal(x->identity, y->identity) && tg_bytes_equal(x->hint, y->hint),
               "same_judgement", "facts differ");
    for (size_t i = 0; i < a->num_findings; i++) {
        FUZZ_CHECK(a->findings[i]->requirement == b->findings[i]->requirement, "same_judgement", "%s",
                   a->findings[i]->requirement->id);
        FUZZ_CHECK(!places || strcmp(a->findings[i]->path, b->findings[i]->path) == 0, "same_judgement", "%s",
                   a->findings[i]->path);
    }
}

static void check_cut_in_two(const input *in, const tg_tls_judgement *whole)
{
    static input cut;
    fuzz_block memory;
    cut.datagrams = false;
    cut.num = 0;
    for (size_t i = 0; i < in->num; i++) {
        tg_tls_segment s = in->segments[i];
        size_t half = s.octets.len / 2;
        cut.segments[cut.num++] = (tg_tls_segment){ s.from_client, tg_bytes_of(s.octets.data, half) };
        cut.segments[cut.num++] =
            (tg_tls_segment){ s.from_client, tg_bytes_of(s.octets.data + half, s.octets.len - half) };
    }
    /* Places may differ, and a row has its first places alone: a place in two segments may be another one. */
    if (judge(&cut, &profile13, tg_bytes_of(tek, sizeof tek), 0x3C, &memory, &second) == TG_OK) {
        FUZZ_CHECK(whole->handshake.client == second.handshake.client &&
                       whole->handshake.server == second.handshake.server && whole->parse == second.parse &&
                       whole->reception == second.reception,
                   "cut_anywhere", "another judgement");
        check_findings(&cut, &second);
    }
    fuzz_block_free(&memory);
}

/* ---- in another order --------------------------------------------------------------------------------------- */

/* Each record in a segment of its own, as far as there is room; what is no whole record stays in one piece. */
static void cut_into_records(const input *in, input *out)
{
    size_t header = in->datagrams ? 13 : 5;
    out->datagrams = in->datagrams;
    out->num = 0;
    for (size_t i = 0; i < in->num; i++) {
        tg_bytes left = in->segments[i].octets;
        do {
            size_t len =
                left.len < header ? left.len : header + ((size_t)left.data[header - 2] << 8 | left.data[header - 1]);
            len = len > left.len || out->num + in->num >= 2 * MAX_SEGMENTS - 1 ? left.len : len;
            out->segments[out->num++] = (tg_tls_segment){ in->segments[i].from_client, tg_bytes_of(left.data, len) };
            left = tg_bytes_of(left.data + len, left.len - len);
        } while (left.len > 0);
    }
}

static void check_moved(const input *in, uint32_t seed)
{
    enum { MOVES = 6 };
    static input cut, moved;
    fuzz_block memory;
    cut_into_records(in, &cut);
    for (size_t n = 0; n < MOVES && cut.num > 1; n++) {
        seed = seed * 1664525 + 1013904223;
        size_t at = (seed >> 8) % cut.num, to = (seed >> 18) % cut.num;
        bool stays = n == MOVES - 2, goes = n == MOVES - 1;
        moved.datagrams = cut.datagrams;
        moved.num = 0;
        for (size_t i = 0; i < cut.num; i++) {
            if (i == to && to <= at && !goes)
                moved.segments[moved.num++] = cut.segments[at];
            if (i != at || stays)
                moved.segments[moved.num++] = cut.segments[i];
            if (i == to && to > at && !goes)
                moved.segments[moved.num++] = cut.segments[at];
        }
        if (judge(&moved, &profile13, tg_bytes_of(tek, sizeof tek), 0x5A, &memory, &second) == TG_OK)
            check_findings(&moved, &second);
        fuzz_block_free(&memory);
    }
}

/* ---- sealing again ------------------------------------------------------------------------------------------ */

typedef struct sealer {
    uint8_t transcript[LONGEST];
    size_t len, key_exchange_end;
    const uint8_t *random[2]; /* server, client */
    uint8_t master[MASTER], mac[2][MAC];
    bool extended, ready, ccs[2], finished[2];
    uint64_t seq[2];
} sealer;

static void hmac(tg_bytes key, tg_bytes a, tg_bytes b, uint8_t out[MAC])
{
    tg_coverage covered = { 0 };
    tg_cover_octets(a, &covered);
    tg_cover_octets(b, &covered);
    FUZZ_CHECK(tg_mac(fuzz_crypto(), TG_MAC_HMAC_SHA_256_256, key, &covered, out) == TG_OK, "reseal", "no HMAC");
}

/* P_SHA256 of RFC 5246 5. */
static void prf(tg_bytes secret, const char *label, tg_bytes seed1, tg_bytes seed2, uint8_t *out, size_t len)
{
    uint8_t seed[128], a[MAC], block[MAC];
    size_t label_len = strlen(label), seed_len = label_len + seed1.len + seed2.len;
    memcpy(seed, label, label_len);
    memcpy(seed + label_len, seed1.data, seed1.len);
    if (seed2.len)
        memcpy(seed + label_len + seed1.len, seed2.data, seed2.len);
    hmac(secret, tg_bytes_of(seed, seed_len), tg_bytes_of(NULL, 0), a);
    for (size_t done = 0; done < len; done += MAC) {
        hmac(secret, tg_bytes_of(a, MAC), tg_bytes_of(seed, seed_len), block);
        memcpy(out + done, block, len - done < MAC ? len - done : MAC);
        hmac(secret, tg_bytes_of(a, MAC), tg_bytes_of(NULL, 0), a);
    }
}

static void hash(const sealer *s, size_t len, uint8_t out[MAC])
{
    size_t out_len;
    FUZZ_CHECK(tg_hash_octets(fuzz_crypto(), TG_HASH_IS_SHA_256, tg_bytes_of(s->transcript, len), out, &out_len),
               "reseal", "no hash");
}

static void derive(sealer *s)
{
    uint8_t premaster[4 + 2 * sizeof tek] = { 0, sizeof tek }, block[2 * MAC], session[MAC];
    premaster[3 + sizeof tek] = sizeof tek;
    memcpy(premaster + 4 + sizeof tek, tek, sizeof tek);
    tg_bytes secret = tg_bytes_of(premaster, sizeof premaster), none = { NULL, 0 };
    tg_bytes server = tg_bytes_of(s->random[0], 32), client = tg_bytes_of(s->random[1], 32);
    if (s->extended) {
        hash(s, s->key_exchange_end, session);
        prf(secret, "extended master secret", tg_bytes_of(session, MAC), none, s->master, MASTER);
    } else {
        prf(secret, "master secret", client, server, s->master, MASTER);
    }
    prf(tg_bytes_of(s->master, MASTER), "key expansion", server, client, block, sizeof block);
    memcpy(s->mac[1], block, MAC);
    memcpy(s->mac[0], block + MAC, MAC);
    s->ready = true;
}

/* Messages in clear; false where it is not as simple as this file takes it to be. */
static bool take_messages(sealer *s, bool from_client, const uint8_t *at, size_t len)
{
    while (len > 0) {
        size_t size = len < 4 ? 0 : 4 + ((size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
        if (size == 0 || size > len || at[0] == 0 || size > LONGEST - s->len)
            return false;
        memcpy(s->transcript + s->len, at, size);
        s->len += size;
        if (at[0] == 1 + !from_client && size >= 38 && !s->random[from_client])
            s->random[from_client] = at + 6;
        if (at[0] == 16)
            s->key_exchange_end = s->len;
        at += size;
        len -= size;
    }
    return true;
}

static void seal(sealer *s, bool from_client, uint8_t *record, size_t len)
{
    uint8_t header[13], digest[MAC];
    size_t plain = len - MAC;
    if (record[0] == 22 && !s->finished[from_client] && plain == 16) {
        static const uint8_t finished[4] = { 20, 0, 0, 12 };
        memcpy(record + 5, finished, 4);
        hash(s, s->len, digest);
        prf(tg_bytes_of(s->master, MASTER), from_client ? "client finished" : "server finished",
            tg_bytes_of(digest, MAC), tg_bytes_of(NULL, 0), record + 9, 12);
        if (16 <= LONGEST - s->len) {
            memcpy(s->transcript + s->len, record + 5, 16);
            s->len += 16;
        }
        s->finished[from_client] = true;
    }
    for (size_t i = 0; i < 8; i++)
        header[i] = (uint8_t)(s->seq[from_client] >> 8 * (7 - i));
    memcpy(header + 8, record, 3);
    header[11] = (uint8_t)(plain >> 8);
    header[12] = (uint8_t)plain;
    hmac(tg_bytes_of(s->mac[from_client], MAC), tg_bytes_of(header, sizeof header), tg_bytes_of(record + 5, plain),
         record + 5 + plain);
}

static bool reseal_segment(sealer *s, bool from_client, uint8_t *at, size_t len)
{
    while (len > 0) {
        size_t size = len < 5 ? 0 : (size_t)at[3] << 8 | at[4];
        if (len < 5 || size > len - 5)
            return false;
        if (s->ccs[from_client]) {
            if (size < MAC || (at[0] == 22 && !s->finished[from_client] && size != 16 + MAC) || at[0] == 20)
                return false;
            seal(s, from_client, at, size);
            s->seq[from_client]++;
        } else if (at[0] == 20) {
            if (!s->random[0] || !s->random[1] || s->key_exchange_end == 0)
                return false;
            if (!s->ready)
                derive(s);
            s->ccs[from_client] = true;
        } else if (at[0] == 22 && !take_messages(s, from_client, at + 5, size)) {
            return false;
        }
        at += 5 + size;
        len -= 5 + size;
    }
    return true;
}

static bool has_row(const tg_tls_judgement *j, const char *id)
{
    for (size_t i = 0; i < j->num_findings; i++) {
        if (strcmp(j->findings[i]->requirement->id, id) == 0)
            return true;
    }
    return false;
}

static void check_sealed(const input *in)
{
    static sealer s;
    static input sealed;
    fuzz_block copies[MAX_SEGMENTS], memory;
    bool simple = true;
    memset(&s, 0, sizeof s);
    s.extended = first.handshake.extended_master_secret;
    sealed = *in;
    for (size_t i = 0; i < in->num; i++) {
        copies[i] = fuzz_block_copy(in->segments[i].octets.data, in->segments[i].octets.len);
        sealed.segments[i].octets = fuzz_bytes(&copies[i]);
        simple = simple && reseal_segment(&s, in->segments[i].from_client, copies[i].data, copies[i].len);
    }
    if (s.ready && judge(&sealed, &profile13, tg_bytes_of(tek, sizeof tek), 0x77, &memory, &second) == TG_OK) {
        check_findings(&sealed, &second);
        bool in_order = simple && second.parse == TG_OK && !second.handshake.hello_retry_request && s.finished[1] &&
                        !has_row(&second, "RFC5246-7.4-x01");
        FUZZ_CHECK(!in_order || (second.handshake.client != TG_TLS_FAILED && second.handshake.server != TG_TLS_FAILED),
                   "resealed", "client %s, server %s", tg_tls_proof_name(second.handshake.client),
                   tg_tls_proof_name(second.handshake.server));
    }
    if (s.ready)
        fuzz_block_free(&memory);
    for (size_t i = 0; i < in->num; i++)
        fuzz_block_free(&copies[i]);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static input in;
    fuzz_block octets = fuzz_block_copy(data, size), memory, other;
    tg_bytes key = tg_bytes_of(tek, sizeof tek);
    uint8_t nobodys[16];
    memcpy(nobodys, tek, sizeof tek);
    nobodys[7] ^= 0x5A;
    read_input(fuzz_bytes(&octets), &in);
    tg_status status = judge(&in, &profile13, key, 0x00, &memory, &first);
    FUZZ_CHECK(judge(&in, &profile13, key, 0xA5, &other, &second) == status, "same_judgement", "another status");
    if (status == TG_OK) {
        check_findings(&in, &first);
        check_same(&first, &second, true);
        check_view(first.handshake.identity, &memory);
        check_view(first.handshake.hint, &memory);
        if (!in.datagrams)
            check_cut_in_two(&in, &first);
        if (!in.datagrams && first.handshake.version == 0x0303 && first.handshake.suite == 0x00B0)
            check_sealed(&in);
    }
    fuzz_block_free(&memory);
    fuzz_block_free(&other);
    uint32_t seed = (uint32_t)size;
    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * 16777619;
    check_moved(&in, seed);
    status = judge(&in, &profile, tg_bytes_of(nobodys, sizeof nobodys), 0x11, &memory, &second);
    FUZZ_CHECK(status != TG_OK ||
                   (second.handshake.client != TG_TLS_VERIFIED && second.handshake.server != TG_TLS_VERIFIED),
               "forged", "verified under a key that nobody had");
    fuzz_block_free(&memory);
    fuzz_check_unchanged(&octets, data);
    fuzz_block_free(&octets);
    return 0;
}
