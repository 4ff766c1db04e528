/* smime_open: the input is a PSK S/MIME container, opened with KEKs that are known. As it stands it opens only to what somebody made who has
 * the KEK; then it is sealed again, in its place, whatever else of it was changed: nonce, attributes, recipients, lengths.
 *
 * Oracles: what opens as it stands has a content key and a content that were made together; what was sealed again opens to just that,
 * EVP being asked apart from the library; with a bit of nonce, content or mac changed it is not authentic; without TG_OK nothing is in the
 * output; AuthenticatedData whose attributes are taken off and stand as its content is refused (RFC 5652 9.2: its MAC verifies); a wrong key, a wrong tag and a wrong MAC have one status; the same twice; errors of OpenSSL do not pile up.
 */
#include "containers.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { LONGEST = 32768, MAX_WRAPPED = 4 * FUZZ_MAX_CONTAINERS, FILL = 0xa5 };

/* A content key as it was wrapped, for the key that unwraps it. */
typedef struct wrapped {
    const fuzz_container *made;
    size_t key;
    uint8_t octets[TG_SMIME_CEK_MAX + 8];
    size_t len;
} wrapped;
static wrapped known[MAX_WRAPPED];
static size_t num_known;

typedef struct parsed {
    fuzz_block memory;
    tg_smime smime;
    tg_status status;
} parsed;

static parsed parse(tg_bytes octets)
{
    parsed p = { .memory = fuzz_block_new(tg_smime_arena_size(octets.len), 0x3c) };
    tg_arena arena = tg_arena_of(p.memory.data, p.memory.len);
    tg_diag diag;
    p.status = tg_smime_parse(octets, &arena, &p.smime, &diag);
    return p;
}

static size_t key_named(tg_bytes id)
{
    tg_smime_opening how = fuzz_opening(false);
    size_t i = 0;
    while (i < how.num_keys && !tg_bytes_equal(how.keys[i].id, id))
        i++;
    return i;
}

