/* ticketgate smime protect */
#include <stdlib.h>

#include "cmd.h"
#include "deployment.h"
#include "request.h"
#include "smime_answer.h"
#include "smime_keys.h"
#include "smime_plain.h"
#include "ticketgate/mime.h"
#include "verifying.h"

static const char *const type_names[] = { "auth-enveloped", "authenticated", NULL };
/* Table I.2, and the MACs of AuthenticatedData: what is made. More is read. */
static const char *const alg_names[] = { "aes-128-gcm", "aes-256-gcm",  "aes-128-ccm", "aes-256-ccm",
                                         "hmac-sha-1",  "hmac-sha-256", NULL };
enum { TYPE_AUTH_ENVELOPED, TYPE_AUTHENTICATED };

static const cli_option options[] = {
    { "kek", "HEX",
      "the key-encryption key: the TEK of the crypto session, 16, 24 or 32\noctets; given several times: several "
      "recipients" },
    { "kek-id", "HEX", "its keyIdentifier (kekid), for each --kek one, in the same order" },
    { "type", "WHICH",
      "auth-enveloped (default: AuthEnvelopedData) or authenticated\n(AuthenticatedData: nothing is encrypted)" },
    { "alg", "NAME",
      "aes-128-gcm (default), aes-256-gcm, aes-128-ccm, aes-256-ccm; with\n--type authenticated: "
      "hmac-sha-256 (default), hmac-sha-1" },
    { "tag-len", "N", "octets of the tag, 12 (default) to 16; of CCM 12, 14 or 16" },
    { "auth-attrs", "HEX", "authenticated attributes: DER of a SET OF Attribute" },
    { "unauth-attrs", "HEX", "unauthenticated attributes, likewise" },
    { "with-attrs", NULL, "AuthenticatedData with content-type and message-digest as attributes" },
    { "der", NULL, "write the CMS object (ContentInfo in DER) without MIME around it" },
    { "binary", NULL, "protect the octets as they are, text too" },
    { "profile", "NAME",
      "ims-message unless given; its settings smime_type and\nsmime_encoding say what the MIME entity is like" },
    { "set", "NAME=VALUE", "a setting in place of the profile's" },
    { NULL, NULL, NULL },
};

static const cli_command command = {
    "smime protect",
    "[FILE|-]",
    "Protects a MIME entity (or any octets) in a PSK S/MIME container (TS 33.328, annex I).",
    options,
    "Writes an application/pkcs7-mime entity, or with --der the container itself. The octets are\n"
    "kept, but for text: the line ends of headers and of text in a MIME entity, and those of an\n"
    "input that is text and no entity, become CRLF (RFC 8551, 3.1.1). A container has 64 MiB at\n"
    "the most. The content key is new each time. A KEK shorter than the content key, or of 24 octets,\n"
    "is a finding, told on standard error. On failure nothing is written.\n" SMIME_OCTETS_HELP "\n"
    "exit codes:\n"
    "  0   protected\n"
    "  1   it cannot be protected so\n" CLI_EXIT_CODES "\n"
    "examples:\n"
    "  ticketgate smime protect --kek @tek.hex --kek-id 00000001 message.mime > protected.mime\n"
    "  ticketgate smime protect --der --alg aes-256-ccm --tag-len 16 --kek env:TEK --kek-id 01 < message\n",
};

typedef struct protect {
    smime_keys keys;
    verifying v;
    tg_smime_plan plan;
    tg_profile profile;
    int type;
    bool has_type, has_alg, der, binary;
} protect;

static bool take_alg(protect *p, const char *value)
{
    p->has_alg = true;
    int index;
    return cli_take_choice("alg", value, alg_names, &index) && tg_smime_alg_from_name(alg_names[index], &p->plan.alg);
}

static bool take_tag_len(protect *p, const char *value)
{
    if (!cli_take_size("tag-len", value, 16, &p->plan.tag_len))
        return false;
    if (p->plan.tag_len >= 12)
        return true;
    cli_complain("--tag-len %s: must be 12 to 16", value);
    return false;
}

