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
#define BLIND(name, row, roles, title)                                                                                 \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .overlooks = ROWS(row) }                            \
    }
/* It rejects for what receivers ignore: `seen` is broken by the sender, `row` by who does not ignore it. */
#define FUSSY(name, row, seen, roles, title)                                                                           \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .overreacts = ROWS(seen) }                          \
    }
#define CARELESS(name, row, bit, roles, title)                                                                         \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .careless = TG_CARELESS_BIT(bit) }                  \
    }
#define SENDS(name, row, deviation_, roles, title)                                                                     \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation_name = deviation_                                                   \
    }
#define MODEL(name, row, hook, roles, title)                                                                           \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .deviation = { EVERYWHERE, .model = hook }                                     \
    }
#define DISLIKES(name, row, hook, class_, roles, title)                                                                \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .dislikes = iut_##hook, .class_of_dislike = class_                             \
    }
#define WITHHOLDS(name, row, hook, roles, title)                                                                       \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .withholds = iut_##hook                                                        \
    }
#define SHOWS(name, row, hook, roles, title)                                                                           \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .keys = iut_keys_##hook                                                        \
    }
#define TOLD(name, row, hook, roles, title)                                                                            \
    {                                                                                                                  \
        ABOUT(name, title, row, roles), .configure = hook                                                              \
    }

/* ---- what they are told ------------------------------------------------------------------------------------- */

static void obeys_no_policy(iut_config *c)
{
    c->refuse = NULL;
}

/* The policy is asked after the KMS only: so it is obeyed where one is asked. */
static tg_admission admit_own(void *user, const tg_message *transfer_init, const tg_ticket *ticket)
{
    const iut_config *c = user;
    (void)transfer_init;
    bool refuses = c->refuse && strcmp(c->refuse, "transfer") == 0 && ticket && (ticket->flags & TG_FLAG('E'));
    return refuses ? (tg_admission){ TG_REFUSE, TG_REFUSAL_POLICY } : (tg_admission){ TG_ADMIT, TG_REFUSAL_NONE };
}

static void admits_what_it_can_open(iut_config *c)
{
    c->of.r.admit = admit_own;
}

