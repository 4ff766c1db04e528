/* Key derivations: each is a label, made here, and the PRF (prf.c). */
#include "handle.h"

/* RFC 3830 4.1.4 and 4.1.3, and the constants that RFC 6043 adds: decimal digits of e. */
static const uint32_t message_constants[] = {
    [TG_USE_ENCR] = 0x150533E1,
    [TG_USE_AUTH] = 0x2D22AC75,
    [TG_USE_SALT] = 0x29B88916,
};
static const uint32_t session_constants[] = {
    [TG_USE_ENCR] = 0x15798CEF,
    [TG_USE_AUTH] = 0x1B5C7973,
    [TG_USE_SALT] = 0x39A2C14B,
    [TG_USE_TEK] = 0x2AD01C64,
};
enum { CONSTANT_MPKR_FORKED = 0x2B288856, CONSTANT_TGK_FORKED = 0x1512B54A }; /* 5.1.1 */
enum { CONSTANT_MPKI = 0x220E99A2, CONSTANT_MPKR = 0x1F4D675B };              /* A.2.2 */
enum { KIND_FORK = 0x00, KIND_SESSION = 0x03, KIND_VR = 0x04, KIND_TPK = 0x05, KIND_MPK = 0x06 };
#define NO_CSB 0xFFFFFFFFu
#define NO_CS 0xFFu

static const char *const message_names[] = { "encr_key", "auth_key", "salt_key" };
static const char *const session_names[] = { "session_encr_key", "session_auth_key", "salt", "tek" };

/* ---- labels ------------------------------------------------------------------------------------------------- */

/* What stands behind the fixed part of a label: its pieces, each with a length of 0 to 2 octets before it. */
typedef struct tail {
    unsigned len_width;
    tg_bytes octets;
} tail;

static void put_len(tg_writer *w, const tail *t)
{
    if (t->len_width == 1)
        tg_put_u8(w, t->octets.len > UINT32_MAX ? UINT32_MAX : (uint32_t)t->octets.len);
    else if (t->len_width == 2)
        tg_put_u16(w, t->octets.len > UINT32_MAX ? UINT32_MAX : (uint32_t)t->octets.len);
}

/* constant || cs_id || csb_id || [kind] || tails. kind < 0: none (RFC 3830). */
static void put_label(tg_writer *w, uint32_t constant, uint32_t cs_id, uint32_t csb_id, int kind, const tail tails[2])
{
    tg_put_u32(w, constant);
    tg_put_u8(w, cs_id);
    tg_put_u32(w, csb_id);
    if (kind >= 0)
        tg_put_u8(w, (uint32_t)kind);
    for (size_t i = 0; i < 2; i++) {
        put_len(w, &tails[i]);
        tg_put_bytes(w, tails[i].octets);
    }
}

/* What all derivations have in common. A tail that is not there has no length octets and no octets. */
typedef struct plan {
    const char *name, *clause;
    uint8_t prf_func;
    tg_bytes inkey;
    size_t outkey_len;
    uint32_t constant, cs_id, csb_id;
    int kind;
    tail tails[2];
} plan;

static tg_status make(tg_arena *arena, const plan *p, tg_derivation *out)
{
    if (!tg_prf_is_known(p->prf_func) || p->constant == 0)
        return TG_UNKNOWN_ALGORITHM;
    tg_writer count = tg_writer_of(NULL, 0);
    put_label(&count, p->constant, p->cs_id, p->csb_id, p->kind, p->tails);
    tg_status status = tg_writer_status(&count);
    if (status != TG_OK)
        return status;
    uint8_t *label = tg_arena_alloc(arena, count.len);
    if (!label)
        return TG_ARENA_FULL;
    tg_writer w = tg_writer_of(label, count.len);
    put_label(&w, p->constant, p->cs_id, p->csb_id, p->kind, p->tails);
    *out = (tg_derivation){ .name = p->name,
                            .clause = p->clause,
                            .prf_func = p->prf_func,
                            .inkey = p->inkey,
                            .label = tg_bytes_of(label, w.len),
                            .outkey_len = p->outkey_len };
    return tg_writer_status(&w);
}

/* ---- RFC 6043 ----------------------------------------------------------------------------------------------- */

static plan message_plan(uint8_t prf_func, tg_bytes inkey, tg_key_use use, size_t len)
{
    plan p = { .prf_func = prf_func, .inkey = inkey, .outkey_len = len, .cs_id = NO_CS, .csb_id = NO_CSB };
    if (use <= TG_USE_SALT) {
        p.name = message_names[use];
        p.constant = message_constants[use];
    }
    return p;
}

static plan session_plan(uint8_t prf_func, tg_bytes inkey, tg_key_use use, size_t len)
{
    plan p = { .prf_func = prf_func, .inkey = inkey, .outkey_len = len, .csb_id = NO_CSB };
    if (use <= TG_USE_TEK) {
        p.name = session_names[use];
        p.constant = session_constants[use];
    }
    return p;
}

tg_status tg_derive_message_key(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, tg_key_use use, uint32_t csb_id,
                                uint8_t direction, tg_rands rands, size_t len, tg_derivation *out)
{
    plan p = message_plan(prf_func, inkey, use, len);
    p.clause = "RFC 6043 5.1.2";
    p.csb_id = csb_id;
    p.kind = direction;
    p.tails[0] = (tail){ 1, rands.randri };
    p.tails[1] = (tail){ 1, rands.randrr };
    return make(arena, &p, out);
}