static bool take(void *user, const char *name, const char *value)
{
    protect *p = user;
    bool known;
    if (!smime_keys_take(&p->keys, name, value, &known))
        return false;
    if (known)
        return true;
    if (!verifying_take(&p->v, name, value, &known))
        return false;
    if (known)
        return true;
    if (strcmp(name, "type") == 0)
        return (p->has_type = cli_take_choice(name, value, type_names, &p->type));
    if (strcmp(name, "alg") == 0)
        return take_alg(p, value);
    if (strcmp(name, "tag-len") == 0)
        return take_tag_len(p, value);
    if (strcmp(name, "auth-attrs") == 0 || strcmp(name, "unauth-attrs") == 0) {
        tg_bytes *attrs = name[0] == 'a' ? &p->plan.auth_attrs : &p->plan.unauth_attrs;
        smime_free_octets(attrs);
        return smime_take_octets(name, value, 65536, attrs);
    }
    p->der = p->der || strcmp(name, "der") == 0;
    p->binary = p->binary || strcmp(name, "binary") == 0;
    p->plan.with_attrs = p->plan.with_attrs || strcmp(name, "with-attrs") == 0;
    return true;
}

/* Type, algorithm and tag length belong together. */
static bool complete(protect *p)
{
    tg_smime_plan *plan = &p->plan;
    if (!smime_keys_complete(&p->keys, true))
        return false;
    if (p->keys.num_keks == 0) {
        cli_complain("--kek and --kek-id are missing");
        return false;
    }
    if (!p->has_type && p->has_alg && !tg_smime_alg_is_aead(plan->alg))
        p->type = TYPE_AUTHENTICATED;
    bool authenticated = p->type == TYPE_AUTHENTICATED;
    if (!p->has_alg)
        plan->alg = authenticated ? TG_SMIME_HMAC_SHA_256 : TG_SMIME_AES_128_GCM;
    if (tg_smime_alg_is_aead(plan->alg) == authenticated) {
        cli_complain("--alg %s is none of --type %s", tg_smime_alg_name(plan->alg), type_names[p->type]);
        return false;
    }
    bool is_ccm =
        plan->alg == TG_SMIME_AES_128_CCM || plan->alg == TG_SMIME_AES_192_CCM || plan->alg == TG_SMIME_AES_256_CCM;
    if (plan->tag_len && (authenticated || (is_ccm && plan->tag_len % 2))) {
        cli_complain("--tag-len %zu: %s", plan->tag_len,
                     authenticated ? "a MAC has the length of its algorithm" : "CCM has 12, 14 or 16");
        return false;
    }
    if (plan->with_attrs && !authenticated) {
        cli_complain("--with-attrs: AuthEnvelopedData has no message-digest (RFC 5083, 2.1)");
        return false;
    }
    for (size_t i = 0; p->der && i < p->v.num_settings; i++) {
        if (strncmp(p->v.settings[i].name, "smime_", 6) == 0) {
            cli_complain("--set %s: is of the MIME entity, and --der writes none", p->v.settings[i].name);
            return false;
        }
    }
    plan->type = authenticated ? TG_SMIME_TYPE_IS_AUTHENTICATED : TG_SMIME_TYPE_IS_AUTH_ENVELOPED;
    plan->recipients = p->keys.keys;
    plan->num_recipients = p->keys.num_keks;
    return true;
}

static void tell_of_key(const char *row, size_t i, size_t kek_len, size_t cek_len)
{
    const tg_requirement *requirement = tg_requirement_find(row);
    cli_complain("finding %s, recipient %zu: %s The KEK has %zu octets, the content key %zu.", row, i,
                 requirement ? requirement->text : "", kek_len, cek_len);
}

/* RFC 3565, 2.3.2, and Table I.3, which has no AES-WRAP of 192 bits: it is made all the same. */
static void tell_of_keys(const protect *p)
{
    for (size_t i = 0; i < p->keys.num_keks; i++) {
        size_t kek_len = p->keys.keys[i].kek.len, cek_len = tg_smime_alg_key_len(p->plan.alg);
        if (kek_len < cek_len)
            tell_of_key("RFC3565-2.3.2-x02", i, kek_len, cek_len);
        if (kek_len == 24)
            tell_of_key("TS33328-I.2.1-x03", i, kek_len, cek_len ? cek_len : 32);
    }
}

