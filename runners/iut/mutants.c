/* Deliberately wrong variants of the reference: the table. Each breaks one requirement, in the roles that it names.
 *
 * `breaks` is the row by which the gate finds it: of the sender, where a message of its own is wrong; of the receiver,
 * where it takes what must be rejected or rejects what must be taken; of behaviour, where no message shows it alone.
 */
#include <string.h>

#include "mutants.h"

#define I "initiator"
#define R "responder"
#define K "kms"
#define I_R "initiator responder"
#define R_K "responder kms"
#define ALL "initiator responder kms"

#define ABOUT(name, title, row, roles) .about = { name, title, row, roles }
#define EVERYWHERE .data_type = -1, .update = -1
#define ROWS(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

/* It does not see what breaks the row. */
#define BLIND(name, title, row, roles)                                                                                 \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .overlooks = ROWS(row) }                            \
    }
/* It rejects for what receivers ignore: `seen` is broken by the sender, `row` by who does not ignore it. */
#define FUSSY(name, title, row, seen, roles)                                                                           \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .overreacts = ROWS(seen) }                          \
    }
#define CARELESS(name, title, row, bit, roles)                                                                         \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .careless = TG_CARELESS_BIT(bit) }                  \
    }
#define SENDS(name, title, row, deviation_, roles)                                                                     \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation_name = deviation_                                                   \
    }
#define MODEL(name, title, row, hook, roles)                                                                           \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .model = hook }                                     \
    }
#define DISLIKES(name, title, row, hook, class_, roles)                                                                \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .dislikes = iut_##hook, .class_of_dislike = class_                             \
    }
#define IGNORES(name, title, row, hook, roles)                                                                         \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .ignores = iut_##hook                                                          \
    }
#define WITHHOLDS(name, title, row, hook, roles)                                                                       \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .withholds = iut_##hook                                                        \
    }
#define SHOWS(name, title, row, hook, roles)                                                                           \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .keys = iut_keys_##hook                                                        \
    }
#define TOLD(name, title, row, hook, roles)                                                                            \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .configure = hook                                                              \
    }

/* ---- what they are told ------------------------------------------------------------------------------------- */

static void obeys_no_policy(iut_config *c)
{
    if (c->refuse && strcmp(c->refuse, "request") == 0)
        c->refuse = NULL;
}

/* Only where the ticket can be opened: in mode 2. */
static void in_mode_2(iut_config *c)
{
    if (c->open->mode != 2)
        c->role->deviation = NULL;
}

/* The policy is asked after the KMS only: so it is obeyed where one is asked. */
static tg_admission admit_own(void *user, const tg_message *transfer_init, const tg_ticket *ticket)
{
    const iut_config *c = user;
    (void)transfer_init;
    bool refuses = c->refuse && strcmp(c->refuse, "transfer") == 0 && ticket && (ticket->flags & TG_FLAG('E'));
    return refuses ? (tg_admission){ TG_REFUSE, TG_REFUSAL_POLICY } : (tg_admission){ TG_ADMIT, TG_REFUSAL_NONE };
}

/* Without a KMS for the Responder nobody forks keys (4.1.1, 5.1.1). */
static void with_forking(iut_config *c)
{
    if (c->open->mode == 2 || c->open->mode == 4)
        c->role->deviation = NULL;
}

/* As the other reading of 5.4 has it (error_pk_key). */
static void envelope_key_for_errors(iut_config *c)
{
    c->profile.settings.error_pk_key = TG_ERROR_PK_KEY_ENVELOPE;
}

static void admits_what_it_can_open(iut_config *c)
{
    c->of.r.admit = admit_own;
}

