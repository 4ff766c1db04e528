/* pcap replay: what is told of each item. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay.h"
#include "cmd_pcap_replay_answer.h"
#include "ticketgate/registry.h"

static const char *const outcome_names[REPLAY_NUM_OUTCOMES] = { "same", "differs", "silent", "sent" };

const char *replay_type_name(tg_bytes octets)
{
    const char *name = octets.len > 1 ? tg_registry_name("data_type", octets.data[1]) : NULL;
    return name ? name : "message";
}

void replay_put(char *out, size_t size, const char *text, size_t len)
{
    size_t n = 0;
    for (; n < len && n + 1 < size; n++)
        out[n] = isascii((unsigned char)text[n]) && isprint((unsigned char)text[n]) ? text[n] : '?';
    out[n] = '\0';
}

static void append(char out[REPLAY_MAX_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char out[REPLAY_MAX_TEXT], const char *format, ...)
{
    size_t len = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + len, REPLAY_MAX_TEXT - len, format, arguments);
    va_end(arguments);
}

void replay_describe(const tg_judgement *j, char out[REPLAY_MAX_TEXT])
{
    out[0] = '\0';
    if (!j->message) {
        append(out, "does not parse: %s", j->diag.id ? j->diag.id : "");
        return;
    }
    append(out, "%s", replay_type_name(j->message->octets));
    const struct {
        const char *name;
        tg_outcome outcome;
    } all[] = {
        { "auth", j->auth }, { "ticket_auth", j->ticket_auth }, { "vr_auth", j->vr_auth }, { "kemac", j->kemac }
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].outcome != TG_OUTCOME_ABSENT)
            append(out, ", %s %s", all[i].name, tg_outcome_name(all[i].outcome));
    }
    append(out, ", a receiver would %s it",
           j->reception == TG_RECEPTION_ACCEPT   ? "accept"
           : j->reception == TG_RECEPTION_REJECT ? "reject"
                                                 : "accept or reject");
    for (size_t i = 0; i < j->num_findings; i++)
        append(out, "%s%s", i ? " " : "; breaks ", j->findings[i]->requirement->id);
}

void replay_weigh(void *user, const tg_judgement *judgement)
{
    replay_worth *w = user;
    replay_describe(judgement, w->text);
    w->accepted = tg_judgement_is_accepted(judgement);
    w->type = judgement->message ? judgement->message->hdr.data_type : -1;
}

void replay_write_answer(char out[REPLAY_MAX_TEXT], unsigned status, const replay_worth *w)
{
    snprintf(out, REPLAY_MAX_TEXT, "status %u%s%.*s", status, w->text[0] ? ", " : "", REPLAY_MAX_TEXT - 32, w->text);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static void add(tg_text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(tg_text *out, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len > 0)
        tg_text_add(out, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

static void add_string(tg_text *out, const char *name, const char *value)
{
    add(out, ",\"%s\":", name);
    tg_json_add_string(value, out);
}

static void add_octets(tg_text *out, const char *name, tg_bytes octets)
{
    char *hex = malloc(tg_hex_encoded_size(octets.len));
    if (!hex) {
        out->failed = true;
        return;
    }
    hex[0] = '\0';
    tg_hex_encode(octets, hex);
    add(out, ",\"%s\":\"", name);
    tg_text_add(out, hex, strlen(hex));
    tg_text_add(out, "\"", 1);
    free(hex);
}

static void add_number(tg_text *out, const char *name, uint64_t number)
{
    if (number == TGP_NONE)
        add(out, ",\"%s\":null", name);
    else
        add(out, ",\"%s\":%llu", name, (unsigned long long)number);
}

static void send_line(replay_run *run)
{
    tg_text_add(&run->line, "\n", 1);
    if (run->line.failed)
        run->failed = true;
    else
        cli_write(run->line.data, run->line.len);
    run->line.len = 0;
    cli_flush();
}

static void tell_json(replay_run *run, const replay_told *told, const tgp_replay_message *m, uint64_t frame,
                      uint64_t call, double at)
{
    tg_text *out = &run->line;
    out->len = 0;
    add(out, "{\"frame\":%llu", (unsigned long long)frame);
    add_number(out, "call", call);
    add_number(out, "message", m ? m->number : TGP_NONE);
    add(out, ",\"at\":%.6f", at);
    add_string(out, "outcome", outcome_names[told->outcome]);
    add_string(out, "as", told->as ? told->as : "");
    add_string(out, "what", told->what);
    add_string(out, "expected", told->expected ? told->expected : "");
    add_string(out, "captured", told->captured);
    add_string(out, "got", told->got);
    add_string(out, "note", told->note);
    add_string(out, "sealed", m && m->resealed ? tg_reseal_outcome_name(m->outcome) : "");
    add_octets(out, "was", m ? m->was : tg_bytes_of(NULL, 0));
    add_octets(out, "sent", told->sent);
    add_octets(out, "answer", told->answer);
    tg_text_add(out, "}", 1);
    send_line(run);
}

/* ---- text ---------------------------------------------------------------------------------------------------- */

