/* smime_container: the input is a PSK S/MIME container, a ContentInfo in BER.
 *
 * Oracles: a refusal has status, row and an offset inside; what is cut lies inside the octets or the arena, and its limits hold; two parses
 * in memory with different old contents agree; the promised memory is enough; the findings are well formed, lie inside and are the same
 * twice; the judge fails for limits alone; errors of OpenSSL do not pile up.
 */
#include "containers.h"

#include <openssl/err.h>

enum { LONGEST = 65536, MAX_FINDINGS = 4096 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_containers_init();
    return 0;
}

typedef struct parsed {
    fuzz_block memory;
    tg_arena arena;
    tg_smime smime;
    tg_diag diag;
    tg_status status;
} parsed;

static bool is_limit(tg_status status)
{
    return status == TG_TOO_LARGE || status == TG_TOO_DEEP || status == TG_NO_MEMORY;
}

static parsed parse(tg_bytes octets, uint8_t fill)
{
    parsed p;
    p.memory = fuzz_block_new(tg_smime_arena_size(octets.len), fill);
    p.arena = tg_arena_of(p.memory.data, p.memory.len);
    memset(&p.smime, fill, sizeof p.smime);
    memset(&p.diag, fill, sizeof p.diag);
    p.status = tg_smime_parse(octets, &p.arena, &p.smime, &p.diag);
    bool row = p.status == TG_BAD_CMS || p.status == TG_TRUNCATED || p.status == TG_TRAILING;
    FUZZ_CHECK(p.status == TG_OK || row || is_limit(p.status), "refusal", "%s", tg_status_name(p.status));
    if (p.status != TG_OK)
        FUZZ_CHECK(p.diag.status == p.status && p.diag.offset <= octets.len &&
                       memchr(p.diag.path, 0, sizeof p.diag.path),
                   "refusal", "%s at %zu", tg_status_name(p.diag.status), p.diag.offset);
    FUZZ_CHECK(!row || tg_requirement_find(p.diag.id), "refusal", "%s has no row", tg_status_name(p.status));
    return p;
}

/* ---- what was cut ------------------------------------------------------------------------------------------- */

static void check_view(const parsed *p, tg_bytes view, const char *what)
{
    uintptr_t at = (uintptr_t)view.data, octets = (uintptr_t)p->smime.octets.data, memory = (uintptr_t)p->memory.data;
    bool inside = at >= octets && at - octets <= p->smime.octets.len && view.len <= p->smime.octets.len - (at - octets);
    bool in_arena = at >= memory && at - memory <= p->memory.len && view.len <= p->memory.len - (at - memory);
    FUZZ_CHECK(view.len == 0 || inside || in_arena, "views_inside", "%s of %zu octets", what, view.len);
}

static void check_place(const parsed *p, tg_smime_place place, const char *what)
{
    size_t len = p->smime.octets.len;
    FUZZ_CHECK(place.offset <= len && place.length <= len - place.offset, "places_inside",
               "%s at %zu, %zu octets of %zu", what, place.offset, place.length, len);
}

static void check_algorithm(const parsed *p, const tg_smime_algorithm *algorithm, const char *what)
{
    FUZZ_CHECK(memchr(algorithm->oid, 0, sizeof algorithm->oid), "text", "the OID of %s has no end", what);
    check_place(p, algorithm->at, what);
    if (algorithm->has_parameters)
        check_place(p, algorithm->parameters_at, what);
}

static void check_recipients(const parsed *p)
{
    FUZZ_CHECK(p->smime.num_recipients <= TG_SMIME_MAX_RECIPIENTS, "limits", "%zu recipients", p->smime.num_recipients);
    for (size_t i = 0; i < p->smime.num_recipients; i++) {
        const tg_smime_recipient *r = &p->smime.recipients[i];
        check_place(p, r->at, "a recipient");
        if (r->kind != TG_SMIME_KEKRI)
            continue;
        check_view(p, r->key_id, "keyIdentifier");
        check_view(p, r->encrypted_key, "encryptedKey");
        check_algorithm(p, &r->algorithm, "keyEncryptionAlgorithm");
        check_place(p, r->version_at, "version of a recipient");
        check_place(p, r->key_id_at, "keyIdentifier");
        check_place(p, r->encrypted_key_at, "encryptedKey");
        FUZZ_CHECK(memchr(r->date, 0, sizeof r->date), "text", "a date has no end");
    }
}

static void check_attributes(const parsed *p, const tg_smime_attribute *attributes, size_t num)
{
    FUZZ_CHECK(num <= TG_SMIME_MAX_ATTRIBUTES, "limits", "%zu attributes", num);
    for (size_t i = 0; i < num; i++) {
        FUZZ_CHECK(memchr(attributes[i].oid, 0, sizeof attributes[i].oid), "text", "an OID has no end");
        check_place(p, attributes[i].at, "an attribute");
        check_view(p, attributes[i].value, "a value");
        FUZZ_CHECK(attributes[i].num_values > 0 || attributes[i].value.len == 0, "views_inside", "a value of none");
    }
}

static void check_content(const parsed *p)
{
    size_t sum = 0;
    for (size_t i = 0; i < p->smime.num_segments; i++) {
        check_view(p, p->smime.segments[i], "a segment");
        sum += p->smime.segments[i].len;
    }
    FUZZ_CHECK(sum == p->smime.content_len && sum <= p->smime.octets.len, "views_inside",
               "%zu octets of content in segments of %zu", p->smime.content_len, sum);
    FUZZ_CHECK(p->smime.has_content || sum == 0, "views_inside", "content that is not there");
}

