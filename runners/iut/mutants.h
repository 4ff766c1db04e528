/* mutants: the hooks of the wrong variants (mutants.c has the table). */
#ifndef TICKETGATE_RUNNERS_MUTANTS_H
#define TICKETGATE_RUNNERS_MUTANTS_H

#include "reference.h"

/* What a mutant dislikes or withholds (mutants_receive.c). */
#define IUT_HOOKS(X)                                                                                                   \
    X(unexpected_in_request)                                                                                           \
    X(unexpected_in_request_resp)                                                                                      \
    X(unexpected_in_transfer)                                                                                          \
    X(unexpected_in_transfer_resp)                                                                                     \
    X(unexpected_in_resolve) X(unexpected_in_resolve_resp) X(unexpected_in_error) X(v_of_error)                        \
        X(request_without_psk_id) X(resolve_without_psk_id) X(request_resp) X(kms_resolves_for_another)                \
            X(equal_counter_in_request_resp) X(equal_counter_in_transfer_resp) X(equal_counter_in_resolve_resp)        \
                X(later_counter_in_error) X(several_policies) X(keys_in_transfer) X(keys_in_transfer_resp)             \
                    X(keys_in_update) X(adjusted_responder) X(changed_sessions) X(added_sessions)                      \
                        X(unanswered_transfer) X(sessions_without_data) X(sessions_without_spi) X(plain_kms_error)     \
                            X(plain_peer_error) X(sealed_elsewhere) X(foreign_kms) X(psk_id_in_ticket) X(thdr_data)    \
                                X(prf_256) X(zero_characters) X(other_names) X(resolved_before) X(sends_request_resp)  \
                                    X(sends_resolve_resp) X(sends_parse_error) X(any_transfer_resp) X(kms_error)       \
                                        X(peer_error)
#define IUT_HOOK(name) bool iut_##name(const iut_seen *seen);
IUT_HOOKS(IUT_HOOK)
#undef IUT_HOOK

/* Wrong keys (mutants_keys.c). */
#define IUT_KEY_HOOKS(X)                                                                                               \
    X(unforked) X(prf_of_ticket) X(derived_salt) X(always_randri) X(never_randrr) X(wrong_constant) X(forked_again)
#define IUT_HOOK(name)                                                                                                 \
    void iut_keys_##name(tg_crypto *crypto, tg_arena *arena, const tg_established *e, tgi_session_key *keys,           \
                         size_t *num);
IUT_KEY_HOOKS(IUT_HOOK)
#undef IUT_HOOK

/* Wrong messages and ears (mutants_send.c). */
void iut_same_csb_id_in_request(tg_making *making);
void iut_same_csb_id_in_transfer(tg_making *making);
void iut_same_csb_id_in_resolve(tg_making *making);
void iut_same_rand_in_request(tg_making *making);
void iut_same_rand_in_transfer(tg_making *making);
void iut_same_randr_in_transfer_resp(tg_making *making);
void iut_same_rand_in_resolve(tg_making *making);
void iut_two_policies(tg_making *making);
void iut_tgk_not_forked(tg_making *making);
void iut_name_by_uri(tg_making *making);
void iut_cover_uri(tg_making *making);
void iut_no_k(tg_making *making);
void iut_zero_own_keys(tg_making *making);
void iut_without_trailing(tg_bytes *octets);

/* Those of containers (mutants_container.c). */
const iut_variant *iut_container_variants(size_t *num);

#endif
