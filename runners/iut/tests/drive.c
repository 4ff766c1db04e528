/* Attaches an implementation under test and makes the calls that the arguments name; a line of JSON tells what came of
 * each. For runners/pytest/test_attach*.py.
 *
 *   iut_drive OPTION... -- CALL...
 *   options: target=T mutant=M in_process timeout_ms=N max_answer=N max_memory=N max_restarts=N
 *   max_timeouts=N error_map=JSON program=P
 *   calls:   decode:HEX check:HEX open:ROLE start:WHAT update receive:HEX close large:N pause:MS; session: the last opened
 *            open_container:HEX (with some_keks) make_container:ALGORITHM (for some_keks)
 *            mirror:ROLE: a call to open, written, read, and written again
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "json_lines.h"
#include "ticketgate/base.h"

static void print(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    puts(text ? text : "");
    fflush(stdout);
    free(text);
    json_decref(object);
}

static json_t *hex(tgi_octets octets)
{
    char *text = malloc(tg_hex_encoded_size(octets.len));
    if (!text)
        abort();
    tg_hex_encode(tg_bytes_of(octets.data, octets.len), text);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static void print_reply(iut *u, iut_fault fault, const tgi_reply *reply)
{
    json_t *messages = json_array(), *keys = json_array();
    for (size_t i = 0; i < reply->num_messages; i++)
        json_array_append_new(messages, json_pack("{s:i, s:o}", "to", (int)reply->messages[i].to, "octets",
                                                  hex(reply->messages[i].octets)));
    for (size_t i = 0; i < reply->num_keys; i++)
        json_array_append_new(keys, json_pack("{s:i, s:o, s:o}", "cs_id", (int)reply->keys[i].cs_id, "tek",
                                              hex(reply->keys[i].tek), "salt", hex(reply->keys[i].salt)));
    print(json_pack("{s:s, s:s, s:s, s:i, s:s?, s:s?, s:o, s:b, s:o, s:o, s:o, s:o}", "fault", iut_fault_name(fault), "why",
                    iut_fault_text(u), "words", iut_last_words(u), "outcome", (int)reply->outcome, "error",
                    reply->error, "text", reply->text, "messages", messages, "established", (int)reply->established,
                    "keys", keys, "reencoded",
                    hex(reply->reencoded), "content", hex(reply->content), "container", hex(reply->container)));
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static size_t number(const char *text)
{
    return (size_t)strtoull(text, NULL, 10);
}

static void take_option(iut_options *o, const char *option)
{
    const char *value = strchr(option, '=');
    size_t len = value ? (size_t)(value++ - option) : strlen(option);
#define IS(name) (len == sizeof(name) - 1 && memcmp(option, name, len) == 0)
    if (IS("target"))
        o->target = value;
    else if (IS("mutant"))
        o->mutant = value;
    else if (IS("in_process"))
        o->in_process = true;
    else if (IS("timeout_ms"))
        o->timeout_ms = (unsigned)number(value);
    else if (IS("max_answer"))
        o->max_answer = number(value);
    else if (IS("max_memory"))
        o->max_memory = number(value);
    else if (IS("max_restarts"))
        o->max_restarts = (unsigned)number(value);
    else if (IS("max_timeouts"))
        o->max_timeouts = (unsigned)number(value);
    else if (IS("error_map"))
        o->error_map = value;
    else if (IS("program"))
        o->program = value;
    else
        exit(99);
#undef IS
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static tgi_identity kms_id = { true, 1, { (const uint8_t *)"kms.example.com", 15 } };

/* Something in every member, so that a member lost on the way is seen. */
static const uint8_t some_octets[40] = { 1, 2, 3, 0xff };
static const tgi_key some_keys[] = { { 2, 16, 14, { some_octets, 4 } }, { 4, 32, 0, { NULL, 0 } } };
static const tgi_param some_params[] = { { 1, { some_octets, 1 } }, { 2, { some_octets, 0 } } };
static const tgi_security_policy some_policies[] = { { 7, 0, some_params, 2 } };
static tgi_identity nobody = { true, 0, { NULL, 0 } };

static const tgi_kek some_keks[] = { { { some_octets, 4 }, { some_octets, 16 } }, { { some_octets, 2 }, { some_octets, 32 } } };
static const tgi_container some_container = { .size = sizeof some_container, .content = { some_octets, 40 }, .keys = some_keks,
                                              .num_keys = 2, .algorithm = "aes-256-ccm", .tag_len = 16 };

static tgi_transfer make_transfer(void)
{
    static const tgi_session sessions[] = { { .cs_id = 1,
                                              .prot_type = 0,
                                              .s = 1,
                                              .policies = { some_octets, 2 },
                                              .session_data = { some_octets, 4 },
                                              .key = 1,
                                              .own_key = true,
                                              .spi = { some_octets, 3 } },
                                            { .cs_id = 255, .prot_type = 241 } };
    return (tgi_transfer){ sessions, 2, some_policies, 1, some_keys, 2 };
}

