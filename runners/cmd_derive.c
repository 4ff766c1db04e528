/* ticketgate derive */
#include <errno.h>
#include <stdlib.h>

#include "answer.h"
#include "cmd.h"
#include "derive_inputs.h"
#include "derive_trail.h"
#include "request.h"
#include "verifying.h"

enum { OUTPUT_TEXT, OUTPUT_JSON };
static const char *const output_names[] = { "text", "json", NULL };

static const cli_option options[] = {
    { "prf", "N", "PRF func: 0 (MIKEY-1) or 1 (PRF-HMAC-SHA-256, default)" },
    { "inkey", "HEX|@FILE", "the key to derive from; with @, a file of hex digits" },
    { "use", "WHICH", "encr, auth, salt or tek" },
    { "of", "WHICH", "mpki, mpkr or tgk" },
    { "csb-id", "N", "CSB ID, such as 0x12345678" },
    { "cs-id", "N", "CS ID" },
    { "direction", "N", "1: an initial message; 2: a response (other octets are taken too)" },
    { "randri", "HEX", "RANDRi; left out: none" },
    { "randrr", "HEX", "RANDRr; left out: none" },
    { "rand", "HEX", "RAND" },
    { "idr", "HEX", "ID Data of the modifier" },
    { "randrkms", "HEX", "RANDRkms of the modifier" },
    { "len", "N", "octets of the result" },
    { "conversation", "FILE", "a conversation: the derivations behind an answer" },
    { "message", "N", "with --conversation: the message, from 0" },
    VERIFYING_OPTIONS,
    { "output", "FORM", "text (default) or json" },
    { "show-keys", NULL, "show the key that was derived from; with --conversation, all" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "derive",
    "KIND",
    "Shows a key derivation: its clause, PRF, label in parts, and result.",
    options,
    DERIVE_KINDS_HELP "\n"
                      "exit codes:\n"
                      "  0   shown\n"
                      "  1   it cannot be derived, or the input is no conversation\n" CLI_EXIT_CODES
                      "  5   nothing was derived for this message\n\n"
                      "examples:\n"
                      "  ticketgate derive message-key --use auth --inkey @psk.hex --csb-id 0x12345678 \\\n"
                      "      --direction 1 --randri 00112233445566778899aabbccddeeff\n"
                      "  ticketgate derive fork --prf 0 --of mpkr --inkey @mpkr.hex --idr 626f62 --randrkms 0011\n"
                      "  ticketgate derive --conversation conversation.json --message 3 --output json\n",
};

typedef struct derive {
    derive_inputs in;
    verifying v;
    derive_trail trail;
    tg_text text;
    int output;
    const char *conversation;
    size_t message;
    bool has_message, show_keys;
} derive;

static bool take_index(const char *value, size_t *out)
{
    char *end;
    errno = 0;
    unsigned long index = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno) {
        cli_complain("--message %s: not the index of a message", value);
        return false;
    }
    *out = index;
    return true;
}

static bool take(void *user, const char *name, const char *value)
{
    derive *c = user;
    bool known;
    if (!derive_inputs_take(&c->in, name, value, &known))
        return false;
    if (known)
        return true;
    if (!verifying_take(&c->v, name, value, &known))
        return false;
    if (known)
        return true;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &c->output);
    if (strcmp(name, "message") == 0)
        return c->has_message = take_index(value, &c->message);
    if (strcmp(name, "conversation") == 0)
        c->conversation = value;
    c->show_keys = c->show_keys || strcmp(name, "show-keys") == 0;
    return true;
}

/* ---- one derivation ----------------------------------------------------------------------------------------- */

static void show(derive *c, const derive_step *step)
{
    const derive_masks masks = { .inkey = !c->show_keys };
    if (c->output == OUTPUT_TEXT) {
        derive_show_text(step, masks);
        return;
    }
    derive_show_json(step, masks, "", &c->text);
    answer_add(&c->text, "\n");
    (void)answer_send(&c->text);
}