tg_status tg_derive_session_key(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, tg_key_use use, uint8_t cs_id,
                                tg_rands rands, size_t len, tg_derivation *out)
{
    plan p = session_plan(prf_func, inkey, use, len);
    p.clause = "RFC 6043 5.1.3";
    p.cs_id = cs_id;
    p.kind = KIND_SESSION;
    p.tails[0] = (tail){ 1, rands.randri };
    p.tails[1] = (tail){ 1, rands.randrr };
    return make(arena, &p, out);
}

tg_status tg_derive_fork(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, bool of_mpkr, tg_bytes idr_data,
                         tg_bytes randrkms, tg_derivation *out)
{
    plan p = { .name = of_mpkr ? "mpkr_forked" : "tgk_forked",
               .clause = "RFC 6043 5.1.1",
               .prf_func = prf_func,
               .inkey = inkey,
               .outkey_len = inkey.len,
               .constant = of_mpkr ? CONSTANT_MPKR_FORKED : CONSTANT_TGK_FORKED,
               .cs_id = NO_CS,
               .csb_id = NO_CSB,
               .kind = KIND_FORK,
               .tails = { { 2, idr_data }, { 1, randrkms } } };
    return make(arena, &p, out);
}

tg_status tg_derive_vr_key(tg_arena *arena, uint8_t prf_func, tg_bytes mpkr, size_t len, tg_derivation *out)
{
    plan p = message_plan(prf_func, mpkr, TG_USE_AUTH, len);
    p.clause = "RFC 6043 6.10";
    p.kind = KIND_VR;
    return make(arena, &p, out);
}

tg_status tg_derive_ticket_key(tg_arena *arena, uint8_t prf_func, tg_bytes tpk, tg_key_use use, tg_bytes rand,
                               size_t len, tg_derivation *out)
{
    plan p = message_plan(prf_func, tpk, use, len);
    p.clause = "RFC 6043 A.2.1";
    p.kind = KIND_TPK;
    p.tails[0] = (tail){ 1, rand };
    return make(arena, &p, out);
}

tg_status tg_derive_mpk(tg_arena *arena, uint8_t prf_func, tg_bytes mpk, bool of_i, tg_bytes rand, tg_derivation *out)
{
    plan p = { .name = of_i ? "mpki" : "mpkr",
               .clause = "RFC 6043 A.2.2",
               .prf_func = prf_func,
               .inkey = mpk,
               .outkey_len = mpk.len,
               .constant = of_i ? CONSTANT_MPKI : CONSTANT_MPKR,
               .cs_id = NO_CS,
               .csb_id = NO_CSB,
               .kind = KIND_MPK,
               .tails = { { 1, rand } } };
    return make(arena, &p, out);
}

/* ---- RFC 3830 ----------------------------------------------------------------------------------------------- */

tg_status tg_derive_rfc3830_message_key(tg_arena *arena, uint8_t prf_func, tg_bytes inkey, tg_key_use use,
                                        uint32_t csb_id, tg_bytes rand, size_t len, tg_derivation *out)
{
    plan p = message_plan(prf_func, inkey, use, len);
    p.clause = "RFC 3830 4.1.4";
    p.csb_id = csb_id;
    p.kind = -1;
    p.tails[0] = (tail){ 0, rand };
    return make(arena, &p, out);
}

tg_status tg_derive_rfc3830_session_key(tg_arena *arena, uint8_t prf_func, tg_bytes tgk, tg_key_use use, uint8_t cs_id,
                                        uint32_t csb_id, tg_bytes rand, size_t len, tg_derivation *out)
{
    plan p = session_plan(prf_func, tgk, use, len);
    p.clause = "RFC 3830 4.1.3";
    p.cs_id = cs_id;
    p.csb_id = csb_id;
    p.kind = -1;
    p.tails[0] = (tail){ 0, rand };
    return make(arena, &p, out);
}

/* ---- running one -------------------------------------------------------------------------------------------- */

tg_status tg_derivation_run(tg_crypto *c, const tg_derivation *d, uint8_t *out)
{
    tg_status status = tg_prf(c, d->prf_func, d->inkey, d->label, out, d->outkey_len);
    if (status == TG_OK && c->seen)
        c->seen(c->seen_user, d, tg_bytes_of(out, d->outkey_len));
    return status;
}

void tg_crypto_observe(tg_crypto *c, void (*seen)(void *user, const tg_derivation *d, tg_bytes outkey), void *user)
{
    c->seen = seen;
    c->seen_user = user;
}

tg_status tg_derivation_run_in(tg_crypto *c, const tg_derivation *d, tg_arena *arena, tg_bytes *out)
{
    size_t before = arena->used;
    uint8_t *key = tg_arena_octets(arena, d->outkey_len);
    if (!key)
        return TG_ARENA_FULL;
    tg_status status = tg_derivation_run(c, d, key);
    if (status == TG_OK)
        *out = tg_bytes_of(key, d->outkey_len);
    else
        tg_arena_wipe(arena, before);
    return status;
}
