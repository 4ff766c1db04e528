#include "sip.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

/* ---- messages ------------------------------------------------------------------------------------------------------ */

/* The field of this name, if the payload has one. */
static void note_random(sip_mikey *out, unsigned which, const tg_payload *payload, const char *name)
{
    const tg_layout *layout = tg_layout_of(payload->type);
    size_t offset, len, num = out->num_random[which];
    if (num == SIP_MAX_RANDOM || !layout || !tg_field_range(layout, payload, payload->octets, name, &offset, &len) ||
        len == 0)
        return;
    out->random[which][num].offset = (size_t)(payload->octets.data - out->octets[which]) + offset;
    out->random[which][num].len = len;
    out->num_random[which]++;
}

static void note_chain(sip_mikey *out, unsigned which, const tg_payload *payload)
{
    static const char *const names[] = { "rand", "encr_data", "thdr_data" };
    for (; payload; payload = payload->next) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            note_random(out, which, payload, names[i]);
    }
}

/* What looks like chance, in the message and in its ticket. */
static bool note_all(sip_mikey *out, unsigned which)
{
    tg_bytes octets = tg_bytes_of(out->octets[which], out->len[which]);
    size_t size = tg_message_arena_size(octets.len);
    void *memory = malloc(size);
    tg_arena arena = tg_arena_of(memory, memory ? size : 0);
    tg_message *message;
    bool parsed = memory && tg_message_parse(octets, &arena, &message, NULL) == TG_OK;
    if (parsed) {
        note_chain(out, which, message->payloads);
        const tg_payload *ticket = tg_payload_find(message->payloads, TG_PAYLOAD_TICKET);
        if (ticket)
            note_chain(out, which, ((const tg_ticket *)ticket)->ticket_data.payloads);
    }
    free(memory);
    return parsed && out->num_random[which] > 0;
}

static void keep(sip_mikey *out, const tg_conversation_made *made)
{
    for (size_t i = 0; i < made->num_sent; i++) {
        tg_bytes octets = made->sent[i].octets;
        uint8_t type = octets.len > 1 ? octets.data[1] : 0;
        if ((type != TG_DATA_TYPE_TRANSFER_INIT && type != TG_DATA_TYPE_TRANSFER_RESP) || octets.len > SIP_MAX_MIKEY)
            continue;
        unsigned which = type == TG_DATA_TYPE_TRANSFER_RESP;
        memcpy(out->octets[which], octets.data, octets.len);
        out->len[which] = octets.len;
    }
}

