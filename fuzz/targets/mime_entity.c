/* mime_entity: the input is a MIME entity; the same octets are taken as the body of a message too, behind headers of a kind
 * that their number chooses.
 *
 * Oracles: two parses in memory with different old contents agree; the promised memory is enough; a refusal has status, path and an
 * offset inside; a part lies in its multipart, behind the part before it, and its content in the part or in the arena; the canonical form
 * has at most twice the octets, is its own canonical form and has the same parts; what is wrapped or joined is read again as it was; the
 * judge says the same twice, and its findings lie inside.
 */
#include "containers.h"

enum { LONGEST = 32768 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_containers_init();
    return 0;
}

/* How the octets are read: as an entity, or behind these headers. */
typedef struct reading {
    const char *type, *encoding, *disposition;
} reading;
static const reading readings[] = { { NULL, NULL, NULL }, /* an entity */
                                    { "multipart/mixed; boundary=b", NULL, NULL },
                                    { "application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m", "base64",
                                      "attachment" },
                                    { "application/pkcs7-mime", "quoted-printable", NULL },
                                    { "application/x-pkcs7-mime; name=x", "binary", "inline; filename=y" },
                                    { NULL, "8bit", NULL } };
enum { NUM_READINGS = sizeof readings / sizeof *readings };

typedef struct parsed {
    fuzz_block memory;
    tg_arena arena;
    tg_mime_part part;
    tg_diag diag;
    tg_status status;
} parsed;

static tg_status parse_in(const reading *how, tg_bytes octets, tg_arena *arena, tg_mime_part *out, tg_diag *diag)
{
    if (how == readings)
        return tg_mime_parse(octets, arena, out, diag);
    return tg_mime_parse_body(how->type, how->encoding, how->disposition, octets, arena, out, diag);
}

static parsed parse(const reading *how, tg_bytes octets, uint8_t fill)
{
    parsed p;
    p.memory = fuzz_block_new(tg_mime_arena_size(octets.len), fill);
    p.arena = tg_arena_of(p.memory.data, p.memory.len);
    memset(&p.part, fill, sizeof p.part);
    memset(&p.diag, fill, sizeof p.diag);
    p.status = parse_in(how, octets, &p.arena, &p.part, &p.diag);
    FUZZ_CHECK(p.status == TG_OK || p.status == TG_BAD_MIME || p.status == TG_TOO_LARGE || p.status == TG_TOO_DEEP,
               "refusal", "%s, in %zu octets", tg_status_name(p.status), p.memory.len);
    if (p.status != TG_OK)
        FUZZ_CHECK(p.diag.status == p.status && p.diag.offset <= octets.len && strncmp(p.diag.path, "body", 4) == 0,
                   "refusal", "%s at %zu of %zu, in \"%.64s\"", tg_status_name(p.diag.status), p.diag.offset,
                   octets.len, p.diag.path);
    return p;
}

static bool inside(tg_bytes inner, const void *data, size_t len)
{
    uintptr_t from = (uintptr_t)inner.data, around = (uintptr_t)data;
    return inner.len == 0 || (from >= around && from - around <= len && inner.len <= len - (from - around));
}

static void check_texts(const tg_mime_part *part)
{
    const char *const texts[] = { part->type, part->smime_type, part->name, part->disposition, part->filename };
    for (size_t i = 0; i < 5; i++)
        FUZZ_CHECK(memchr(texts[i], 0, TG_MIME_TEXT_MAX), "text", "a text of %s has no end", part->path);
    /* One that is too long is cut. */
    FUZZ_CHECK(strchr(part->type, '/') || strlen(part->type) == TG_MIME_TEXT_MAX - 1, "text", "type %s", part->type);
}

static void check_part(const parsed *p, const tg_mime_part *part, tg_bytes octets, bool whole)
{
    check_texts(part);
    FUZZ_CHECK(part->offset <= octets.len && part->length <= octets.len - part->offset, "place",
               "%s: %zu and %zu of %zu", part->path, part->offset, part->length, octets.len);
    FUZZ_CHECK(part->entity.data == octets.data + part->offset && part->entity.len == part->length, "place",
               "%s: other octets", part->path);
    FUZZ_CHECK(!whole || (part->offset == 0 && part->length == octets.len), "place", "the whole is less");
    FUZZ_CHECK(inside(part->content, part->entity.data, part->entity.len) ||
                   inside(part->content, p->memory.data, p->memory.len),
               "place", "%s: content outside", part->path);
    FUZZ_CHECK(part->num_parts <= TG_MIME_MAX_PARTS, "limits", "%zu parts", part->num_parts);
    size_t from = part->offset;
    for (size_t i = 0; i < part->num_parts; i++) {
        const tg_mime_part *inner = &part->parts[i];
        FUZZ_CHECK(inner->offset >= from && inner->offset + inner->length <= part->offset + part->length, "place",
                   "%s is not behind the one before", inner->path);
        from = inner->offset + inner->length;
        check_part(p, inner, octets, false);
    }
}

