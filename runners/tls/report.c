#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "cli.h"

const char *const tls_output_names[] = { "text", "json", "jsonl", NULL };

__attribute__((format(printf, 2, 3))) static void add_form(tg_text *out, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tg_text_add(out, line, strlen(line));
}

bool tls_report_open(tls_report *r, const char *transcript_path)
{
    r->transcript_path = transcript_path;
    if (!transcript_path)
        return true;
    /* Data that a session protects, and perhaps its key: for nobody else. */
    int fd = open(transcript_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct stat status; /* a file that was there has the mode that it had */
    bool is_private = fd >= 0 && fstat(fd, &status) == 0 && (!S_ISREG(status.st_mode) || fchmod(fd, 0600) == 0);
    r->transcript = is_private ? fdopen(fd, "w") : NULL;
    if (!r->transcript)
        cli_complain("--transcript %s: %s", transcript_path, strerror(errno));
    if (!r->transcript && fd >= 0)
        close(fd);
    return r->transcript != NULL;
}

void tls_report_listening(tls_report *r, const char *name)
{
    snprintf(r->listening, sizeof r->listening, "%s", name);
    fprintf(stderr, "listening at %s\n", name);
    fflush(stderr);
}

/* ---- one leg ------------------------------------------------------------------------------------------------ */

static bool is_good(const tls_leg *leg, const tls_judged *judged)
{
    bool ended_well = leg->outcome == TLS_CLOSED || (leg->outcome == TLS_EOF && leg->setup->allow_eof);
    return leg->shaken && ended_well && tls_judged_is_accepted(judged);
}

static void add_received(tg_text *out, const tls_flow *flow)
{
    if (!flow) {
        add_form(out, "null");
        return;
    }
    add_form(out, "\"");
    for (size_t i = 0; i < flow->kept.len; i++)
        add_form(out, "%02x", (unsigned char)flow->kept.data[i]);
    add_form(out, "\"");
}

static void add_json(const tls_leg *leg, unsigned session, const tls_judged *judged, const tls_flow *flow, tg_text *out)
{
    add_form(out, "{\"session\":%u,\"role\":\"%s\",\"peer\":\"%s\",\"outcome\":\"%s\",\"error\":", session,
             leg->setup->server ? "server" : "client", leg->peer, tls_outcome_name(leg->outcome));
    if (leg->error[0])
        tg_json_add_string(leg->error, out);
    else
        add_form(out, "null");
    add_form(out, ",\"handshake\":%s,\"ok\":%s,\"sent\":%llu,\"received\":%llu,\"received_hex\":",
             leg->shaken ? "true" : "false", is_good(leg, judged) ? "true" : "false", (unsigned long long)leg->sent,
             (unsigned long long)leg->received);
    add_received(out, flow);
    add_form(out, ",\"captured\":{\"octets\":%zu,\"whole\":%s},\"answer\":", leg->wire.captured.len,
             leg->wire.captured.full ? "false" : "true");
    tls_judged_add(judged, out);
    add_form(out, "}");
}

/* Text that others had a hand in: nothing in it that a terminal acts on. */
static void print_safe(const tg_text *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        fputc((c < 0x20 && c != '\n') || c >= 0x7f ? '?' : c, stderr);
    }
    fflush(stderr);
}

static void print(const tls_leg *leg, unsigned session, const tls_judged *judged)
{
    tg_text text = { 0 };
    add_form(&text, "session %u: %s, %s %s, %s%s%s; %llu octets sent, %llu received\n", session,
             leg->setup->datagrams ? "DTLS" : "TLS", leg->setup->server ? "server of" : "client of", leg->peer,
             tls_outcome_name(leg->outcome), leg->error[0] ? ": " : "", leg->error, (unsigned long long)leg->sent,
             (unsigned long long)leg->received);
    tls_judged_print(judged, &text);
    if (leg->wire.captured.full)
        add_form(&text, "  captured  the first %zu octets alone\n", leg->wire.captured.len);
    print_safe(&text);
    tg_text_free(&text);
}