static tgi_policy make_policy(void)
{
    static tgi_identity ids[2];
    ids[0] = kms_id;
    ids[1] = nobody;
    return (tgi_policy){ .ticket_type = 65535,
                         .subtype = 1,
                         .version = 2,
                         .prf_func = 1,
                         .flags = "DEFGHI",
                         .has_end = true,
                         .end = 0xed2e0b8012345678U,
                         .time_type = 1,
                         .rekey = 60,
                         .has_keys = true,
                         .keys = some_keys,
                         .num_keys = 2,
                         .responders = ids,
                         .num_responders = 2 };
}

static tgi_open make_open(tgi_role role)
{
    static const tgi_named_value settings[] = { { "v_flag", "sec4" } };
    static const tgi_named_number prot_types[] = { { "srtp", 0 }, { "tls", 241 }, { "bfcp", -1 } };
    static const char *const trust[] = { "one", "two" };
    static const tgi_octets uids[] = { { some_octets, 5 }, { some_octets, 6 } };
    static const tgi_subscriber subscribers[] = { { { some_octets, 3 }, uids, 2, { some_octets, 16 } } };
    tgi_transfer transfer = make_transfer();
    tgi_open o = { .size = sizeof o,
                   .role = role,
                   .profile = "rfc6043",
                   .settings = settings,
                   .num_settings = 1,
                   .prot_types = prot_types,
                   .num_prot_types = 3,
                   .mode = 3,
                   .pk = true,
                   .chash = true,
                   .prf_func = 1,
                   .encr_alg = 2,
                   .mac_alg = 3,
                   .ts_type = 4,
                   .skew = 4000000000U,
                   .leave_out_ids = true,
                   .plain_errors = true,
                   .self = nobody,
                   .kms = kms_id,
                   .psk = { some_octets, 16 },
                   .tpk = { some_octets, 32 },
                   .rsa_own = "own",
                   .trust = trust,
                   .num_trust = 2,
                   .update_answer = transfer,
                   .supported = some_policies,
                   .num_supported = 1,
                   .resolve_each_time = true,
                   .refuse = "update",
                   .subscribers = subscribers,
                   .num_subscribers = 1,
                   .has_subscribers = true,
                   .min_key = 16,
                   .max_key = 65535,
                   .max_validity = 86400,
                   .psk_kms = { some_octets, 20 } };
    if (role == TGI_INITIATOR) {
        o.offer = transfer;
        o.policy = make_policy();
    }
    if (role == TGI_RESPONDER)
        o.answer = transfer;
    return o;
}

/* A session that the reference takes as it is. */
static tgi_open make_plain_kms(void)
{
    static const uint8_t key[16] = { 1 };
    return (tgi_open){ .size = sizeof(tgi_open),
                       .role = TGI_KMS,
                       .profile = "rfc6043",
                       .mode = 1,
                       .encr_alg = 1,
                       .mac_alg = 1,
                       .self = kms_id,
                       .psk = { key, 16 },
                       .psk_id = { true, 2, { key, 3 } } };
}

static tgi_octets octets_of(const char *text)
{
    static uint8_t octets[4096];
    size_t len, at;
    if (tg_hex_decode(text, strlen(text), octets, &len, &at) != TG_OK)
        exit(99);
    return (tgi_octets){ octets, len };
}

static tgi_role role_of(const char *text)
{
    return strcmp(text, "kms") == 0 ? TGI_KMS : strcmp(text, "initiator") == 0 ? TGI_INITIATOR : TGI_RESPONDER;
}

static void mirror(tgi_role role)
{
    tgi_open open = make_open(role);
    tgi_transfer update = open.update_answer;
    iut_call calls[] = { { .id = 7, .op = IUT_OP_OPEN, .session = 3, .open = &open },
                         { .id = 8,
                           .op = IUT_OP_START,
                           .session = 4000000000U,
                           .what = "update",
                           .now = UINT64_MAX,
                           .update = &update,
                           .with_response = true },
                         { .id = 9,
                           .op = IUT_OP_OPEN_CONTAINER,
                           .container = { some_octets, 40 },
                           .keks = some_keks,
                           .num_keks = 2 },
                         { .id = 10, .op = IUT_OP_MAKE_CONTAINER, .make = &some_container } };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        iut_pool pool = { 0 };
        iut_call read;
        char why[IUT_WHY];
        char *once = iut_call_write(&calls[i]);
        bool ok = once && iut_call_read(once, strlen(once) - 1, &pool, &read, why);
        char *twice = ok ? iut_call_write(&read) : NULL;
        print(json_pack("{s:s?, s:s?}", "once", once, "twice", twice));
        free(once);
        free(twice);
        iut_pool_free(&pool);
    }
}

