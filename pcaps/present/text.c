/* The form for people: call by call. */
#include "presenter.h"

/* Keys are (call, part, frame): what belongs to no call comes last, as TGP_NONE. Calls that are complete go out at once (front.h). */
enum { HEAD, REST };
enum { MOST_URI = 120, MOST_LINE = 160, PART = 1 << 15 /* octets that are written at once */ };

static void add_ends(tg_text *out, const tgp_trace_message *m)
{
    tgp_add_endpoint(out, &m->source);
    TGP_ADD(out, " -> ");
    tgp_add_endpoint(out, &m->destination);
}

static void add_place_of_message(tg_text *out, const tgp_trace_message *m)
{
    static const char *const carriers[] = {
        [TGP_CARRIER_SDP] = "", [TGP_CARRIER_SIP] = "body", [TGP_CARRIER_HTTP] = "HTTP body"
    };
    if (m->carrier != TGP_CARRIER_SDP)
        tgp_add_word(out, carriers[m->carrier]);
    else if (m->m_line < 0)
        TGP_ADD(out, "session level");
    else
        tgp_add(out, "m-line %d", m->m_line + 1);
}

/* A number with the words before it. */
#define ADD_COUNT(out, words, number) (TGP_ADD(out, words), tgp_add_count(out, number))

static void add_judged(tg_text *out, const tgp_trace_message *m)
{
    const char *name = tgp_data_type_name(m->octets);
    TGP_ADD(out, ": ");
    tgp_add_word(out, name ? name : "not a data type of MIKEY");
    ADD_COUNT(out, ", ", m->octets.len);
    TGP_ADD(out, " octets");
    if (m->ex && m->ex[0]) {
        TGP_ADD(out, ", ");
        tgp_add_word(out, m->ex);
        TGP_ADD(out, " from ");
        tgp_add_word(out, m->from == TG_SENDER_UNKNOWN ? "?" : tgp_sender_letter(m->from));
    }
    if (m->conversation != TGP_NONE)
        ADD_COUNT(out, ", conversation ", m->conversation);
    tgp_add_word(out, tgp_message_fails(m) ? ": fails" : ": conforms");
    tgp_text_outcomes(out, "; ", m);
    TGP_ADD(out, "\n");
}

static void add_message(tg_text *out, const tgp_trace_message *m)
{
    ADD_COUNT(out, "  frame ", m->frame);
    if (m->first_frame != m->frame)
        tgp_add(out, " (from %llu on)", (unsigned long long)m->first_frame);
    TGP_ADD(out, ", ");
    tgp_add_word(out, tgp_transport_name(m->transport));
    TGP_ADD(out, " ");
    add_ends(out, m);
    TGP_ADD(out, ", ");
    tgp_add_plain(out, m->first_line, MOST_LINE);
    ADD_COUNT(out, "\n    message ", m->number);
    TGP_ADD(out, ", ");
    add_place_of_message(out, m);
    if (m->copy_of == TGP_NONE)
        add_judged(out, m);
    else
        tgp_add(out, ": copy of message %llu\n", (unsigned long long)m->copy_of);
}

static void take_message(void *user, const tgp_trace_message *m)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    add_message(out, m);
    if (m->copy_of == TGP_NONE && !m->message)
        tgp_text_error(out, m, 6);
    for (size_t i = 0; i < m->num_findings; i++)
        tgp_text_finding(out, &m->findings[i], 6);
    if (m->num_findings_lost > 0)
        tgp_add(out, "      and %zu more findings\n", m->num_findings_lost);
    p->found = true;
    tgp_keep_of_call(p, m->call, REST, m->frame);
}

static void take_connection(void *user, const tgp_trace_connection *c)
{
    tgp_presenter *p = user;
    tgp_add(&p->text, "  ");
    tgp_text_connection(&p->text, c);
    for (size_t i = 0; i < c->num_findings; i++)
        tgp_text_finding(&p->text, &c->findings[i], 6);
    p->found = true;
    tgp_keep_of_call(p, c->call, REST, c->first_frame);
}

static void take_container(void *user, const tgp_trace_container *c)
{
    tgp_presenter *p = user;
    tgp_add(&p->text, "  ");
    tgp_text_container(&p->text, c);
    for (size_t i = 0; i < c->num_findings; i++)
        tgp_text_finding(&p->text, &c->findings[i], 6);
    p->found = true;
    tgp_keep_of_call(p, c->call, REST, c->frame);
}

static void take_finding(void *user, const tgp_trace_finding *finding)
{
    tgp_presenter *p = user;
    tgp_text_trace_finding(&p->text, finding, 2);
    p->found = true;
    tgp_keep_of_call(p, finding->call_number, REST, finding->frame);
}

static void take_call(void *user, const tgp_call_facts *call)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    ADD_COUNT(out, "call ", call->number);
    TGP_ADD(out, ": ");
    tgp_add_plain(out, call->caller, MOST_URI);
    TGP_ADD(out, " -> ");
    tgp_add_plain(out, call->called, MOST_URI);
    TGP_ADD(out, ", Call-ID ");
    tgp_add_plain(out, call->call_id, MOST_URI);
    ADD_COUNT(out, ", frames ", call->first_frame);
    ADD_COUNT(out, " to ", call->last_frame);
    if (call->num_legs != 1)
        tgp_add(out, ", %zu legs", call->num_legs);
    for (size_t i = 0; i < call->num_linked; i++)
        tgp_add(out, "%s%llu", i ? ", " : ", linked with call ", (unsigned long long)call->linked[i]);
    TGP_ADD(out, "\n");
    tgp_keep_of_call(p, call->number, HEAD, 0);
    for (size_t i = 0; i < call->num_notes; i++) {
        tgp_add(out, "  note %s, frame %llu: ", tgp_note_name(call->notes[i].kind),
                (unsigned long long)call->notes[i].frame);
        tgp_add_plain(out, call->notes[i].text, TG_TEXT_MAX);
        tgp_add(out, "\n");
        tgp_keep_of_call(p, call->number, REST, call->notes[i].frame);
    }
    tgp_front_complete(p->front, call->number);
}

