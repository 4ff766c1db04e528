/* ticketgate pcap scrub */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_pcap.h"
#include "input.h"
#include "pcaps/scrub.h"

static const cli_option options[] = {
    { "profile", "NAME", "as for pcap check" },
    { "keys", "FILE", "key file: messages are sealed again under keys that stand for these" },
    { "keys-out", "FILE", "the key file for the new capture (with --keys)" },
    { "secret", "HEX",
      "32 octets (64 digits) that all names and keys depend on: give the same for captures\nthat are to fit each "
      "other, and keep it; random unless given" },
    { "memory", "SIZE", "for the messages of the capture, as in 256M (the default)" },
    { "force", NULL, "overwrite the files" },
    PCAP_NO_OPTION,
};
static const cli_command command = {
    "pcap scrub",
    "FILE NEW-FILE",
    "Makes a capture that can be shared: other names, addresses and keys, that still verifies.",
    options,
    "The new capture holds what was understood and nothing else: SIP, HTTP to the KMS, MSRP, BFCP, RTP without its\n"
    "content, TLS. Names get others that are as long, so that lengths, fragments and segments stay. TLS 1.2 that a\n"
    "session key opens is sealed under the one that stands for it; what else is encrypted becomes noise. DTLS, SCTP "
    "and\n"
    "what was not understood are left out and counted. Without --keys messages cannot be sealed again: they will fail\n"
    "for who has the keys. Private keys are in no new key file: what they sign is not right afterwards.\n"
    "Look at it before you share it.\n\n"
    "exit codes:\n"
    "  0   done\n" CLI_EXIT_CODES "\n"
    "examples:\n"
    "  ticketgate pcap scrub call.pcap shared.pcap\n"
    "  ticketgate pcap scrub --keys call.keys.json --keys-out shared.keys.json call.pcap shared.pcap\n",
};

typedef struct scrubbing {
    pcap_judging j;
    const char *keys_out;
    bool force, has_secret;
    tgp_scrub_options how;
} scrubbing;

static bool take_secret(scrubbing *s, const char *value)
{
    size_t len = 0, error_at;
    if (strlen(value) == 2 * sizeof s->how.secret &&
        tg_hex_decode(value, strlen(value), s->how.secret, &len, &error_at) == TG_OK)
        return s->has_secret = true;
    cli_complain("--secret: 64 hexadecimal digits");
    return false;
}

static bool take(void *user, const char *name, const char *value)
{
    scrubbing *s = user;
    bool known;
    if (strcmp(name, "keys-out") == 0) {
        s->keys_out = value;
        return true;
    }
    if (strcmp(name, "force") == 0)
        return s->force = true;
    if (strcmp(name, "secret") == 0)
        return take_secret(s, value);
    return pcap_judging_take(&s->j, name, value, &known);
}

static bool interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
}

/* A pipe is read to a file of our own first: it is needed three times. */
static FILE *open_input(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? fdopen(dup(STDIN_FILENO), "rb") : fopen(path, "rb");
    if (!file || fseeko(file, 0, SEEK_END) == 0)
        return file;
    FILE *copy = tmpfile();
    char buffer[65536];
    size_t got;
    while (copy && (got = fread(buffer, 1, sizeof buffer, file)) > 0 && !cli_interrupted()) {
        if (fwrite(buffer, 1, got, copy) != got) {
            fclose(copy);
            copy = NULL;
        }
    }
    fclose(file);
    if (copy && fflush(copy) != 0) {
        fclose(copy);
        copy = NULL;
    }
    return copy;
}

static void tell(const tgp_scrub_counts *c)
{
    uint64_t left_out = 0;
    for (size_t i = 0; i < TGP_NUM_UNIT_KINDS; i++)
        left_out += c->left_out[i];
    cli_print("%llu frames read, %llu written; %llu addresses changed, %llu certificates renamed\n",
              (unsigned long long)c->frames, (unsigned long long)c->written, (unsigned long long)c->addresses,
              (unsigned long long)c->certificates);
    cli_print("MIKEY messages:");
    for (int i = TG_RESEAL_SEALED; i <= TG_RESEAL_UNSEALED; i++)
        cli_print(" %llu %s;", (unsigned long long)c->messages[i], tg_reseal_outcome_name((tg_reseal_outcome)i));
    cli_print(" %llu in no conversation; %llu blanked, being packed or in SCTP\n", (unsigned long long)c->unreadable,
              (unsigned long long)c->blanked);
    cli_print("%llu ciphertexts, tickets and MACs in them that no key opened or proved became noise\n",
              (unsigned long long)c->unopened);
    cli_print("PSK S/MIME containers: %llu sealed again, %llu with noise for what is encrypted\n",
              (unsigned long long)c->containers, (unsigned long long)c->containers_left);
    cli_print("TLS connections: %llu sealed again, %llu with noise for what is encrypted\n",
              (unsigned long long)c->tls_sealed, (unsigned long long)c->tls_noise);
    cli_print(
        "left out: %llu messages, %llu segments that were not understood, %llu of SCTP, %llu larger than a packet\n",
        (unsigned long long)left_out, (unsigned long long)c->not_understood, (unsigned long long)c->sctp,
        (unsigned long long)c->too_large);
}

