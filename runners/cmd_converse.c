/* ticketgate converse */
#include <stdlib.h>

#include "answer.h"
#include "cmd.h"
#include "converse_plan.h"
#include "converse_sip.h"
#ifdef TICKETGATE_HAS_PCAPS
#include "converse_pcap.h"
#endif

enum { OUTPUT_JSON, OUTPUT_HEX, OUTPUT_SIP, OUTPUT_PCAP };
static const char *const output_names[] = { "json", "hex", "sip",
#ifdef TICKETGATE_HAS_PCAPS
                                            "pcap",
#endif
                                            NULL };
#define MOST_COUNT ((size_t)100000000)
#define FIRST_MEMORY ((size_t)64 << 20)
#define MOST_MEMORY ((size_t)1 << 30)
enum { MAX_ATTEMPTS = 64 };

static const cli_option options[] = {
    { "profile", "NAME", "a built-in profile; rfc6043 unless given" },
    { "mode", "N", "1 to 4 (RFC 6043, 4.1.1); 1 unless given" },
    { "seed", "TEXT", "what keys and random numbers are made from; the same seed gives the\nsame conversations" },
    { "count", "N", "how many" },
    { "output", "FORM",
      "json (default, one a line), hex (one message a line, an empty line\nafter each conversation), sip (the MESSAGEs of a profile that has\nthem, as they follow each other)"
#ifdef TICKETGATE_HAS_PCAPS
      " or pcap"
#endif
    },
    { "vary", NULL, "draw from the seed what no other option says, anew for each" },
    { "suite", "WHICH", "128, 128-kw (AES key wrap) or 256" },
    { "flags", "LETTERS", "the flags of the ticket that are 1, as in DEFHI" },
    { "streams", "N", "m-lines" },
    { "initiator-key", NULL, "keys in a KEMAC of TRANSFER_INIT" },
    { "responder-key", NULL, "keys in a KEMAC of TRANSFER_RESP" },
    { "update", "WHO[,response][,key]", "a CSB update from I or R; can be given several times" },
    { "reuse", "N", "transfer the ticket again so many times" },
    { "resolve-each-time", NULL, "the Responder does not keep the keys of a ticket" },
    { "error", "WHERE", "who refuses: request, transfer or resolve; none" },
    { "plain-errors", NULL, "Errors without a MAC" },
    { "pk", "WHERE", "public keys in: request, resolve, both or none; needs --rsa" },
    { "rsa", "FOLDER", "with NAME.pem and NAME.der of initiator, responder and kms, and ca.der,\nas vectors/keys" },
    { "two-kms", NULL, "the Responder's KMS asks the Initiator's (section 10)" },
    { "ts-type", "WHICH", "of T: ntp-utc, ntp, counter or ntp-utc-32" },
    { "leave-out-ids", NULL,
      "no IDRi, IDRr and IDRkms where they may be left out; as the other side\ncannot know them, with --set "
      "absent_identity=empty" },
    { "sdp-ids", "LIST",
      "the key management protocols of the offer, joined by ';', in TRANSFER_INIT\n(General Extension SDP IDs, RFC 4567 4.1.4); mikey with --output pcap,\nnone otherwise; '' for none" },
    { "set", "NAME=VALUE", "a setting of the profile; can be given several times" },
    { "deviation", "NAME",
      "be wrong in this way; without --profile and --mode in a plan that shows it\n(with public keys where it needs them: --rsa)" },
    { "list-deviations", NULL, "list the ways to be wrong" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "converse",
    "",
    "Makes complete conversations, with their keys, that keep every rule.",
    options,
    "A conversation in JSON is what ticketgate verify reads (vectors/CONVERSATION.md). A capture\n"
    "has the Ticket Transfer in SIP, INVITE over UDP or (ims-message) MESSAGE over TCP with a\n"
    "protected body, and the exchanges with the KMS in HTTP: POST of application/mikey, which is\n"
    "a choice of Ticketgate's and no standard's.\n"
    "The keys are made from the seed: they protect nothing.\n\n"
    "exit codes:\n"
    "  0   made\n"
    "  1   the exchange did not end as planned, or the plan contradicts itself\n" CLI_EXIT_CODES "\n"
    "examples:\n"
    "  ticketgate converse --profile ims-media --update I,response | ticketgate verify -\n"
    "  ticketgate converse --vary --seed 7 --count 1000 | ticketgate verify --lines --mask-keys\n"
    "  ticketgate converse --profile ims-message --output sip | ticketgate smime check -\n"
    "  ticketgate converse --mode 2 --reuse 1 --output pcap > call.pcap\n",
};

typedef struct converse {
    converse_options o;
    tg_crypto *crypto;
    uint8_t *memory;
    size_t capacity, used;
    tg_text text;
    size_t count;
    int output;
    bool list;
#ifdef TICKETGATE_HAS_PCAPS
    tg_pcap_writer *pcap;
    FILE *pcap_file;
    char *pcap_data;
    size_t pcap_len;
#endif
} converse;

static bool take(void *user, const char *name, const char *value)
{
    converse *c = user;
    bool known;
    if (!converse_options_take(&c->o, name, value, &known))
        return false;
    if (known)
        return true;
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, output_names, &c->output);
    if (strcmp(name, "count") == 0)
        return cli_take_size(name, value, MOST_COUNT, &c->count);
    return c->list = true;
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static bool provide(converse *c, size_t wanted)
{
    free(c->memory);
    c->memory = malloc(wanted);
    c->capacity = c->memory ? wanted : 0;
    return c->memory != NULL;
}

/* Runs the plan, with twice the memory while it does not fit. What was used is wiped before the next. */
static tg_status run_plan(converse *c, const tg_plan *plan, tg_conversation_made *made)
{
    for (;;) {
        tg_arena arena = tg_arena_of(c->memory, c->capacity);
        tg_status status = tg_converse(c->crypto, plan, &arena, made);
        c->used = arena.used;
        if (status != TG_ARENA_FULL || c->capacity >= MOST_MEMORY)
            return status;
        tg_wipe(c->memory, c->used);
        if (!provide(c, c->capacity * 2))
            return TG_NO_MEMORY;
    }
}

/* ---- output ------------------------------------------------------------------------------------------------- */

static void write_hex(converse *c, const tg_conversation_made *made)
{
    for (size_t i = 0; i < made->num_sent; i++) {
        char *hex = malloc(tg_hex_encoded_size(made->sent[i].octets.len));
        if (!hex) {
            c->text.failed = true;
            return;
        }
        tg_hex_encode(made->sent[i].octets, hex);
        answer_add(&c->text, hex);
        answer_add(&c->text, "\n");
        free(hex);
    }
    answer_add(&c->text, "\n");
}

static bool write_messages(converse *c, const tg_conversation_made *made, size_t number)
{
    bool any = false;
    for (size_t i = 0; converse_sip_is_message(&made->known.profile) && i < made->num_sent; i++) {
        tg_status status = converse_sip_add(c->crypto, made, i, &c->text);
        any = any || status == TG_OK;
        if (status != TG_OK && status != TG_REFUSED) {
            cli_complain("conversation %zu: %s", number, tg_status_text(status));
            return false;
        }
    }
    if (!any)
        cli_complain("conversation %zu: no Ticket Transfer for a message (see --profile ims-message)", number);
    return any && answer_send(&c->text);
}

static bool write_out(converse *c, const tg_plan *plan, const tg_conversation_made *made, size_t number)
{
    if (c->output == OUTPUT_SIP)
        return write_messages(c, made, number);
#ifdef TICKETGATE_HAS_PCAPS
    if (c->output == OUTPUT_PCAP) {
        bool ok = converse_pcap_write(c->pcap, c->crypto, made, number);
        if (!ok)
            cli_complain("conversation %zu: a message does not fit in a datagram", number);
        return ok;
    }
#endif
    (void)number;
    tg_json_pems pems = converse_plan_pems(plan);
    if (c->output == OUTPUT_HEX)
        write_hex(c, made);
    else
        tg_json_add_conversation(&made->known, made->sent, made->num_sent, &pems, &c->text);
    if (c->output == OUTPUT_JSON)
        answer_add(&c->text, "\n");
    return answer_send(&c->text);
}

/* ---- conversations ------------------------------------------------------------------------------------------ */

/* A plan that does not contradict itself; with --vary others are drawn until there is one. */
static tg_status make_one(converse *c, size_t number, tg_profile *profile, char *seed, tg_plan *plan,
                          tg_conversation_made *made)
{
    tg_status status = TG_REFUSED;
    for (unsigned attempt = 0; status == TG_REFUSED && attempt < (c->o.vary ? MAX_ATTEMPTS : 1); attempt++) {
        if (converse_plan_make(&c->o, c->crypto, number, attempt, profile, seed, plan))
            status = run_plan(c, plan, made);
    }
    return status;
}

static void complain_of_end(const converse *c, const tg_conversation_made *made, size_t number)
{
    if (made->finished || c->o.deviation)
        return;
    cli_complain("conversation %zu: it did not end as planned: %s%s%s", number, tg_refusal_text(made->refusal),
                 made->broken ? ": " : "", made->broken ? made->broken->id : "");
}

static int run_one(converse *c, size_t number)
{
    tg_profile profile;
    char seed[CONVERSE_MAX_SEED];
    tg_plan plan;
    tg_conversation_made made = { 0 };
    tg_status status = make_one(c, number, &profile, seed, &plan, &made);
    if (status != TG_OK) {
        cli_complain("conversation %zu: %s", number,
                     status == TG_REFUSED ? "the plan contradicts itself, or the profile and the mode"
                                          : tg_status_text(status));
        return status == TG_REFUSED ? CLI_FAILED : CLI_INTERNAL;
    }
    bool ok = write_out(c, &plan, &made, number);
    complain_of_end(c, &made, number);
    bool as_planned = made.finished || c->o.deviation;
    tg_conversation_made_free(&made);
    tg_wipe(c->memory, c->used);
    return ok && as_planned ? CLI_OK : CLI_FAILED;
}

static int run_all(converse *c)
{
    int worst = CLI_OK;
    for (size_t i = 0; i < c->count && !cli_interrupted() && !cli_write_failed(); i++) {
        int code = run_one(c, i);
        worst = code > worst ? code : worst;
        if (code != CLI_OK && code != CLI_FAILED)
            break;
    }
    return worst;
}

#ifdef TICKETGATE_HAS_PCAPS
static int run_to_pcap(converse *c)
{
    c->pcap_file = open_memstream(&c->pcap_data, &c->pcap_len);
    c->pcap = c->pcap_file ? tg_pcap_writer_open(c->pcap_file, 1780142400) : NULL; /* 2026-05-30 12:00:00 UTC */
    if (!c->pcap) {
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    int code = run_all(c);
    if (!tg_pcap_writer_close(c->pcap)) {
        cli_complain("out of memory");
        code = CLI_INTERNAL;
    } else {
        cli_write(c->pcap_data, c->pcap_len);
    }
    free(c->pcap_data);
    return code;
}
#endif

static int list_deviations(void)
{
    size_t num;
    const tg_deviation *deviations = tg_deviations(&num);
    for (size_t i = 0; i < num; i++)
        cli_print("%-32s %s (%s)\n", deviations[i].name, deviations[i].title, deviations[i].breaks);
    return num ? CLI_OK : CLI_NOTHING;
}

static int run(converse *c, int argc, char **argv, int first)
{
    if (first < argc) {
        cli_complain("%s: nothing is read (see ticketgate converse --help)", argv[first]);
        return CLI_USAGE;
    }
    if (c->list)
        return list_deviations();
    bool deviates_in_pk = c->o.deviation && (c->o.deviation->needs & TG_NEEDS_PK) && !c->o.profile && !c->o.mode;
    if ((c->o.pk > 0 || deviates_in_pk) && c->o.rsa_i.len == 0) {
        cli_complain("%s needs --rsa", c->o.pk > 0 ? "--pk" : "this deviation");
        return CLI_USAGE;
    }
    if (tg_crypto_new(&c->crypto) != TG_OK || !provide(c, FIRST_MEMORY)) {
        cli_complain("the cryptographic library could not be set up");
        return CLI_INTERNAL;
    }
#ifdef TICKETGATE_HAS_PCAPS
    bool in_sdp = !c->o.profile || strcmp(c->o.profile, "ims-message") != 0;
    if (c->output == OUTPUT_PCAP && in_sdp && !c->o.sdp_ids)
        c->o.sdp_ids = "mikey";
    if (c->output == OUTPUT_PCAP)
        return run_to_pcap(c);
#endif
    return run_all(c);
}

int cmd_converse(int argc, char **argv)
{
    converse c = { .count = 1 };
    int first;
    converse_options_init(&c.o);
    int code = cli_parse(&command, argc, argv, take, &c, &first);
    if (code < 0)
        code = run(&c, argc, argv, first);
    tg_crypto_free(c.crypto);
    converse_options_free(&c.o);
    tg_text_free(&c.text);
    free(c.memory);
    return code;
}
