/* ticketgate verify */
#include <stdlib.h>

#include "answer.h"
#include "cmd.h"
#include "lines.h"
#include "verify_files.h"
#include "verify_text.h"
#include "verifying.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    VERIFYING_OPTIONS,
    { "keys", "FILE",
      "what is known (a conversation without messages); the operands are\nthen the messages, in order: "
      "[EX,FROM=]FILE, as in transfer,I=init.hex;\nwithout EX,FROM the message tells them" },
    REQUEST_FORMAT_OPTION,
    REQUEST_MAX_SIZE_OPTION,
    { "output", "FORM", "text (default) or json" },
    { "show-keys", NULL, "show what was derived, keys too" },
    { "lines", NULL, "a conversation a line in, a line of JSON an answer out,\nwith what was derived" },
    { "mask-keys", NULL, "with --lines: leave out what was derived" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "verify",
    "[FILE|-]",
    "Judges a conversation with its keys: MACs, signatures, tickets, KEMACs and the rules\n"
    "across messages.",
    options,
    "The input is a conversation as vectors/CONVERSATION.md describes it; so is the answer of\n"
    "--output json and --lines. --format and --max-size are for the messages beside --keys;\n"
    "without any the message is read from standard input.\n\n"
    "--lines writes exactly one line for each input line, in the same order, and flushes\n"
    "when the input runs dry. A line has 64 MiB at the most. A line that is no conversation is\n"
    "answered by {\"verdict\":\"error\",\"error\":{...}}. The answers hold keys.\n\n"
    "exit codes:\n"
    "  0   accepted (with --lines: all of them)\n"
    "  1   not accepted, or no conversation\n" CLI_EXIT_CODES
    "  5   there is no message; --lines, and there was no line\n\n"
    "examples:\n"
    "  ticketgate verify conversation.json\n"
    "  ticketgate verify --profile ims-media --set vr_prf=hdr --output json conversation.json\n"
    "  ticketgate verify --keys keys.json request.hex response.hex transfer,I=offer.sdp\n"
    "  ticketgate verify --lines --mask-keys < conversations.jsonl\n",
};

typedef struct verify {
    request r;
    verifying v;
    verify_files files;
    tg_text text;
    const char *keys;
    bool show_keys, mask_keys;
} verify;

static bool take(void *user, const char *name, const char *value)
{
    verify *c = user;
    bool known;
    if (!request_take(&c->r, name, value, &known))
        return false;
    if (known)
        return true;
    if (!verifying_take(&c->v, name, value, &known))
        return false;
    if (known)
        return true;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &c->r.output);
    if (strcmp(name, "keys") == 0)
        c->keys = value;
    c->show_keys = c->show_keys || strcmp(name, "show-keys") == 0;
    c->mask_keys = c->mask_keys || strcmp(name, "mask-keys") == 0;
    return true;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

static bool answer_line(void *user, const char *line, size_t len, bool too_long)
{
    verify *c = user;
    tg_diag diag = { .status = TG_TOO_LARGE, .id = "" };
    const char *reason = "The line is longer than 64 MiB.";
    bool judged = !too_long && verifying_read(&c->v, line, len, false, &diag, &reason) == TG_OK;
    if (judged) {
        reason = NULL;
        judged = verifying_judge(&c->v, &diag) == TG_OK;
    }
    bool accepted = judged && tg_conversation_is_accepted(c->v.judged);
    if (judged)
        tg_json_add_answer(c->v.judged, !c->mask_keys, 0, &c->text);
    else
        tg_json_add_no_answer(&diag, reason, &c->text);
    verifying_wipe(&c->v);
    return answer_send_line(&c->text) && accepted;
}

/* ---- one conversation --------------------------------------------------------------------------------------- */

static int refuse(verify *c, const char *path, const tg_diag *diag, const char *reason)
{
    request_complain(path, diag, reason);
    if (c->r.output == OUTPUT_JSON) {
        tg_json_add_no_answer(diag, reason, &c->text);
        (void)answer_send_line(&c->text);
    }
    return tg_status_class(diag->status) == TG_CLASS_LIMIT && diag->status == TG_NO_MEMORY ? CLI_INTERNAL : CLI_FAILED;
}

static int judge_and_show(verify *c, const char *path)
{
    const tg_json_conversation *conversation = &c->v.conversation;
    tg_diag diag;
    if (conversation->num_sent == 0) {
        cli_complain("%s: there is no message to judge", input_name(path));
        return CLI_NOTHING;
    }
    if (verifying_judge(&c->v, &diag) != TG_OK)
        return refuse(c, path, &diag, NULL);
    bool accepted = tg_conversation_is_accepted(c->v.judged);
    if (c->r.output == OUTPUT_JSON) {
        tg_json_add_answer(c->v.judged, c->show_keys, 2, &c->text);
        if (!answer_send_line(&c->text))
            return CLI_INTERNAL;
    } else {
        verify_text_print(c->v.judged, conversation->sent, &conversation->known.profile, c->show_keys);
    }
    return accepted ? CLI_OK : CLI_FAILED;
}

/* Reads the conversation, or the file of keys. */
static int read_text(verify *c, const char *path, bool without_messages)
{
    input_text text;
    tg_diag diag;
    const char *reason = NULL;
    int code = input_read(path, VERIFYING_MAX_TEXT, "", &text);
    if (code != CLI_OK)
        return code;
    if (verifying_read(&c->v, text.data, text.len, without_messages, &diag, &reason) != TG_OK)
        code = refuse(c, path, &diag, reason);
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return code;
}

static int run_with_keys(verify *c, char *const *operands, size_t num)
{
    int code = read_text(c, c->keys, true);
    if (code == CLI_OK)
        code = verify_files_read(&c->files, &c->r, operands, num);
    if (code != CLI_OK)
        return code;
    c->v.conversation.sent = c->files.sent;
    c->v.conversation.num_sent = c->files.num;
    return judge_and_show(c, num ? operands[0] : "-");
}

static int run(verify *c, int argc, char **argv, int first)
{
    const char *path;
    c->show_keys = c->show_keys && !c->mask_keys; /* of the two the careful one holds */
    c->v.without_inputs = c->r.lines ? c->mask_keys : !c->show_keys;
    if (c->keys && !c->r.lines)
        return run_with_keys(c, argv + first, (size_t)(argc - first));
    if (c->keys) {
        cli_complain("--lines takes conversations: --keys is not for it");
        return CLI_USAGE;
    }
    if (!request_operand(argc, argv, first, &path))
        return CLI_USAGE;
    if (c->r.lines)
        return lines_run(path, VERIFYING_MAX_TEXT, answer_line, c);
    int code = read_text(c, path, false);
    return code == CLI_OK ? judge_and_show(c, path) : code;
}

int cmd_verify(int argc, char **argv)
{
    verify c = { 0 };
    int first;
    request_init(&c.r);
    if (!verifying_init(&c.v))
        return CLI_INTERNAL;
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0)
        code = run(&c, argc, argv, first);
    request_free(&c.r);
    verifying_free(&c.v);
    verify_files_free(&c.files);
    tg_text_free(&c.text);
    return code;
}