/* `apart`: of other octets, so that places may differ, and the content of text. */
static void check_same(const tg_mime_part *a, const tg_mime_part *b, bool apart)
{
    FUZZ_CHECK(strcmp(a->path, b->path) == 0 && strcmp(a->type, b->type) == 0 && strcmp(a->name, b->name) == 0 &&
                   strcmp(a->smime_type, b->smime_type) == 0 && strcmp(a->filename, b->filename) == 0 &&
                   strcmp(a->disposition, b->disposition) == 0 && a->has_type == b->has_type &&
                   a->encoding == b->encoding && a->num_parts == b->num_parts,
               "same_parts", "%s is another", a->path);
    bool text = strncmp(a->type, "text/", 5) == 0 || strncmp(a->type, "multipart/", 10) == 0;
    FUZZ_CHECK(a->content_bad == b->content_bad && ((apart && text) || tg_bytes_equal(a->content, b->content)),
               "same_parts", "%s has other content", a->path);
    FUZZ_CHECK(apart || (a->offset == b->offset && a->length == b->length), "same_parts", "%s is elsewhere", a->path);
    for (size_t i = 0; i < a->num_parts; i++)
        check_same(&a->parts[i], &b->parts[i], apart);
}

static void check_small_arena(const reading *how, tg_bytes octets, const parsed *p)
{
    fuzz_block memory = fuzz_block_new(p->arena.used / 2, 0x5a);
    tg_arena arena = tg_arena_of(memory.data, memory.len);
    tg_mime_part part;
    tg_diag diag;
    tg_status status = parse_in(how, octets, &arena, &part, &diag);
    FUZZ_CHECK(status == TG_OK || status == TG_ARENA_FULL, "small_arena", "%s", tg_status_name(status));
    fuzz_block_free(&memory);
}