static int write_keys(scrubbing *s, const tg_text *keys)
{
    pcap_output out;
    if (!pcap_output_open(&out, s->keys_out, true, s->force))
        return CLI_USAGE;
    (void)fwrite(keys->data, 1, keys->len, out.file); /* closing it tells */
    return pcap_output_close(&out, true) ? CLI_OK : CLI_INTERNAL;
}

static int scrub(scrubbing *s, FILE *in, const char *from, const char *to)
{
    tgp_scrub_counts counts;
    tg_text keys = { 0 };
    char why[256];
    pcap_output out;
    if (!pcap_output_open(&out, to, false, s->force))
        return CLI_USAGE;
    tg_status status = tgp_scrub(in, out.file, &s->how, &keys, &counts, why);
    bool written = pcap_output_close(&out, status == TG_OK); /* half of it could be taken for the whole */
    int code = CLI_OK;
    if (status != TG_OK || !written) {
        cli_complain("%s: %s", input_name(from), status != TG_OK ? why : "the new capture could not be written");
        code = cli_interrupted() ? CLI_INTERRUPTED : CLI_USAGE;
    } else {
        tell(&counts);
        if (!s->how.keys && (counts.messages[TG_RESEAL_NO_KEY] > 0 || counts.containers_left > 0))
            cli_complain("without --keys nothing could be sealed again: messages in the new capture do not verify");
        if (why[0])
            cli_complain("%s: %s; what could be read is written", input_name(from), why);
        code = why[0] ? CLI_USAGE : CLI_OK;
        if (s->keys_out && keys.len > 0) {
            int keys_code = write_keys(s, &keys);
            code = keys_code != CLI_OK ? keys_code : code;
        } else if (keys.len > 0) {
            cli_complain("without --keys-out nobody has the keys of the new capture");
        } else if (s->keys_out) {
            cli_complain("--keys-out: no key was used, and there is no new key file");
        }
    }
    if (keys.data)
        tg_wipe(keys.data, keys.len);
    tg_text_free(&keys);
    return code;
}

static int run(scrubbing *s, const char *from, const char *to)
{
    const tg_profile *profile;
    const pcap_named names[] = { { "the capture", from, false },
                                 { "--keys", s->j.keys_path, false },
                                 { "--profile", s->j.has_profile ? s->j.profile_name : NULL, false },
                                 { "the new capture", to, true },
                                 { "--keys-out", s->keys_out, true } };
    if (!pcap_names_differ(names, sizeof names / sizeof names[0]))
        return CLI_USAGE;
    int code = pcap_prepare(&s->j, &profile);
    if (code != CLI_OK)
        return code;
    if (!s->has_secret && getrandom(s->how.secret, sizeof s->how.secret, 0) != (ssize_t)sizeof s->how.secret) {
        cli_complain("there is no randomness");
        return CLI_INTERNAL;
    }
    FILE *in = open_input(from);
    if (!in) {
        cli_complain("%s: %s", input_name(from), strerror(errno));
        return CLI_USAGE;
    }
    s->how.crypto = s->j.crypto;
    s->how.profile = profile;
    s->how.keys = s->j.keys;
    s->how.memory = s->j.memory;
    s->how.interrupted = interrupted;
    code = scrub(s, in, from, to);
    fclose(in);
    return code;
}

int cmd_pcap_scrub(int argc, char **argv)
{
    scrubbing s = { .keys_out = NULL };
    int first = 0;
    pcap_judging_init(&s.j);
    int code = cli_parse(&command, argc, argv, take, &s, &first);
    if (code == -1 && argc - first != 2) {
        cli_complain("a capture and the name of the new one are wanted (see ticketgate pcap scrub --help)");
        code = CLI_USAGE;
    }
    if (code == -1)
        code = run(&s, argv[first], argv[first + 1]);
    tg_wipe(s.how.secret, sizeof s.how.secret);
    pcap_judging_free(&s.j);
    return code;
}
