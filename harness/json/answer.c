/* What a judge with keys says of a conversation (vectors/CONVERSATION.md, section 2). */
#include <stdio.h>

#include "emit.h"

/* What was not derived has no data; what was derived may have a length of 0. */
static void put_octets(tg_emit *e, const char *name, tg_bytes octets)
{
    if (!octets.data)
        return;
    tg_emit_key(e, name);
    tg_emit_hex(e, octets);
}

static void put_ticket(tg_emit *e, const tg_derived *d)
{
    const struct {
        const char *name;
        tg_bytes octets;
    } members[] = { { "auth_key", d->ticket.auth_key },
                    { "encr_key", d->ticket.encr_key },
                    { "salt_key", d->ticket.salt_key },
                    { "iv", d->ticket.iv },
                    { "mac_input", d->ticket.mac_input },
                    { "kemac_plain", d->ticket.kemac_plain },
                    { "mpk", d->ticket.mpk } };
    bool any = false;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        any = any || members[i].octets.data;
    if (!any)
        return;
    tg_emit_key(e, "ticket");
    tg_emit_open(e, '{', false);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        put_octets(e, members[i].name, members[i].octets);
    tg_emit_close(e, '{', false);
}

static void put_vr(tg_emit *e, const tg_derived *d)
{
    if (!d->vr.auth_key.data && !d->vr.mac_input.data)
        return;
    tg_emit_key(e, "vr");
    tg_emit_open(e, '{', false);
    put_octets(e, "auth_key", d->vr.auth_key);
    put_octets(e, "mac_input", d->vr.mac_input);
    tg_emit_close(e, '{', false);
}

static void put_session_keys(tg_emit *e, const tg_derived *d)
{
    if (d->num_cs == 0)
        return;
    tg_emit_key(e, "cs");
    tg_emit_open(e, '{', false);
    for (size_t i = 0; i < d->num_cs; i++) {
        char cs_id[8];
        snprintf(cs_id, sizeof cs_id, "%u", d->cs[i].cs_id);
        tg_emit_key(e, cs_id);
        tg_emit_open(e, '{', false);
        put_octets(e, "tek", d->cs[i].tek);
        if (d->cs[i].has_salt)
            put_octets(e, "salt", d->cs[i].salt);
        tg_emit_close(e, '{', false);
    }
    tg_emit_close(e, '{', false);
}

static void put_derived(tg_emit *e, const tg_derived *d)
{
    tg_emit_key(e, "derived");
    tg_emit_open(e, '{', false);
    put_octets(e, "auth_key", d->auth_key);
    put_octets(e, "encr_key", d->encr_key);
    put_octets(e, "salt_key", d->salt_key);
    put_octets(e, "iv", d->iv);
    put_octets(e, "mac_input", d->mac_input);
    put_octets(e, "kemac_plain", d->kemac_plain);
    put_octets(e, "env_key", d->env_key);
    put_ticket(e, d);
    put_vr(e, d);
    put_octets(e, "mpki", d->mpki);
    put_octets(e, "mpkr", d->mpkr);
    put_octets(e, "mpkr_forked", d->mpkr_forked);
    put_session_keys(e, d);
    tg_emit_close(e, '{', false);
}

static void put_findings(tg_emit *e, const tg_judgement *judgement)
{
    tg_emit_key(e, "findings");
    tg_emit_open(e, '[', false);
    for (size_t i = 0; i < judgement->num_findings; i++) {
        tg_emit_item(e);
        tg_json_add_finding(judgement->findings[i], e->out);
    }
    tg_emit_close(e, '[', false);
}

static void put_judgement(tg_emit *e, const tg_judgement *judgement, bool with_derived)
{
    tg_emit_item(e);
    tg_emit_open(e, '{', false);
    tg_emit_member_string(e, "parse", judgement->parse == TG_OK ? "ok" : "error");
    tg_emit_member_string(e, "auth", tg_outcome_name(judgement->auth));
    tg_emit_member_string(e, "ticket_auth", tg_outcome_name(judgement->ticket_auth));
    tg_emit_member_string(e, "vr_auth", tg_outcome_name(judgement->vr_auth));
    tg_emit_member_string(e, "kemac", tg_outcome_name(judgement->kemac));
    put_findings(e, judgement);
    if (with_derived)
        put_derived(e, &judgement->derived);
    tg_emit_close(e, '{', false);
}

void tg_json_add_answer(const tg_conversation *conversation, bool with_derived, unsigned indent, tg_text *out)
{
    tg_emit e = tg_emit_of(out, indent);
    tg_emit_open(&e, '{', false);
    tg_emit_member_string(&e, "verdict", tg_conversation_is_accepted(conversation) ? "accept" : "reject");
    tg_emit_key(&e, "messages");
    tg_emit_open(&e, '[', false);
    for (size_t i = 0; i < tg_conversation_num(conversation); i++)
        put_judgement(&e, tg_conversation_judgement(conversation, i), with_derived);
    tg_emit_close(&e, '[', false);
    tg_emit_close(&e, '{', false);
}

void tg_json_add_no_answer(const tg_diag *diag, const char *reason, tg_text *out)
{
    tg_emit e = tg_emit_of(out, 0);
    tg_emit_open(&e, '{', false);
    tg_emit_member_string(&e, "verdict", "error");
    tg_emit_key(&e, "error");
    tg_emit_open(&e, '{', false);
    tg_emit_member_string(&e, "status", tg_status_class(diag->status) == TG_CLASS_LIMIT ? "limit" : "usage");
    tg_emit_member_string(&e, "path", diag->path);
    tg_emit_member_number(&e, "offset", diag->offset);
    tg_emit_member_string(&e, "text", reason && reason[0] ? reason : tg_status_text(diag->status));
    tg_emit_close(&e, '{', false);
    tg_emit_close(&e, '{', false);
}
