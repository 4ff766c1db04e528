/* Which cases are asked for. */
#include "gate_select.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static bool has_requirement(const gate_case *c, const char *prefix)
{
    for (size_t i = 0; i < c->num_rows; i++) {
        if (strncasecmp(c->rows[i], prefix, strlen(prefix)) == 0)
            return true;
    }
    return false;
}

/* Each word of -k stands in the id or in the title. */
static bool has_words(const gate_case *c, const char *text)
{
    keeping k = { 0 };
    const char **words;
    size_t num = gate_split(&k, text, " ", &words);
    bool all = true;
    for (size_t i = 0; i < num; i++)
        all = all && (strcasestr(c->id, words[i]) || strcasestr(c->title, words[i]));
    keeping_free(&k);
    return all;
}

static bool fits(const gate_case *c, const char *word, int which)
{
    switch (which) {
    case 0:
        return c->profile && strcmp(c->profile, word) == 0;
    case 1:
        return has_requirement(c, word);
    case 2:
        return c->role != TG_SENDER_UNKNOWN && strcmp(gate_role_name(c->role), word) == 0;
    case 3:
        return strcmp(c->group, word) == 0;
    case 4:
        return strcmp(c->id, word) == 0 || fnmatch(word, c->id, 0) == 0;
    default:
        return has_words(c, word);
    }
}

bool gate_selects(const gate_selection *s, const gate_case *c)
{
    const gate_words *lists[] = { &s->profiles, &s->requirements, &s->roles, &s->groups, &s->cases, &s->words };
    for (int which = 0; which < 6; which++) {
        bool any = lists[which]->num == 0;
        for (size_t i = 0; i < lists[which]->num && !any; i++)
            any = fits(c, lists[which]->list[i], which);
        if (!any)
            return false;
    }
    return true;
}

const char *gate_select_nothing(const gate_selection *s, const gate_cases *cases)
{
    const gate_words *lists[] = { &s->profiles, &s->requirements, &s->roles, &s->groups, &s->cases, &s->words };
    for (int which = 0; which < 6; which++) {
        for (size_t i = 0; i < lists[which]->num; i++) {
            bool any = false;
            for (size_t n = 0; n < cases->num && !any; n++)
                any = fits(&cases->list[n], lists[which]->list[i], which);
            if (!any)
                return lists[which]->list[i];
        }
    }
    return NULL;
}