/* Conversations come behind all calls: TGP_NONE - 1 is no call's number. */
#define CONVERSATIONS (TGP_NONE - 1)

static void take_conversation(void *user, const tgp_trace_conversation *c)
{
    tgp_presenter *p = user;
    tg_text *out = &p->text;
    ADD_COUNT(out, "conversation ", c->number);
    TGP_ADD(out, ": ");
    tgp_add_plain(out, c->profile ? c->profile->name : "", MOST_URI);
    tgp_add_word(out, c->accepted ? ", accepted" : ", rejected");
    for (size_t i = 0; i < c->num_messages; i++) {
        tgp_add_word(out, i ? ", " : c->num_messages > 1 ? ", messages " : ", message ");
        tgp_add_count(out, c->messages[i]);
    }
    if (c->keys >= 0)
        tgp_add(out, ", keys %d", c->keys);
    TGP_ADD(out, "\n");
    for (size_t i = 0; i < c->num_teks; i++) {
        tgp_add(out, "  TEK of CSB 0x%08x, CS %u", c->teks[i].csb_id, c->teks[i].cs_id);
        if (p->options.show_keys) {
            tgp_add(out, ": ");
            tgp_add_hex(out, c->teks[i].tek);
        }
        tgp_add(out, "\n");
    }
    tgp_keep(p, CONVERSATIONS, REST, c->number);
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

enum { BEGUN, LAST }; /* of p->num: the first line stands; what the last record belonged to */

static void begin(tgp_presenter *p)
{
    if (p->num[BEGUN]++)
        return;
    tgp_add_plain(&p->ready, p->options.capture, MOST_LINE);
    TGP_ADD(&p->ready, "\n");
}

/* Before a record: a line between calls. */
static void add_between(tgp_presenter *p, uint64_t belongs_to)
{
    if (p->num[LAST] != belongs_to) {
        begin(p);
        tgp_add_word(&p->ready, belongs_to == TGP_NONE ? "\nbeside calls:\n" : "\n");
    }
    p->num[LAST] = belongs_to;
}

static void send_parts(tgp_presenter *p)
{
    if (p->ready.len >= PART)
        tgp_send_ready(p);
}

/* A call of which there is nothing to say but that it was there is left out. */
static void take_record(void *user, tgp_key key, const char *text, size_t len, bool alone)
{
    tgp_presenter *p = user;
    if (alone && key.b == HEAD)
        return;
    add_between(p, key.a);
    tg_text_add(&p->ready, text, len);
    send_parts(p);
}

static bool says_something(const tgp_presenter *p, size_t at)
{
    tgp_key key = tgp_spool_key(p->spool, at);
    return key.b != HEAD || (at + 1 < tgp_spool_num(p->spool) && tgp_spool_key(p->spool, at + 1).a == key.a);
}

static void write_records(tgp_presenter *p)
{
    for (size_t i = 0; i < tgp_spool_num(p->spool) && !p->failed; i++) {
        if (!says_something(p, i))
            continue;
        add_between(p, tgp_spool_key(p->spool, i).a);
        p->failed = !tgp_spool_read(p->spool, i, &p->ready) || p->failed;
        send_parts(p);
    }
}

static void prepare_text(tgp_presenter *p)
{
    tgp_front_settle(p->front);
    p->failed = !tgp_front_empty_into(p->front, p->spool) || p->failed;
}

static void add_count_of(tg_text *out, const char *before, uint64_t count, const char *what)
{
    tgp_add(out, "%s%llu %s%s", before, (unsigned long long)count, what, count == 1 ? "" : "s");
}

static void write_text(tgp_presenter *p, const tgp_ending *ending)
{
    static const char *const verdicts[] = { [TGP_CONFORMS] = "conforms",         [TGP_FAILS] = "fails",
                                            [TGP_UNREADABLE] = "unreadable",     [TGP_NOTHING] = "nothing to judge",
                                            [TGP_INCONCLUSIVE] = "inconclusive", [TGP_STOPPED] = "stopped" };
    const tgp_trace_counts *counts = &ending->counts;
    tg_text *out = &p->ready;
    begin(p);
    write_records(p);
    tgp_add(out, "\n");
    tgp_text_counts(out, ending);
    add_count_of(out, "", counts->messages, "MIKEY message");
    tgp_add(out, " (%llu failing, %llu %s)", (unsigned long long)counts->failing, (unsigned long long)counts->copies,
            counts->copies == 1 ? "copy" : "copies");
    add_count_of(out, ", ", counts->calls, "call");
    add_count_of(out, ", ", counts->conversations, "conversation");
    add_count_of(out, ", ", counts->findings, "finding");
    tgp_add(out, "\nverdict: %s\n", verdicts[ending->verdict]);
    tgp_send_ready(p);
}

void tgp_text_init(tgp_presenter *p)
{
    p->listener = (tgp_trace_listener){ .conversation = take_conversation, TGP_TAKES_WHAT_IS_JUDGED };
    p->prepare = prepare_text;
    p->num[LAST] = CONVERSATIONS - 1; /* no call's number, nor what comes behind calls */
    p->write = write_text;
    p->front = tgp_front_new(&(tgp_front_taker){ take_record, p });
    p->failed = !p->front;
}
