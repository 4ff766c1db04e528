/* ticketgate pcap replay */
#include "cmd_pcap_replay.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "cmd.h"
#include "input.h"

#define NTP_UNIX UINT64_C(2208988800)

static const cli_option options[] = {
    { "to", "TARGET",
      "library: the library judges it, nothing is sent\niut:COMMAND, iut:FILE.so or iut:reference: an implementation "
      "under test\nudp:ADDR:PORT, tcp:ADDR:PORT: requests over SIP\nhttp://ADDR:PORT[/PATH]: requests to a KMS" },
    { "as", "ROLE",
      "iut, with --keys: initiator, responder or kms; the implementation plays that\nrole in each conversation, and "
      "gets what was sent to it" },
    { "fresh", NULL,
      "new timestamps, RANDs and CSB IDs, sealed with the keys of --keys; new\nCall-ID, tags and branches" },
    { "timing", "HOW",
      "none (default): at once, one request after the other; original; or a factor:\n10 is ten times faster" },
    { "max-gap", "SECONDS", "longer gaps are cut; 10 unless given" },
    { "from", "I|R|K",
      "library, iut, http: messages of that sender alone; udp, tcp: requests of the\ncaller (I, default) or of the "
      "called side (R)" },
    { "call", "N", "that call alone; several times" },
    { "conversation", "N", "that conversation alone; several times" },
    { "message", "N", "that message alone; several times" },
    { "timeout", "SECONDS", "for each answer; 5 unless given" },
    { "now", "TIME",
      "Unix seconds: what --fresh takes for the time in place of the clock; with --as\nalone, what the clock of the "
      "implementation shows in place of the capture's" },
    { "secret", "HEX", "64 digits from which --fresh makes its values; random unless given" },
    { "allow-remote", NULL, "send to an address that is no loopback address" },
    { "output", "FORM", "text (default) or json: a line an item" },
    PCAP_JUDGING_OPTIONS(TGP_REPLAY_MEMORY_MIB),
    PCAP_NO_OPTION,
};

static const cli_command command = {
    "pcap replay",
    "FILE|-",
    "Sends what is in a packet capture once more, as it was or fresh.",
    options,
    "Numbers of calls, conversations and messages are those of pcap list and pcap check.\n"
    "Without --fresh octets are sent as they were captured; with it a message keeps its length and\n"
    "its keys. The validity of a ticket moves along with the time where the key file has the TPK;\n"
    "else a ticket stays as it is, and may have expired.\n"
    "With --as, what answers the implementation is sealed again in any case: it takes over its CSB ID\n"
    "and RANDs. What it accepts, rejects and sends is held against what the library expects.\n\n"
    "exit codes:\n"
    "  0   all was answered or accepted as in the capture\n"
    "  1   something differed\n" CLI_EXIT_CODES "  5   there is nothing to replay\n"
    "  10  nothing differed, but the peer did not answer everything\n\n"
    "examples:\n"
    "  ticketgate pcap replay --to library --keys keys.json --fresh call.pcap\n"
    "  ticketgate pcap replay --to iut:\"python3 mine/adapter.py\" call.pcap\n"
    "  ticketgate pcap replay --to iut:./mine.so --as responder --keys keys.json --fresh call.pcap\n"
    "  ticketgate pcap replay --to udp:127.0.0.1:5060 --timing original --call 0 call.pcap\n"
    "  ticketgate pcap replay --to http://127.0.0.1:8080 --keys keys.json --fresh call.pcap\n",
};

/* ---- options ------------------------------------------------------------------------------------------------- */

static bool take_number(const char *name, const char *value, uint64_t *numbers, size_t *num)
{
    if (*num == REPLAY_MAX_CHOSEN) {
        cli_complain("--%s: %d at the most", name, REPLAY_MAX_CHOSEN);
        return false;
    }
    size_t len = strlen(value);
    if (len == 0 || len > 18 || strspn(value, "0123456789") != len) {
        cli_complain("--%s %s: a number, from 0", name, value);
        return false;
    }
    numbers[(*num)++] = strtoull(value, NULL, 10);
    return true;
}

static bool take_timing(replay_run *run, const char *value)
{
    char *end = NULL;
    run->timing.at_once = strcmp(value, "none") == 0;
    run->timing.factor = 1;
    if (run->timing.at_once || strcmp(value, "original") == 0)
        return true;
    if (value[0] && strspn(value, "0123456789.") == strlen(value))
        run->timing.factor = strtod(value, &end);
    if (end && !*end && run->timing.factor >= 0.001 && run->timing.factor <= 1e6)
        return true;
    cli_complain("--timing %s: none, original, or a factor from 0.001 to 1000000", value);
    return false;
}

static bool take_secret(replay_run *run, const char *value)
{
    size_t len = 0, error_at;
    if (strlen(value) == 2 * sizeof run->how.secret &&
        tg_hex_decode(value, strlen(value), run->how.secret, &len, &error_at) == TG_OK)
        return run->has_secret = true;
    cli_complain("--secret: 64 hexadecimal digits");
    return false;
}

