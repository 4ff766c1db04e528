#include "verify_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

/* ---- findings ----------------------------------------------------------------------------------------------- */

void verify_text_print_finding(const tg_finding *finding, tg_bytes octets)
{
    const tg_requirement *row = finding->requirement;
    cli_print("  %-7s %s (%s %s)\n          %s\n", tg_level_name(row->level), row->id, row->source, row->clause,
              row->text);
    if (finding->text[0])
        cli_print("          %s\n", finding->text);
    cli_print("          at %s%soctet %zu", finding->path, finding->path[0] ? ", " : "", finding->offset);
    if (finding->length > 1)
        cli_print(" to %zu", finding->offset + finding->length - 1);
    cli_print("\n");
    /* A finding about the whole message has nothing to point to. */
    if (finding->length < octets.len && finding->offset <= octets.len &&
        !tg_report_write_hex(octets, finding->offset, finding->length, 10, cli_sink()))
        return; /* cli_finish complains */
}

/* ---- what was derived --------------------------------------------------------------------------------------- */

typedef struct derived_text {
    bool show, any;
} derived_text;

static void print_octets(derived_text *t, const char *name, tg_bytes octets)
{
    if (!octets.data)
        return;
    if (!t->show) {
        cli_print("%s%s", t->any ? ", " : "  derived (--show-keys shows it): ", name);
        t->any = true;
        return;
    }
    char *hex = malloc(tg_hex_encoded_size(octets.len));
    if (!hex)
        return;
    tg_hex_encode(octets, hex);
    cli_print("  %-20s ", name);
    cli_write(hex, octets.len * 2);
    cli_print("\n");
    tg_wipe(hex, octets.len * 2);
    free(hex);
}

static void print_derived(const tg_derived *d, bool show)
{
    derived_text t = { show, false };
    const struct {
        const char *name;
        tg_bytes octets;
    } values[] = { { "auth_key", d->auth_key },
                   { "encr_key", d->encr_key },
                   { "salt_key", d->salt_key },
                   { "iv", d->iv },
                   { "mac_input", d->mac_input },
                   { "kemac_plain", d->kemac_plain },
                   { "env_key", d->env_key },
                   { "ticket.auth_key", d->ticket.auth_key },
                   { "ticket.encr_key", d->ticket.encr_key },
                   { "ticket.salt_key", d->ticket.salt_key },
                   { "ticket.iv", d->ticket.iv },
                   { "ticket.mac_input", d->ticket.mac_input },
                   { "ticket.kemac_plain", d->ticket.kemac_plain },
                   { "ticket.mpk", d->ticket.mpk },
                   { "vr.auth_key", d->vr.auth_key },
                   { "vr.mac_input", d->vr.mac_input },
                   { "mpki", d->mpki },
                   { "mpkr", d->mpkr },
                   { "mpkr_forked", d->mpkr_forked } };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        print_octets(&t, values[i].name, values[i].octets);
    for (size_t i = 0; i < d->num_cs; i++) {
        char name[32];
        snprintf(name, sizeof name, "cs.%u.tek", d->cs[i].cs_id);
        print_octets(&t, name, d->cs[i].tek);
        snprintf(name, sizeof name, "cs.%u.salt", d->cs[i].cs_id);
        if (d->cs[i].has_salt)
            print_octets(&t, name, d->cs[i].salt);
    }
    if (t.any)
        cli_print("\n");
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static const char *sender_name(tg_sender from)
{
    static const char *const names[] = {
        [TG_SENDER_I] = "Initiator", [TG_SENDER_R] = "Responder", [TG_SENDER_K] = "KMS"
    };
    return names[from];
}

static void print_head(size_t index, const tg_judgement *judgement, const tg_sent *sent)
{
    const char *name = NULL;
    cli_print("\nmessage %zu: ", index);
    if (judgement->message)
        name = tg_registry_name("data_type", judgement->message->hdr.data_type);
    if (judgement->message && !name)
        cli_print("data type %u", judgement->message->hdr.data_type);
    else
        cli_print("%s", name ? name : "not readable");
    if (sent->ex && sent->ex[0]) {
        cli_print(", ");
        cli_print_safe(sent->ex);
    }
    if (sent->from != TG_SENDER_UNKNOWN)
        cli_print(", from the %s", sender_name(sent->from));
    cli_print(", %zu octets\n", sent->octets.len);
}

static void print_message(size_t index, const tg_judgement *judgement, const tg_sent *sent, bool show_keys)
{
    print_head(index, judgement, sent);
    cli_print("  parse %s, auth %s, ticket %s, Vr %s, KEMAC %s\n", judgement->parse == TG_OK ? "ok" : "error",
              tg_outcome_name(judgement->auth), tg_outcome_name(judgement->ticket_auth),
              tg_outcome_name(judgement->vr_auth), tg_outcome_name(judgement->kemac));
    if (judgement->parse != TG_OK)
        cli_print("  %s: %s\n", tg_status_name(judgement->parse), tg_status_text(judgement->parse));
    for (size_t i = 0; i < judgement->num_findings && !cli_interrupted(); i++)
        verify_text_print_finding(judgement->findings[i], sent->octets);
    print_derived(&judgement->derived, show_keys);
}

void verify_text_print(const tg_conversation *conversation, const tg_sent *sent, const tg_profile *profile,
                       bool show_keys)
{
    size_t num = tg_conversation_num(conversation), num_refused = 0;
    cli_print("profile ");
    cli_print_safe(profile->name);
    cli_print("\n");
    for (size_t i = 0; i < num; i++) {
        const tg_judgement *judgement = tg_conversation_judgement(conversation, i);
        print_message(i, judgement, &sent[i], show_keys);
        num_refused += !tg_judgement_is_accepted(judgement);
    }
    cli_print("\nverdict: %s", tg_conversation_is_accepted(conversation) ? "accept" : "reject");
    for (size_t i = 0, shown = 0; i < num && num_refused > 0; i++) {
        if (!tg_judgement_is_accepted(tg_conversation_judgement(conversation, i)))
            cli_print("%s%zu", shown++ ? ", " : num_refused > 1 ? ", for messages " : ", for message ", i);
    }
    cli_print("\n");
}
