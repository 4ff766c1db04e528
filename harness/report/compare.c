/* What changed since the baseline. */
#include "out.h"

/* Of two cases with one id the worse one comes first, and counts. */
static int compare(const tg_case_verdict *a, const tg_case_verdict *b)
{
    static const int badness[TG_NUM_VERDICTS] = {
        [TG_VERDICT_PASSED] = 0, [TG_VERDICT_SKIPPED] = 1, [TG_VERDICT_INCONCLUSIVE] = 2, [TG_VERDICT_FAILED] = 3
    };
    int order = strcmp(a->id, b->id);
    return order ? order : badness[b->verdict] - badness[a->verdict];
}

static void sift(tg_case_verdict *all, size_t at, size_t num)
{
    for (size_t child; (child = 2 * at + 1) < num; at = child) {
        if (child + 1 < num && compare(&all[child], &all[child + 1]) < 0)
            child++;
        if (compare(&all[at], &all[child]) >= 0)
            return;
        tg_case_verdict swap = all[at];
        all[at] = all[child];
        all[child] = swap;
    }
}

/* Heapsort: qsort may use the heap, or quadratic time. */
static void sort(tg_case_verdict *all, size_t num)
{
    for (size_t i = num / 2; i > 0; i--)
        sift(all, i - 1, num);
    for (size_t end = num; end > 1; end--) {
        tg_case_verdict swap = all[0];
        all[0] = all[end - 1];
        all[end - 1] = swap;
        sift(all, 0, end - 1);
    }
}

/* The one after this id. */
static size_t behind(const tg_case_verdict *all, size_t at, size_t num)
{
    size_t next = at + 1;
    while (next < num && strcmp(all[next].id, all[at].id) == 0)
        next++;
    return next;
}

static bool is_worse(const tg_case_verdict *was, const tg_case_verdict *is)
{
    if (!is)
        return was->verdict == TG_VERDICT_PASSED;
    switch (is->verdict) {
    case TG_VERDICT_FAILED:
        return !is->expected;
    case TG_VERDICT_SKIPPED:
        return true;
    case TG_VERDICT_INCONCLUSIVE:
        return was && was->verdict == TG_VERDICT_PASSED;
    default:
        return false;
    }
}

/* `was` or `is` may be NULL. */
static size_t note(const tg_case_verdict *was, const tg_case_verdict *is, tg_report_change *out)
{
    if (was && is && was->verdict == is->verdict)
        return 0;
    *out = (tg_report_change){ .id = is ? is->id : was->id,
                               .was = was ? tg_verdict_name(was->verdict) : "new",
                               .is = is ? tg_verdict_name(is->verdict) : "gone",
                               .worse = is_worse(was, is) };
    return 1;
}

size_t tg_report_compare(tg_case_verdict *was, size_t num_was, tg_case_verdict *is, size_t num_is,
                         tg_report_change *out)
{
    size_t num = 0, a = 0, b = 0;
    sort(was, num_was);
    sort(is, num_is);
    while (a < num_was || b < num_is) {
        int order = a == num_was ? 1 : b == num_is ? -1 : strcmp(was[a].id, is[b].id);
        num += note(order <= 0 ? &was[a] : NULL, order >= 0 ? &is[b] : NULL, &out[num]);
        a = order <= 0 ? behind(was, a, num_was) : a;
        b = order >= 0 ? behind(is, b, num_is) : b;
    }
    return num;
}
