/* ticketgate gate: lists of cases and of mutants */
#include <string.h>

#include "cmd.h"
#include "cmd_gate.h"

void gate_send(tg_text *text)
{
    if (text->data)
        cli_write(text->data, text->len);
    tg_text_free(text);
}

int gate_list_cases(gate *g)
{
    size_t num = 0;
    if (!gate_form_lists(g->output)) {
        cli_complain("--list writes text, json or jsonl");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < g->cases.num; i++) {
        const gate_case *c = &g->cases.list[i];
        if (!gate_selects(&g->selection, c))
            continue;
        tg_text text = { 0 };
        if (g->output == TG_FORM_TEXT) {
            cli_print("%-44s %-9s ", c->id, c->group);
            cli_print_safe(c->title);
        } else {
            cli_print("%s", g->output == GATE_JSONL ? "" : num ? ",\n" : "[\n");
            gate_show_case(c, &text);
            gate_send(&text);
        }
        cli_print("%s", g->output == TG_FORM_JSON ? "" : "\n");
        num++;
    }
    if (g->output == TG_FORM_JSON)
        cli_print(num ? "\n]\n" : "[]\n");
    if (num == 0)
        cli_complain("no case was selected");
    return num ? CLI_OK : CLI_NOTHING;
}

int gate_list_mutants(const gate *g)
{
    size_t num;
    const iut_mutant *mutants = iut_mutants(&num);
    for (size_t i = 0; i < num; i++) {
        if (g->output == TG_FORM_TEXT) {
            cli_print("%-34s %s (%s; %s)\n", mutants[i].name, mutants[i].title, mutants[i].breaks, mutants[i].roles);
            continue;
        }
        const char *const parts[] = { "{\"name\":",   mutants[i].name,   ",\"title\":", mutants[i].title,
                                      ",\"breaks\":", mutants[i].breaks, ",\"roles\":", mutants[i].roles };
        tg_text text = { 0 };
        for (size_t n = 0; n < sizeof parts / sizeof *parts; n += 2) {
            tg_text_add(&text, parts[n], strlen(parts[n]));
            tg_json_add_string(parts[n + 1], &text);
        }
        cli_print("%s", g->output == TG_FORM_JSON ? i ? ",\n" : "[\n" : "");
        gate_send(&text);
        cli_print("}%s", g->output == TG_FORM_JSON ? "" : "\n");
    }
    cli_print(g->output == TG_FORM_JSON ? "\n]\n" : "");
    return num ? CLI_OK : CLI_NOTHING;
}
