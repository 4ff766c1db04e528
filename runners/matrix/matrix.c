/* The table, and what can be counted in it. */
#include "matrix.h"

#include "matrix.inc"

#define NUM_OF(array) (sizeof(array) / sizeof(array)[0])

const matrix_row *matrix_of(const tg_requirement *requirement)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    const matrix_row *row = &rows[requirement - all]; /* collect.py keeps the order of the catalogue */
    return strcmp(row->id, requirement->id) == 0 ? row : NULL;
}

const matrix_source *matrix_sources(size_t *num)
{
    *num = NUM_OF(sources);
    return sources;
}

static bool is_judged(const tg_requirement *requirement)
{
    return requirement->how == TG_HOW_PARSE || requirement->how == TG_HOW_CHECK || requirement->how == TG_HOW_EXCHANGE;
}

bool matrix_is_complete(const tg_requirement *requirement)
{
    const unsigned *count = matrix_of(requirement)->count;
    if (requirement->how == TG_HOW_BEHAVIOUR)
        return count[MATRIX_CASES] + count[MATRIX_CHECKS] > 0 &&
               (count[MATRIX_MUTANTS] > 0 || requirement->shown_by[0] != '\0');
    return !is_judged(requirement) || (count[MATRIX_CHECKS] > 0 && count[MATRIX_BREAK] > 0 &&
                                       count[MATRIX_KEEP] > (requirement->level == TG_LEVEL_MAY ? 1 : 0));
}

matrix_counts matrix_count(const char *source)
{
    size_t num;
    const tg_requirement *all = tg_requirements(&num);
    matrix_counts counts = { 0 };
    for (size_t i = 0; i < num; i++) {
        if (source && strcmp(source, all[i].source) != 0)
            continue;
        const unsigned *count = matrix_of(&all[i])->count;
        bool judged = is_judged(&all[i]), live = all[i].how == TG_HOW_BEHAVIOUR;
        counts.rows++;
        counts.how[all[i].how]++;
        counts.level[all[i].level]++;
        counts.testable += judged || live;
        counts.judged += judged;
        counts.checked += judged && count[MATRIX_CHECKS] > 0;
        counts.kept += judged && count[MATRIX_KEEP] > 0;
        counts.broken += judged && count[MATRIX_BREAK] > 0;
        counts.with_case += live && count[MATRIX_CASES] + count[MATRIX_CHECKS] > 0;
        counts.with_mutant += live && count[MATRIX_MUTANTS] > 0;
    }
    return counts;
}
