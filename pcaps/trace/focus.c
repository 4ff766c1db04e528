/* Keys of conferences: each participant and stream has its own (TS 33.328 annex G.1). What is remembered of a key is a hash. */
#include <openssl/evp.h>
#include <stdio.h>

#include "tracing.h"

enum { MAX_KEYS = 4096, NO_M_LINE = 255 };

struct tgt_focus_key {
    tgt_node by_hash;
    tgt_focus_key *later;
    uint8_t digest[32];
    uint64_t participant;
    uint8_t m_line;
};

/* The URI without parameters. */
static tg_bytes without_parameters(const char *uri)
{
    return tg_bytes_of(uri, strcspn(uri, ";?>"));
}

static bool digest_of(tg_bytes tek, tg_bytes focus, uint8_t out[32])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned len = 0;
    bool ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
              EVP_DigestUpdate(context, tek.data, tek.len) && EVP_DigestUpdate(context, focus.data, focus.len) &&
              EVP_DigestFinal_ex(context, out, &len);
    EVP_MD_CTX_free(context);
    return ok && len == 32;
}

static uint64_t hash_of(const uint8_t digest[32])
{
    uint64_t hash;
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static void forget_oldest(tgp_trace *trace)
{
    tgt_focus_key *oldest = trace->focus_oldest;
    trace->focus_oldest = oldest->later;
    if (!trace->focus_oldest)
        trace->focus_newest = NULL;
    tgt_table_remove(&trace->focus_keys, &oldest->by_hash);
    trace->num_focus_keys--;
    tgt_release(trace, oldest, sizeof *oldest);
}

static void remember(tgp_trace *trace, const tgt_focus_key *key)
{
    tgt_focus_key *kept = tgt_alloc(trace, sizeof *kept);
    if (!kept)
        return;
    *kept = *key;
    kept->by_hash.hash = 0;
    kept->later = NULL;
    *(trace->focus_newest ? &trace->focus_newest->later : &trace->focus_oldest) = kept;
    trace->focus_newest = kept;
    tgt_table_put(&trace->focus_keys, &kept->by_hash, hash_of(key->digest));
    if (++trace->num_focus_keys > MAX_KEYS) {
        forget_oldest(trace);
        trace->counts.judged_early++;
    }
}

typedef enum sameness { NEW, KNOWN, SHARED } sameness;

static sameness look_up(const tgp_trace *trace, const tgt_focus_key *key)
{
    sameness found = NEW;
    for (tgt_node *n = tgt_table_find(&trace->focus_keys, hash_of(key->digest)); n; n = tgt_node_next(n)) {
        const tgt_focus_key *before = TGT_OF(n, tgt_focus_key, by_hash);
        if (memcmp(before->digest, key->digest, sizeof key->digest) != 0)
            continue;
        bool other_m_line = before->m_line != key->m_line && before->m_line != NO_M_LINE && key->m_line != NO_M_LINE;
        if (before->participant != key->participant || other_m_line)
            return SHARED;
        found = KNOWN;
    }
    return found;
}

/* The m-line of a crypto session of the message. */
static uint8_t m_line_of(const tgt_record *r, uint8_t cs_id)
{
    for (size_t i = 0; r->covered && i < r->num_m_lines; i++) {
        uint8_t sessions[2];
        size_t num = tgt_sessions_of(r, r->covered[i], sessions);
        for (size_t k = 0; k < num; k++) {
            if (sessions[k] == cs_id)
                return r->covered[i];
        }
    }
    return NO_M_LINE;
}

static void say_shared(tgp_trace *trace, const tgt_record *r, uint8_t cs_id)
{
    tgp_trace_finding finding = { .requirement = tg_requirement_find("TS33328-G.1-01"),
                                  .frame = r->frame,
                                  .call = r->call->call,
                                  .call_number = r->call->number,
                                  .message = r->number,
                                  .connection = TGP_NONE };
    if (!finding.requirement)
        return;
    if (r->num_pieces) {
        finding.has_place = true;
        finding.frame = r->pieces[0].frame;
        finding.frame_offset = r->pieces[0].frame_offset;
        finding.frame_length = r->pieces[0].len;
    }
    snprintf(finding.text, sizeof finding.text,
             "the key of crypto session %u is that of another participant or stream of the conference", cs_id);
    tgt_take_finding(trace, &finding);
}

static void look_at_message(tgp_trace *trace, const tgt_record *r, const tgp_call_facts *facts)
{
    const tg_judgement *j = tgt_judgement_of(r);
    bool said = false;
    for (size_t i = 0; j && i < j->derived.num_cs; i++) {
        const tg_session_key *session = &j->derived.cs[i];
        tgt_focus_key key = { .participant = tgt_hash(without_parameters(facts->participant), 13),
                              .m_line = m_line_of(r, session->cs_id) };
        if (!session->tek.len || !digest_of(session->tek, without_parameters(facts->focus), key.digest))
            continue;
        sameness found = look_up(trace, &key);
        if (found == SHARED && !said) {
            say_shared(trace, r, session->cs_id);
            said = true;
        }
        if (found != KNOWN)
            remember(trace, &key);
    }
}

void tgt_look_at_focus(tgp_trace *trace, tgt_conversation *c)
{
    for (tgt_record *r = c->first; r; r = r->next) {
        tgp_call_facts facts;
        if (r->original || !r->call || r->looked_at)
            continue;
        r->looked_at = true;
        tgp_call_facts_of(r->call->call, &facts);
        if (facts.focus && facts.participant)
            look_at_message(trace, r, &facts);
    }
}

void tgt_free_focus(tgp_trace *trace)
{
    while (trace->focus_oldest)
        forget_oldest(trace);
}