static void check_cut(const parsed *p, tg_bytes octets)
{
    const tg_smime *s = &p->smime;
    FUZZ_CHECK(s->octets.data == octets.data && s->octets.len == octets.len, "views_inside", "other octets");
    FUZZ_CHECK(memchr(s->type_oid, 0, sizeof s->type_oid), "text", "the type has no end");
    if (s->type == TG_SMIME_TYPE_IS_OTHER)
        return;
    check_recipients(p);
    check_attributes(p, s->auth_attrs, s->num_auth_attrs);
    check_attributes(p, s->unauth_attrs, s->num_unauth_attrs);
    check_content(p);
    check_algorithm(p, &s->algorithm, "the content algorithm");
    if (s->has_digest)
        check_algorithm(p, &s->digest, "the digest algorithm");
    check_view(p, s->nonce, "the nonce");
    check_view(p, s->auth_attrs_octets, "authAttrs");
    check_view(p, s->mac, "mac");
    const tg_smime_place places[] = { s->version_at,    s->recipients_at,   s->content_type_at, s->content_at,
                                      s->auth_attrs_at, s->unauth_attrs_at, s->mac_at,          s->digest_at };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        check_place(p, places[i], "a field");
}

static void check_same(const tg_smime *a, const tg_smime *b)
{
    FUZZ_CHECK(a->type == b->type && strcmp(a->type_oid, b->type_oid) == 0 && a->num_recipients == b->num_recipients &&
                   a->alg == b->alg && a->content_len == b->content_len && a->num_auth_attrs == b->num_auth_attrs &&
                   a->icv_len == b->icv_len && a->version == b->version && a->auth_attrs_der == b->auth_attrs_der &&
                   a->parameters_bad == b->parameters_bad,
               "same_parse", "another container the second time");
    FUZZ_CHECK(tg_bytes_equal(a->auth_attrs_octets, b->auth_attrs_octets) && tg_bytes_equal(a->nonce, b->nonce) &&
                   tg_bytes_equal(a->mac, b->mac),
               "same_parse", "other octets the second time");
}

/* ---- what is said of it ------------------------------------------------------------------------------------- */

typedef struct seen {
    const tg_requirement *rows[MAX_FINDINGS];
    size_t offsets[MAX_FINDINGS];
    size_t num, len;
} seen;

static void take(void *user, const tg_finding *finding)
{
    seen *to = user;
    fuzz_check_finding(finding, to->len);
    FUZZ_CHECK(to->num < MAX_FINDINGS, "finding", "more than %d", MAX_FINDINGS);
    to->rows[to->num] = finding->requirement;
    to->offsets[to->num++] = finding->offset;
}

static void check_findings(const parsed *p, const parsed *q, size_t len)
{
    static seen first, second;
    size_t num;
    const tg_profile *profiles = tg_profiles(&num);
    for (size_t i = 0; i < num; i++) {
        first.num = second.num = 0;
        first.len = second.len = len;
        tg_status one =
            tg_smime_check(fuzz_containers_crypto(), &p->smime, &profiles[i], (tg_finding_sink){ take, &first });
        tg_status two =
            tg_smime_check(fuzz_containers_crypto(), &q->smime, &profiles[i], (tg_finding_sink){ take, &second });
        FUZZ_CHECK(one == two && (one == TG_OK || is_limit(one)), "findings", "%s and %s", tg_status_name(one),
                   tg_status_name(two));
        FUZZ_CHECK(first.num == second.num && memcmp(first.rows, second.rows, first.num * sizeof *first.rows) == 0 &&
                       memcmp(first.offsets, second.offsets, first.num * sizeof *first.offsets) == 0,
                   "findings", "others the second time");
    }
}

static void check_judge(tg_bytes octets, const parsed *p)
{
    fuzz_block memory = fuzz_block_new(tg_smime_judge_arena_size(octets.len), 0x77);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_smime_judgement j;
    tg_smime_opening how = fuzz_opening(false);
    tg_status status =
        tg_smime_judge(fuzz_containers_crypto(), octets, tg_profile_find("ims-message"), &how, &arena, &j);
    FUZZ_CHECK(status == TG_OK || is_limit(status), "judge", "%s", tg_status_name(status));
    if (status == TG_OK) {
        FUZZ_CHECK(is_limit(p->status) || j.parse == p->status, "judge", "%s, and parsed with %s",
                   tg_status_name(j.parse), tg_status_name(p->status));
        FUZZ_CHECK(j.parse == TG_OK || j.num_findings <= 1, "judge", "%zu findings on what is not cut", j.num_findings);
        FUZZ_CHECK(j.outcome == TG_SMIME_OPENED || j.content.len == 0, "judge", "content, and the outcome is %s",
                   tg_smime_outcome_name(j.outcome));
        for (size_t i = 0; i < j.num_findings; i++)
            fuzz_check_finding(j.findings[i], octets.len);
    }
    fuzz_block_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    parsed p = parse(fuzz_bytes(&input), 0x00), q = parse(fuzz_bytes(&input), 0xff);
    FUZZ_CHECK(p.status == q.status && p.arena.used == q.arena.used, "same_parse", "%s and %s",
               tg_status_name(p.status), tg_status_name(q.status));
    if (p.status == TG_OK) {
        check_cut(&p, fuzz_bytes(&input));
        check_same(&p.smime, &q.smime);
        check_findings(&p, &q, size);
    }
    check_judge(fuzz_bytes(&input), &p);
    FUZZ_CHECK(ERR_peek_error() == 0, "openssl", "errors of OpenSSL pile up");
    fuzz_check_unchanged(&input, data);
    fuzz_block_free(&p.memory);
    fuzz_block_free(&q.memory);
    fuzz_block_free(&input);
    return 0;
}