static const iut_variant table[] = {
    /* ---- MACs, signatures, Initiator Data that nobody checks ---- */
    BLIND("request-mac-unchecked", "The MAC of REQUEST_INIT_PSK is not checked.", "RFC6043-4.2.1.2-04", K),
    BLIND("request-resp-mac-unchecked", "The MAC of REQUEST_RESP is not checked.", "RFC6043-4.2.1.5-13", I),
    BLIND("transfer-mac-unchecked", "The MAC of TRANSFER_INIT is not checked.", "RFC6043-4.2.2.1-09", R),
    BLIND("transfer-resp-mac-unchecked", "The MAC of TRANSFER_RESP is not checked.", "RFC6043-4.2.2.3-19", I),
    BLIND("resolve-mac-unchecked", "The MAC of RESOLVE_INIT_PSK is not checked.", "RFC6043-4.2.3.2-04", K),
    BLIND("resolve-resp-mac-unchecked", "The MAC of RESOLVE_RESP is not checked.", "RFC6043-4.2.3.5-15", R),
    BLIND("ticket-mac-unchecked", "The MAC of a ticket is not checked.", "RFC6043-A.1-08", K),
    BLIND("vr-unchecked", "Vr is not checked.", "RFC6043-6.10-30", K),
    BLIND("vi-unchecked", "Vi is not compared with V.", "RFC6043-6.10-27", R),
    BLIND("no-initiator-data-needed", "A forked ticket is resolved without Initiator Data.", "RFC6043-6.10-24", R_K),
    BLIND("signature-unchecked", "The signature of REQUEST_INIT_PK is not checked.", "RFC6043-5.5-x01", K),
    BLIND("any-certificate", "The certificate of REQUEST_INIT_PK need not lead to a trusted one.",
          "RFC6043-4.2.1.3-x04", K),
    BLIND("anybodys-certificate", "The certificate of REQUEST_INIT_PK may name anybody.", "RFC6043-4.2.1.3-x03", K),
    BLIND("null-mac", "A NULL MAC is accepted.", "RFC6043-4.2-x01", K),
    BLIND("no-mac-in-request", "REQUEST_INIT_PSK may end without V.", "RFC6043-4.2.1.2-03", K),
    BLIND("no-mac-in-transfer-resp", "TRANSFER_RESP may end without V.", "RFC6043-4.2.2.3-18", I),
    CARELESS("errors-trusted", "An Error that is not authentic ends the exchange.", "RFC6043-5.4-11", TRUSTS_ERRORS,
             I_R),

    /* ---- messages that must be rejected, and are not ---- */
    BLIND("version-2-accepted", "Version 2 is accepted.", "RFC3830-6.1-x05", ALL),
    { ABOUT("trailing-accepted", "Octets behind the last payload are cut off.", "RFC3830-6.1-x04", ALL),
      .deviation = { EVERYWHERE, .received = iut_without_trailing } },
    BLIND("clock-unchecked", "Timestamps are not compared with the clock.", "RFC3830-5.4-x01", ALL),
    { ABOUT("replay-accepted", "A REQUEST_INIT or RESOLVE_INIT that came before is answered again.", "RFC3830-5.4-x02",
            K),
      .deviation = { EVERYWHERE, .overlooks = ROWS("RFC3830-5.4-x02"), .careless = TG_CARELESS_BIT(NO_REPLAY_CACHE) } },
    BLIND("response-csb-id-unchecked", "REQUEST_RESP may have any CSB ID.", "RFC6043-4.2.1.5-01", I),
    BLIND("transfer-resp-csb-id-unchecked", "TRANSFER_RESP may have any CSB ID.", "RFC6043-4.2.2.3-01", I),
    BLIND("resolve-resp-csb-id-unchecked", "RESOLVE_RESP may have any CSB ID.", "RFC6043-4.2.3.5-01", R),
    BLIND("update-csb-id-unchecked", "An update may have any CSB ID.", "RFC6043-5.2-01a", I_R),
    BLIND("request-map-unchecked", "REQUEST_INIT may have any CS ID map.", "RFC6043-4.2.1.1-04", K),
    BLIND("resolve-map-unchecked", "RESOLVE_INIT may have any CS ID map.", "RFC6043-4.2.3.1-04", K),
    { ABOUT("two-policies-accepted", "TRANSFER_RESP may name two policies for a crypto session.", "RFC6043-6.1.1-02",
            I),
      .deviation = { EVERYWHERE, .overlooks = ROWS("RFC6043-6.1.1-02", "RFC6043-4.2.2.3-03") } },
    BLIND("no-mpkr-needed", "REQUEST_RESP may lack MPKr with key forking.", "RFC6043-4.2.1.5-09", I),
    BLIND("keys-without-l", "A KEMAC in TRANSFER_INIT is taken although L is 0.", "RFC6043-4.2.2.1-07", R),
    BLIND("keys-without-m", "A KEMAC in TRANSFER_RESP is taken although M is 0.", "RFC6043-4.2.2.3-17", I),
    BLIND("g-without-f", "A ticket with G=1 and F=0 is granted.", "RFC6043-6.10-x02", K),
    BLIND("i-without-e", "A ticket with I=1 and E=0 is granted.", "RFC6043-6.10-x05", K),
    BLIND("m-without-f", "A ticket with M=1 and F=0 is granted.", "RFC6043-6.10-x07", K),
    BLIND("old-update-accepted", "An update need not be newer than what was agreed.", "RFC6043-5.2-01b", I_R),
    BLIND("anybodys-name", "A subscriber may ask under the name of another.", "TS33328-6.2.3.5-01", K),
    BLIND("group-as-user", "A request may come from a group.", "TS33328-6.2.3.2-01", K),
    BLIND("any-forked-keys", "Keys of RESOLVE_RESP are not compared with those of a ticket that he can open.",
          "RFC6043-4.2.3.5-10", R),
    IGNORES("kms-errors-unheard", "An Error of the KMS ends nothing.", "RFC6043-5.4-03", kms_error, I_R),
    IGNORES("peer-errors-unheard", "An Error in the Ticket Transfer ends nothing.", "RFC6043-5.4-05", peer_error, I),
    CARELESS("any-resolver", "The keys are given to whoever asks for them.", "RFC6043-4.2.3.4-x01", NO_AUTHORISATION,
             K),

    /* ---- messages that must be taken, and are not ---- */
    FUSSY("v-flag-of-request", "REQUEST_INIT is rejected for its V flag.", "RFC6043-4.2.1.1-03b", "RFC6043-4.2.1.1-03a",
          K),
    FUSSY("v-flag-of-request-resp", "REQUEST_RESP is rejected for its V flag.", "RFC6043-4.2.1.5-02b",
          "RFC6043-4.2.1.5-02a", I),
    FUSSY("v-flag-of-transfer", "TRANSFER_INIT is rejected for its V flag.", "RFC6043-4.2.2.1-03b",
          "RFC6043-4.2.2.1-03a", R),
    FUSSY("v-flag-of-transfer-resp", "TRANSFER_RESP is rejected for its V flag.", "RFC6043-4.2.2.3-02b",
          "RFC6043-4.2.2.3-02a", I),
    FUSSY("v-flag-of-resolve", "RESOLVE_INIT is rejected for its V flag.", "RFC6043-4.2.3.1-03b", "RFC6043-4.2.3.1-03a",
          K),
    FUSSY("v-flag-of-resolve-resp", "RESOLVE_RESP is rejected for its V flag.", "RFC6043-4.2.3.5-02b",
          "RFC6043-4.2.3.5-02a", R),
    DISLIKES("v-flag-of-error", "An Error is not heard for its V flag.", "RFC6043-5.4-08b", v_of_error, "rule", I_R),
    DISLIKES("unexpected-in-request", "A REQUEST_INIT with an unexpected payload is rejected.", "RFC6043-4.2.1.4-03",
             unexpected_in_request, NULL, K),
    DISLIKES("unexpected-in-request-resp", "A REQUEST_RESP with an unexpected payload is rejected.",
             "RFC6043-4.2.1.6-02", unexpected_in_request_resp, NULL, I),
    DISLIKES("unexpected-in-transfer", "A TRANSFER_INIT with an unexpected payload is rejected.", "RFC6043-4.2.2.2-03",
             unexpected_in_transfer, NULL, R),
    DISLIKES("unexpected-in-transfer-resp", "A TRANSFER_RESP with an unexpected payload is rejected.",
             "RFC6043-4.2.2.4-03", unexpected_in_transfer_resp, NULL, I),
    DISLIKES("unexpected-in-resolve", "A RESOLVE_INIT with an unexpected payload is rejected.", "RFC6043-4.2.3.4-03",
             unexpected_in_resolve, NULL, K),
    DISLIKES("unexpected-in-resolve-resp", "A RESOLVE_RESP with an unexpected payload is rejected.",
             "RFC6043-4.2.3.6-03", unexpected_in_resolve_resp, NULL, R),
    DISLIKES("unexpected-in-error", "An Error with an unexpected payload is not heard.", "RFC6043-5.4-04",
             unexpected_in_error, NULL, I_R),
    FUSSY("order-of-payloads", "A message whose payloads stand in another order is rejected.", "RFC6043-4.2-x02",
          "RFC6043-4.2-x02", ALL),
    FUSSY("no-idrkms-no-ticket", "A REQUEST_INIT without IDRkms is rejected.", "RFC6043-4.2.1.1-06",
          "RFC6043-4.2.1.1-06", K),
    FUSSY("no-idri-no-ticket", "A REQUEST_INIT without IDRi is rejected.", "RFC6043-4.2.1.2-01", "RFC6043-4.2.1.2-01",
          K),
    FUSSY("no-idri-no-call", "A TRANSFER_INIT without IDRi or IDRr is rejected.", "RFC6043-4.2.2.1-04",
          "RFC6043-4.2.2.1-04", R),
    FUSSY("k-in-tp", "A TP with K=1 is rejected.", "RFC6043-6.10-09b", "RFC6043-6.10-09a", K),
    FUSSY("octets-in-tp-keys", "A TP whose Key Data are not zero is rejected.", "RFC6043-6.10-21b", "RFC6043-6.10-21a",
          K),
    FUSSY("unexpected-in-tp", "TP Data with an unexpected payload is rejected.", "RFC6043-6.10-x13", "RFC6043-6.10-x13",
          K),
    FUSSY("unexpected-in-initiator-data", "Initiator Data with an unexpected payload is rejected.", "RFC6043-6.10-x19",
          "RFC6043-6.10-x19", R_K),
    FUSSY("unexpected-in-ticket", "Ticket Data with an unexpected payload is rejected.", "RFC6043-A-x04",
          "RFC6043-A-x04", R_K),
    FUSSY("policies-repeated", "A TRANSFER_RESP that repeats an SP of TRANSFER_INIT is rejected.", "RFC6043-4.2.2.3-14",
          "RFC6043-4.2.2.3-14", I),
    FUSSY("s-of-tls", "A TLS crypto session with S=1 is rejected.", "TS33328-H.1-01", "TS33328-H.1-01", R),
    DISLIKES("request-psk-id-needed", "REQUEST_INIT_PSK is rejected without IDRpsk.", "RFC6043-4.2.1.2-02",
             request_without_psk_id, "id", K),
    DISLIKES("resolve-psk-id-needed", "RESOLVE_INIT_PSK is rejected without IDRpsk.", "RFC6043-4.2.3.2-02",
             resolve_without_psk_id, "id", K),
    DISLIKES("equal-counter-in-request-resp", "A REQUEST_RESP with the COUNTER of the request is rejected.",
             "RFC6043-4.2.1.5-04", equal_counter_in_request_resp, "timestamp", I),
    DISLIKES("equal-counter-in-transfer-resp", "A TRANSFER_RESP with the COUNTER of TRANSFER_INIT is rejected.",
             "RFC6043-4.2.2.3-08", equal_counter_in_transfer_resp, "timestamp", I),
    DISLIKES("equal-counter-in-resolve-resp", "A RESOLVE_RESP with the COUNTER of the request is rejected.",
             "RFC6043-4.2.3.5-04", equal_counter_in_resolve_resp, "timestamp", R),
    DISLIKES("later-counter-in-error", "An Error with a greater COUNTER is not heard.", "RFC6043-5.4-10",
             later_counter_in_error, "timestamp", I_R),
    DISLIKES("one-policy-only", "A TRANSFER_INIT with several SP is rejected.", "RFC6043-4.2.2.1-05", several_policies,
             "sp", R),
    DISLIKES("no-keys-of-initiator", "A KEMAC in TRANSFER_INIT is rejected although L is 1.", "RFC6043-4.2.2.1-06",
             keys_in_transfer, NULL, R),
    DISLIKES("no-keys-of-responder", "A KEMAC in TRANSFER_RESP is rejected although M is 1.", "RFC6043-4.2.2.3-16",
             keys_in_transfer_resp, NULL, I),
    DISLIKES("no-keys-in-updates", "An update with a KEMAC is rejected.", "RFC6043-5.2-07", keys_in_update, NULL, I_R),
    CARELESS("no-policies-of-responder", "SP in TRANSFER_RESP is rejected.", "RFC6043-4.2.2.3-13", NO_FOREIGN_SP, I),
    CARELESS("called-only", "A TRANSFER_RESP of another Responder than the one called is rejected.",
             "RFC6043-4.2.2.3-11", CALLED_ONLY, I),
    DISLIKES("asked-for-only", "A RESOLVE_RESP with another IDRr than his own is rejected.", "RFC6043-4.2.3.5-12",
             adjusted_responder, "id", R),
    DISLIKES("sessions-unchanged", "A TRANSFER_RESP that changes Session Data or an SPI is rejected.",
             "RFC6043-4.2.2.3-05", changed_sessions, NULL, I),
    DISLIKES("sessions-not-added", "A TRANSFER_RESP with more crypto sessions than were offered is rejected.",
             "RFC6043-4.2.2.3-06", added_sessions, NULL, I),
    DISLIKES("session-data-needed", "SRTP crypto sessions without Session Data are rejected although F is 1.",
             "RFC6043-6.1.1-07a", sessions_without_data, NULL, R),
    DISLIKES("spi-needed", "SRTP crypto sessions without SPI are rejected although F is 1.", "RFC6043-6.1.1-09a",
             sessions_without_spi, NULL, R),
    DISLIKES("plain-kms-error", "An Error of the KMS is not heard without a MAC.", "RFC6043-5.4-03", plain_kms_error,
             "auth", I_R),
    DISLIKES("plain-peer-error", "An Error in the Ticket Transfer is not heard without a MAC.", "RFC6043-5.4-05",
             plain_peer_error, "auth", I_R),
    DISLIKES("psk-id-in-ticket", "A ticket with IDRpsk is not resolved.", "RFC6043-A.1-06", psk_id_in_ticket, "ticket",
             R_K),
    DISLIKES("thdr-data", "A ticket with THDR Data is not resolved.", "RFC6043-A.3-01", thdr_data, "ticket", R_K),
    DISLIKES("sealed-elsewhere", "A ticket that he cannot open is not resolved where E is 0.", "RFC6043-10-03",
             sealed_elsewhere, "ticket", R),
    DISLIKES("own-kms-only", "A ticket of another KMS is rejected.", "RFC6043-10-04", foreign_kms, "ticket", R),
    DISLIKES("no-kms-served", "Another KMS gets no RESOLVE_RESP.", "RFC6043-10-05", kms_resolves_for_another, "id", K),
    { ABOUT("another-name-sent-on", "Another KMS is asked under another name of the Responder.", "RFC6043-10-06", K),
      .deviation = { EVERYWHERE, .model = iut_name_by_uri, .keys = iut_cover_uri } },
    DISLIKES("wildcard-for-one-at-least", "A question mark does not stand for zero characters.", "TS33328-6.2.3.2-03",
             zero_characters, "id", K),
    DISLIKES("one-name-only", "Only the first name of a subscriber counts.", "TS33328-6.2.3.5-02", other_names, "id",
             K),
    DISLIKES("resolved-once", "A ticket that was resolved before is not resolved again.", "TS33328-6.2.3.7-02",
             resolved_before, "ticket", K),
    DISLIKES("half-a-suite", "AES-CM-256 and HMAC-SHA-256-256 are supported, PRF-HMAC-SHA-256 is not.",
             "RFC6043-12.1-07", prf_256, "prf", ALL),
    CARELESS("no-own-tickets", "A ticket that no KMS made is rejected.", "RFC6043-4.1-01", NO_OWN_TICKETS, R_K),
    CARELESS("transferred-once", "A ticket that was transferred before is rejected.", "RFC6043-6.10-08a", ONCE_ONLY, R),
    CARELESS("first-era", "Times from 2036 on are rejected.", "RFC6043-6.3-01", FIRST_ERA, ALL),
    DISLIKES("grant-refused", "Every REQUEST_RESP is rejected.", "RFC6043-4.2.1.6-01", request_resp, NULL, I),
    DISLIKES("answer-refused", "Every TRANSFER_RESP is rejected.", "RFC6043-4.2.2.4-x01", any_transfer_resp, NULL, I),
    DISLIKES("unanswered-transfer", "A TRANSFER_INIT with F=0 is rejected.", "RFC6043-4.2.2.2-x01", unanswered_transfer,
             NULL, R),

    /* ---- what they do, and ought not to; or do not do ---- */
    WITHHOLDS("no-request-resp", "No REQUEST_RESP is sent.", "RFC6043-4.2.1.4-02", sends_request_resp, K),
    WITHHOLDS("no-resolve-resp", "No RESOLVE_RESP is sent.", "RFC6043-4.2.3.4-x02", sends_resolve_resp, K),
    CARELESS("no-transfer-resp", "No TRANSFER_RESP is sent although F is 1.", "RFC6043-4.2.2.2-04", NO_ANSWER, R),
    { ABOUT("no-update-resp", "Updates with V=1 are not answered where keys are forked.", "RFC6043-5.2-x03", I_R),
      .deviation = { EVERYWHERE, .careless = TG_CARELESS_BIT(NO_UPDATE_ANSWER) }, .configure = with_forking },
    CARELESS("needless-update-resp", "Updates with V=0 are answered.", "RFC6043-5.2-02", ANSWERS_UPDATES, I_R),
    CARELESS("needless-transfer-resp", "TRANSFER_RESP is sent although F is 0.", "RFC6043-6.10-04", UNWANTED_ANSWER, R),
    WITHHOLDS("no-error-about-garbage", "No Error is sent about what cannot be parsed.", "RFC6043-5.4-01",
              sends_parse_error, ALL),
    { ABOUT("gives-up", "A message that is not authentic ends what was agreed before.", "RFC6043-5.4-02", I_R),
      .gives_up = true },
    CARELESS("no-sp-in-errors", "An Error about security policies does not name the supported ones.", "RFC6043-5.4-06",
             NO_SP_IN_ERRORS, R),
    CARELESS("answers-errors", "An Error is sent about an Error.", "RFC6043-5.4-x04", ANSWERS_ERRORS, ALL),
    TOLD("grants-to-anybody", "A ticket is granted although local policy refuses it.", "RFC6043-4.2.1.4-01",
         obeys_no_policy, K),
    TOLD("takes-any-grant", "A ticket that is not acceptable is used.", "RFC6043-4.2.1.6-04", obeys_no_policy, I),
    CARELESS("takes-any-answer", "Policies that are not acceptable are used.", "RFC6043-4.2.2.4-02", TAKES_ANY_ANSWER,
             I),
    TOLD("admits-all", "Who can open the ticket himself does not ask the local policy.", "RFC6043-4.2.2.2-01",
         admits_what_it_can_open, R),
    CARELESS("kms-before-policy", "The KMS is asked before the local policy.", "RFC6043-4.2.2.2-02", KMS_BEFORE_POLICY,
             R),
    { ABOUT("always-resolves", "The KMS is asked about a ticket that he can open.", "RFC6043-4.1-02", R),
      .deviation = { EVERYWHERE, .careless = TG_CARELESS_BIT(ALWAYS_RESOLVES) }, .configure = in_mode_2 },
    CARELESS("never-resolves", "A ticket with E=1 is opened by who can.", "RFC6043-6.10-03", NEVER_RESOLVES, R),
    CARELESS("wrong-default-key", "Asked for no keys, it grants a TEK.", "RFC6043-4.2.1.5-07", WRONG_DEFAULT_KEY, K),
    CARELESS("reuses-any", "A ticket with J=0 is transferred again.", "RFC6043-5.3-03", REUSES_ANY, I),
    BLIND("expired-ticket-used", "A ticket is transferred after its validity period.", "RFC6043-6.10-x22", I),
    CARELESS("no-limits", "Keys and validities are granted beyond its limits.", "RFC6043-4.2.1.4-01", NO_LIMITS, K),
    CARELESS("same-randrkms", "RANDRkms is the same every time.", "RFC6043-4.2.3.5-x04", SAME_RAND, K),
    MODEL("same-csb-id-in-request", "The CSB ID of REQUEST_INIT is the same every time.", "RFC6043-4.2.1.1-02",
          iut_same_csb_id_in_request, I),
    MODEL("same-csb-id-in-transfer", "The CSB ID of TRANSFER_INIT is the same every time.", "RFC6043-4.2.2.1-02",
          iut_same_csb_id_in_transfer, I),
    MODEL("same-csb-id-in-resolve", "The CSB ID of RESOLVE_INIT is the same every time.", "RFC6043-4.2.3.1-02",
          iut_same_csb_id_in_resolve, R),
    MODEL("same-randri-in-request", "RANDRi of REQUEST_INIT is the same every time.", "RFC6043-4.2.1.1-x02",
          iut_same_rand_in_request, I),
    MODEL("same-randri-in-transfer", "RANDRi of TRANSFER_INIT is the same every time.", "RFC6043-4.2.2.1-x04",
          iut_same_rand_in_transfer, I),
    MODEL("same-randrr-in-resolve", "RANDRr of RESOLVE_INIT is the same every time.", "RFC6043-4.2.3.1-x03",
          iut_same_rand_in_resolve, R),
    MODEL("same-randrr-in-transfer-resp", "RANDRr of TRANSFER_RESP is the same every time.", "RFC6043-4.2.2.3-x03",
          iut_same_randr_in_transfer_resp, R),
    MODEL("zero-keys", "Keys of its own in Ticket Transfer are all zeros.", "RFC3830-4.2.2-01", iut_zero_own_keys, I_R),

    /* ---- keys ---- */
    SHOWS("unforked", "Session keys are derived from the TGK although keys are forked.", "RFC6043-5.1.3-01", unforked,
          I),
    SHOWS("prf-of-ticket", "Session keys are derived with the PRF of the ticket.", "RFC6043-5.1.3-02", prf_of_ticket,
          I_R),
    SHOWS("salt-derived", "A salt is derived although the key has one.", "RFC6043-5.1.3-03", derived_salt, I_R),
    SHOWS("randri-always", "RANDRi enters the derivation although H is 0.", "RFC6043-5.1.3-04", always_randri, I_R),
    SHOWS("randrr-never", "RANDRr does not enter the derivation although G is 1.", "RFC6043-5.1.3-05", never_randrr,
          I_R),
    SHOWS("wrong-constant", "TEKs are derived with the constant of the salt.", "RFC6043-5.1.3-x01", wrong_constant,
          I_R),
    SHOWS("forked-again", "A TGK of the Ticket Transfer itself is forked.", "RFC6043-5.2-12", forked_again, I_R),

    /* ---- messages of their own that are wrong ---- */
    SENDS("request-auth-key", "The MAC of REQUEST_INIT_PSK is made with another key.", "RFC6043-4.2.1.2-04",
          "request-auth-key", I),
    SENDS("sends-null-mac", "REQUEST_INIT_PSK has a NULL MAC.", "RFC6043-4.2-x01", "null-mac", I),
    SENDS("sends-version-2", "The version of REQUEST_INIT is 2.", "RFC3830-6.1-x05", "version-2", I),
    SENDS("no-idrkms", "REQUEST_INIT has no IDRkms.", "RFC6043-4.2.1.1-06", "no-idrkms", I),
    SENDS("short-randri", "RANDRi of REQUEST_INIT is too short.", "RFC6043-12.1-05", "short-randri", I),
    SENDS("transfer-auth-key", "The MAC of TRANSFER_INIT is made with another key.", "RFC6043-4.2.2.1-09",
          "transfer-auth-key", I),
    SENDS("no-initiator-data", "Initiator Data is left out although I is 1.", "RFC6043-6.10-24", "no-initiator-data",
          I),
    SENDS("vr-key", "Vr is made with another key.", "RFC6043-6.10-30", "vr-key", I),
    SENDS("response-csb-id", "REQUEST_RESP has another CSB ID.", "RFC6043-4.2.1.5-01", "response-csb-id", K),
    SENDS("response-same-t", "REQUEST_RESP repeats the T of the request.", "RFC6043-4.2.1.5-03", "response-same-t", K),
    SENDS("mpks-swapped", "MPKr stands before MPKi.", "RFC6043-4.2.1.5-x02", "mpks-swapped", K),
    SENDS("no-mpkr", "MPKr is left out although keys are forked.", "RFC6043-4.2.1.5-09", "no-mpkr", K),
    SENDS("k-inverted", "K does not say whether the policy was changed.", "RFC6043-6.10-x20", "k-inverted", K),
    { ABOUT("k-never", "K is 0 although the policy was changed.", "RFC6043-6.10-x20", K),
      .deviation = { .data_type = TG_DEVIATION_TICKET, .update = -1, .model = iut_no_k } },
    TOLD("mac-in-pk-error", "An Error about a public-key message has a MAC.", "RFC6043-5.4-x03",
         envelope_key_for_errors, K),
    SENDS("kemac-key", "The KEMAC of REQUEST_RESP is encrypted with another key.", "RFC6043-4.2.1.5-06", "kemac-key",
          K),
    SENDS("ticket-rand", "Ticket Data lacks RAND.", "RFC6043-A-x01", "ticket-rand", K),
    SENDS("ticket-auth-key", "The MAC of the ticket is made with another key.", "RFC6043-A.1-08", "ticket-auth-key", K),
    MODEL("tgk-not-forked", "A TGK in RESOLVE_RESP is not TGK'.", "RFC6043-4.2.3.5-10", iut_tgk_not_forked, K),
    SENDS("resolve-auth-key", "The MAC of RESOLVE_INIT_PSK is made with another key.", "RFC6043-4.2.3.2-04",
          "resolve-auth-key", R),
    SENDS("transfer-resp-key", "The MAC of TRANSFER_RESP is made with another key.", "RFC6043-4.2.2.3-19",
          "transfer-resp-key", R),
    SENDS("no-modifier-idr", "TRANSFER_RESP lacks the IDRr of the modifier.", "RFC6043-4.2.2.3-10", "transfer-no-idrr",
          R),
    SENDS("no-modifier-rand", "TRANSFER_RESP lacks RANDRkms.", "RFC6043-4.2.2.3-12", "transfer-no-randrkms", R),
    SENDS("no-randrr", "TRANSFER_RESP lacks RANDRr although G is 1.", "RFC6043-4.2.2.3-09", "transfer-no-randrr", R),
    MODEL("two-policies", "TRANSFER_RESP names two policies for a crypto session.", "RFC6043-6.1.1-02",
          iut_two_policies, R),
    SENDS("unknown-spi", "The SPI of a crypto session names no key.", "RFC6043-6.1.1-10", "unknown-spi", R),
    SENDS("update-csb-id", "An update has another CSB ID.", "RFC6043-5.2-01a", "update-csb-id", I_R),
};
#define NUM (sizeof table / sizeof *table)

const iut_variant *iut_variant_find(const char *name)
{
    for (size_t i = 0; i < NUM; i++) {
        if (strcmp(table[i].about.name, name) == 0)
            return &table[i];
    }
    size_t num;
    const iut_variant *of_containers = iut_container_variants(&num);
    for (size_t i = 0; i < num; i++) {
        if (strcmp(of_containers[i].about.name, name) == 0)
            return &of_containers[i];
    }
    return NULL;
}

const tg_deviation *iut_variant_deviation(const iut_variant *variant)
{
    if (!variant)
        return NULL;
    return variant->deviation_name ? tg_deviation_find(variant->deviation_name) : &variant->deviation;
}

const iut_mutant *iut_mutants(size_t *num)
{
    enum { MOST = NUM + 32 };
    static iut_mutant about[MOST];
    size_t num_of_containers;
    const iut_variant *of_containers = iut_container_variants(&num_of_containers);
    *num = 0;
    for (size_t i = 0; i < NUM; i++)
        about[(*num)++] = table[i].about;
    for (size_t i = 0; i < num_of_containers && *num < MOST; i++)
        about[(*num)++] = of_containers[i].about;
    return about;
}
