/* tg_smime_judge: parse, check, open. */
#include "algorithms.h"
#include "checks.h"

/* Rows with their places: no container has more findings. */
enum { MAX_FINDINGS = 192 };

typedef struct kept {
    tg_arena *arena;
    tg_smime_judgement *judgement;
    const tg_finding **findings;
    tg_status status;
} kept;

static void keep(void *user, const tg_finding *finding)
{
    kept *k = user;
    if (k->judgement->num_findings == MAX_FINDINGS)
        return;
    tg_finding *copy = tg_arena_alloc(k->arena, sizeof *copy);
    if (!copy) {
        k->status = TG_ARENA_FULL;
        return;
    }
    *copy = *finding;
    k->findings[k->judgement->num_findings++] = copy;
    k->judgement->reception = tg_reception_add(k->judgement->reception, finding->requirement);
}

static void keep_fault(kept *k)
{
    const tg_diag *diag = &k->judgement->diag;
    tg_finding finding = { .requirement = tg_requirement_find(diag->id), .offset = diag->offset };
    if (!finding.requirement)
        return;
    memcpy(finding.path, diag->path, sizeof finding.path);
    strncpy(finding.text, tg_status_text(diag->status), sizeof finding.text - 1);
    keep(k, &finding);
}

/* The row of a key that does not unwrap, or a tag or MAC that does not verify: never which. */
static void keep_failure(kept *k)
{
    const tg_smime *s = &k->judgement->container;
    const char *row = s->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED ? "RFC5083-2.2-x01" : "RFC5652-9.2-x01";
    tg_finding finding = { .requirement = tg_requirement_find(row),
                           .path = "mac",
                           .offset = s->mac_at.offset,
                           .length = s->mac_at.length,
                           .text = "expected content that is authentic under the key, found other" };
    if (s->type != TG_SMIME_TYPE_IS_ENVELOPED && finding.requirement)
        keep(k, &finding);
}

static tg_smime_outcome outcome_of(tg_status status, size_t num_keys)
{
    switch (status) {
    case TG_OK:
        return TG_SMIME_OPENED;
    case TG_NOT_FOUND:
        return num_keys ? TG_SMIME_NO_KEY : TG_SMIME_NOT_TRIED;
    case TG_NOT_AUTHENTIC:
        return TG_SMIME_FAILED;
    default:
        return TG_SMIME_REFUSED;
    }
}

static tg_status open_it(tg_crypto *c, const tg_smime_opening *how, kept *k)
{
    static const tg_smime_opening no_keys;
    tg_smime_judgement *j = k->judgement;
    size_t before = k->arena->used, room = j->container.content_len, len = 0;
    uint8_t *content = tg_arena_alloc(k->arena, room);
    if (!content)
        return TG_ARENA_FULL;
    how = how ? how : &no_keys;
    j->status = tg_smime_open(c, &j->container, how, content, room, &len, &j->opened);
    j->outcome = outcome_of(j->status, how->num_keys);
    if (j->status == TG_OK)
        j->content = tg_bytes_of(content, len);
    else
        k->arena->used = before; /* open has wiped what it wrote there */
    if (j->outcome == TG_SMIME_FAILED)
        keep_failure(k);
    return tg_status_class(j->status) == TG_CLASS_LIMIT ? j->status : TG_OK;
}

tg_status tg_smime_judge(tg_crypto *c, tg_bytes octets, const tg_profile *profile, const tg_smime_opening *how,
                         tg_arena *arena, tg_smime_judgement *out)
{
    kept k = { .arena = arena, .judgement = out, .status = TG_OK };
    *out = (tg_smime_judgement){ .outcome = TG_SMIME_NOT_TRIED, .diag = { .id = "" } };
    k.findings = tg_arena_alloc(arena, MAX_FINDINGS * sizeof *k.findings);
    if (!k.findings)
        return TG_ARENA_FULL;
    out->findings = k.findings;
    out->parse = tg_smime_parse(octets, arena, &out->container, &out->diag);
    if (out->parse != TG_OK) {
        keep_fault(&k);
        return tg_status_class(out->parse) == TG_CLASS_LIMIT ? out->parse : k.status;
    }
    tg_status status = tg_smime_check(c, &out->container, profile, (tg_finding_sink){ keep, &k });
    if (status == TG_OK)
        status = k.status;
    if (status == TG_OK)
        status = open_it(c, how, &k);
    return status == TG_OK ? k.status : status;
}

const tg_finding *tg_smime_forbids(const tg_finding *const *findings, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        const tg_requirement *row = findings[i]->requirement;
        if (row->on_receive == TG_ON_RECEIVE_REJECT && strcmp(row->room, "smime") == 0 &&
            strncmp(row->id, "RFC", 3) == 0)
            return findings[i];
    }
    return NULL;
}

size_t tg_smime_judge_arena_size(size_t len)
{
    return tg_smime_arena_size(len) + len + MAX_FINDINGS * (sizeof(tg_finding) + sizeof(tg_finding *) + 16) + 256;
}