static const iut_variant table[] = {
    /* ---- MACs, signatures, Initiator Data that nobody checks ---- */
    BLIND("request-mac-unchecked", "RFC6043-4.2.1.2-04", K, "The MAC of REQUEST_INIT_PSK is not checked."),
    BLIND("request-resp-mac-unchecked", "RFC6043-4.2.1.5-13", I, "The MAC of REQUEST_RESP is not checked."),
    BLIND("transfer-mac-unchecked", "RFC6043-4.2.2.1-09", R, "The MAC of TRANSFER_INIT is not checked."),
    BLIND("transfer-resp-mac-unchecked", "RFC6043-4.2.2.3-19", I, "The MAC of TRANSFER_RESP is not checked."),
    BLIND("resolve-mac-unchecked", "RFC6043-4.2.3.2-04", K, "The MAC of RESOLVE_INIT_PSK is not checked."),
    BLIND("resolve-resp-mac-unchecked", "RFC6043-4.2.3.5-15", R, "The MAC of RESOLVE_RESP is not checked."),
    BLIND("ticket-mac-unchecked", "RFC6043-A.1-08", K, "The MAC of a ticket is not checked."),
    BLIND("vr-unchecked", "RFC6043-6.10-30", K, "Vr is not checked."),
    BLIND("vi-unchecked", "RFC6043-6.10-27", R, "Vi is not compared with V."),
    BLIND("no-initiator-data-needed", "RFC6043-6.10-24", K, "A forked ticket is resolved without Initiator Data."),
    BLIND("signature-unchecked", "RFC6043-5.5-x01", K, "The signature of REQUEST_INIT_PK is not checked."),
    BLIND("any-certificate", "RFC6043-4.2.1.3-x04", K,
          "The certificate of REQUEST_INIT_PK need not lead to a trusted one."),
    BLIND("anybodys-certificate", "RFC6043-4.2.1.3-x03", K, "The certificate of REQUEST_INIT_PK may name anybody."),
    BLIND("null-mac", "RFC6043-4.2-x01", K, "A NULL MAC is accepted."),
    BLIND("no-mac-in-request", "RFC6043-4.2.1.2-03", K, "REQUEST_INIT_PSK may end without V."),
    BLIND("no-mac-in-transfer-resp", "RFC6043-4.2.2.3-18", I, "TRANSFER_RESP may end without V."),
    CARELESS("errors-trusted", "RFC6043-5.4-11", TRUSTS_ERRORS, I_R,
             "An Error that is not authentic ends the exchange."),

    /* ---- messages that must be rejected, and are not ---- */
    BLIND("version-2-accepted", "RFC3830-6.1-x05", ALL, "Version 2 is accepted."),
    { ABOUT("trailing-accepted", "Octets behind the last payload are cut off.", "RFC3830-6.1-x04", ALL),
      .deviation = { EVERYWHERE, .received = iut_without_trailing } },
    BLIND("clock-unchecked", "RFC3830-5.4-x01", ALL, "Timestamps are not compared with the clock."),
    { ABOUT("replay-accepted", "A REQUEST_INIT or RESOLVE_INIT that came before is answered again.", "RFC3830-5.4-x02",
            K),
      .deviation = { EVERYWHERE, .overlooks = ROWS("RFC3830-5.4-x02"), .careless = TG_CARELESS_BIT(NO_REPLAY_CACHE) } },
    BLIND("response-csb-id-unchecked", "RFC6043-4.2.1.5-01", I, "REQUEST_RESP may have any CSB ID."),
    BLIND("transfer-resp-csb-id-unchecked", "RFC6043-4.2.2.3-01", I, "TRANSFER_RESP may have any CSB ID."),
    BLIND("resolve-resp-csb-id-unchecked", "RFC6043-4.2.3.5-01", R, "RESOLVE_RESP may have any CSB ID."),
    BLIND("update-csb-id-unchecked", "RFC6043-5.2-01a", I_R, "An update may have any CSB ID."),
    BLIND("request-map-unchecked", "RFC6043-4.2.1.1-04", K, "REQUEST_INIT may have any CS ID map."),
    BLIND("resolve-map-unchecked", "RFC6043-4.2.3.1-04", K, "RESOLVE_INIT may have any CS ID map."),
    BLIND("two-policies-accepted", "RFC6043-6.1.1-02", I, "TRANSFER_RESP may name two policies for a crypto session."),
    BLIND("no-mpkr-needed", "RFC6043-4.2.1.5-09", I, "REQUEST_RESP may lack MPKr with key forking."),
    BLIND("keys-without-l", "RFC6043-4.2.2.1-07", R, "A KEMAC in TRANSFER_INIT is taken although L is 0."),
    BLIND("keys-without-m", "RFC6043-4.2.2.3-17", I, "A KEMAC in TRANSFER_RESP is taken although M is 0."),
    BLIND("g-without-f", "RFC6043-6.10-x02", K, "A ticket with G=1 and F=0 is granted."),
    BLIND("h-without-g", "RFC6043-6.10-x03", K, "A ticket with G=0 and H=0 is granted (G)."),
    BLIND("i-without-e", "RFC6043-6.10-x05", K, "A ticket with I=1 and E=0 is granted."),
    BLIND("m-without-f", "RFC6043-6.10-x07", K, "A ticket with M=1 and F=0 is granted."),
    CARELESS("any-resolver", "RFC6043-4.2.3.4-x01", NO_AUTHORISATION, K,
             "The keys are given to whoever asks for them."),

    /* ---- messages that must be taken, and are not ---- */
    FUSSY("v-flag-of-request", "RFC6043-4.2.1.1-03b", "RFC6043-4.2.1.1-03a", K,
          "REQUEST_INIT is rejected for its V flag."),
    FUSSY("v-flag-of-request-resp", "RFC6043-4.2.1.5-02b", "RFC6043-4.2.1.5-02a", I,
          "REQUEST_RESP is rejected for its V flag."),
    FUSSY("v-flag-of-transfer", "RFC6043-4.2.2.1-03b", "RFC6043-4.2.2.1-03a", R,
          "TRANSFER_INIT is rejected for its V flag."),
    FUSSY("v-flag-of-transfer-resp", "RFC6043-4.2.2.3-02b", "RFC6043-4.2.2.3-02a", I,
          "TRANSFER_RESP is rejected for its V flag."),
    FUSSY("v-flag-of-resolve", "RFC6043-4.2.3.1-03b", "RFC6043-4.2.3.1-03a", K,
          "RESOLVE_INIT is rejected for its V flag."),
    FUSSY("v-flag-of-resolve-resp", "RFC6043-4.2.3.5-02b", "RFC6043-4.2.3.5-02a", R,
          "RESOLVE_RESP is rejected for its V flag."),
    DISLIKES("v-flag-of-error", "RFC6043-5.4-08b", v_of_error, "rule", I_R, "An Error is not heard for its V flag."),
    DISLIKES("unexpected-in-request", "RFC6043-4.2.1.4-03", unexpected_in_request, NULL, K,
             "A REQUEST_INIT with an unexpected payload is rejected."),
    DISLIKES("unexpected-in-request-resp", "RFC6043-4.2.1.6-02", unexpected_in_request_resp, NULL, I,
             "A REQUEST_RESP with an unexpected payload is rejected."),
    DISLIKES("unexpected-in-transfer", "RFC6043-4.2.2.2-03", unexpected_in_transfer, NULL, R,
             "A TRANSFER_INIT with an unexpected payload is rejected."),
    DISLIKES("unexpected-in-transfer-resp", "RFC6043-4.2.2.4-03", unexpected_in_transfer_resp, NULL, I,
             "A TRANSFER_RESP with an unexpected payload is rejected."),
    DISLIKES("unexpected-in-resolve", "RFC6043-4.2.3.4-03", unexpected_in_resolve, NULL, K,
             "A RESOLVE_INIT with an unexpected payload is rejected."),
    DISLIKES("unexpected-in-resolve-resp", "RFC6043-4.2.3.6-03", unexpected_in_resolve_resp, NULL, R,
             "A RESOLVE_RESP with an unexpected payload is rejected."),
    DISLIKES("unexpected-in-error", "RFC6043-5.4-04", unexpected_in_error, NULL, I_R,
             "An Error with an unexpected payload is not heard."),
    FUSSY("order-of-payloads", "RFC6043-4.2-x02", "RFC6043-4.2-x02", ALL,
          "A message whose payloads stand in another order is rejected."),
    FUSSY("no-idrkms-no-ticket", "RFC6043-4.2.1.1-06", "RFC6043-4.2.1.1-06", K,
          "A REQUEST_INIT without IDRkms is rejected."),
    FUSSY("no-idri-no-ticket", "RFC6043-4.2.1.2-01", "RFC6043-4.2.1.2-01", K,
          "A REQUEST_INIT without IDRi is rejected."),
    FUSSY("no-idri-no-call", "RFC6043-4.2.2.1-04", "RFC6043-4.2.2.1-04", R,
          "A TRANSFER_INIT without IDRi or IDRr is rejected."),
    FUSSY("k-in-tp", "RFC6043-6.10-09b", "RFC6043-6.10-09a", K, "A TP with K=1 is rejected."),
    FUSSY("octets-in-tp-keys", "RFC6043-6.10-21b", "RFC6043-6.10-21a", K,
          "A TP whose Key Data are not zero is rejected."),
    FUSSY("unexpected-in-tp", "RFC6043-6.10-x13", "RFC6043-6.10-x13", K,
          "TP Data with an unexpected payload is rejected."),
    FUSSY("unexpected-in-initiator-data", "RFC6043-6.10-x19", "RFC6043-6.10-x19", R_K,
          "Initiator Data with an unexpected payload is rejected."),
    FUSSY("unexpected-in-ticket", "RFC6043-A-x04", "RFC6043-A-x04", R_K,
          "Ticket Data with an unexpected payload is rejected."),
    FUSSY("policies-repeated", "RFC6043-4.2.2.3-14", "RFC6043-4.2.2.3-14", I,
          "A TRANSFER_RESP that repeats an SP of TRANSFER_INIT is rejected."),
    FUSSY("s-of-tls", "TS33328-H.1-01", "TS33328-H.1-01", R, "A TLS crypto session with S=1 is rejected."),
    DISLIKES("request-psk-id-needed", "RFC6043-4.2.1.2-02", request_without_psk_id, "id", K,
             "REQUEST_INIT_PSK is rejected without IDRpsk."),
    DISLIKES("resolve-psk-id-needed", "RFC6043-4.2.3.2-02", resolve_without_psk_id, "id", K,
             "RESOLVE_INIT_PSK is rejected without IDRpsk."),
    DISLIKES("equal-counter-in-request-resp", "RFC6043-4.2.1.5-04", equal_counter_in_request_resp, "timestamp", I,
             "A REQUEST_RESP with the COUNTER of the request is rejected."),
    DISLIKES("equal-counter-in-transfer-resp", "RFC6043-4.2.2.3-08", equal_counter_in_transfer_resp, "timestamp", I,
             "A TRANSFER_RESP with the COUNTER of TRANSFER_INIT is rejected."),
    DISLIKES("equal-counter-in-resolve-resp", "RFC6043-4.2.3.5-04", equal_counter_in_resolve_resp, "timestamp", R,
             "A RESOLVE_RESP with the COUNTER of the request is rejected."),
    DISLIKES("later-counter-in-error", "RFC6043-5.4-10", later_counter_in_error, "timestamp", I_R,
             "An Error with a greater COUNTER is not heard."),
    DISLIKES("one-policy-only", "RFC6043-4.2.2.1-05", several_policies, "sp", R,
             "A TRANSFER_INIT with several SP is rejected."),
    DISLIKES("no-keys-of-initiator", "RFC6043-4.2.2.1-06", keys_in_transfer, NULL, R,
             "A KEMAC in TRANSFER_INIT is rejected although L is 1."),
    DISLIKES("no-keys-of-responder", "RFC6043-4.2.2.3-16", keys_in_transfer_resp, NULL, I,
             "A KEMAC in TRANSFER_RESP is rejected although M is 1."),
    DISLIKES("no-keys-in-updates", "RFC6043-5.2-07", keys_in_update, NULL, I_R, "An update with a KEMAC is rejected."),
    CARELESS("no-policies-of-responder", "RFC6043-4.2.2.3-13", NO_FOREIGN_SP, I, "SP in TRANSFER_RESP is rejected."),
    CARELESS("called-only", "RFC6043-4.2.2.3-11", CALLED_ONLY, I,
             "A TRANSFER_RESP of another Responder than the one called is rejected."),
    DISLIKES("asked-for-only", "RFC6043-4.2.3.5-12", adjusted_responder, "id", R,
             "A RESOLVE_RESP with another IDRr than his own is rejected."),
    DISLIKES("sessions-unchanged", "RFC6043-4.2.2.3-05", changed_sessions, NULL, I,
             "A TRANSFER_RESP that changes Session Data or an SPI is rejected."),
    DISLIKES("sessions-not-added", "RFC6043-4.2.2.3-06", added_sessions, NULL, I,
             "A TRANSFER_RESP with more crypto sessions than were offered is rejected."),
    DISLIKES("session-data-needed", "RFC6043-6.1.1-07a", sessions_without_data, NULL, R,
             "SRTP crypto sessions without Session Data are rejected although F is 1."),
    DISLIKES("spi-needed", "RFC6043-6.1.1-09a", sessions_without_spi, NULL, R,
             "SRTP crypto sessions without SPI are rejected although F is 1."),
    DISLIKES("plain-kms-error", "RFC6043-5.4-03", plain_kms_error, "auth", I_R,
             "An Error of the KMS is not heard without a MAC."),
    DISLIKES("plain-peer-error", "RFC6043-5.4-05", plain_peer_error, "auth", I_R,
             "An Error in the Ticket Transfer is not heard without a MAC."),
    DISLIKES("psk-id-in-ticket", "RFC6043-A.1-06", psk_id_in_ticket, "ticket", R_K,
             "A ticket with IDRpsk is not resolved."),
    DISLIKES("thdr-data", "RFC6043-A.3-01", thdr_data, "ticket", R_K, "A ticket with THDR Data is not resolved."),
    DISLIKES("sealed-elsewhere", "RFC6043-10-03", sealed_elsewhere, "ticket", R,
             "A ticket that he cannot open is not resolved where E is 0."),
    DISLIKES("own-kms-only", "RFC6043-10-04", foreign_kms, "ticket", R, "A ticket of another KMS is rejected."),
    DISLIKES("no-kms-served", "RFC6043-10-05", kms_resolves_for_another, "id", K, "Another KMS gets no RESOLVE_RESP."),
    DISLIKES("half-a-suite", "RFC6043-12.1-07", prf_256, "prf", ALL,
             "AES-CM-256 and HMAC-SHA-256-256 are supported, PRF-HMAC-SHA-256 is not."),
    CARELESS("no-own-tickets", "RFC6043-4.1-01", NO_OWN_TICKETS, R_K, "A ticket that no KMS made is rejected."),
    CARELESS("transferred-once", "RFC6043-6.10-08a", ONCE_ONLY, R, "A ticket that was transferred before is rejected."),
    CARELESS("first-era", "RFC6043-6.3-01", FIRST_ERA, ALL, "Times from 2036 on are rejected."),
    DISLIKES("grant-refused", "RFC6043-4.2.1.6-01", request_resp, NULL, I, "Every REQUEST_RESP is rejected."),
    DISLIKES("answer-refused", "RFC6043-4.2.2.4-x01", any_transfer_resp, NULL, I, "Every TRANSFER_RESP is rejected."),
    DISLIKES("unanswered-transfer", "RFC6043-4.2.2.2-x01", unanswered_transfer, NULL, R,
             "A TRANSFER_INIT with F=0 is rejected."),

    /* ---- what they do, and ought not to; or do not do ---- */
    WITHHOLDS("no-request-resp", "RFC6043-4.2.1.4-02", sends_request_resp, K, "No REQUEST_RESP is sent."),
    WITHHOLDS("no-resolve-resp", "RFC6043-4.2.3.4-x02", sends_resolve_resp, K, "No RESOLVE_RESP is sent."),
    CARELESS("no-transfer-resp", "RFC6043-4.2.2.2-04", NO_ANSWER, R, "No TRANSFER_RESP is sent although F is 1."),
    CARELESS("no-update-resp", "RFC6043-5.2-x03", NO_UPDATE_ANSWER, I_R, "Updates with V=1 are not answered."),
    CARELESS("needless-update-resp", "RFC6043-5.2-02", ANSWERS_UPDATES, I_R, "Updates with V=0 are answered."),
    CARELESS("needless-transfer-resp", "RFC6043-6.10-04", UNWANTED_ANSWER, R, "TRANSFER_RESP is sent although F is 0."),
    WITHHOLDS("no-error-about-garbage", "RFC6043-5.4-01", sends_parse_error, ALL,
              "No Error is sent about what cannot be parsed."),
    CARELESS("gives-up", "RFC6043-5.4-02", GIVES_UP, I_R, "A message that is refused ends what was agreed before."),
    CARELESS("no-sp-in-errors", "RFC6043-5.4-06", NO_SP_IN_ERRORS, R,
             "An Error about security policies does not name the supported ones."),
    CARELESS("answers-errors", "RFC6043-5.4-x04", ANSWERS_ERRORS, ALL, "An Error is sent about an Error."),
    TOLD("grants-to-anybody", "RFC6043-4.2.1.4-01", obeys_no_policy, K,
         "A ticket is granted although local policy refuses it."),
    TOLD("takes-any-grant", "RFC6043-4.2.1.6-04", obeys_no_policy, I, "A ticket that is not acceptable is used."),
    CARELESS("takes-any-answer", "RFC6043-4.2.2.4-02", TAKES_ANY_ANSWER, I,
             "Policies that are not acceptable are used."),
    TOLD("admits-all", "RFC6043-4.2.2.2-01", admits_what_it_can_open, R,
         "Who can open the ticket himself does not ask the local policy."),
    CARELESS("kms-before-policy", "RFC6043-4.2.2.2-02", KMS_BEFORE_POLICY, R,
             "The KMS is asked before the local policy."),
    CARELESS("always-resolves", "RFC6043-4.1-02", ALWAYS_RESOLVES, R,
             "The KMS is asked about a ticket that he can open."),
    CARELESS("never-resolves", "RFC6043-6.10-03", NEVER_RESOLVES, R, "A ticket with E=1 is opened by who can."),
    CARELESS("wrong-default-key", "RFC6043-4.2.1.5-07", WRONG_DEFAULT_KEY, K, "Asked for no keys, it grants a TEK."),
    CARELESS("reuses-any", "RFC6043-5.3-03", REUSES_ANY, I, "A ticket with J=0 is transferred again."),
    CARELESS("same-randrkms", "RFC6043-4.2.3.5-x04", SAME_RAND, K, "RANDRkms is the same every time."),
    MODEL("same-csb-id-in-request", "RFC6043-4.2.1.1-02", iut_same_csb_id_in_request, I,
          "The CSB ID of REQUEST_INIT is the same every time."),
    MODEL("same-csb-id-in-transfer", "RFC6043-4.2.2.1-02", iut_same_csb_id_in_transfer, I,
          "The CSB ID of TRANSFER_INIT is the same every time."),
    MODEL("same-csb-id-in-resolve", "RFC6043-4.2.3.1-02", iut_same_csb_id_in_resolve, R,
          "The CSB ID of RESOLVE_INIT is the same every time."),
    MODEL("same-randri-in-request", "RFC6043-4.2.1.1-x02", iut_same_rand_in_request, I,
          "RANDRi of REQUEST_INIT is the same every time."),
    MODEL("same-randri-in-transfer", "RFC6043-4.2.2.1-x04", iut_same_rand_in_transfer, I,
          "RANDRi of TRANSFER_INIT is the same every time."),
    MODEL("same-randrr-in-resolve", "RFC6043-4.2.3.1-x03", iut_same_rand_in_resolve, R,
          "RANDRr of RESOLVE_INIT is the same every time."),
    MODEL("same-randrr-in-transfer-resp", "RFC6043-4.2.2.3-x03", iut_same_randr_in_transfer_resp, R,
          "RANDRr of TRANSFER_RESP is the same every time."),

    /* ---- keys ---- */
    SHOWS("unforked", "RFC6043-5.1.3-01", unforked, I,
          "Session keys are derived from the TGK although keys are forked."),
    SHOWS("prf-of-ticket", "RFC6043-5.1.3-02", prf_of_ticket, I_R,
          "Session keys are derived with the PRF of the ticket."),
    SHOWS("salt-derived", "RFC6043-5.1.3-03", derived_salt, I_R, "A salt is derived although the key has one."),
    SHOWS("randri-always", "RFC6043-5.1.3-04", always_randri, I_R, "RANDRi enters the derivation although H is 0."),
    SHOWS("randrr-never", "RFC6043-5.1.3-05", never_randrr, I_R,
          "RANDRr does not enter the derivation although G is 1."),
    SHOWS("wrong-constant", "RFC6043-5.1.3-x01", wrong_constant, I_R,
          "TEKs are derived with the constant of the salt."),
    SHOWS("forked-again", "RFC6043-5.2-12", forked_again, I_R, "A TGK of the Ticket Transfer itself is forked."),

    /* ---- messages of their own that are wrong ---- */
    SENDS("request-auth-key", "RFC6043-4.2.1.2-04", "request-auth-key", I,
          "The MAC of REQUEST_INIT_PSK is made with another key."),
    SENDS("sends-null-mac", "RFC6043-4.2-x01", "null-mac", I, "REQUEST_INIT_PSK has a NULL MAC."),
    SENDS("sends-version-2", "RFC3830-6.1-x05", "version-2", I, "The version of REQUEST_INIT is 2."),
    SENDS("no-idrkms", "RFC6043-4.2.1.1-06", "no-idrkms", I, "REQUEST_INIT has no IDRkms."),
    SENDS("short-randri", "RFC6043-12.1-05", "short-randri", I, "RANDRi of REQUEST_INIT is too short."),
    SENDS("transfer-auth-key", "RFC6043-4.2.2.1-09", "transfer-auth-key", I,
          "The MAC of TRANSFER_INIT is made with another key."),
    SENDS("no-initiator-data", "RFC6043-6.10-24", "no-initiator-data", I,
          "Initiator Data is left out although I is 1."),
    SENDS("vr-key", "RFC6043-6.10-30", "vr-key", I, "Vr is made with another key."),
    SENDS("response-csb-id", "RFC6043-4.2.1.5-01", "response-csb-id", K, "REQUEST_RESP has another CSB ID."),
    SENDS("response-same-t", "RFC6043-4.2.1.5-03", "response-same-t", K, "REQUEST_RESP repeats the T of the request."),
    SENDS("mpks-swapped", "RFC6043-4.2.1.5-x02", "mpks-swapped", K, "MPKr stands before MPKi."),
    SENDS("no-mpkr", "RFC6043-4.2.1.5-09", "no-mpkr", K, "MPKr is left out although keys are forked."),
    SENDS("k-inverted", "RFC6043-6.10-x20", "k-inverted", K, "K does not say whether the policy was changed."),
    SENDS("no-spi", "RFC6043-6.2.1-02", "no-spi", K, "The last key has no SPI."),
    SENDS("kemac-key", "RFC6043-4.2.1.5-06", "kemac-key", K,
          "The KEMAC of REQUEST_RESP is encrypted with another key."),
    SENDS("ticket-rand", "RFC6043-A-x01", "ticket-rand", K, "Ticket Data lacks RAND."),
    SENDS("ticket-auth-key", "RFC6043-A.1-08", "ticket-auth-key", K, "The MAC of the ticket is made with another key."),
    SENDS("tgk-not-forked", "RFC6043-4.2.3.5-10", "tgk-not-forked", K, "A TGK in RESOLVE_RESP is not TGK'."),
    SENDS("resolve-auth-key", "RFC6043-4.2.3.2-04", "resolve-auth-key", R,
          "The MAC of RESOLVE_INIT_PSK is made with another key."),
    SENDS("transfer-resp-key", "RFC6043-4.2.2.3-19", "transfer-resp-key", R,
          "The MAC of TRANSFER_RESP is made with another key."),
    SENDS("no-modifier-idr", "RFC6043-4.2.2.3-10", "transfer-no-idrr", R,
          "TRANSFER_RESP lacks the IDRr of the modifier."),
    SENDS("no-modifier-rand", "RFC6043-4.2.2.3-12", "transfer-no-randrkms", R, "TRANSFER_RESP lacks RANDRkms."),
    SENDS("no-randrr", "RFC6043-4.2.2.3-09", "transfer-no-randrr", R, "TRANSFER_RESP lacks RANDRr although G is 1."),
    SENDS("two-policies", "RFC6043-6.1.1-02", "two-policies", R,
          "TRANSFER_RESP names two policies for a crypto session."),
    SENDS("unknown-spi", "RFC6043-6.1.1-10", "unknown-spi", R, "The SPI of a crypto session names no key."),
    SENDS("update-csb-id", "RFC6043-5.2-01a", "update-csb-id", I_R, "An update has another CSB ID."),
};
#define NUM (sizeof table / sizeof *table)

const iut_variant *iut_variant_find(const char *name)
{
    for (size_t i = 0; i < NUM; i++) {
        if (strcmp(table[i].about.name, name) == 0)
            return &table[i];
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
    static iut_mutant about[NUM];
    for (size_t i = 0; i < NUM; i++)
        about[i] = table[i].about;
    *num = NUM;
    return about;
}
