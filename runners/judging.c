#include "judging.h"

#include <stdlib.h>

#include "input.h"
#include "ticketgate/json.h"

enum { PROFILE_MAX = 1 << 20 };

void judging_init(judging *j)
{
    *j = (judging){ .profile = tg_profile_find("rfc6043") };
}

void judging_free(judging *j)
{
    free(j->memory);
    j->memory = NULL;
}

bool judging_read_profile(judging *j, const char *json, size_t len, const char **reason)
{
    size_t capacity = len + 4096; /* a profile keeps no more of its text than the title */
    *reason = "";
    free(j->memory);
    j->memory = malloc(capacity);
    tg_arena arena = tg_arena_of(j->memory, j->memory ? capacity : 0);
    if (tg_json_to_profile(json, len, &arena, &j->own_profile, reason) != TG_OK)
        return false;
    j->profile = &j->own_profile;
    return true;
}

static bool is_file(const char *value)
{
    size_t len = strlen(value);
    return strchr(value, '/') || (len > 5 && strcmp(value + len - 5, ".json") == 0);
}

bool judging_take_profile(judging *j, const char *value)
{
    if (is_file(value)) {
        input_text text;
        if (input_read(value, PROFILE_MAX, "", &text) != CLI_OK)
            return false;
        const char *reason;
        bool ok = judging_read_profile(j, text.data, text.len, &reason);
        if (!ok)
            cli_complain("%s: %s", value, reason);
        free(text.data);
        return ok;
    }
    j->profile = tg_profile_find(value);
    if (!j->profile)
        cli_complain("--profile %s: there is no such profile (see ticketgate profiles)", value);
    return j->profile != NULL;
}

bool judging_take_m_lines(judging *j, const char *value)
{
    j->context.has_m_lines = true;
    j->context.m_lines = j->m_lines;
    j->context.num_m_lines = 0;
    while (*value) {
        bool tls = strncmp(value, "tls", 3) == 0;
        bool known = tls || strncmp(value, "rtp", 3) == 0;
        if (!known || (value[3] != ',' && value[3] != '\0') || j->context.num_m_lines == JUDGING_MAX_M_LINES) {
            cli_complain("--m-lines: must be rtp and tls, separated by commas, %d at the most", JUDGING_MAX_M_LINES);
            return false;
        }
        j->m_lines[j->context.num_m_lines++] = tls ? TG_M_LINE_TLS : TG_M_LINE_RTP;
        value += value[3] == ',' ? 4 : 3;
    }
    return true;
}