static void write_transcript(tls_report *r, const tg_tls_known *known, const tg_tls_segment *segments, size_t num)
{
    tg_text text = { 0 };
    if (!r->transcript)
        return;
    tls_ask_add(known, segments, num, r->show_keys, &text);
    if (text.failed || fwrite(text.data, 1, text.len, r->transcript) != text.len || fflush(r->transcript) != 0) {
        cli_complain("--transcript %s: %s", r->transcript_path, text.failed ? "out of memory" : strerror(errno));
        r->num_failed++;
    }
    if (text.data)
        tg_wipe(text.data, text.len);
    tg_text_free(&text);
}

void tls_report_leg(tls_report *r, unsigned session, const tls_leg *leg, const tls_flow *flow)
{
    const tls_key *key = leg->setup->key;
    const capture *captured = &leg->wire.captured;
    tg_tls_segment *segments = capture_segments(captured);
    size_t num = segments ? captured->num : 0;
    const tg_tls_known known = { .profile = &key->profile,
                                 .datagrams = leg->setup->datagrams,
                                 .has_tek = true,
                                 .tek = tg_bytes_of(key->tek, key->len),
                                 .has_identity13 = key->has_identity13,
                                 .identity13 = tg_bytes_of(key->identity13, key->identity13_len) };
    tls_judged judged;
    tls_judge(r->crypto, &known, segments, num, &judged);
    r->num++;
    r->num_failed += !is_good(leg, &judged);
    if (r->output == TLS_OUTPUT_TEXT) {
        print(leg, session, &judged);
    } else {
        add_form(&r->sessions, "%s", r->output == TLS_OUTPUT_JSON && r->sessions.len ? ",\n" : "");
        add_json(leg, session, &judged, flow, &r->sessions);
        if (r->output == TLS_OUTPUT_JSONL) {
            add_form(&r->sessions, "\n");
            cli_write(r->sessions.data, r->sessions.len);
            cli_flush();
            r->sessions.len = 0;
        }
    }
    write_transcript(r, &known, segments, num);
    tls_judged_free(&judged);
    free(segments);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static void write_json(const tls_report *r, const tls_setup *setup, bool ok)
{
    const tls_key *key = setup->key;
    tg_text head = { 0 };
    add_form(&head, "{\"format\":1,\"command\":\"%s\",\"transport\":\"%s\",\"profile\":", r->command,
             setup->datagrams ? "dtls" : "tls");
    tg_json_add_string(key->profile.name, &head);
    if (key->of_conversation)
        add_form(&head, ",\"crypto_session\":{\"csb_id\":\"%08x\",\"cs_id\":%u}", key->csb_id, key->cs_id);
    else
        add_form(&head, ",\"crypto_session\":null");
    add_form(&head, ",\"listening\":%s%s%s", r->listening[0] ? "\"" : "", r->listening[0] ? r->listening : "null",
             r->listening[0] ? "\"" : "");
    if (r->has_teks_differ)
        add_form(&head, ",\"teks_differ\":%s", r->teks_differ ? "true" : "false");
    add_form(&head, ",\"ok\":%s,\"sessions\":[%s", ok ? "true" : "false", r->num ? "\n" : "");
    if (head.failed || r->sessions.failed)
        cli_complain("out of memory");
    cli_write(head.data, head.len);
    cli_write(r->sessions.data, r->sessions.len);
    cli_print("]}\n");
    tg_text_free(&head);
}

int tls_report_finish(tls_report *r, const tls_setup *setup, int code)
{
    bool lost = r->sessions.failed;
    if (r->transcript && fclose(r->transcript) != 0) {
        cli_complain("--transcript %s: %s", r->transcript_path, strerror(errno));
        lost = true;
    }
    r->transcript = NULL;
    int final = code != CLI_OK ? code : r->num ? CLI_OK : CLI_NOTHING;
    if (lost || r->num_failed)
        final = lost ? CLI_INTERNAL : CLI_FAILED;
    if (r->output == TLS_OUTPUT_JSON)
        write_json(r, setup, final == CLI_OK && !cli_interrupted());
    tg_text_free(&r->sessions);
    return final;
}