static void make_call(iut *u, const char *call)
{
    static unsigned session;
    const char *value = strchr(call, ':');
    value = value ? value + 1 : "";
    const uint64_t now = 0xed2e0b80ffffffffU;
    tgi_reply reply;
    memset(&reply, 0xa5, sizeof reply); /* nothing of before must be left */
    iut_fault fault = IUT_OK;
    if (strncmp(call, "decode:", 7) == 0) {
        fault = iut_decode(u, octets_of(value), &reply);
    } else if (strncmp(call, "check:", 6) == 0) {
        fault = iut_check(u, octets_of(value), "rfc6043", NULL, TGI_INITIATOR, &reply);
    } else if (strncmp(call, "open:plain", 10) == 0) {
        tgi_open open = make_plain_kms();
        fault = iut_open(u, &open, &session, &reply);
    } else if (strncmp(call, "open:", 5) == 0) {
        tgi_open open = make_open(role_of(value));
        fault = iut_open(u, &open, &session, &reply);
    } else if (strncmp(call, "start:", 6) == 0) {
        fault = iut_start(u, session, value, NULL, false, now, &reply);
    } else if (strcmp(call, "update") == 0) {
        tgi_open open = make_open(TGI_INITIATOR);
        fault = iut_start(u, session, "update", &open.offer, true, now, &reply);
    } else if (strncmp(call, "receive:", 8) == 0) {
        fault = iut_receive(u, session, TGI_INITIATOR, octets_of(value), now, &reply);
    } else if (strncmp(call, "large:", 6) == 0) {
        uint8_t *octets = calloc(1, number(value));
        if (!octets)
            abort();
        fault = iut_decode(u, (tgi_octets){ octets, number(value) }, &reply);
        free(octets);
    } else if (strncmp(call, "open_container:", 15) == 0) {
        fault = iut_open_container(u, octets_of(value), some_keks, 2, &reply);
    } else if (strncmp(call, "make_container:", 15) == 0) {
        tgi_container what = some_container;
        what.algorithm = value;
        fault = iut_make_container(u, &what, &reply);
    } else if (strcmp(call, "close") == 0) {
        memset(&reply, 0, sizeof reply);
        iut_close(u, session);
    } else if (strncmp(call, "mirror:", 7) == 0) {
        mirror(role_of(value));
        return;
    } else if (strncmp(call, "pause:", 6) == 0) {
        usleep((useconds_t)number(value) * 1000);
        return;
    } else {
        exit(99);
    }
    print_reply(u, fault, &reply);
}

static json_t *words(const char *const *list)
{
    json_t *array = json_array();
    for (; *list; list++)
        json_array_append_new(array, json_string(*list));
    return array;
}

static size_t open_descriptors(void)
{
    size_t num = 0;
    for (int fd = 0; fd < 1024; fd++)
        num += fcntl(fd, F_GETFD) >= 0;
    return num;
}

/* The peak of this program alone: getrusage counts what ran in the process before it, too. */
static long peak_rss_kb(void)
{
    char line[256];
    long kb = -1;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (file)
        fclose(file);
    if (kb < 0)
        exit(99);
    return kb;
}

int main(int argc, char **argv)
{
    iut_options options = { 0 };
    int at = 1;
    size_t before = open_descriptors();
    for (; at < argc && strcmp(argv[at], "--") != 0; at++)
        take_option(&options, argv[at]);
    const char *reason = NULL;
    iut *u = iut_attach(&options, &reason);
    if (!u) {
        print(json_pack("{s:s, s:i}", "reason", reason, "left_open", (int)(open_descriptors() - before)));
        return 0;
    }
    const iut_declaration *d = iut_declares(u);
    print(json_pack("{s:s, s:s, s:b, s:b, s:b, s:o, s:o, s:b, s:b}", "name", d->name, "release", d->release,
                    "initiator", (int)d->roles[TGI_INITIATOR], "responder", (int)d->roles[TGI_RESPONDER], "kms",
                    (int)d->roles[TGI_KMS], "profiles", words(d->profiles), "can", words(d->can), "can_decode",
                    (int)iut_can(u, "decode"), "has_ims", (int)iut_has_profile(u, "ims-media")));
    for (at++; at < argc; at++)
        make_call(u, argv[at]);
    unsigned restarts = iut_restarts(u);
    iut_detach(u);
    print(json_pack("{s:i, s:i, s:i}", "restarts", (int)restarts, "rss_kb", (int)peak_rss_kb(), "left_open",
                    (int)(open_descriptors() - before)));
    return 0;
}
