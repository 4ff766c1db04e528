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
    "key, are told on standard error.\n" SMIME_OCTETS_HELP "\n"
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

/* CMS itself forbids taking the content: a row of RFC 5652 and its kin. What TS 33.328 allows beside is told, and what is
 * around the container likewise. */
static const tg_finding *forbidding(const smime_answer *answer)
{
    for (size_t i = 0; i < answer->num_findings; i++) {
        const tg_requirement *row = answer->findings[i]->requirement;
        if (row->on_receive == TG_ON_RECEIVE_REJECT && strcmp(row->room, "smime") == 0 &&
            strncmp(row->id, "RFC", 3) == 0)
            return answer->findings[i];
    }
    return NULL;
}

static void tell_findings(const smime_answer *answer)
{
    for (size_t i = 0; i < answer->num_findings; i++) {
        const tg_finding *finding = answer->findings[i];
        if (finding->requirement->level == TG_LEVEL_MUST)
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
        return "refused: there is no container that could be read";
    }
}

static int write_content(const smime_answer *answer, const char *path)
{
    const char *name = input_name(path);
    if (answer->error != TG_OK) {
        request_complain(path, &answer->diag, NULL);
        return CLI_FAILED;
    }
    const char *reason = why_not(answer);
    if (reason &&
        answer->outcome == TG_SMIME_FAILED) { /* one text, whatever else is wrong: findings would tell which */
        cli_complain("%s: %s", name, reason);
        return CLI_FAILED;
    }
    const tg_finding *forbids = forbidding(answer);
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
    if (status != TG_OK)
        cli_complain("%s: %s", input_name(path), tg_status_text(status));
    code = status == TG_OK ? write_content(&answer, path) : CLI_INTERNAL;
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
