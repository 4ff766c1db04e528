#include "ticketgate/base.h"

static const struct {
    tg_class class_;
    const char *name, *text;
} statuses[] = {
#define ROW(symbol, class_, name, text) [symbol] = { class_, name, text },
    TG_STATUS_LIST(ROW)
#undef ROW
};

tg_class tg_status_class(tg_status status)
{
    return statuses[status].class_;
}

const char *tg_status_name(tg_status status)
{
    return statuses[status].name;
}

const char *tg_status_text(tg_status status)
{
    return statuses[status].text;
}

void tg_clause_of_id(const char *id, char out[32])
{
    const char *dash = strchr(id, '-');
    const char *last = strrchr(id, '-');
    size_t len = 0;
    /* The document: its letters, a space, its number. */
    for (const char *c = id; dash && c < dash && len < 12; c++) {
        bool is_digit = *c >= '0' && *c <= '9';
        if (is_digit && c > id && !(c[-1] >= '0' && c[-1] <= '9'))
            out[len++] = ' ';
        if (strncmp(id, "TS", 2) == 0 && c == id + 4) /* 3GPP writes TS 33.328 */
            out[len++] = '.';
        out[len++] = *c;
    }
    if (dash && last > dash) {
        out[len++] = ' ';
        for (const char *c = dash + 1; c < last && len < 31; c++)
            out[len++] = *c;
    }
    out[len] = '\0';
}