static bool take_now(replay_run *run, const char *value)
{
    size_t len = strlen(value);
    run->has_now = len > 0 && len <= 10 && strspn(value, "0123456789") == len;
    if (run->has_now)
        run->now = (strtoull(value, NULL, 10) + NTP_UNIX) << 32;
    else
        cli_complain("--now %s: Unix seconds", value);
    return run->has_now;
}

static bool take_role(replay_run *run, const char *value)
{
    static const char *const roles[] = { "initiator", "responder", "kms", NULL };
    static const tg_sender senders[] = { TG_SENDER_I, TG_SENDER_R, TG_SENDER_K };
    int role;
    bool ok = cli_take_choice("as", value, roles, &role);
    if (ok)
        run->as = senders[role];
    return ok;
}

static bool take(void *user, const char *name, const char *value)
{
    static const char *const outputs[] = { "text", "json", NULL };
    replay_run *run = user;
    bool known;
    size_t seconds;
    bool ok = pcap_judging_take(&run->j, name, value, &known);
    if (known)
        return ok;
    if (strcmp(name, "to") == 0)
        run->to = value;
    if (strcmp(name, "call") == 0)
        return take_number(name, value, run->calls.numbers, &run->calls.num);
    if (strcmp(name, "conversation") == 0)
        return take_number(name, value, run->conversations.numbers, &run->conversations.num);
    if (strcmp(name, "message") == 0)
        return take_number(name, value, run->messages.numbers, &run->messages.num);
    if (strcmp(name, "timing") == 0)
        return take_timing(run, value);
    if (strcmp(name, "secret") == 0)
        return take_secret(run, value);
    if (strcmp(name, "now") == 0)
        return take_now(run, value);
    if (strcmp(name, "as") == 0)
        return take_role(run, value);
    if (strcmp(name, "timeout") == 0)
        return cli_take_size(name, value, 3600, &run->timeout);
    if (strcmp(name, "output") == 0)
        return cli_take_choice(name, value, outputs, &run->output);
    if (strcmp(name, "max-gap") == 0) {
        ok = cli_take_size(name, value, 86400, &seconds);
        run->timing.max_gap = ok ? (int64_t)seconds * 1000000000 : 0;
        return ok;
    }
    if (strcmp(name, "from") == 0) {
        run->has_from = tg_sender_from_name(value, &run->from);
        if (!run->has_from)
            cli_complain("--from %s: I, R or K", value);
        return run->has_from;
    }
    run->fresh = run->fresh || strcmp(name, "fresh") == 0;
    run->allow_remote = run->allow_remote || strcmp(name, "allow-remote") == 0;
    return true;
}

/* ---- where to ------------------------------------------------------------------------------------------------ */

static bool may_send(const replay_run *run)
{
    if (kms_address_is_loopback(&run->address))
        return true;
    if (run->allow_remote) {
        fprintf(stderr, "ticketgate pcap replay: what was captured is sent to %s, which is no loopback address\n",
                run->to);
        return true;
    }
    cli_complain("--to %s: no loopback address; --allow-remote sends there all the same", run->to);
    return false;
}

/* "http://127.0.0.1:8080/path": the address in it decides whether it is sent at all. */
static bool take_url(replay_run *run)
{
    const char *host = run->to + 7;
    size_t len = strcspn(host, "/?#");
    char text[128];
    if (len < sizeof text && !strpbrk(run->to, "#@ ")) {
        memcpy(text, host, len);
        text[len] = '\0';
        run->has_path = host[len] != '\0' && strcmp(host + len, "/") != 0;
        if (kms_address_read(text, &run->address)) {
            run->url = strndup(run->to, run->has_path ? strlen(run->to) : 7 + len);
            return run->url && may_send(run);
        }
    }
    cli_complain("--to %s: http://ADDR:PORT[/PATH], in numbers or localhost", run->to);
    return false;
}

static bool take_target(replay_run *run)
{
    if (!run->to) {
        cli_complain("--to TARGET is wanted (see ticketgate pcap replay --help)");
        return false;
    }
    if (strcmp(run->to, "library") == 0)
        return run->target = REPLAY_LIBRARY, true;
    if (strncmp(run->to, "iut:", 4) == 0 && run->to[4])
        return run->target = REPLAY_IUT, true;
    if (strncmp(run->to, "http://", 7) == 0)
        return run->target = REPLAY_HTTP, take_url(run);
    run->target = strncmp(run->to, "udp:", 4) == 0 ? REPLAY_UDP : REPLAY_TCP;
    if (strncmp(run->to, "udp:", 4) != 0 && strncmp(run->to, "tcp:", 4) != 0) {
        cli_complain("--to %s: library, iut:..., udp:ADDR:PORT, tcp:ADDR:PORT or http://ADDR:PORT[/PATH]", run->to);
        return false;
    }
    bool ok = kms_address_read(run->to + 4, &run->address) &&
              (run->address.is_v6 ? run->address.of.v6.sin6_port : run->address.of.v4.sin_port) != 0;
    if (!ok)
        cli_complain("--to %s: ADDR:PORT or [ADDR6]:PORT, in numbers or localhost", run->to);
    return ok && may_send(run);
}

