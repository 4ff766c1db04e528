/* A caller, a server and its receivers, for the tests of the servers. */
#ifndef TICKETGATE_TEST_SERVICE_NETWORK_H
#define TICKETGATE_TEST_SERVICE_NETWORK_H

#include "test_service_support.h"

#define MAX_RECEIVERS 4

/* Alice calls through a server: line 0 is hers, the others are the receivers'. */
typedef struct network {
    const char *profile;
    tg_service *alice, *server, *receivers[MAX_RECEIVERS];
    tg_identity names[MAX_RECEIVERS];
    size_t num;
    line *first, *further[MAX_RECEIVERS];
} network;

static tg_server_config server_config(const char *name, const char *profile, bool messages)
{
    tg_server_config c = { .service = { .role = role_for(name, profile), .validity = 3600 },
                           .kind = messages ? TG_SERVER_LIST : TG_SERVER_APPLICATION };
    c.ticket = messages ? ticket_for("DEHILNO", TG_KEY_GTGK, NULL) : ticket_for("DEFGHILMNO", TG_KEY_TGK, NULL);
    return c;
}

static void build(network *n, const tg_server_config *c, const char *profile, const char *const *receivers)
{
    *n = (network){ .profile = profile };
    assert_int_equal(tg_server_new(c, &n->server), TG_OK);
    n->alice = new_ue("alice@example.com", profile, &open_policy);
    n->first = new_line(profile, n->alice, 0, n->server, open_server);
    n->first->leg_r = TG_NO_LEG;
    for (; receivers[n->num]; n->num++) {
        n->names[n->num] = uid(receivers[n->num]);
        n->receivers[n->num] = new_ue(receivers[n->num], profile, NULL);
        n->further[n->num] = new_line(profile, n->server, n->num + 1, n->receivers[n->num], open_ue);
        n->further[n->num]->signalled = uid("alice@example.com");
    }
    n->first->receivers = n->names;
    n->first->num_receivers = n->num;
    n->first->signalled = uid("alice@example.com");
}

static void run(network *n, const tg_ue_call *wanted)
{
    num_to_kms = 0;
    call(n->alice, n->first, wanted);
}

#endif