/* What --fresh changed. */
static void tell_changes(const tgp_replay_message *m)
{
    size_t num = 0;
    for (size_t i = 0; i < m->was.len && i < m->octets.len; i++)
        num += m->was.data[i] != m->octets.data[i];
    if (m->resealed)
        cli_print("      fresh: %zu of %zu octets are new, %s\n", num, m->octets.len,
                  tg_reseal_outcome_name(m->outcome));
}

static void tell_text(const replay_told *told, const tgp_replay_message *m, uint64_t frame, double at)
{
    cli_print("%10.3f  frame %llu: %s\n", at, (unsigned long long)frame, told->what);
    if (m)
        tell_changes(m);
    if (told->expected && told->expected[0])
        cli_print("      expected: %s\n", told->expected);
    cli_print("      captured: %s\n      %s: %s\n", told->captured[0] ? told->captured : "nothing",
              told->outcome == REPLAY_SAME ? "now, too" : "now", told->got[0] ? told->got : "nothing");
    if (told->outcome == REPLAY_DIFFERS)
        cli_print("      it differs\n");
    if (told->note[0])
        cli_print("      %s\n", told->note);
    cli_flush();
}

void replay_tell(replay_run *run, const replay_item *item, const replay_told *told)
{
    const tgp_replay_message *m = item->message != SIZE_MAX ? tgp_replay_message_at(run->replay, item->message) : NULL;
    const tgp_replay_unit *u = item->unit != SIZE_MAX ? tgp_replay_unit_at(run->replay, item->unit) : NULL;
    uint64_t frame = u ? u->frame : m ? m->frame : 0, call = u ? u->call : m ? m->call : TGP_NONE;
    double at = (double)item->offset / 1e9;
    run->counts[told->outcome]++;
    if (run->output)
        tell_json(run, told, m, frame, call, at);
    else
        tell_text(told, m, frame, at);
}

void replay_tell_end(replay_run *run)
{
    size_t total = 0;
    for (int i = 0; i < REPLAY_NUM_OUTCOMES; i++)
        total += run->counts[i];
    if (!run->output) {
        cli_print("\n%zu of %zu replayed: %zu as captured, %zu different, %zu without an answer, %zu that want none",
                  total, run->num_items, run->counts[REPLAY_SAME], run->counts[REPLAY_DIFFERS],
                  run->counts[REPLAY_SILENT], run->counts[REPLAY_SENT]);
        cli_print("; %zu gaps cut\n", run->gaps_cut);
        return;
    }
    run->line.len = 0;
    add(&run->line,
        "{\"summary\":{\"items\":%zu,\"replayed\":%zu,\"same\":%zu,\"differs\":%zu,\"silent\":%zu,\"sent\":%zu,\"gaps_"
        "cut\":%zu}}",
        run->num_items, total, run->counts[REPLAY_SAME], run->counts[REPLAY_DIFFERS], run->counts[REPLAY_SILENT],
        run->counts[REPLAY_SENT], run->gaps_cut);
    send_line(run);
}
