/* Deviations that only the gate needs: tickets. */
#include <string.h>

#include "gate_script.h"
#include "ticketgate/registry_values.h"

static void psk_id_in_ticket(tg_making *m)
{
    static const uint8_t name[] = "tpk-2026";
    tg_payload **at = &m->ticket->ticket_data.payloads;
    while (*at && (*at)->type != TG_PAYLOAD_KEMAC)
        at = &(*at)->next;
    tg_idr *idr = (tg_idr *)tg_payload_new(m->arena, TG_PAYLOAD_IDR);
    if (!idr)
        return;
    idr->id_role = TG_ID_ROLE_PSK;
    idr->id_type = TG_ID_TYPE_BYTE_STRING;
    idr->id_data = tg_bytes_of(name, sizeof name - 1);
    idr->head.next = *at;
    *at = &idr->head;
}

static void thdr_data(tg_making *m)
{
    static const uint8_t octets[] = { 0x12, 0x34, 0x56, 0x78 };
    tg_payload *first = m->ticket->ticket_data.payloads;
    if (first && first->type == TG_PAYLOAD_THDR)
        ((tg_thdr *)first)->thdr_data = tg_bytes_of(octets, sizeof octets);
}

static void for_somebody_else(tg_making *m)
{
    static const uint8_t carol[] = "carol@example.com";
    for (tg_payload *p = m->ticket->tp_data.payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR && ((tg_idr *)p)->id_role == TG_ID_ROLE_R)
            ((tg_idr *)p)->id_data = tg_bytes_of(carol, sizeof carol - 1);
    }
}

/* "?" stands for zero characters too (contribution 003, 6.2.3.2). */
static void for_a_group(tg_making *m)
{
    static const uint8_t group[] = "bob?@example.com";
    for (tg_payload *p = m->ticket->tp_data.payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR && ((tg_idr *)p)->id_role == TG_ID_ROLE_R)
            ((tg_idr *)p)->id_data = tg_bytes_of(group, sizeof group - 1);
    }
}

static void for_his_other_name(tg_making *m)
{
    static const uint8_t other[] = "bob.b@example.com";
    for (tg_payload *p = m->ticket->tp_data.payloads; p; p = p->next) {
        if (p->type == TG_PAYLOAD_IDR && ((tg_idr *)p)->id_role == TG_ID_ROLE_R)
            ((tg_idr *)p)->id_data = tg_bytes_of(other, sizeof other - 1);
    }
}

static const tg_deviation table[] = {
    { .name = "gate-psk-id-in-ticket",
      .title = "Ticket Data has IDRpsk.",
      .breaks = "RFC6043-A.1-06",
      .data_type = TG_DEVIATION_TICKET,
      .update = -1,
      .model = psk_id_in_ticket },
    { .name = "gate-thdr-data",
      .title = "THDR Data that nobody knows.",
      .breaks = "RFC6043-A.3-01",
      .data_type = TG_DEVIATION_TICKET,
      .update = -1,
      .model = thdr_data },
    { .name = "gate-other-resolver",
      .title = "The Responder who asks is not one of those whom the ticket allows.",
      .breaks = "RFC6043-4.2.3.4-x01",
      .data_type = TG_DEVIATION_TICKET,
      .update = -1,
      .model = for_somebody_else },
    { .name = "gate-group",
      .title = "The ticket is for a group in which the question mark stands for nothing.",
      .breaks = "TS33328-6.2.3.2-03",
      .data_type = TG_DEVIATION_TICKET,
      .update = -1,
      .model = for_a_group },
    { .name = "gate-other-name",
      .title = "The ticket is for another name of the Responder than he asks by.",
      .breaks = "TS33328-6.2.3.5-02",
      .data_type = TG_DEVIATION_TICKET,
      .update = -1,
      .model = for_his_other_name },
};

const tg_deviation *gate_ticket_deviation_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return gate_mac_deviation_find(name);
}
