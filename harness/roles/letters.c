/* Messages on their way between the actors of a made conversation. */
#include "converse.h"

/* ---- to whom, and in which exchange -------------------------------------------------------------------------- */

static tg_actor *kms_of_i(tg_runner *run)
{
    return run->plan->two_kms ? &run->k_of_i : &run->k;
}

/* NULL: there is nobody, or it is the sender himself. */
static tg_actor *actor_for(tg_runner *run, tg_sender to, tg_actor *sender)
{
    tg_actor *actor = NULL;
    if (to == TG_SENDER_I)
        actor = &run->i;
    else if (to == TG_SENDER_R)
        actor = &run->r;
    else if (to == TG_SENDER_K && sender->who == TG_SENDER_K)
        actor = sender == &run->k ? kms_of_i(run) : &run->k;
    else if (to == TG_SENDER_K)
        actor = sender->who == TG_SENDER_I ? kms_of_i(run) : &run->k;
    return actor != sender && tg_actor_is_there(actor) ? actor : NULL;
}

static uint8_t type_of(tg_bytes octets)
{
    return octets.len > 1 ? octets.data[1] : 0;
}

static bool asks_kms(uint8_t type)
{
    return type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK ||
           type == TG_DATA_TYPE_RESOLVE_INIT_PSK || type == TG_DATA_TYPE_RESOLVE_INIT_PK;
}

/* The exchange that a KMS was asked in: of the last message to it that was not between KMSs. */
static const char *asked_in(const tg_runner *run, const tg_actor *kms)
{
    tg_sender asker = kms == &run->k_of_i ? TG_SENDER_K : TG_SENDER_R;
    for (size_t i = run->num_sent; i-- > 0;) {
        const tg_sent *s = &run->sent[i];
        if (asks_kms(type_of(s->octets)) && (s->from == asker || s->from == TG_SENDER_I))
            return s->ex;
    }
    return NULL;
}

/* Where a party takes part, exchanges are named by where the plan is, as roles among themselves name them: what a role
 * holds for a new exchange may be the party's mistake. */
static const char *exchange_of(const tg_runner *run, const tg_outgoing *out, tg_sender from)
{
    uint8_t type = type_of(out->octets);
    bool in_request = strcmp(run->ex, "request") == 0;
    if (from == TG_SENDER_K)
        return asks_kms(type) ? "resolve-kms" : run->ex;
    if (type == TG_DATA_TYPE_REQUEST_INIT_PSK || type == TG_DATA_TYPE_REQUEST_INIT_PK)
        return "request";
    bool transfers = type == TG_DATA_TYPE_TRANSFER_INIT || type == TG_DATA_TYPE_TRANSFER_RESP;
    if (out->to == TG_SENDER_K && from == TG_SENDER_I && !transfers)
        return "request";
    if (out->to == TG_SENDER_K && from == TG_SENDER_R && !transfers)
        return in_request || strcmp(run->ex, "transfer") == 0 ? "resolve" : run->ex;
    return in_request ? "transfer" : run->ex;
}

/* ---- posting ------------------------------------------------------------------------------------------------- */

static tg_status keep(tg_runner *run, tg_bytes octets, tg_bytes *out)
{
    static const uint8_t nothing = 0;
    *out = tg_bytes_of(&nothing, 0);
    if (octets.len == 0)
        return TG_OK;
    *out = tg_arena_copy(run->arena, octets.data, octets.len);
    return out->data ? TG_OK : TG_ARENA_FULL;
}

/* KMSs know exchanges by kind alone; what they answer has the name that the question had. */
static tg_status post(tg_runner *run, const tg_outgoing *out, tg_sender from, const char *kms_asked_in,
                      const size_t *about)
{
    tg_bytes octets;
    const char *ex = run->plan->party ? exchange_of(run, out, from) : out->ex;
    if (from == TG_SENDER_K && kms_asked_in && !asks_kms(type_of(out->octets)))
        ex = kms_asked_in;
    if (run->num_sent == TG_MAX_SENT)
        return TG_TOO_LARGE;
    TRY(keep(run, out->octets, &octets));
    bool has_about = about && type_of(octets) == TG_DATA_TYPE_ERROR;
    run->sent[run->num_sent++] =
        (tg_sent){ .octets = octets, .ex = ex, .from = from, .has_about = has_about, .about = has_about ? *about : 0 };
    return TG_OK;
}

