/* What a script changes in what the IUT is told when a session opens. */
#include <string.h>

#include "gate_script.h"

static void refuse_request(void *user, tgi_open *open)
{
    (void)user;
    open->refuse = "request";
}

static void refuse_transfer(void *user, tgi_open *open)
{
    (void)user;
    open->refuse = "transfer";
}

static void refuse_resolve(void *user, tgi_open *open)
{
    (void)user;
    open->refuse = "resolve";
}

static void refuse_update(void *user, tgi_open *open)
{
    (void)user;
    open->refuse = "update";
}

/* The KMS knows nobody. */
static void no_subscribers(void *user, tgi_open *open)
{
    (void)user;
    open->num_subscribers = 0;
    open->has_subscribers = true;
}

/* The KMS has no list of subscribers, and shares the first one's key with everybody. */
static void no_list(void *user, tgi_open *open)
{
    (void)user;
    if (open->num_subscribers > 0)
        open->psk = open->subscribers[0].psk;
    open->subscribers = NULL;
    open->num_subscribers = 0;
    open->has_subscribers = false;
}

static tgi_subscriber *copy_subscribers(keeping *k, const tgi_open *open)
{
    tgi_subscriber *out = keep_memory(k, (open->num_subscribers + 1) * sizeof *out);
    if (open->num_subscribers)
        memcpy(out, open->subscribers, open->num_subscribers * sizeof *out);
    return out;
}

static void other_psk(void *user, tgi_open *open)
{
    static const uint8_t other[32] = { 0x5a, 0x11 };
    tgi_subscriber *subscribers = copy_subscribers(user, open);
    if (open->psk.len)
        open->psk = (tgi_octets){ other, sizeof other };
    for (size_t i = 0; i < open->num_subscribers; i++)
        subscribers[i].psk = (tgi_octets){ other, sizeof other };
    if (open->num_subscribers)
        open->subscribers = subscribers;
}

static void short_keys_only(void *user, tgi_open *open)
{
    (void)user;
    open->max_key = 16;
}

static void long_keys_only(void *user, tgi_open *open)
{
    (void)user;
    open->min_key = 32;
}

/* No ticket for longer than ten minutes: that is less than what is asked for. */
static void short_validity(void *user, tgi_open *open)
{
    (void)user;
    open->max_validity = 600;
}

/* Nothing that is offered is among them. */
static void other_policies(void *user, tgi_open *open)
{
    static const uint8_t one = 1, none = 0;
    static const tgi_param params[] = { { 0, { &none, 1 } }, { 7, { &one, 1 } } };
    static const tgi_security_policy supported = { 0, 0, params, 2 };
    (void)user;
    open->supported = &supported;
    open->num_supported = 1;
}

static void other_tpk(void *user, tgi_open *open)
{
    static const uint8_t other[32] = { 0x77 };
    (void)user;
    if (open->tpk.len)
        open->tpk = (tgi_octets){ other, open->tpk.len };
}

/* A certificate that issued nobody's. */
static void other_trust(void *user, tgi_open *open)
{
    static const char *trust[1];
    const char *own = open->rsa_own ? strstr(open->rsa_own, "-----BEGIN CERTIFICATE") : NULL;
    (void)user;
    trust[0] = own;
    open->trust = trust;
    open->num_trust = own ? 1 : 0;
}

/* Whom the group's ticket allows too; somebody else answers. */
static void call_another(void *user, tgi_open *open)
{
    static const uint8_t sales[] = "sales@example.com";
    (void)user;
    open->called.data = (tgi_octets){ sales, sizeof sales - 1 };
}

/* The Responder has another name too, and that one first. */
static void more_names(void *user, tgi_open *open)
{
    static const uint8_t first[] = "bob.b@example.com", bob[] = "bob@example.com";
    tgi_subscriber *subscribers = copy_subscribers(user, open);
    for (size_t i = 0; i < open->num_subscribers; i++) {
        if (subscribers[i].num_uids != 1 || subscribers[i].uids[0].len != sizeof bob - 1 ||
            memcmp(subscribers[i].uids[0].data, bob, sizeof bob - 1) != 0)
            continue;
        tgi_octets *uids = keep_memory(user, 2 * sizeof *uids);
        uids[0] = (tgi_octets){ first, sizeof first - 1 };
        uids[1] = subscribers[i].uids[0];
        subscribers[i].uids = uids;
        subscribers[i].num_uids = 2;
    }
    if (open->num_subscribers)
        open->subscribers = subscribers;
}

/* A ticket of another PRF than that of the messages. */
static void prf_of_ticket(void *user, tgi_open *open)
{
    (void)user;
    open->policy.prf_func = 1;
}

/* Crypto sessions name the second key of the ticket. */
static void second_key(void *user, tgi_open *open)
{
    tgi_session *sessions = keep_memory(user, (open->offer.num_sessions + 1) * sizeof *sessions);
    for (size_t i = 0; i < open->offer.num_sessions; i++) {
        sessions[i] = open->offer.sessions[i];
        sessions[i].key = sessions[i].key == 1 ? 2 : sessions[i].key;
    }
    open->offer.sessions = sessions;
}

gate_change gate_change_find(const char *name)
{
    static const struct {
        const char *name;
        gate_change change;
    } all[] = { { "refuse-request", refuse_request },   { "refuse-transfer", refuse_transfer },
                { "refuse-resolve", refuse_resolve },   { "refuse-update", refuse_update },
                { "no-subscribers", no_subscribers },   { "no-list", no_list },
                { "other-psk", other_psk },
                { "short-keys-only", short_keys_only }, { "long-keys-only", long_keys_only },
                { "short-validity", short_validity },
                { "other-policies", other_policies },   { "other-tpk", other_tpk },
                { "other-trust", other_trust },         { "call-another", call_another },
                { "more-names", more_names },           { "prf-of-ticket", prf_of_ticket },
                { "second-key", second_key } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].name, name) == 0)
            return all[i].change;
    }
    return NULL;
}
