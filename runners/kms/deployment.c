#include "deployment.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "answer.h"
#include "input.h"
#include "samples.h"
#include "ticketgate/roles.h"

#define NTP_UNIX 2208988800u /* RFC 5905: from 1900 to 1970 */

static tg_status fill_from_kernel(void *user, uint8_t *out, size_t len)
{
    (void)user;
    while (len > 0) {
        ssize_t got = getrandom(out, len < 256 ? len : 256, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return TG_NO_MEMORY;
        out += got;
        len -= (size_t)got;
    }
    return TG_OK;
}

const tg_random system_random = { fill_from_kernel, NULL };

bool deployment_init(deployment *d)
{
    *d = (deployment){ 0 };
    return verifying_init(&d->v);
}

void deployment_free(deployment *d)
{
    verifying_free(&d->v);
    free(d->subscribers);
    d->subscribers = NULL;
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static bool take_now(deployment *d, const char *value)
{
    char *end = NULL;
    size_t len = strlen(value);
    bool is_hex = len == 16 && strspn(value, "0123456789abcdefABCDEF") == len;
    bool is_unix = len > 0 && len <= 10 && strspn(value, "0123456789") == len;
    if (is_hex) {
        d->now = strtoull(value, &end, 16);
    } else if (is_unix) {
        unsigned long long seconds = strtoull(value, &end, 10);
        d->now = (uint64_t)(uint32_t)(seconds < NTP_UNIX ? seconds + NTP_UNIX : seconds) << 32;
    }
    d->has_now = is_hex || is_unix;
    if (!d->has_now)
        cli_complain("--now: Unix seconds, or 16 hex digits of 64-bit NTP");
    return d->has_now;
}

bool deployment_take(deployment *d, const char *name, const char *value, bool *known)
{
    bool ok = verifying_take(&d->v, name, value, known);
    if (*known)
        return ok;
    *known = true;
    if (strcmp(name, "known") == 0) {
        d->path = value;
        return true;
    }
    if (strcmp(name, "now") == 0)
        return take_now(d, value);
    *known = false;
    return true;
}

/* ---- the built-in one --------------------------------------------------------------------------------------- */

static tg_identity named(uint8_t id_type, const char *text)
{
    return (tg_identity){ true, id_type, tg_bytes_of(text, strlen(text)) };
}

static tg_bytes text_octets(const char *text)
{
    return tg_bytes_of(text, strlen(text));
}

/* As a file of keys, so that what is printed is what is used. */
static void write_built_in(tg_text *out)
{
    static const char note[] = "{\"note\":\"For tests only: these keys are published with Ticketgate.\",";
    const tg_bytes uids[] = { text_octets("alice@example.com"), text_octets("bob@example.com") };
    const tg_subscriber subscribers[] = {
        { text_octets("alice-b-tid@bsf.example.com"), &uids[0], 1, text_octets("test key of alice, not a secret.") },
        { text_octets("bob-b-tid@bsf.example.com"), &uids[1], 1, text_octets("test key of bob: it's no secret.") }
    };
    const tg_subscriber_list list = { subscribers, 2 };
    const tg_subscriber_source source = tg_subscriber_list_source(&list);
    tg_known known = { .profile = *tg_profile_find("rfc6043"),
                       .i = named(TG_ID_TYPE_NAI, "alice@example.com"),
                       .r = named(TG_ID_TYPE_NAI, "bob@example.com"),
                       .kms = named(TG_ID_TYPE_URI, "kms.example.com"),
                       .skew = TG_SKEW_DEFAULT,
                       .has_trust = true,
                       .subscribers = &source };
    known.secrets.psk_i = subscribers[0].psk;
    known.secrets.psk_r = subscribers[1].psk;
    known.secrets.tpk = text_octets("test key of kms: not for tickets");
    tg_json_pems pems = { .rsa_i = sample_pem(TG_SENDER_I),
                          .rsa_r = sample_pem(TG_SENDER_R),
                          .rsa_kms = sample_pem(TG_SENDER_K),
                          .trust = sample_pem_ca() };
    tg_text text = { 0 };
    tg_json_add_conversation(&known, NULL, 0, &pems, &text);
    answer_add(out, note);
    if (text.len > 1)
        tg_text_add(out, text.data + 1, text.len - 1);
    out->failed = out->failed || text.failed;
    tg_text_free(&text);
}

int deployment_print(const deployment *d)
{
    tg_text text = { 0 };
    if (d->path) {
        cli_complain("--print-deployment prints the built-in deployment: not with --known");
        return CLI_USAGE;
    }
    write_built_in(&text);
    answer_add(&text, "\n");
    bool ok = answer_send(&text);
    tg_text_free(&text);
    return ok ? CLI_OK : CLI_INTERNAL;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static bool has_uid(const tg_subscriber *s, const tg_identity *who)
{
    tg_bytes uid = tg_without_scheme(who->data);
    for (size_t i = 0; who->known && i < s->num_uids; i++) {
        if (tg_bytes_equal(s->uids[i], uid))
            return true;
    }
    return false;
}

const tg_subscriber *deployment_subscriber(const deployment *d, const tg_identity *who)
{
    for (size_t i = 0; i < d->list.num; i++) {
        if (has_uid(&d->list.subscribers[i], who))
            return &d->list.subscribers[i];
    }
    return NULL;
}

/* A subscriber's key may be left out where it is psk_i or psk_r; and where there are no subscribers at all, i and r with
 * these keys are the subscribers: a role that is a KMS wants a key for each. */
static bool place_keys(deployment *d)
{
    const tg_known *known = &d->v.conversation.known;
    const tg_subscriber_list *read = known->subscribers ? known->subscribers->user : NULL;
    size_t num = read ? read->num : 0;
    d->subscribers = calloc(num + 2, sizeof *d->subscribers);
    if (!d->subscribers)
        return false;
    for (size_t i = 0; i < num; i++) {
        d->subscribers[i] = read->subscribers[i];
        if (d->subscribers[i].psk.len == 0 && has_uid(&d->subscribers[i], &known->i))
            d->subscribers[i].psk = known->secrets.psk_i;
        if (d->subscribers[i].psk.len == 0 && has_uid(&d->subscribers[i], &known->r))
            d->subscribers[i].psk = known->secrets.psk_r;
    }
    d->known = *known;
    if (!read) {
        const tg_identity *who[] = { &known->i, &known->r };
        const tg_bytes psk[] = { known->secrets.psk_i, known->secrets.psk_r };
        for (size_t i = 0; i < 2; i++) {
            if (!who[i]->known)
                continue;
            d->uids[i] = tg_without_scheme(who[i]->data);
            d->subscribers[num++] = (tg_subscriber){ { NULL, 0 }, &d->uids[i], 1, psk[i] };
        }
    }
    d->list = (tg_subscriber_list){ d->subscribers, num };
    d->source = tg_subscriber_list_source(&d->list);
    d->known.subscribers = &d->source;
    return true;
}

int deployment_load(deployment *d)
{
    input_text file = { 0 };
    tg_text built_in = { 0 };
    tg_diag diag;
    const char *reason = "";
    if (d->path) {
        int code = input_read(d->path, VERIFYING_MAX_TEXT, "", &file);
        if (code != CLI_OK)
            return code;
    } else {
        write_built_in(&built_in);
    }
    const char *text = d->path ? file.data : built_in.data;
    size_t len = d->path ? file.len : built_in.len;
    tg_status status =
        built_in.failed ? TG_NO_MEMORY : verifying_read(&d->v, text ? text : "", len, true, &diag, &reason);
    if (file.data)
        tg_wipe(file.data, file.len);
    free(file.data);
    tg_text_free(&built_in);
    if (status != TG_OK) {
        cli_complain("%s: %s%s%s", d->path ? d->path : "the built-in deployment", diag.path, diag.path[0] ? ": " : "",
                     reason);
        return CLI_USAGE;
    }
    if (!place_keys(d)) {
        cli_complain("out of memory");
        return CLI_INTERNAL;
    }
    if (!d->has_now && d->known.has_now) {
        d->has_now = true;
        d->now = d->known.now;
    }
    if (!d->known.kms.known) {
        cli_complain("%s: identities.kms is missing", d->path);
        return CLI_USAGE;
    }
    return CLI_OK;
}

uint64_t deployment_now(const deployment *d)
{
    struct timespec now;
    if (d->has_now)
        return d->now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)(uint32_t)((uint64_t)now.tv_sec + NTP_UNIX) << 32 |
           (((uint64_t)now.tv_nsec << 32) / 1000000000u & 0xFFFFFFFFu);
}
