/* ticketgate smime check */
#include <stdlib.h>

#include "answer.h"
#include "cmd.h"
#include "jsonfile.h"
#include "lines.h"
#include "request.h"
#include "smime_keys.h"
#include "smime_question.h"
#include "verify_text.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    { "form", "FORM",
      "cms (a ContentInfo), entity (a MIME entity) or sip (a SIP request); told\nfrom the octets unless given" },
    { "kek", "HEX", "a key-encryption key; one key alone is tried under every identifier" },
    { "kek-id", "HEX", "its keyIdentifier (kekid)" },
    { "conversation", "FILE",
      "form sip: what is known beside it, as vectors/CONVERSATION.md has it, with\n\"hex\":null for the TRANSFER_INIT "
      "of the body" },
    { "allow-unauthenticated", NULL, "open EnvelopedData, too" },
    { "profile", "NAME", "ims-message unless given" },
    { "set", "NAME=VALUE", "a setting in place of the profile's" },
    { "output", "FORM", "text (default) or json" },
    { "lines", NULL,
      "a question a line in, an answer a line out (vectors/SMIME.md,\nsections 2 and 3); what is asked stands in the "
      "line alone" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "smime check",
    "[FILE|-]",
    "Judges a PSK S/MIME container, a MIME entity with one, or a SIP request with one.",
    options,
    "JSON output is the answer of vectors/SMIME.md, section 3, with a member \"places\": each finding\n"
    "with place and text. It has the content in it when a key opened it; the text has not.\n" SMIME_OCTETS_HELP "\n"
    "exit codes:\n"
    "  0   accepted (with --lines: all of them)\n"
    "  1   not accepted\n" CLI_EXIT_CODES "  5   --lines, and there was no line\n\n"
    "examples:\n"
    "  ticketgate smime check container.der\n"
    "  ticketgate smime check --kek @tek.hex --output json protected.mime\n"
    "  ticketgate smime check --conversation conversation.json message.sip\n",
};

typedef struct check {
    smime_keys keys;
    verifying v;
    smime_ask ask;
    tg_profile profile;
    tg_text text;
    const char *conversation;
    int output;
    bool lines, has_output;
} check;

static bool take_form(check *c, const char *value)
{
    int form;
    bool ok = cli_take_choice("form", value, smime_form_names, &form);
    c->ask.form = ok ? (smime_form)form : SMIME_FORM_DETECT;
    return ok;
}