/* A role is played from the beginning of a conversation to its end. */
static bool is_sound_role(const replay_run *run)
{
    if (run->as == TG_SENDER_UNKNOWN)
        return true;
    if (run->target != REPLAY_IUT)
        cli_complain("--as: only an implementation under test plays a role (--to iut:...)");
    else if (!run->j.keys_path)
        cli_complain("--as needs --keys: a role has keys, and what answers it is sealed with them");
    else if (run->has_from || run->messages.num > 0)
        cli_complain("--as plays whole conversations: --call and --conversation choose, --from and --message do not");
    else
        return true;
    return false;
}

/* What does not go together. */
static bool is_sound(const replay_run *run)
{
    bool over_sip = run->target == REPLAY_UDP || run->target == REPLAY_TCP;
    if (!is_sound_role(run))
        return false;
    if (run->fresh && !run->j.keys_path)
        cli_complain(
            "--fresh needs --keys: a message with another timestamp needs another MAC, and a MAC needs its key");
    else if (!run->fresh && run->has_now && run->as == TG_SENDER_UNKNOWN)
        cli_complain("--now is the time that --fresh writes");
    else if (over_sip && run->has_from && run->from == TG_SENDER_K)
        cli_complain("--from K: a KMS is not spoken to over SIP");
    else if (run->target == REPLAY_HTTP && run->has_from && run->from == TG_SENDER_K)
        cli_complain("--from K: what a KMS said answers a request, and is not sent");
    else
        return true;
    return false;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int read_capture(replay_run *run, const char *path)
{
    pcap_reading reading;
    const tgp_trace_listener *listener = tgp_replay_listener(run->replay);
    int code = pcap_read(&run->j, path, &listener, 1, &reading);
    if (code != CLI_OK || reading.no_capture)
        return code == CLI_OK ? CLI_USAGE : code;
    if (cli_interrupted())
        return CLI_INTERRUPTED;
    if (reading.error[0])
        cli_complain("%s: %s; what could be read is replayed", input_name(path), reading.error);
    if (tgp_replay_error(run->replay)[0]) {
        cli_complain("%s: %s", input_name(path), tgp_replay_error(run->replay));
        return CLI_USAGE;
    }
    tgp_replay_settle(run->replay, run->j.crypto);
    return CLI_OK;
}

static int conclude(const replay_run *run)
{
    if (cli_interrupted())
        return CLI_INTERRUPTED;
    if (run->failed)
        return CLI_INTERNAL;
    if (run->counts[REPLAY_DIFFERS])
        return CLI_FAILED;
    return run->counts[REPLAY_SILENT] ? CLI_INCONCLUSIVE : CLI_OK;
}

static int send_all(replay_run *run)
{
    static bool (*const targets[])(replay_run *) = { [REPLAY_LIBRARY] = replay_to_library,
                                                     [REPLAY_IUT] = replay_to_iut,
                                                     [REPLAY_UDP] = replay_to_sip,
                                                     [REPLAY_TCP] = replay_to_sip,
                                                     [REPLAY_HTTP] = replay_to_http };
    bool begun = run->as != TG_SENDER_UNKNOWN ? replay_to_role(run) : targets[run->target](run);
    if (!begun)
        return cli_interrupted() ? CLI_INTERRUPTED : CLI_INCONCLUSIVE;
    replay_tell_end(run);
    return conclude(run);
}

static int replay(replay_run *run, const char *path)
{
    if (!run->has_secret && getrandom(run->how.secret, sizeof run->how.secret, 0) != (ssize_t)sizeof run->how.secret) {
        cli_complain("there is no randomness");
        return CLI_INTERNAL;
    }
    run->how.memory = run->j.memory;
    run->replay = tgp_replay_new(&run->how);
    if (!run->replay) {
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    int code = read_capture(run, path);
    if (code == CLI_OK)
        code = replay_prepare(run);
    return code == CLI_OK ? send_all(run) : code;
}

int cmd_pcap_replay(int argc, char **argv)
{
    replay_run run = { .timeout = 5, .timing = { .at_once = true, .factor = 1, .max_gap = INT64_C(10000000000) } };
    const char *path = NULL;
    int first = 0;
    pcap_judging_init(&run.j);
    int code = cli_parse(&command, argc, argv, take, &run, &first);
    if (code < 0)
        code = pcap_operand("pcap replay", argc, argv, first, &path) && take_target(&run) && is_sound(&run)
                   ? replay(&run, path)
                   : CLI_USAGE;
    tgp_replay_free(run.replay);
    tg_wipe(run.how.secret, sizeof run.how.secret);
    tg_text_free(&run.line);
    free(run.items);
    free(run.url);
    pcap_judging_free(&run.j);
    return code;
}
