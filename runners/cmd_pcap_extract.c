/* ticketgate pcap extract */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_pcap.h"
#include "input.h"

enum { MOST_PATH = 4096 };

static const cli_option options[] = {
    PCAP_JUDGING_OPTIONS(TGP_TRACE_MEMORY_MIB),
    { "into", "FOLDER", "where to; made where it is not there. No file in it is overwritten" },
    { "with-keys", NULL, "conversations with what the key file knows of them (files for their owner alone)" },
    { "seeds", NULL, "seeds for fuzzing too: a file a message in FOLDER/seeds, named by its SHA-256" },
    PCAP_NO_OPTION,
};

static const cli_command command = {
    "pcap extract",
    "FILE|-",
    "Writes the MIKEY messages of a packet capture to files.",
    options,
    "messages.jsonl       as pcap list --output json writes it\n"
    "conversation-N.json  each conversation as vectors/CONVERSATION.md section 1 has it: ticketgate\n"
    "                     verify takes it. RSA keys of a key file are not written\n"
    "seeds/               with --seeds\n\n"
    "exit codes:\n"
    "  0   there are messages\n" CLI_EXIT_CODES "      (or a file was there already)\n"
    "  5   there is none\n\n"
    "examples:\n"
    "  ticketgate pcap extract --into call call.pcap\n"
    "  ticketgate pcap extract --keys keys.json --with-keys --into call call.pcap\n",
};

/* A message whose conversation has not been told. */
typedef struct waiting {
    uint64_t number, conversation;
    uint8_t *data;
    size_t len;
    char ex[32];
    tg_sender from;
} waiting;

typedef struct pcap_extract {
    pcap_judging j;
    const char *into;
    bool with_keys, seeds, failed;
    waiting *list;
    size_t num, capacity;
} pcap_extract;

static bool take(void *user, const char *name, const char *value)
{
    pcap_extract *x = user;
    bool known;
    bool ok = pcap_judging_take(&x->j, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "into") == 0)
        x->into = value;
    x->with_keys = x->with_keys || strcmp(name, "with-keys") == 0;
    x->seeds = x->seeds || strcmp(name, "seeds") == 0;
    return true;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static bool path_of(const pcap_extract *x, const char *name, char out[MOST_PATH])
{
    int len = snprintf(out, MOST_PATH, "%s/%s", x->into, name);
    if (len > 0 && len < MOST_PATH)
        return true;
    cli_complain("--into: the name is too long");
    return false;
}

static bool make_folder(const pcap_extract *x, const char *name)
{
    char path[MOST_PATH];
    if (!path_of(x, name, path))
        return false;
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    cli_complain("%s: %s", path, strerror(errno));
    return false;
}

static bool write_file(const pcap_extract *x, const char *name, const void *data, size_t len, bool secret)
{
    char path[MOST_PATH];
    FILE *file = path_of(x, name, path) ? pcap_create(path, secret) : NULL;
    if (!file)
        return false;
    bool ok = fwrite(data, 1, len, file) == len;
    if (fclose(file) == 0 && ok)
        return true;
    cli_complain("%s: %s", path, strerror(errno));
    return false;
}

/* The same octets give the same name: a seed that is there is as good. */
static bool write_seed(const pcap_extract *x, tg_bytes octets)
{
    uint8_t hash[32];
    size_t len;
    char name[8 + 2 * sizeof hash] = "seeds/", path[MOST_PATH];
    if (!tg_hash_octets(x->j.crypto, TG_HASH_IS_SHA_256, octets, hash, &len)) {
        cli_complain("the cryptographic library has no SHA-256");
        return false;
    }
    tg_hex_encode(tg_bytes_of(hash, len), name + 6);
    if (!path_of(x, name, path))
        return false;
    return access(path, F_OK) == 0 || write_file(x, name, octets.data, octets.len, false);
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static bool keep(pcap_extract *x, const tgp_trace_message *m)
{
    if (x->num == x->capacity) {
        size_t capacity = x->capacity ? x->capacity * 2 : 64;
        waiting *more = realloc(x->list, capacity * sizeof *more);
        if (!more)
            return false;
        x->list = more;
        x->capacity = capacity;
    }
    waiting *w = &x->list[x->num];
    *w = (waiting){ .number = m->number,
                    .conversation = m->conversation,
                    .len = m->octets.len,
                    .from = m->from,
                    .data = malloc(m->octets.len + 1) };
    if (!w->data)
        return false;
    if (m->octets.len > 0)
        memcpy(w->data, m->octets.data, m->octets.len);
    snprintf(w->ex, sizeof w->ex, "%s", m->ex ? m->ex : "");
    x->num++;
    return true;
}

static void take_message(void *user, const tgp_trace_message *m)
{
    pcap_extract *x = user;
    if (x->failed || m->copy_of != TGP_NONE)
        return;
    if (x->seeds && m->octets.len > 0 && !write_seed(x, m->octets))
        x->failed = true;
    if (m->conversation == TGP_NONE || keep(x, m))
        return;
    cli_complain("out of memory");
    x->failed = true;
}

static const waiting *find(const pcap_extract *x, uint64_t number)
{
    for (size_t i = 0; i < x->num; i++) {
        if (x->list[i].number == number)
            return &x->list[i];
    }
    return NULL;
}

static void forget(pcap_extract *x, uint64_t conversation)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->num; i++) {
        if (x->list[i].conversation == conversation)
            free(x->list[i].data);
        else
            x->list[kept++] = x->list[i];
    }
    x->num = kept;
}