static void check_canonical(tg_bytes octets, const parsed *p)
{
    fuzz_block out = fuzz_block_new(2 * octets.len, 0xa5), again = fuzz_block_new(4 * octets.len, 0xa5);
    size_t len = 0, again_len = 0;
    tg_status status = tg_mime_canonical(octets, out.data, out.len, &len);
    FUZZ_CHECK(status == p->status, "canonical", "%s, and parsed with %s", tg_status_name(status),
               tg_status_name(p->status));
    if (status == TG_OK) {
        fuzz_block exact = fuzz_block_copy(out.data, len);
        status = tg_mime_canonical(fuzz_bytes(&exact), again.data, again.len, &again_len);
        FUZZ_CHECK(status == TG_OK && tg_bytes_equal(fuzz_bytes(&exact), tg_bytes_of(again.data, again_len)),
                   "canonical", "its own canonical form is another (%s)", tg_status_name(status));
        parsed q = parse(readings, fuzz_bytes(&exact), 0x33);
        FUZZ_CHECK(q.status == TG_OK, "canonical", "its form is refused: %s", tg_status_name(q.status));
        check_same(&p->part, &q.part, true);
        fuzz_block_free(&q.memory);
        fuzz_block_free(&exact);
    }
    fuzz_block_free(&out);
    fuzz_block_free(&again);
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static void check_wrap(tg_bytes octets)
{
    for (uint8_t binary = 0; binary < 2; binary++) {
        tg_settings settings = { .smime_encoding = binary };
        tg_mime_form form = { binary ? TG_SMIME_TYPE_IS_AUTHENTICATED : TG_SMIME_TYPE_IS_AUTH_ENVELOPED, &settings,
                              NULL };
        fuzz_block out = fuzz_block_new(tg_mime_wrapped_size(octets.len), 0xa5);
        size_t len = 0;
        tg_status status = tg_mime_wrap(&form, octets, out.data, out.len, &len);
        FUZZ_CHECK(status == TG_OK, "wrap", "%s", tg_status_name(status));
        parsed p = parse(readings, tg_bytes_of(out.data, len), 0x11);
        FUZZ_CHECK(p.status == TG_OK && tg_bytes_equal(p.part.content, octets) && !p.part.content_bad &&
                       strcmp(p.part.name, "smime.p7m") == 0,
                   "wrap", "what is wrapped is not read again (%s)", tg_status_name(p.status));
        fuzz_block_free(&p.memory);
        fuzz_block_free(&out);
    }
}

static tg_status count_up(void *user, uint8_t *out, size_t len)
{
    memset(out, ++*(uint8_t *)user, len);
    return TG_OK;
}

static void check_join(tg_bytes octets)
{
    uint8_t counter = 0;
    tg_random random = { count_up, &counter };
    tg_bytes entities[2] = { tg_bytes_of("Content-Type: application/mikey\r\n\r\nAQ", 37), octets };
    fuzz_block out = fuzz_block_new(tg_mime_joined_size(entities, 2), 0xa5);
    char type[160];
    size_t len = 0;
    tg_status status = tg_mime_join(entities, 2, &random, type, out.data, out.len, &len);
    FUZZ_CHECK(status == TG_OK, "join", "%s", tg_status_name(status));
    reading how = { type, NULL, NULL };
    parsed p = parse(&how, tg_bytes_of(out.data, len), 0x22);
    if (p.status == TG_OK)
        FUZZ_CHECK(p.part.num_parts == 2 && tg_bytes_equal(p.part.parts[0].entity, entities[0]) &&
                       tg_bytes_equal(p.part.parts[1].entity, octets),
                   "join", "what is joined is not read again: %zu parts", p.part.num_parts);
    fuzz_block_free(&p.memory);
    fuzz_block_free(&out);
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static void check_judge(const parsed *p, const parsed *q, tg_bytes octets)
{
    const tg_profile *profile = tg_profile_find("ims-message");
    tg_smime_opening how = fuzz_opening(octets.len % 2);
    const parsed *both[2] = { p, q };
    tg_mime_judgement judged[2];
    fuzz_block memory[2];
    tg_status status[2];
    for (uint8_t i = 0; i < 2; i++) {
        memory[i] = fuzz_block_new(tg_mime_judge_arena_size(octets.len), i ? 0xff : 0);
        tg_arena arena = tg_arena_of(memory[i].data, memory[i].len);
        status[i] = tg_mime_judge(fuzz_containers_crypto(), &both[i]->part, profile, &how, &arena, &judged[i]);
    }
    FUZZ_CHECK(status[0] == status[1] && (status[0] == TG_OK || status[0] == TG_TOO_LARGE || status[0] == TG_TOO_DEEP),
               "judge", "%s and %s", tg_status_name(status[0]), tg_status_name(status[1]));
    if (status[0] == TG_OK) {
        FUZZ_CHECK(judged[0].num_findings == judged[1].num_findings && judged[0].reception == judged[1].reception &&
                       judged[0].parse == judged[1].parse && judged[0].container.outcome == judged[1].container.outcome,
                   "judge", "another judgement the second time");
        FUZZ_CHECK(judged[0].part || judged[0].num_findings == 0, "judge", "findings on nothing");
        for (size_t i = 0; i < judged[0].num_findings; i++) {
            const tg_finding *finding = judged[0].findings[i], *other = judged[1].findings[i];
            fuzz_check_finding(finding, octets.len);
            FUZZ_CHECK(strncmp(finding->path, judged[0].part->path, strlen(judged[0].part->path)) == 0, "finding",
                       "at %s", finding->path);
            FUZZ_CHECK(finding->requirement == other->requirement && strcmp(finding->text, other->text) == 0 &&
                           finding->offset == other->offset,
                       "judge", "%s the second time", other->requirement->id);
        }
    }
    fuzz_block_free(&memory[0]);
    fuzz_block_free(&memory[1]);
}

static void check_reading(const reading *how, tg_bytes octets)
{
    parsed p = parse(how, octets, 0x00), q = parse(how, octets, 0xff);
    FUZZ_CHECK(p.status == q.status && p.arena.used == q.arena.used, "same_parts", "%s and %s",
               tg_status_name(p.status), tg_status_name(q.status));
    if (how == readings)
        check_canonical(octets, &p);
    if (p.status == TG_OK) {
        check_part(&p, &p.part, octets, true);
        check_same(&p.part, &q.part, false);
        check_small_arena(how, octets, &p);
        check_judge(&p, &q, octets);
    } else {
        FUZZ_CHECK(p.diag.offset == q.diag.offset && strcmp(p.diag.path, q.diag.path) == 0, "same_parts",
                   "refused elsewhere");
    }
    fuzz_block_free(&p.memory);
    fuzz_block_free(&q.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    check_reading(&readings[0], fuzz_bytes(&input));
    check_reading(&readings[1 + size % (NUM_READINGS - 1)],
                  fuzz_bytes(&input)); /* one of them: each costs much memory */
    check_wrap(fuzz_bytes(&input));
    check_join(fuzz_bytes(&input));
    fuzz_check_unchanged(&input, data);
    fuzz_block_free(&input);
    return 0;
}
