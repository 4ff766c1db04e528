/* ticketgate smime unprotect */
#include <stdlib.h>

#include "cmd.h"
#include "request.h"
#include "smime_answer.h"
#include "smime_keys.h"
#include "verifying.h"

static const cli_option options[] = {
    { "kek", "HEX",
      "the key-encryption key: the TEK of the crypto session; one key alone is\ntried under every identifier" },
    { "kek-id", "HEX", "its keyIdentifier (kekid); without any the keys open what names them\nor not" },
    { "der", NULL, "the input is a CMS object (ContentInfo in BER) without MIME around it" },
    { "allow-unauthenticated", NULL, "open EnvelopedData, too, whose content nothing authenticates" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "smime unprotect",
    "[FILE|-]",
    "Opens a PSK S/MIME container (TS 33.328, annex I) and writes what is in it.",
    options,
    "Algorithm and tag length are those of the container. Without --der the input is a MIME entity\n"
    "that is or holds application/pkcs7-mime, or what begins a CMS object (octet 0x30), or a SIP\n"
    "request. A container has 64 MiB at the most. Nothing is written before its tag or MAC has been\n"
    "verified, and nothing on failure. A wrong key and a wrong tag are told alike. Rules that the\n"
    "container breaks and that do not hinder its opening, such as a KEK shorter than the content\n"
    "key, or a tag shorter than 12 octets, are told on standard error. Of several containers in one\n"
    "entity the first that opens is taken, and the others are told of.\n" SMIME_OCTETS_HELP "\n"
    "exit codes:\n"
    "  0   opened\n"
    "  1   it cannot be read, or does not open\n" CLI_EXIT_CODES "\n"
    "examples:\n"
    "  ticketgate smime unprotect --kek @tek.hex protected.mime\n"
    "  ticketgate smime unprotect --der --kek env:TEK --kek-id 01 < container.der\n",
};

typedef struct unprotect {
    smime_keys keys;
    verifying v; /* its crypto alone */
    bool der, allow_unauthenticated;
} unprotect;

static bool take(void *user, const char *name, const char *value)
{
    unprotect *u = user;
    bool known;
    if (!smime_keys_take(&u->keys, name, value, &known))
        return false;
    u->der = u->der || strcmp(name, "der") == 0;
    u->allow_unauthenticated = u->allow_unauthenticated || strcmp(name, "allow-unauthenticated") == 0;
    return true;
}

/* ---- why not ------------------------------------------------------------------------------------------------ */

/* RFC 5084 allows AES-CCM tags from 4 octets on: whoever takes them should know. */
static bool is_worth_telling(const smime_answer *answer, const tg_requirement *row)
{
    bool icv = strcmp(row->id, "RFC5084-3.1-06") == 0 || strcmp(row->id, "RFC5084-3.2-05") == 0;
    return row->level == TG_LEVEL_MUST ||
           (icv && answer->container && answer->container->mac.len < TG_SMIME_TAG_DEFAULT);
}

static void tell_findings(const smime_answer *answer)
{
    for (size_t i = 0; i < answer->num_findings; i++) {
        const tg_finding *finding = answer->findings[i];
        if (is_worth_telling(answer, finding->requirement))
            cli_complain("finding %s (%s, octet %zu): %s %s", finding->requirement->id, finding->path, finding->offset,
                         finding->requirement->text, finding->text);
    }
}

/* A sentence for each outcome; NULL when it was opened. */
static const char *why_not(const smime_answer *answer)
{
    switch (answer->outcome) {
    case TG_SMIME_OPENED:
        return NULL;
    case TG_SMIME_NO_KEY:
        return "not_found: no recipient is one of these keys";
    case TG_SMIME_FAILED: /* which of the two, nobody learns */
        return "not_authentic: a key does not unwrap, or the tag or MAC does not verify";
    case TG_SMIME_REFUSED:
        return answer->type == TG_SMIME_TYPE_IS_ENVELOPED
                   ? "refused: EnvelopedData authenticates nothing (--allow-unauthenticated opens what is sound)"
                   : "refused: another content type, an algorithm that is not known, or a size that it has not";
    default:
        return answer->part ? "refused: the container is not encoded as it says"
                            : "not_found: there is no container in it";
    }
}

static void complain_of_error(const smime_answer *answer, const char *path, bool der)
{
    if (answer->no_container)
        cli_complain("%s: there is no container in it: no part is application/pkcs7-mime, or begins one",
                     input_name(path));
    else
        request_complain(path, &answer->diag, NULL);
    if (der)
        cli_complain("%s: does not begin a CMS object; a MIME entity or SIP request is read without --der",
                     input_name(path));
}

/* `der`: it was to be a CMS object, and does not begin as one. */
static int write_content(const smime_answer *answer, const char *path, bool der)
{
    const char *name = input_name(path);
    if (answer->error != TG_OK) {
        complain_of_error(answer, path, der);
        return CLI_FAILED;
    }
    const char *reason = why_not(answer);
    if (reason &&
        answer->outcome == TG_SMIME_FAILED) { /* one text, whatever else is wrong: findings would tell which */
        cli_complain("%s: %s", name, reason);
        return CLI_FAILED;
    }
    const tg_finding *forbids = tg_smime_forbids(answer->findings, answer->num_findings);
    tell_findings(answer);
    if (reason) {
        cli_complain("%s: %s", name, reason);
        return CLI_FAILED;
    }
    if (forbids) {
        cli_complain("%s: not taken: %s", name, forbids->requirement->id);
        return CLI_FAILED;
    }
    cli_write((const char *)answer->content.data, answer->content.len);
    cli_flush(); /* before the memory is wiped it is written */
    return CLI_OK;
}

/* ---- several containers ------------------------------------------------------------------------------------- */

typedef struct containers {
    const tg_mime_part *at[TG_MIME_MAX_PARTS];
    size_t num;
} containers;

/* Parts nest TG_MIME_MAX_DEPTH deep at most. */
static void find_containers(const tg_mime_part *part, containers *out)
{
    bool is_one =
        strcmp(part->type, "application/pkcs7-mime") == 0 || strcmp(part->type, "application/x-pkcs7-mime") == 0;
    if (is_one && out->num < TG_MIME_MAX_PARTS)
        out->at[out->num++] = part;
    for (size_t i = 0; i < part->num_parts; i++)
        find_containers(&part->parts[i], out);
}

static bool is_taken(const smime_answer *answer)
{
    return answer->error == TG_OK && answer->outcome == TG_SMIME_OPENED &&
           !tg_smime_forbids(answer->findings, answer->num_findings);
}

/* Where the first container is not taken, the first of the others that is: *answer is then of that. Its part is told of, and so are those
 * that are passed over. */
static tg_status choose(unprotect *u, const smime_ask *ask, const char *path, smime_answer *answer)
{
    containers all = { .num = 0 };
    smime_answer other = { .error = TG_OK };
    const tg_mime_part *taken = is_taken(answer) ? answer->part : NULL;
    if (answer->body)
        find_containers(answer->body, &all);
    if (all.num < 2)
        return TG_OK;
    for (size_t i = 0; i < all.num && !taken; i++) {
        if (all.at[i] == answer->part)
            continue;
        smime_ask one = *ask;
        one.form = SMIME_FORM_ENTITY;
        one.octets = all.at[i]->entity;
        tg_status status = smime_answer_make(u->v.crypto, &one, &other);
        if (status != TG_OK)
            return status;
        if (is_taken(&other))
            taken = all.at[i];
        else
            smime_answer_free(&other);
    }
    for (size_t i = 0; i < all.num; i++)
        cli_complain("%s: %s: one of %zu containers%s", input_name(path), all.at[i]->path, all.num,
                     all.at[i] == taken ? ", taken"
                     : taken            ? ", passed over"
                                        : ", does not open");
    if (taken && taken != answer->part) {
        smime_answer_free(answer);
        *answer = other;
    }
    return TG_OK;
}

static int run(unprotect *u, int argc, char **argv, int first)
{
    const char *path;
    input_text text;
    smime_answer answer;
    if (!smime_keys_complete(&u->keys, false) || !request_operand(argc, argv, first, &path))
        return CLI_USAGE;
    if (u->keys.num_keks == 0) {
        cli_complain("--kek is missing");
        return CLI_USAGE;
    }
    if (!smime_answer_init())
        return CLI_INTERNAL;
    int code = input_read(path, u->der ? TG_SMIME_MAX_OCTETS : TG_MIME_MAX_OCTETS, "", &text);
    if (code != CLI_OK)
        return code;
    const smime_ask ask = { .form = u->der ? SMIME_FORM_CMS : SMIME_FORM_DETECT,
                            .octets = tg_bytes_of(text.data, text.len),
                            .profile = tg_profile_find("ims-message"),
                            .how = { u->keys.keys, u->keys.num_keks, u->allow_unauthenticated } };
    tg_status status = smime_answer_make(u->v.crypto, &ask, &answer);
    if (status == TG_OK)
        status = choose(u, &ask, path, &answer);
    if (status != TG_OK)
        cli_complain("%s: %s", input_name(path), tg_status_text(status));
    bool no_der = u->der && (ask.octets.len == 0 || ask.octets.data[0] != 0x30);
    code = status == TG_OK ? write_content(&answer, path, no_der) : CLI_INTERNAL;
    smime_answer_free(&answer);
    if (text.data)
        tg_wipe(text.data, text.len); /* AuthenticatedData is in clear */
    free(text.data);
    return code;
}

int cmd_smime_unprotect(int argc, char **argv)
{
    unprotect *u = calloc(1, sizeof *u);
    int first, code = CLI_INTERNAL;
    if (u && verifying_init(&u->v)) {
        code = cli_parse(&command, argc, argv, take, u, &first);
        if (code < 0)
            code = run(u, argc, argv, first);
        verifying_free(&u->v);
        smime_keys_free(&u->keys);
    }
    free(u);
    return code;
}