static void note(const fuzz_container *made, const tg_smime_recipient *recipient)
{
    FUZZ_CHECK(num_known < MAX_WRAPPED && recipient->encrypted_key.len <= sizeof known->octets, "init",
               "too many wrapped keys");
    wrapped *to = &known[num_known++];
    to->made = made;
    to->key = key_named(recipient->key_id);
    to->len = recipient->encrypted_key.len;
    memcpy(to->octets, recipient->encrypted_key.data, to->len);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_containers_init();
    size_t num;
    const fuzz_container *made = fuzz_containers(&num);
    for (size_t i = 0; i < num; i++) {
        parsed p = parse(tg_bytes_of(made[i].octets, made[i].len));
        for (size_t k = 0; k < p.smime.num_recipients; k++)
            note(&made[i], &p.smime.recipients[k]);
        fuzz_block_free(&p.memory);
    }
    return 0;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

typedef struct opened {
    tg_status status;
    fuzz_block out;
    size_t len;
    tg_smime_opened how;
} opened;

static bool is_expected(tg_status status)
{
    return status == TG_OK || status == TG_NOT_AUTHENTIC || status == TG_NOT_FOUND || status == TG_REFUSED ||
           status == TG_BAD_CMS || status == TG_UNKNOWN_ALGORITHM || status == TG_TOO_LARGE;
}

static opened open_with(const tg_smime *smime, bool allow_unauthenticated)
{
    opened o = { .out = fuzz_block_new(smime->content_len, FILL) };
    tg_smime_opening how = fuzz_opening(allow_unauthenticated);
    o.status = tg_smime_open(fuzz_containers_crypto(), smime, &how, o.out.data, o.out.len, &o.len, &o.how);
    FUZZ_CHECK(is_expected(o.status), "status", "%s", tg_status_name(o.status));
    FUZZ_CHECK(o.status != TG_OK || o.len <= o.out.len, "status", "%zu octets in %zu", o.len, o.out.len);
    for (size_t i = 0; o.status != TG_OK && i < o.out.len; i++)
        FUZZ_CHECK(o.out.data[i] == 0 || o.out.data[i] == FILL, "wiped", "%s, and octet %zu is 0x%02x",
                   tg_status_name(o.status), i, o.out.data[i]);
    return o;
}

static void check_made(const opened *o)
{
    size_t num;
    const fuzz_container *made = fuzz_containers(&num);
    for (size_t i = 0; i < num; i++)
        if (tg_bytes_equal(tg_bytes_of(made[i].opened.cek, made[i].opened.cek_len),
                           tg_bytes_of(o->how.cek, o->how.cek_len)) &&
            tg_bytes_equal(made[i].content, tg_bytes_of(o->out.data, o->len)))
            return;
    fuzz_fail("forged", "%zu octets that nobody protected", o->len);
}

static void check_as_it_stands(tg_bytes octets)
{
    parsed p = parse(octets);
    if (p.status == TG_OK) {
        for (unsigned unauthenticated = 0; unauthenticated < 2; unauthenticated++) {
            opened one = open_with(&p.smime, unauthenticated), two = open_with(&p.smime, unauthenticated);
            FUZZ_CHECK(one.status == two.status && one.len == two.len, "same_opening", "%s and %s",
                       tg_status_name(one.status), tg_status_name(two.status));
            bool enveloped = p.smime.type == TG_SMIME_TYPE_IS_ENVELOPED;
            FUZZ_CHECK(!enveloped || unauthenticated || one.status != TG_OK, "status", "EnvelopedData is opened");
            if (one.status == TG_OK && !enveloped)
                check_made(&one);
            fuzz_block_free(&one.out);
            fuzz_block_free(&two.out);
        }
    }
    fuzz_block_free(&p.memory);
}

/* ---- sealing again ------------------------------------------------------------------------------------------ */

/* A view into the block that may be written to; NULL where it is a copy. */
static uint8_t *writable(const fuzz_block *block, tg_bytes view)
{
    uintptr_t at = (uintptr_t)view.data, from = (uintptr_t)block->data;
    return at >= from && at - from <= block->len && view.len <= block->len - (at - from) ? block->data + (at - from)
                                                                                         : NULL;
}

/* The index of the KEK that this recipient names and that AES-WRAP takes as it is said, or the number of KEKs. */
static size_t key_of(const tg_smime_recipient *r)
{
    tg_smime_opening how = fuzz_opening(false);
    size_t key = r->kind == TG_SMIME_KEKRI ? key_named(r->key_id) : how.num_keys;
    if (key < how.num_keys && r->wrap != TG_SMIME_WRAP_UNKNOWN &&
        tg_smime_wrap_key_len(r->wrap) == how.keys[key].kek.len)
        return key;
    return how.num_keys;
}

/* A content key that was wrapped with this KEK, of this size; where one stands there, that. */
static const wrapped *wrapped_with(size_t key, tg_bytes there)
{
    const wrapped *found = NULL;
    for (size_t i = 0; i < num_known; i++) {
        if (known[i].key != key || known[i].len != there.len)
            continue;
        if (memcmp(known[i].octets, there.data, there.len) == 0)
            return &known[i];
        found = found ? found : &known[i];
    }
    return found;
}

/* The first recipient that may have a content key, with one put in where what stands there is none; NULL where there is no such
 * recipient, or others might be tried in vain too often. */
static const wrapped *good_recipient(const fuzz_block *block, const tg_smime *smime)
{
    if (smime->num_recipients > TG_SMIME_MAX_TRIES)
        return NULL;
    for (size_t i = 0; i < smime->num_recipients; i++) {
        const tg_smime_recipient *r = &smime->recipients[i];
        uint8_t *to = writable(block, r->encrypted_key);
        const wrapped *found = to ? wrapped_with(key_of(r), r->encrypted_key) : NULL;
        if (!found || r->encrypted_key.len == 0)
            continue;
        memcpy(to, found->octets, found->len);
        return found;
    }
    return NULL;
}

static fuzz_block gather(const tg_smime *smime)
{
    fuzz_block out = fuzz_block_new(smime->content_len, 0);
    size_t len = 0;
    for (size_t i = 0; i < smime->num_segments; i++) {
        if (smime->segments[i].len)
            memcpy(out.data + len, smime->segments[i].data, smime->segments[i].len);
        len += smime->segments[i].len;
    }
    return out;
}

static bool scatter(const fuzz_block *block, const tg_smime *smime, const uint8_t *octets)
{
    for (size_t i = 0; i < smime->num_segments; i++) {
        uint8_t *to = writable(block, smime->segments[i]);
        if (smime->segments[i].len == 0)
            continue;
        if (!to)
            return false;
        memcpy(to, octets, smime->segments[i].len);
        octets += smime->segments[i].len;
    }
    return true;
}

/* What stands there as ciphertext is taken for the plaintext, and encrypted. */
static bool seal_aead(const fuzz_block *block, const tg_smime *s, const fuzz_container *made, fuzz_block *plain)
{
    uint8_t tag[16], *mac = writable(block, s->mac);
    if (!fuzz_can_encrypt(s) || !mac || made->opened.cek_len != tg_smime_alg_key_len(s->alg))
        return false;
    *plain = gather(s);
    fuzz_block cipher = fuzz_block_new(plain->len, 0);
    fuzz_encrypt(s, made->opened.cek, plain, cipher.data, tag);
    bool done = scatter(block, s, cipher.data);
    memcpy(mac, tag, s->mac.len);
    fuzz_block_free(&cipher);
    if (!done)
        fuzz_block_free(plain);
    return done;
}

/* The digest by its OID; NULL where it is none of these. */
static const char *digest_of(const tg_smime *s)
{
    if (strcmp(s->digest.oid, "1.3.14.3.2.26") == 0)
        return "SHA1";
    return strcmp(s->digest.oid, "2.16.840.1.101.3.4.2.1") == 0 ? "SHA2-256" : NULL;
}

/* Puts the digest of the content into the one message-digest attribute. */
static bool put_digest(const fuzz_block *block, const tg_smime *s, const fuzz_block *plain)
{
    uint8_t digest[EVP_MAX_MD_SIZE], *to = NULL;
    size_t len = 0, found = 0;
    const char *name = s->has_digest && !s->digest.has_parameters ? digest_of(s) : NULL;
    if (!name || !EVP_Q_digest(NULL, name, NULL, plain->data, plain->len, digest, &len))
        return false;
    for (size_t i = 0; i < s->num_auth_attrs; i++) {
        const tg_smime_attribute *a = &s->auth_attrs[i];
        if (strcmp(a->oid, "1.2.840.113549.1.9.4") != 0)
            continue;
        found++;
        if (a->num_values == 1 && a->value.len == len + 2 && a->value.data[0] == 4 && a->value.data[1] == len)
            to = writable(block, a->value);
    }
    if (found != 1 || !to)
        return false;
    memcpy(to + 2, digest, len);
    return true;
}

/* The content stays as it stands. */
static bool seal_mac(const fuzz_block *block, const tg_smime *s, const fuzz_container *made, fuzz_block *plain)
{
    const char *hash = s->alg == TG_SMIME_HMAC_SHA_1 ? "SHA1" : s->alg == TG_SMIME_HMAC_SHA_256 ? "SHA2-256" : NULL;
    uint8_t mac[EVP_MAX_MD_SIZE], *to = writable(block, s->mac);
    size_t len = 0;
    if (!hash || !to || s->parameters_bad || !s->has_content || s->has_auth_attrs != s->has_digest)
        return false;
    *plain = gather(s);
    /* A content that may be the attributes of another container is refused: it begins a SET. */
    bool ok = s->has_auth_attrs ? put_digest(block, s, plain) : plain->len == 0 || plain->data[0] != 0x31;
    parsed again = parse(fuzz_bytes(block)); /* the DER of its attributes has the digest now */
    tg_bytes covered = s->has_auth_attrs ? again.smime.auth_attrs_octets : fuzz_bytes(plain);
    ok = ok && again.status == TG_OK &&
         EVP_Q_mac(NULL, "HMAC", NULL, hash, NULL, made->opened.cek, made->opened.cek_len, covered.data, covered.len,
                   mac, sizeof mac, &len) &&
         len == s->mac.len;
    if (ok)
        memcpy(to, mac, len);
    else
        fuzz_block_free(plain);
    fuzz_block_free(&again.memory);
    return ok;
}

static void check_opens_to(const fuzz_block *block, const fuzz_block *plain)
{
    parsed p = parse(fuzz_bytes(block));
    FUZZ_CHECK(p.status == TG_OK, "reseal", "sealed again it is not cut: %s", tg_status_name(p.status));
    opened o = open_with(&p.smime, false);
    FUZZ_CHECK(o.status == TG_OK, "reseal", "sealed again it does not open: %s", tg_status_name(o.status));
    FUZZ_CHECK(tg_bytes_equal(tg_bytes_of(o.out.data, o.len), fuzz_bytes(plain)), "plaintext",
               "it opens to other octets");
    fuzz_block_free(&o.out);
    fuzz_block_free(&p.memory);
}

static bool has_attribute(const tg_smime *s, const char *oid)
{
    for (size_t i = 0; i < s->num_auth_attrs; i++)
        if (strcmp(s->auth_attrs[i].oid, oid) == 0)
            return true;
    return false;
}

/* Its MAC verifies over its attributes wherever these stand: as content nobody made them. */
static void check_stripped(const fuzz_block *block)
{
    parsed whole = parse(fuzz_bytes(block));
    if (whole.smime.has_auth_attrs && has_attribute(&whole.smime, "1.2.840.113549.1.9.3")) {
        fuzz_block stripped = fuzz_stripped(&whole.smime);
        parsed p = parse(fuzz_bytes(&stripped));
        FUZZ_CHECK(p.status == TG_OK && tg_bytes_equal(p.smime.mac, whole.smime.mac), "stripped",
                   "without attributes it is not cut: %s", tg_status_name(p.status));
        opened o = open_with(&p.smime, false);
        FUZZ_CHECK(o.status == TG_BAD_CMS, "stripped", "attributes as content: %s", tg_status_name(o.status));
        fuzz_block_free(&o.out);
        fuzz_block_free(&p.memory);
        fuzz_block_free(&stripped);
    }
    fuzz_block_free(&whole.memory);
}

static void check_flip(const fuzz_block *block, tg_bytes view, size_t choice, tg_status expected, const char *what)
{
    uint8_t *octets = writable(block, view);
    if (!octets || view.len == 0)
        return;
    size_t at = choice / 8 % view.len;
    octets[at] ^= (uint8_t)(1U << choice % 8);
    parsed p = parse(fuzz_bytes(block));
    if (p.status == TG_OK) {
        opened o = open_with(&p.smime, false);
        FUZZ_CHECK(o.status == expected, "flip", "with a bit of %s changed: %s", what, tg_status_name(o.status));
        fuzz_block_free(&o.out);
    }
    fuzz_block_free(&p.memory);
    octets[at] ^= (uint8_t)(1U << choice % 8);
}

static void check_sealed_again(tg_bytes octets)
{
    fuzz_block block = fuzz_block_copy(octets.data, octets.len), plain;
    parsed p = parse(fuzz_bytes(&block));
    const wrapped *recipient = p.status == TG_OK ? good_recipient(&block, &p.smime) : NULL;
    bool aead = recipient && p.smime.type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED &&
                seal_aead(&block, &p.smime, recipient->made, &plain);
    bool mac = recipient && p.smime.type == TG_SMIME_TYPE_IS_AUTHENTICATED &&
               seal_mac(&block, &p.smime, recipient->made, &plain);
    if (aead || mac) {
        size_t choice = octets.len * 31 + octets.data[octets.len / 2];
        check_opens_to(&block, &plain);
        if (mac)
            check_stripped(&block);
        check_flip(&block, p.smime.mac, choice, TG_NOT_AUTHENTIC, "mac");
        /* That a message-digest is of other content is seen without a key. */
        tg_status expected = mac && p.smime.has_auth_attrs ? TG_BAD_CMS : TG_NOT_AUTHENTIC;
        if (p.smime.num_segments)
            check_flip(&block, p.smime.segments[choice % p.smime.num_segments], choice, expected, "the content");
        if (aead)
            check_flip(&block, p.smime.nonce, choice, TG_NOT_AUTHENTIC, "the nonce");
        check_opens_to(&block, &plain);
        fuzz_block_free(&plain);
    }
    fuzz_block_free(&p.memory);
    fuzz_block_free(&block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    check_as_it_stands(fuzz_bytes(&input));
    check_sealed_again(fuzz_bytes(&input));
    FUZZ_CHECK(ERR_peek_error() == 0, "openssl", "errors of OpenSSL pile up");
    fuzz_check_unchanged(&input, data);
    fuzz_block_free(&input);
    return 0;
}
