/* The oracles on findings. */
#include "fuzz.h"

typedef struct judged {
    size_t len; /* of the message */
    size_t num;
    uint64_t digest; /* of the findings, in order */
} judged;

static void digest(judged *to, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to->digest = (to->digest ^ ((const uint8_t *)data)[i]) * 0x100000001b3u; /* FNV-1a */
}

static void take_finding(void *user, const tg_finding *finding)
{
    judged *to = user;
    const tg_requirement *row = finding->requirement;
    FUZZ_CHECK(row != NULL, "finding", "no requirement at %.*s", TG_PATH_MAX, finding->path);
    FUZZ_CHECK(memchr(finding->path, '\0', sizeof finding->path) && memchr(finding->text, '\0', sizeof finding->text),
               "finding", "a text of %s is not ended", row->id);
    FUZZ_CHECK(tg_requirement_find(row->id) == row, "finding", "the catalogue has no row %s", row->id);
    FUZZ_CHECK(finding->path[0], "finding", "%s has no path", row->id);
    FUZZ_CHECK(finding->text[0], "finding", "%s has no text", row->id);
    FUZZ_CHECK(finding->offset <= to->len && finding->length <= to->len - finding->offset, "finding",
               "%s at %s: octets %zu+%zu of %zu", row->id, finding->path, finding->offset, finding->length, to->len);
    to->num++;
    digest(to, row->id, strlen(row->id));
    digest(to, finding->path, strlen(finding->path));
    digest(to, finding->text, strlen(finding->text));
    digest(to, &finding->offset, sizeof finding->offset);
    digest(to, &finding->length, sizeof finding->length);
}

static judged judge(const fuzz_message *parsed, const tg_profile *profile, const tg_context *context)
{
    judged out = { .len = parsed->octets.len, .digest = 0xcbf29ce484222325u };
    tg_rules_check(parsed->message, profile, context, (tg_finding_sink){ take_finding, &out });
    return out;
}

static void judge_twice(const fuzz_message *first, const fuzz_message *second, const tg_profile *profile,
                        const tg_context *context)
{
    judged a = judge(first, profile, context), b = judge(second, profile, context);
    FUZZ_CHECK(a.num == b.num && a.digest == b.digest, "same_findings",
               "%s: %zu findings, then %zu, or others (exchange %d, sender %d, TPK %d, %zu m-lines)", profile->name,
               a.num, b.num, (int)context->exchange, (int)context->sender, context->tpk_at_hand,
               context->num_m_lines);
}

static void judge_m_lines(const fuzz_message *first, const fuzz_message *second, const tg_profile *profile,
                          tg_context context)
{
    static const tg_m_line lines[] = { TG_M_LINE_TLS, TG_M_LINE_RTP, TG_M_LINE_TLS };
    static const struct {
        size_t from, num;
    } choices[] = { { 0, 0 }, { 0, 1 }, { 1, 1 }, { 1, 2 }, { 0, 3 } };
    context.has_m_lines = true;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        context.m_lines = lines + choices[i].from;
        context.num_m_lines = choices[i].num;
        judge_twice(first, second, profile, &context);
    }
}

void fuzz_check_profile(const fuzz_message *first, const fuzz_message *second, const tg_profile *profile,
                        fuzz_contexts contexts)
{
    tg_context context = { 0 };
    if (contexts == FUZZ_CONTEXT_UNKNOWN) {
        judge_twice(first, second, profile, &context);
        context.tpk_at_hand = true;
        judge_twice(first, second, profile, &context);
        return;
    }
    /* 4 exchanges, 4 senders, with and without the TPK. */
    for (unsigned i = 0; i < 32; i++) {
        context = (tg_context){ .exchange = (tg_exchange)(i & 3), .sender = (tg_sender)(i >> 2 & 3),
                                .tpk_at_hand = i >> 4 };
        judge_twice(first, second, profile, &context);
        if (context.sender == TG_SENDER_I && !context.tpk_at_hand) /* m-lines meet neither of the two */
            judge_m_lines(first, second, profile, context);
    }
}

void fuzz_check_rules(const fuzz_message *first, const fuzz_message *second, fuzz_contexts contexts)
{
    size_t num;
    const tg_profile *profiles = tg_profiles(&num);
    for (size_t i = 0; i < num; i++)
        fuzz_check_profile(first, second, &profiles[i], contexts);
}
