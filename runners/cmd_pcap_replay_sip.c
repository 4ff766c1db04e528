/* pcap replay --to udp:..., tcp:...: SIP requests of one side, and what the peer says to them. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd_pcap_replay.h"
#include "cmd_pcap_replay_answer.h"
#include "ticketgate/carriage.h"

enum { MOST_SAID = 100000 /* messages of the peer in one run */, MOST_TAG = 128, MOST_AHEAD = 20000 };

/* A request, the answer to it in the capture, and the one that came. */
typedef struct asked_of_peer {
    const replay_item *item;
    tg_bytes call_id, method; /* in the unit */
    uint32_t cseq;
    bool sent, done, wants_answer;
    unsigned captured, got;           /* the last status; 0: none */
    size_t captured_until;            /* the unit of the final response that was captured; SIZE_MAX: none */
    size_t message, captured_message; /* MIKEY in it, and in the answer that was captured; SIZE_MAX: none */
    replay_worth worth;               /* of the MIKEY message in the answer that came */
    uint8_t *answer;
    size_t answer_len;
    char text[128]; /* the status line that came */
} asked_of_peer;

typedef struct talk {
    replay_run *run;
    replay_peer *peer;
    tg_sip_head *head; /* of whatever is looked at */
    asked_of_peer *asked;
    struct {
        uint64_t call;
        char tag[MOST_TAG];
    } * tags;                                   /* by item: what the peer calls its end of the dialog */
    size_t num_tags, num_said, unrelated, told; /* told: all before it are done */
    bool closed;
    const char *why;
} talk;