static int run_inputs(derive *c, int argc, char **argv, int first)
{
    uint8_t memory[16384], outkey[4096];
    tg_arena arena = tg_arena_of(memory, sizeof memory);
    derive_step step = { 0 };
    if (argc - first != 1) {
        cli_complain("one kind of derivation must be named (see ticketgate derive --help)");
        return CLI_USAGE;
    }
    if (!derive_inputs_make(&c->in, argv[first], &arena, &step.d))
        return CLI_USAGE;
    if (step.d.outkey_len == 0 || step.d.outkey_len > sizeof outkey) {
        cli_complain("%s: the result must have 1 to %zu octets", argv[first], sizeof outkey);
        return CLI_USAGE;
    }
    tg_status status = tg_derivation_run(c->v.crypto, &step.d, outkey);
    step.outkey = tg_bytes_of(outkey, step.d.outkey_len);
    if (status == TG_OK)
        show(c, &step);
    else
        cli_complain("%s: %s", argv[first], tg_status_text(status));
    tg_wipe(outkey, sizeof outkey);
    return status == TG_OK ? CLI_OK : CLI_FAILED;
}

/* ---- a conversation ----------------------------------------------------------------------------------------- */

static int show_trail(derive *c)
{
    const derive_masks masks = { .inkey = !c->show_keys, .outkey = !c->show_keys };
    size_t num = 0;
    answer_add(&c->text, "[");
    for (size_t i = 0; i < c->trail.num; i++) {
        if (!c->trail.wanted[i])
            continue;
        if (c->output == OUTPUT_JSON) {
            answer_add(&c->text, num ? ",\n" : "\n");
            derive_show_json(&c->trail.steps[i], masks, "  ", &c->text);
        } else {
            cli_print("%s", num ? "\n" : "");
            derive_show_text(&c->trail.steps[i], masks);
        }
        num++;
    }
    answer_add(&c->text, num ? "\n]\n" : "]\n");
    if (c->output == OUTPUT_JSON && !answer_send(&c->text))
        return CLI_INTERNAL;
    if (num == 0)
        cli_complain("nothing was derived for message %zu", c->message);
    return num ? CLI_OK : CLI_NOTHING;
}

static int judge_and_show(derive *c)
{
    tg_diag diag;
    if (c->message >= c->v.conversation.num_sent) {
        cli_complain("--message %zu: the conversation has %zu", c->message, c->v.conversation.num_sent);
        return CLI_USAGE;
    }
    /* All of it is judged: later messages may change what is said of this one. */
    tg_crypto_observe(c->v.crypto, derive_trail_see, &c->trail);
    tg_status status = verifying_judge(&c->v, &diag);
    tg_crypto_observe(c->v.crypto, NULL, NULL);
    if (status != TG_OK) {
        request_complain(c->conversation, &diag, NULL);
        return CLI_FAILED;
    }
    derive_trail_select(&c->trail, &tg_conversation_judgement(c->v.judged, c->message)->derived);
    return show_trail(c);
}

static int run_conversation(derive *c, int argc, int first)
{
    input_text text;
    tg_diag diag;
    const char *reason = NULL;
    if (argc > first || !c->has_message) {
        cli_complain("--conversation needs --message, and takes no operand");
        return CLI_USAGE;
    }
    int code = input_read(c->conversation, VERIFYING_MAX_TEXT, "", &text);
    if (code != CLI_OK)
        return code;
    bool ok = verifying_read(&c->v, text.data, text.len, false, &diag, &reason) == TG_OK;
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    if (!ok) {
        request_complain(c->conversation, &diag, reason);
        return CLI_FAILED;
    }
    return judge_and_show(c);
}

int cmd_derive(int argc, char **argv)
{
    derive c = { 0 };
    int first;
    if (!verifying_init(&c.v))
        return CLI_INTERNAL;
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0)
        code = c.conversation ? run_conversation(&c, argc, first) : run_inputs(&c, argc, argv, first);
    verifying_free(&c.v);
    derive_trail_free(&c.trail);
    derive_inputs_free(&c.in);
    tg_text_free(&c.text);
    return code;
}