static bool take(void *user, const char *name, const char *value)
{
    check *c = user;
    bool known;
    if (!smime_keys_take(&c->keys, name, value, &known))
        return false;
    if (known)
        return true;
    if (!verifying_take(&c->v, name, value, &known))
        return false;
    if (known)
        return true;
    if (strcmp(name, "form") == 0)
        return take_form(c, value);
    if (strcmp(name, "output") == 0)
        return c->has_output = cli_take_choice(name, value, output_names, &c->output);
    if (strcmp(name, "conversation") == 0)
        c->conversation = value;
    c->lines = c->lines || strcmp(name, "lines") == 0;
    c->ask.how.allow_unauthenticated = c->ask.how.allow_unauthenticated || strcmp(name, "allow-unauthenticated") == 0;
    return true;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

static void refuse_line(check *c, const char *reason)
{
    const tg_diag diag = { .status = TG_BAD_JSON, .id = "" };
    tg_json_add_no_answer(&diag, reason, &c->text);
}

static bool answer_line(void *user, const char *line, size_t len, bool too_long)
{
    check *c = user;
    const char *reason = "The line is longer than 64 MiB.";
    smime_question question;
    smime_answer answer;
    bool accepted = false;
    json_t *json = too_long ? NULL : json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    if (!too_long && !json)
        reason = "This is not JSON.";
    if (!json || !smime_question_read(&question, &c->v, json, &reason)) {
        refuse_line(c, reason);
    } else {
        if (smime_answer_make(c->v.crypto, &question.ask, &answer) == TG_OK) {
            smime_answer_add(&answer, false, &c->text);
            accepted = !smime_answer_rejects(&answer);
        } else {
            refuse_line(c, "Memory ran out.");
        }
        smime_answer_free(&answer);
        smime_question_free(&question);
    }
    json_decref(json);
    verifying_wipe(&c->v);
    return answer_send_line(&c->text) && accepted;
}

/* ---- one input ---------------------------------------------------------------------------------------------- */

static void print_container(const smime_answer *answer)
{
    if (!answer->has_type)
        return;
    const tg_smime *container = answer->container;
    cli_print("%s", tg_smime_type_name(answer->type));
    if (container && answer->type != TG_SMIME_TYPE_IS_OTHER) {
        cli_print(", %s", container->alg == TG_SMIME_ALG_UNKNOWN ? container->algorithm.oid
                                                                 : tg_smime_alg_name(container->alg));
        if (container->mac.len > 0)
            cli_print(", %s of %zu octets", tg_smime_alg_is_aead(container->alg) ? "tag" : "MAC", container->mac.len);
        cli_print(", %zu octets of content", container->content_len);
        for (size_t i = 0; i < container->num_recipients; i++) {
            cli_print("\nrecipient %zu: %s", i, tg_smime_recipient_kind_name(container->recipients[i].kind));
            if (container->recipients[i].kind == TG_SMIME_KEKRI)
                cli_print(", %s", tg_smime_wrap_name(container->recipients[i].wrap));
        }
    }
    cli_print("\n");
}

static void print_answer(const smime_answer *answer, const smime_ask *ask)
{
    bool rejects = smime_answer_rejects(answer);
    cli_print("profile ");
    cli_print_safe(ask->profile->name);
    cli_print("\n");
    print_container(answer);
    for (size_t i = 0; i < answer->num_findings; i++) {
        cli_print("\n");
        verify_text_print_finding(answer->findings[i], ask->octets);
    }
    if (answer->error != TG_OK)
        cli_print("\ncannot be read: %s, at octet %zu\n", tg_status_text(answer->error), answer->diag.offset);
    cli_print("\noutcome: %s\n", tg_smime_outcome_name(answer->outcome));
    if (answer->has_origin)
        cli_print("origin: %s", answer->origin_proven ? "proven" : "not proven");
    if (answer->sender) {
        cli_print(", sip sender ");
        cli_print_safe(answer->sender);
    }
    cli_print("%s", answer->has_origin ? "\n" : "");
    cli_print("verdict: %s\n", rejects ? "reject" : "accept");
}

static bool read_conversation(check *c)
{
    char complaint[512];
    const char *reason = "";
    json_t *json;
    if (!jsonfile_load(c->conversation, VERIFYING_MAX_TEXT, &json, complaint, sizeof complaint)) {
        cli_complain("%s", complaint);
        return false;
    }
    bool ok = smime_question_conversation(&c->v, json, &reason);
    if (!ok)
        cli_complain("%s: %s", c->conversation, reason);
    json_decref(json);
    c->ask.conversation = ok ? &c->v.conversation : NULL;
    return ok;
}

static int judge_and_show(check *c, const char *path)
{
    smime_answer answer;
    if (c->conversation && !read_conversation(c))
        return CLI_USAGE;
    tg_status status = smime_answer_make(c->v.crypto, &c->ask, &answer);
    int code = CLI_INTERNAL;
    if (status != TG_OK) {
        cli_complain("%s: %s", input_name(path), tg_status_text(status));
    } else {
        code = smime_answer_rejects(&answer) ? CLI_FAILED : CLI_OK;
        if (c->output == OUTPUT_JSON) {
            smime_answer_add(&answer, true, &c->text);
            code = answer_send_line(&c->text) ? code : CLI_INTERNAL;
        } else {
            print_answer(&answer, &c->ask);
        }
    }
    smime_answer_free(&answer);
    return code;
}

/* Each line says for itself what these would. */
static bool lines_alone(const check *c)
{
    const char *given = c->keys.num_keks                            ? "--kek"
                        : c->keys.num_ids                           ? "--kek-id"
                        : c->ask.form != SMIME_FORM_DETECT          ? "--form"
                        : c->conversation                           ? "--conversation"
                        : c->ask.how.allow_unauthenticated          ? "--allow-unauthenticated"
                        : c->has_output && c->output == OUTPUT_TEXT ? "--output text"
                                                                    : NULL;
    if (given)
        cli_complain("%s does not go with --lines", given);
    return !given;
}

static int run(check *c, int argc, char **argv, int first)
{
    const char *path;
    input_text text;
    if ((c->lines && !lines_alone(c)) || !smime_keys_complete(&c->keys, false) ||
        !request_operand(argc, argv, first, &path))
        return CLI_USAGE;
    if (!smime_answer_init())
        return CLI_INTERNAL;
    if (c->lines)
        return lines_run(path, VERIFYING_MAX_TEXT, answer_line, c);
    c->profile = *(c->v.profile ? c->v.profile : tg_profile_find("ims-message"));
    for (size_t i = 0; i < c->v.num_settings; i++)
        (void)tg_setting_set(&c->profile.settings, c->v.settings[i].name, c->v.settings[i].value);
    int code = input_read(path, TG_MIME_MAX_OCTETS, "", &text);
    if (code != CLI_OK)
        return code;
    c->ask.octets = tg_bytes_of(text.data, text.len);
    c->ask.profile = &c->profile;
    c->ask.how.keys = c->keys.keys;
    c->ask.how.num_keys = c->keys.num_keks;
    smime_form form = c->ask.form == SMIME_FORM_DETECT ? smime_form_of(c->ask.octets) : c->ask.form;
    if (c->conversation && form != SMIME_FORM_SIP) {
        cli_complain("--conversation is for a SIP request");
        code = CLI_USAGE;
    } else {
        code = judge_and_show(c, path);
    }
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return code;
}

int cmd_smime_check(int argc, char **argv)
{
    check *c = calloc(1, sizeof *c);
    int first, code = CLI_INTERNAL;
    if (c && verifying_init(&c->v)) {
        c->ask.form = SMIME_FORM_DETECT;
        code = cli_parse(&command, argc, argv, take, c, &first);
        if (code < 0)
            code = run(c, argc, argv, first);
        verifying_free(&c->v);
        smime_keys_free(&c->keys);
        tg_text_free(&c->text);
    }
    free(c);
    return code;
}