/* ---- delivering ---------------------------------------------------------------------------------------------- */

typedef struct letter {
    size_t sent;
    tg_actor *to;
} letter;

typedef struct mailbag {
    letter queue[TG_MAX_SENT];
    size_t head, tail;
} mailbag;

/* Also what goes to nobody was sent. `upon`: the message that it is sent upon, or NULL: an Error to who sent that one is
 * about it; one to somebody else is about something earlier, which the judge finds. */
static tg_status post_all(tg_runner *run, tg_actor *sender, const tg_act *act, const letter *upon, mailbag *bag)
{
    const char *ex = sender->who == TG_SENDER_K ? asked_in(run, sender) : NULL;
    for (size_t n = 0; n < act->num_out; n++) {
        bool back = upon && act->out[n].to == run->sent[upon->sent].from;
        TRY(post(run, &act->out[n], sender->who, ex, back ? &upon->sent : NULL));
        tg_actor *to = actor_for(run, act->out[n].to, sender);
        if (to)
            bag->queue[bag->tail++] = (letter){ run->num_sent - 1, to }; /* no more than are sent */
    }
    return TG_OK;
}

static void note(tg_runner *run, const tg_actor *who, const tg_act *act)
{
    if (!act->refused)
        return;
    if (!run->refused) {
        run->made->refusal = act->refusal;
        run->made->broken = act->broken;
        run->made->refused_by = who->who;
    }
    run->refused = true;
}

static tg_status arrive(tg_runner *run, const letter *l, tg_bytes octets, tg_act *act)
{
    if (run->num_deliveries == TG_MAX_DELIVERIES)
        return TG_TOO_LARGE;
    run->now += TG_STEP;
    TRY(tg_actor_receive(l->to, run->sent[l->sent].from, octets, run->now, act));
    run->deliveries[run->num_deliveries++] = (struct tg_delivery){ .sent = l->sent,
                                                                   .to = l->to->who,
                                                                   .octets = octets,
                                                                   .by_party = !l->to->role,
                                                                   .accepted = !act->refused,
                                                                   .refusal = act->refusal,
                                                                   .established = tg_actor_has_keys(l->to) };
    note(run, l->to, act);
    return TG_OK;
}

/* How often, and with which octets. */
static tg_status ask_hook(tg_runner *run, const letter *l, tg_bytes *octets, unsigned *times)
{
    const tg_sent *sent = &run->sent[l->sent];
    tg_letter open = {
        .sent = l->sent, .from = sent->from, .to = l->to->who, .ex = sent->ex, .octets = sent->octets, .times = 1
    };
    if (run->plan->deliver)
        run->plan->deliver(run->plan->deliver_user, &open);
    *octets = open.octets;
    *times = open.times;
    bool same = open.octets.data == sent->octets.data && open.octets.len == sent->octets.len;
    return same ? TG_OK : keep(run, open.octets, octets);
}

tg_status tg_deliver_all(tg_runner *run, tg_actor *who, const tg_act *first)
{
    mailbag bag = { .head = 0 };
    TRY(post_all(run, who, first, NULL, &bag));
    while (bag.head < bag.tail) {
        const letter next = bag.queue[bag.head++];
        tg_bytes octets;
        unsigned times = 1;
        TRY(ask_hook(run, &next, &octets, &times));
        for (unsigned n = 0; n < times; n++) {
            tg_act act;
            TRY(arrive(run, &next, octets, &act));
            TRY(post_all(run, next.to, &act, &next, &bag));
        }
    }
    return TG_OK;
}
