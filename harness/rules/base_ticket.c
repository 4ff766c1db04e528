/* Ticket Data of a base ticket, as who resolves it sees it: RFC 6043 A and A.1. */
#include "figure.h"

static const tg_figure_part ticket_data[] = {
    { TG_SHOW(THDR), .missing = "RFC6043-A-x01" },
    { TG_SHOW(T), .missing = "RFC6043-A-x01" },
    { TG_SHOW(RAND), .missing = "RFC6043-A-x01" },
    { TG_SHOW(KEMAC), .missing = "RFC6043-A-x01" },
    { TG_SHOW(IDRpsk) },
    { TG_SHOW(V) },
};
static const tg_figure ticket_data_figure = { TG_FIGURE_PARTS(ticket_data), .order = "RFC6043-A-x02",
                                              .repeated = "RFC6043-A-x03", .unexpected = "RFC6043-A-x04",
                                              .last_type = TG_PAYLOAD_V, .last = "RFC6043-A.1-07" };

void tg_rules_check_base_ticket(const tg_judge *j, const tg_policy *policy)
{
    const tg_scope *scope = &policy->ticket_data;
    if (!scope->payloads || scope->payloads->type != TG_PAYLOAD_THDR) {
        tg_rules_say(j, "RFC6043-A.1-01", tg_rules_at_field(j, &policy->at, "ticket_data"),
                     "expected a chain of payloads that begins with THDR, found something else");
        return;
    }
    tg_rules_judge_figure(j, scope, &ticket_data_figure);
    for (tg_walk w = tg_walk_of(scope); tg_walk_next(&w);) {
        const tg_kemac *kemac = (const tg_kemac *)w.at.payload;
        if (kemac->head.type != TG_PAYLOAD_KEMAC)
            continue;
        if (kemac->mac_alg != TG_MAC_NULL)
            tg_rules_say(j, "RFC6043-A.1-03", tg_rules_at_field(j, &w.at, "mac_alg"),
                         "expected the NULL MAC, found MAC alg %u", kemac->mac_alg);
        tg_rules_check_spis(j, &w.at);
    }
}