static bool write_conversation(const pcap_extract *x, const tgp_trace_conversation *c, tg_sent *sent)
{
    tg_known known = { .profile = *c->profile, .skew = TG_SKEW_DEFAULT };
    tg_text text = { 0 };
    char name[64];
    size_t num = 0;
    for (size_t i = 0; i < c->num_messages; i++) {
        const waiting *w = find(x, c->messages[i]);
        if (w)
            sent[num++] = (tg_sent){ .octets = { w->data, w->len }, .ex = w->ex, .from = w->from };
    }
    if (x->with_keys && c->judged)
        known = *tg_conversation_known(c->judged);
    tg_json_add_conversation(&known, sent, num, NULL, &text);
    tg_text_add(&text, "\n", 1);
    snprintf(name, sizeof name, "conversation-%llu.json", (unsigned long long)c->number);
    bool ok = !text.failed && write_file(x, name, text.data, text.len, x->with_keys);
    if (text.data)
        tg_wipe(text.data, text.capacity);
    tg_text_free(&text);
    return ok;
}

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    pcap_extract *x = user;
    tg_sent *sent = x->failed ? NULL : calloc(c->num_messages + 1, sizeof *sent);
    x->failed = x->failed || !sent || !write_conversation(x, c, sent);
    free(sent);
    forget(x, c->number);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static int extract(pcap_extract *x, const char *path, tgp_presenter *list)
{
    const tgp_trace_listener mine = { .message = take_message, .conversation = take_conversation, .user = x };
    const tgp_trace_listener *listeners[] = { tgp_presenter_listener(list), &mine };
    pcap_reading reading;
    int code = pcap_read(&x->j, path, listeners, 2, &reading);
    if (code != CLI_OK || reading.no_capture)
        return code;
    code = pcap_exit_code(&reading, path);
    if (!tgp_presenter_finish(list, &reading.ending))
        return CLI_INTERNAL;
    if (x->failed)
        return CLI_USAGE;
    if (code == CLI_FAILED || code == CLI_INCONCLUSIVE || code == CLI_NOTHING) /* nothing is judged here */
        code = tgp_presenter_found(list) ? CLI_OK : CLI_NOTHING;
    return code;
}

static int run(pcap_extract *x, const char *path)
{
    char name[MOST_PATH];
    if (!make_folder(x, "") || (x->seeds && !make_folder(x, "seeds")) || !path_of(x, "messages.jsonl", name))
        return CLI_USAGE;
    FILE *file = pcap_create(name, false);
    if (!file)
        return CLI_USAGE;
    const tgp_present_options how = { .capture = input_name(path), .profile = x->j.profile_name };
    tgp_presenter *list = tgp_presenter_new(TGP_FORM_LIST_JSON, &how, cli_file_sink(file));
    int code = CLI_INTERNAL;
    if (list)
        code = extract(x, path, list);
    else
        cli_complain("no memory, or no temporary file");
    tgp_presenter_free(list);
    if (fclose(file) != 0) {
        cli_complain("%s: %s", name, strerror(errno));
        code = CLI_INTERNAL;
    }
    return code;
}

int cmd_pcap_extract(int argc, char **argv)
{
    pcap_extract x = { 0 };
    const char *path = NULL;
    int first;
    pcap_judging_init(&x.j);
    int code = cli_parse(&command, argc, argv, take, &x, &first);
    if (code < 0 && !x.into) {
        cli_complain("--into FOLDER is wanted");
        code = CLI_USAGE;
    }
    if (code < 0)
        code = pcap_operand("pcap extract", argc, argv, first, &path) ? run(&x, path) : CLI_USAGE;
    while (x.num > 0)
        free(x.list[--x.num].data);
    free(x.list);
    pcap_judging_free(&x.j);
    return code;
}