bool sip_make_mikey(sip_mikey *out)
{
    void *memory = malloc(SAMPLE_MEMORY);
    tg_crypto *crypto = NULL;
    tg_conversation_made made;
    tg_plan plan;
    memset(out, 0, sizeof *out);
    sample_plan(sample_find("ims-media"), &plan);
    plan.sdp_ids = tg_bytes_of("mikey", 5); /* the protocols offered (RFC 4567 4.1.4) */
    if (memory && tg_crypto_new(&crypto) == TG_OK) {
        tg_arena arena = tg_arena_of(memory, SAMPLE_MEMORY);
        if (tg_converse(crypto, &plan, &arena, &made) == TG_OK) {
            keep(out, &made);
            tg_conversation_made_free(&made);
        }
    }
    tg_crypto_free(crypto);
    free(memory);
    return out->len[0] && out->len[1] && note_all(out, 0) && note_all(out, 1);
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

typedef struct text {
    char *out;
    size_t len;
} text;

__attribute__((format(printf, 2, 3))) static void add(text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(t->out + t->len, SIP_MAX - t->len, format, arguments);
    va_end(arguments);
    if (len > 0 && (size_t)len < SIP_MAX - t->len)
        t->len += (size_t)len;
}

#define DOTTED "%u.%u.%u.%u"
#define DOTS(address) (address) >> 24, ((address) >> 16) & 255, ((address) >> 8) & 255, (address)&255

static unsigned phone(const call *c, bool called)
{
    return (unsigned)(traffic_hash(c->number * 2 + called) % 100000000);
}

static unsigned long long name(const call *c, unsigned of_what)
{
    return (unsigned long long)traffic_hash(c->number ^ (uint64_t)of_what << 56);
}

/* The message of this call: another CSB ID, and another chance. */
static void add_key_mgmt(text *t, const call *c, const sip_mikey *mikey, unsigned which)
{
    uint8_t octets[SIP_MAX_MIKEY];
    char base64[SIP_MAX_MIKEY * 4 / 3 + 8];
    uint32_t csb_id = (uint32_t)name(c, 9);
    memcpy(octets, mikey->octets[which], mikey->len[which]);
    for (int i = 0; i < 4; i++)
        octets[4 + i] = (uint8_t)(csb_id >> (24 - 8 * i));
    for (size_t i = 0; i < mikey->num_random[which]; i++)
        memcpy(octets + mikey->random[which][i].offset, traffic_noise() + (name(c, 10 + (unsigned)i) & 8191),
               mikey->random[which][i].len);
    tg_base64_encode(tg_bytes_of(octets, mikey->len[which]), base64);
    add(t, "a=key-mgmt:mikey %s\r\n", base64);
}

static void add_sdp(text *t, const call *c, const sip_mikey *mikey, unsigned which)
{
    end media = c->media[which];
    add(t, "v=0\r\no=- %llu 1 IN IP4 " DOTTED "\r\ns=-\r\nc=IN IP4 " DOTTED "\r\nb=AS:41\r\nt=0 0\r\n",
        (unsigned long long)(name(c, 8) >> 32), DOTS(media.address), DOTS(media.address));
    if (c->key_mgmt)
        add_key_mgmt(t, c, mikey, which);
    add(t,
        "m=audio %u RTP/%s 104 0\r\na=rtpmap:104 AMR-WB/16000/1\r\na=fmtp:104 mode-change-capability=2;max-red=220\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=maxptime:240\r\na=curr:qos local none\r\na=curr:qos remote none\r\n"
        "a=des:qos mandatory local sendrecv\r\na=des:qos optional remote sendrecv\r\na=sendrecv\r\n",
        media.port, c->key_mgmt ? "SAVP" : "AVP");
}

/* ---- headers ------------------------------------------------------------------------------------------------------- */

static const char *method_of(sip_what what)
{
    switch (what) {
    case SIP_ACK:
        return "ACK";
    case SIP_BYE:
    case SIP_OK_BYE:
        return "BYE";
    case SIP_REGISTER:
    case SIP_OK_REGISTER:
        return "REGISTER";
    case SIP_OPTIONS:
    case SIP_OK_OPTIONS:
        return "OPTIONS";
    default:
        return "INVITE";
    }
}

static void add_first_line(text *t, const call *c, sip_what what)
{
    if (what == SIP_REGISTER)
        add(t, "REGISTER sip:ims.example.com SIP/2.0\r\n");
    else if (!sip_is_response(what))
        add(t, "%s sip:+4930%08u@ims.example.com;user=phone SIP/2.0\r\n", method_of(what), phone(c, true));
    else if (what == SIP_TRYING)
        add(t, "SIP/2.0 100 Trying\r\n");
    else
        add(t, "SIP/2.0 %s\r\n", what == SIP_RINGING ? "180 Ringing" : "200 OK");
}

/* Via, From, To, Call-ID, CSeq: six with Max-Forwards, which requests have. */
static void add_dialog(text *t, const call *c, sip_what what)
{
    const char *method = method_of(what);
    bool invite = strcmp(method, "INVITE") == 0 || what == SIP_ACK;
    bool answered = what != SIP_INVITE && what != SIP_REGISTER && what != SIP_OPTIONS && what != SIP_TRYING;
    unsigned branch = what == SIP_ACK ? 1 : invite ? 0 : 2;
    add(t, "Via: SIP/2.0/%s " DOTTED ":%u;branch=z9hG4bK%016llx;rport\r\n", c->tcp ? "TCP" : "UDP", DOTS(c->ue.address),
        c->ue.port, name(c, branch));
    if (!sip_is_response(what))
        add(t, "Max-Forwards: 70\r\n");
    add(t, "From: <sip:+4930%08u@ims.example.com>;tag=%08llx\r\nTo: <sip:+4930%08u@ims.example.com>", phone(c, false),
        name(c, 3) >> 32, phone(c, what != SIP_REGISTER && what != SIP_OK_REGISTER));
    if (answered)
        add(t, ";tag=%08llx", name(c, 4) >> 32);
    add(t, "\r\nCall-ID: %016llx@" DOTTED "\r\nCSeq: %u %s\r\n", name(c, 5), DOTS(c->ue.address), invite ? 1u : 2u,
        method);
}

/* What else stands in a request that begins something: with Contact, Allow, User-Agent eleven. */
static void add_ims(text *t, const call *c)
{
    add(t,
        "Route: <sip:pcscf1.ims.example.com:5060;lr>\r\nRoute: <sip:orig@scscf1.ims.example.com:6060;lr>\r\n"
        "P-Preferred-Identity: \"User %u\" <sip:+4930%08u@ims.example.com>\r\n"
        "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=26201%08llx\r\n"
        "P-Preferred-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel\r\nPrivacy: none\r\n"
        "Supported: 100rel,timer,precondition,gruu,sec-agree\r\n",
        phone(c, false), phone(c, false), name(c, 6) >> 32);
}

static void add_contact(text *t, const call *c)
{
    add(t,
        "Contact: <sip:" DOTTED ":%u>;+g.3gpp.icsi-ref=\"urn%%3Aurn-7%%3A3gpp-service.ims.icsi.mmtel\"\r\n"
        "Allow: INVITE,ACK,CANCEL,BYE,PRACK,UPDATE,REFER,NOTIFY,MESSAGE,INFO,OPTIONS\r\nUser-Agent: UE/1.0 example\r\n",
        DOTS(c->ue.address), c->ue.port);
}

size_t sip_write(const call *c, sip_what what, const sip_mikey *mikey, char *out)
{
    char body[SIP_MAX];
    text t = { out, 0 }, sdp = { body, 0 };
    add_first_line(&t, c, what);
    add_dialog(&t, c, what);
    if (what == SIP_INVITE || what == SIP_REGISTER || what == SIP_OPTIONS)
        add_ims(&t, c);
    if (what != SIP_TRYING && what != SIP_ACK && what != SIP_BYE && what != SIP_OK_BYE)
        add_contact(&t, c);
    if (what == SIP_INVITE || what == SIP_OK_INVITE) {
        add_sdp(&sdp, c, mikey, what == SIP_OK_INVITE);
        add(&t, "Content-Type: application/sdp\r\n");
    }
    add(&t, "Content-Length: %zu\r\n\r\n%.*s", sdp.len, (int)sdp.len, body);
    return t.len;
}