static int write_wrapped(const protect *p, tg_bytes container)
{
    const tg_mime_form form = { .type = p->plan.type, .settings = &p->profile.settings };
    size_t max = tg_mime_wrapped_size(container.len), len = 0;
    uint8_t *out = malloc(max);
    tg_status status = out ? tg_mime_wrap(&form, container, out, max, &len) : TG_NO_MEMORY;
    if (status == TG_OK)
        cli_write((const char *)out, len);
    else
        cli_complain("%s", tg_status_text(status));
    free(out);
    return status == TG_OK ? CLI_OK : CLI_INTERNAL;
}

/* TG_BAD_CMS is of the attributes; without any of the content, which would be taken for attributes. */
static const char *refused_text(const protect *p, tg_status status)
{
    if (status != TG_BAD_CMS)
        return tg_status_text(status);
    return p->plan.auth_attrs.len || p->plan.unauth_attrs.len
               ? "--auth-attrs and --unauth-attrs: no reader would take these; each is the DER of a SET OF 1 to 64 "
                 "Attribute "
                 "(sorted), with --type authenticated 62 without content-type and message-digest, else with no "
                 "content-type but "
                 "id-data"
               : "the content would be taken for attributes (--with-attrs protects it, too)";
}

static int refuse(const protect *p, const char *path, tg_status status)
{
    if (status == TG_TOO_LARGE || status == TG_BUFFER_FULL)
        cli_complain("%s: the container would be larger than the limit of %u octets", input_name(path),
                     TG_SMIME_MAX_OCTETS);
    else
        cli_complain("%s: %s", input_name(path), refused_text(p, status));
    return status == TG_TOO_LARGE || status == TG_BUFFER_FULL ? CLI_USAGE
           : status == TG_NO_MEMORY                           ? CLI_INTERNAL
                                                              : CLI_FAILED;
}

static int make(protect *p, const char *path, tg_bytes content)
{
    size_t max = tg_smime_made_size(&p->plan, content.len), len = 0;
    uint8_t *container = malloc(max);
    tg_status status =
        container ? tg_smime_make(p->v.crypto, &p->plan, content, &system_random, container, max, &len) : TG_NO_MEMORY;
    if (status == TG_OK && len > TG_SMIME_MAX_OCTETS)
        status = TG_TOO_LARGE; /* nobody would read it */
    int code = CLI_OK;
    if (status != TG_OK) {
        code = refuse(p, path, status);
    } else {
        tell_of_keys(p);
        if (p->der)
            cli_write((const char *)container, len);
        else
            code = write_wrapped(p, tg_bytes_of(container, len));
    }
    free(container);
    return code;
}

static int run(protect *p, int argc, char **argv, int first)
{
    const char *path;
    input_text text;
    if (!complete(p) || !request_operand(argc, argv, first, &path))
        return CLI_USAGE;
    const tg_profile *profile = p->v.profile ? p->v.profile : tg_profile_find("ims-message");
    p->profile = *profile;
    for (size_t i = 0; i < p->v.num_settings; i++)
        (void)tg_setting_set(&p->profile.settings, p->v.settings[i].name, p->v.settings[i].value);
    if (!smime_answer_init())
        return CLI_INTERNAL;
    int code = input_read(path, TG_SMIME_MAX_OCTETS, " (a container has no more)", &text);
    if (code != CLI_OK)
        return code;
    code = p->binary || smime_plain_canonical(&text) ? CLI_OK : CLI_FAILED;
    if (code == CLI_OK)
        code = make(p, path, tg_bytes_of(text.data, text.len));
    if (text.data)
        tg_wipe(text.data, text.len);
    free(text.data);
    return code;
}

int cmd_smime_protect(int argc, char **argv)
{
    protect *p = calloc(1, sizeof *p);
    int first, code = CLI_INTERNAL;
    if (p && verifying_init(&p->v)) {
        code = cli_parse(&command, argc, argv, take, p, &first);
        if (code < 0)
            code = run(p, argc, argv, first);
        verifying_free(&p->v);
        smime_keys_free(&p->keys);
        smime_free_octets(&p->plan.auth_attrs);
        smime_free_octets(&p->plan.unauth_attrs);
    }
    free(p);
    return code;
}