static bool equals(tg_bytes a, tg_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool is_word(tg_bytes a, const char *word)
{
    return equals(a, tg_bytes_of(word, strlen(word)));
}

/* ---- what was captured --------------------------------------------------------------------------------------- */

static bool cut(talk *t, const uint8_t *octets, size_t len)
{
    const char *reason;
    return tg_sip_cut(tg_bytes_of(octets, len), t->head, &reason) == TG_OK;
}

/* A response goes to the port that Via names, which need not be the one that sent (RFC 3261 18.2.2). */
static bool answers_leg(const tgp_replay_unit *response, const tgp_replay_unit *request)
{
    return memcmp(&response->destination.address, &request->source.address, sizeof request->source.address) == 0 &&
           (response->destination.port == request->source.port ||
            tgp_endpoint_equals(&response->source, &request->destination));
}

/* The responses behind it, of its leg. */
static void find_captured(talk *t, asked_of_peer *a)
{
    const tgp_replay *r = t->run->replay;
    const tgp_replay_unit *request = tgp_replay_unit_at(r, a->item->unit);
    a->captured_until = a->captured_message = SIZE_MAX;
    for (size_t i = a->item->unit + 1, seen = 0; i < tgp_replay_num_units(r) && seen < MOST_AHEAD; i++, seen++) {
        const tgp_replay_unit *u = tgp_replay_unit_at(r, i);
        if (u->kind != TGP_UNIT_SIP || u->request || u->call != request->call || !answers_leg(u, request) ||
            !cut(t, u->octets, u->len) || !t->head->has_cseq || t->head->cseq != a->cseq ||
            !equals(t->head->cseq_method, a->method))
            continue;
        a->captured = t->head->status;
        if (a->captured_message == SIZE_MAX)
            a->captured_message = u->message;
        if (a->captured >= 200) {
            a->captured_until = i;
            return;
        }
    }
}

static bool prepare(talk *t)
{
    t->head = malloc(sizeof *t->head);
    t->asked = calloc(t->run->num_items, sizeof *t->asked);
    t->tags = calloc(t->run->num_items, sizeof *t->tags);
    if (!t->head || !t->asked || !t->tags)
        return false;
    for (size_t i = 0; i < t->run->num_items; i++) {
        asked_of_peer *a = &t->asked[i];
        const tgp_replay_unit *u = tgp_replay_unit_at(t->run->replay, t->run->items[i].unit);
        *a = (asked_of_peer){
            .item = &t->run->items[i], .captured_until = SIZE_MAX, .captured_message = SIZE_MAX, .message = u->message
        };
        if (!cut(t, u->octets, u->len))
            continue; /* sent all the same; no answer can be told to be its */
        a->call_id = t->head->call_id;
        a->method = t->head->method;
        a->cseq = t->head->cseq;
        a->wants_answer = t->head->has_cseq && !is_word(a->method, "ACK"); /* RFC 3261 17.1.1.3 */
        if (a->wants_answer)
            find_captured(t, a);
    }
    return true;
}

/* ---- what the peer says -------------------------------------------------------------------------------------- */

static char *tag_of(const talk *t, uint64_t call)
{
    for (size_t i = 0; i < t->num_tags; i++) {
        if (t->tags[i].call == call)
            return t->tags[i].tag;
    }
    return NULL;
}

static void learn_tag(talk *t, const asked_of_peer *a)
{
    uint64_t call = tgp_replay_unit_at(t->run->replay, a->item->unit)->call;
    if (t->head->to_tag.len == 0 || t->head->to_tag.len >= MOST_TAG || t->head->status <= 100)
        return;
    char *tag = tag_of(t, call);
    if (!tag) {
        t->tags[t->num_tags].call = call;
        tag = t->tags[t->num_tags++].tag;
    } else if (t->head->status < 200) {
        return;
    }
    memcpy(tag, t->head->to_tag.data, t->head->to_tag.len);
    tag[t->head->to_tag.len] = '\0';
}

typedef struct in_answer {
    talk *t;
    asked_of_peer *a;
} in_answer;

static void take_mikey(in_answer *in, tg_bytes octets)
{
    asked_of_peer *a = in->a;
    if (a->answer || octets.len == 0)
        return;
    a->answer = malloc(octets.len);
    if (!a->answer) {
        in->t->run->failed = true;
        return;
    }
    memcpy(a->answer, octets.data, octets.len);
    a->answer_len = octets.len;
}

static bool take_attribute(void *user, const tg_key_mgmt *attribute)
{
    in_answer *in = user;
    uint8_t *room = malloc(tg_base64_decoded_max(attribute->data_len) + 1);
    size_t len = 0, error_at;
    if (room && tg_base64_decode(attribute->data, attribute->data_len, room, &len, &error_at) == TG_OK)
        take_mikey(in, tg_bytes_of(room, len));
    free(room);
    return false;
}

static void look_for_mikey(talk *t, asked_of_peer *a)
{
    in_answer in = { t, a };
    tg_bytes sdp;
    const char *reason;
    if (tg_sip_head_sdp(t->head, &sdp, &reason) == TG_OK) {
        if (tg_sdp_key_mgmt((const char *)sdp.data, sdp.len, take_attribute, &in, &reason) != TG_OK)
            return; /* none, or it cannot be read: no MIKEY in it */
    } else if (t->head->content_type.len >= 17 && memcmp(t->head->content_type.data, "application/mikey", 17) == 0) {
        take_mikey(&in, t->head->body);
    }
}

static void take_response(talk *t, tg_bytes octets)
{
    t->num_said++;
    if (!cut(t, octets.data, octets.len) || t->head->request) {
        t->unrelated++;
        return;
    }
    for (size_t i = t->run->num_items; i > 0; i--) { /* the newest are answered */
        asked_of_peer *a = &t->asked[i - 1];
        if (!a->sent || a->done || !a->wants_answer || a->got >= 200 || a->cseq != t->head->cseq ||
            !t->head->has_cseq || !equals(a->call_id, t->head->call_id) || !equals(a->method, t->head->cseq_method))
            continue;
        a->got = t->head->status;
        replay_put(a->text, sizeof a->text, (const char *)t->head->start_line.data, t->head->start_line.len);
        learn_tag(t, a);
        look_for_mikey(t, a);
        return;
    }
    t->unrelated++;
}

static bool is_settled(const asked_of_peer *a, bool any)
{
    return !a->wants_answer || a->got >= 200 || (any && a->got > 0);
}

/* Until it is answered (with `any`: at all), or in vain for too long. */
static void await(talk *t, const asked_of_peer *a, bool any, int64_t deadline)
{
    while (!t->closed && !is_settled(a, any) && replay_clock() <= deadline && t->num_said < MOST_SAID) {
        tg_bytes octets;
        replay_got got = replay_peer_next(t->peer, deadline, &octets);
        if (got == REPLAY_GOT)
            take_response(t, octets);
        else if (got == REPLAY_GOT_GARBAGE && t->run->target == REPLAY_UDP)
            t->num_said++, t->unrelated++;
        else if (got != REPLAY_GOT_NOTHING)
            t->closed = true;
        if (got == REPLAY_GOT_END)
            t->why = t->run->target == REPLAY_UDP ? "nobody listens there" : "the peer closed the connection";
        else if (t->closed && got != REPLAY_GOT_SIGNAL)
            t->why = "what the peer sends is no SIP";
    }
    if (t->num_said >= MOST_SAID && !t->why) {
        t->closed = true;
        t->why = "the peer sends without end";
    }
}

/* ---- telling ------------------------------------------------------------------------------------------------- */

static void compare(talk *t, const asked_of_peer *a, replay_told *told)
{
    replay_worth was = { .type = -1 }, is = { .type = -1 };
    const tg_bytes none = { NULL, 0 };
    const tgp_replay *r = t->run->replay;
    bool ok = true;
    if (a->captured_message != SIZE_MAX)
        ok = tgp_replay_judge(r, a->captured_message, true, none, TG_SENDER_UNKNOWN, replay_weigh, &was);
    if (a->answer && a->message != SIZE_MAX) {
        tg_sender from = tgp_replay_message_at(r, a->message)->from == TG_SENDER_R ? TG_SENDER_I : TG_SENDER_R;
        ok = ok && tgp_replay_judge(r, a->message, false, told->answer, from, replay_weigh, &is);
    } else if (a->answer) {
        is.type = a->answer_len > 1 ? a->answer[1] : -1;
        snprintf(is.text, sizeof is.text, "%s", replay_type_name(told->answer));
    }
    t->run->failed = t->run->failed || !ok;
    if (a->captured)
        replay_write_answer(told->captured, a->captured, &was);
    if (a->got)
        replay_write_answer(told->got, a->got, &is);
    if (a->got == 0 || (a->got < 200 && a->captured >= 200))
        told->outcome = REPLAY_SILENT;
    else if (a->captured && (a->captured / 100 != a->got / 100 || was.type != is.type || was.accepted != is.accepted))
        told->outcome = REPLAY_DIFFERS;
    else
        told->outcome = REPLAY_SAME;
}

static void tell(talk *t, asked_of_peer *a)
{
    const tgp_replay_unit *u = tgp_replay_unit_at(t->run->replay, a->item->unit);
    replay_told told = { .outcome = REPLAY_SENT, .answer = { a->answer, a->answer_len } };
    replay_item item = *a->item;
    size_t len = 0;
    a->done = true;
    while (len < u->len && u->octets[len] != '\r' && u->octets[len] != '\n')
        len++;
    replay_put(told.what, sizeof told.what, (const char *)u->octets, len);
    item.message = a->message;
    if (a->message != SIZE_MAX)
        told.sent = tgp_replay_message_at(t->run->replay, a->message)->octets;
    if (a->wants_answer)
        compare(t, a, &told);
    if (told.outcome == REPLAY_SILENT && t->why)
        snprintf(told.note, sizeof told.note, "%s", t->why);
    else if (told.outcome == REPLAY_SAME && !a->captured)
        snprintf(told.note, sizeof told.note, "the capture has no answer to it");
    replay_tell(t->run, &item, &told);
}

/* ---- talking ------------------------------------------------------------------------------------------------- */

static bool send_request(talk *t, asked_of_peer *a)
{
    const tgp_replay_unit *u = tgp_replay_unit_at(t->run->replay, a->item->unit);
    tg_bytes octets = tg_bytes_of(u->octets, u->len);
    tg_text text = { 0 };
    const char *tag = tag_of(t, u->call);
    if (t->run->fresh && tgp_replay_address_sip(octets, replay_peer_name(t->peer),
                                                tg_bytes_of(tag ? tag : "", tag ? strlen(tag) : 0), &text))
        octets = tg_bytes_of(text.data, text.len);
    a->sent = replay_peer_send(t->peer, octets, &t->why);
    t->closed = t->closed || !a->sent;
    tg_text_free(&text);
    return a->sent;
}

/* An answer that the capture has behind the next request (a CANCEL, a PRACK) is not waited for before that. */
static bool comes_late(const talk *t, size_t i)
{
    const asked_of_peer *a = &t->asked[i];
    return i + 1 < t->run->num_items &&
           (a->captured_until == SIZE_MAX ? a->captured > 0 : a->captured_until > t->run->items[i + 1].unit);
}

static void tell_settled(talk *t, size_t last)
{
    for (size_t i = t->told; i <= last; i++) {
        if (!t->asked[i].done && is_settled(&t->asked[i], false))
            tell(t, &t->asked[i]);
    }
    while (t->told <= last && t->asked[t->told].done)
        t->told++;
}

static void talk_all(talk *t)
{
    int64_t patience = (int64_t)t->run->timeout * 1000000000;
    for (size_t i = 0; i < t->run->num_items && !t->closed && !t->run->failed; i++) {
        if (!replay_wait(t->run, &t->run->items[i]) || !send_request(t, &t->asked[i]))
            break;
        bool late = comes_late(t, i);
        await(t, &t->asked[i], late, replay_clock() + patience);
        if (!late && !is_settled(&t->asked[i], false) && !cli_interrupted())
            tell(t, &t->asked[i]); /* in vain */
        tell_settled(t, i);
    }
    int64_t deadline = replay_clock() + patience;
    for (size_t i = 0; i < t->run->num_items && !t->run->failed; i++) {
        if (t->asked[i].sent && !t->asked[i].done && !cli_interrupted())
            await(t, &t->asked[i], false, deadline);
        if (!t->asked[i].done && !cli_interrupted())
            tell(t, &t->asked[i]);
    }
}

bool replay_to_sip(replay_run *run)
{
    talk t = { .run = run };
    const char *why;
    bool opened = false;
    if (!prepare(&t)) {
        cli_complain("out of memory");
        run->failed = true;
    } else {
        t.peer = replay_peer_open(&run->address, run->target == REPLAY_TCP, run->timeout, &why);
        opened = t.peer != NULL;
        if (!opened && !cli_interrupted())
            cli_complain("%s: %s", run->to, why);
    }
    if (opened)
        talk_all(&t);
    if (t.unrelated > 0)
        fprintf(stderr, "ticketgate pcap replay: %zu messages of the peer answer nothing that was sent\n", t.unrelated);
    replay_peer_close(t.peer);
    for (size_t i = 0; t.asked && i < run->num_items; i++)
        free(t.asked[i].answer);
    free(t.asked);
    free(t.tags);
    free(t.head);
    return opened || run->failed;
}
