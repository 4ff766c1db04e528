/* layouts: every field of every payload, written once.
 *
 * A layout is a list F(KIND, arguments...) in wire order. The struct (wire.h), the parser and the builder (wire/) and
 * the field table that JSON, the mutator and the documentation read (tg_layout) are all made from these lists.
 *
 *   NEXT(name)                   Next Payload octet; not stored, the chain says it
 *   U8(name) U16(name) U32(name) a number
 *   BITS8(a, a_bits, b, b_bits)  two numbers in one octet
 *   BITS_LEN8/16(a, a_bits, len) a number and, below it, the length or count of what follows
 *   BITS_KV(a)                   a 4-bit number and the 4-bit KV type (RFC 3830 6.14)
 *   FLAGS(prf, flags, res)       PRF Func (7), the flags D to O (12), Res (5) (RFC 6043 6.10)
 *   LEN8(len) LEN16(len)         a length; not stored, the octets say it
 *   DATA(name, len)              octets of that length
 *   FIXED(name, selector, f)     octets whose number f(selector) gives
 *   SALT(name, len)              length and octets, only for key types with a salt (RFC 3830 6.13)
 *   KV()                         KV data by the KV type
 *   PARAMS(name, len)            list of SP parameters
 *   EXT(name, len)               data of a General Extension; a list of Key IDs for type 3 (RFC 4563 4)
 *   KEYS(name, len)              KEMAC plaintext when encr_alg is NULL, octets otherwise
 *   CHAIN(name, len)             First Payload octet and a chain (TP Data)
 *   OPT_CHAIN(name, len)         the same, or nothing when the length is 0 (Initiator Data)
 *   TICKET_DATA(name, len)       a chain that begins with THDR when it is one, octets otherwise
 *   MAP()                        #CS, CS ID map type and the CS ID map info
 *
 * The catalogue row after each list is the one that a parse error in that layout breaks.
 */
#ifndef TICKETGATE_LAYOUTS_H
#define TICKETGATE_LAYOUTS_H

/* RFC 3830 6.1 */
#define TG_LAYOUT_HDR(F)                                                                                               \
    F(U8, version)                                                                                                     \
    F(U8, data_type)                                                                                                   \
    F(NEXT, next_payload)                                                                                              \
    F(BITS8, v, 1, prf_func, 7)                                                                                        \
    F(U32, csb_id)                                                                                                     \
    F(MAP)
#define TG_LAYOUT_HDR_ID "RFC3830-6.1-x01"

/* RFC 3830 6.1.1: one entry of the SRTP-ID map */
#define TG_LAYOUT_SRTP_CS(F)                                                                                           \
    F(U8, policy_no)                                                                                                   \
    F(U32, ssrc)                                                                                                       \
    F(U32, roc)
#define TG_LAYOUT_SRTP_CS_ID "RFC3830-6.1.1-x01"

/* RFC 6043 6.1.1: one entry of the GENERIC-ID map */
#define TG_LAYOUT_GENERIC_CS(F)                                                                                        \
    F(U8, cs_id)                                                                                                       \
    F(U8, prot_type)                                                                                                   \
    F(BITS_LEN8, s, 1, num_p)                                                                                          \
    F(DATA, ps, num_p)                                                                                                 \
    F(LEN16, session_data_len)                                                                                         \
    F(DATA, session_data, session_data_len)                                                                            \
    F(LEN8, spi_len)                                                                                                   \
    F(DATA, spi, spi_len)
#define TG_LAYOUT_GENERIC_CS_ID "RFC6043-6.1.1-x01"

/* RFC 3830 6.10: one parameter of a security policy */
#define TG_LAYOUT_PARAM(F)                                                                                             \
    F(U8, type)                                                                                                        \
    F(LEN8, length)                                                                                                    \
    F(DATA, value, length)
#define TG_LAYOUT_PARAM_ID "RFC3830-6.10-x01"

/* RFC 4563 4: one Key ID of the Key ID extension */
#define TG_LAYOUT_KEY_ID(F)                                                                                            \
    F(U8, key_id_type)                                                                                                 \
    F(LEN8, key_id_len)                                                                                                \
    F(DATA, key_id, key_id_len)
#define TG_LAYOUT_KEY_ID_ID "RFC4563-4-x01"

/* RFC 3830 6.2 */
#define TG_LAYOUT_KEMAC(F)                                                                                             \
    F(NEXT, next_payload)                                                                                              \
    F(U8, encr_alg)                                                                                                    \
    F(LEN16, encr_data_len)                                                                                            \
    F(KEYS, encr_data, encr_data_len)                                                                                  \
    F(U8, mac_alg)                                                                                                     \
    F(FIXED, mac, mac_alg, tg_mac_alg_octets)
#define TG_LAYOUT_KEMAC_ID "RFC3830-6.2-x01"

/* RFC 3830 6.3 */
#define TG_LAYOUT_PKE(F)                                                                                               \
    F(NEXT, next_payload)                                                                                              \
    F(BITS_LEN16, c, 2, data_len)                                                                                      \
    F(DATA, data, data_len)
#define TG_LAYOUT_PKE_ID "RFC3830-6.3-x01"

/* RFC 3830 6.4 */
#define TG_LAYOUT_DH(F)                                                                                                \
    F(NEXT, next_payload)                                                                                              \
    F(U8, dh_group)                                                                                                    \
    F(FIXED, dh_value, dh_group, tg_dh_group_octets)                                                                   \
    F(BITS_KV, reserved)                                                                                               \
    F(KV)
#define TG_LAYOUT_DH_ID "RFC3830-6.4-x01"

/* RFC 3830 6.5: no Next Payload field, always the last */
#define TG_LAYOUT_SIGN(F)                                                                                              \
    F(BITS_LEN16, s_type, 4, signature_len)                                                                            \
    F(DATA, signature, signature_len)
#define TG_LAYOUT_SIGN_ID "RFC3830-6.5-x01"

/* RFC 3830 6.6 */
#define TG_LAYOUT_T(F)                                                                                                 \
    F(NEXT, next_payload)                                                                                              \
    F(U8, ts_type)                                                                                                     \
    F(FIXED, ts_value, ts_type, tg_ts_type_octets)
#define TG_LAYOUT_T_ID "RFC3830-6.6-x01"

/* RFC 3830 6.7 */
#define TG_LAYOUT_ID(F)                                                                                                \
    F(NEXT, next_payload)                                                                                              \
    F(U8, id_type)                                                                                                     \
    F(LEN16, id_len)                                                                                                   \
    F(DATA, id_data, id_len)
#define TG_LAYOUT_ID_ID "RFC3830-6.7-x01"

#define TG_LAYOUT_CERT(F)                                                                                              \
    F(NEXT, next_payload)                                                                                              \
    F(U8, cert_type)                                                                                                   \
    F(LEN16, cert_len)                                                                                                 \
    F(DATA, cert_data, cert_len)
#define TG_LAYOUT_CERT_ID "RFC3830-6.7-x01"

/* RFC 3830 6.8 */
#define TG_LAYOUT_CHASH(F)                                                                                             \
    F(NEXT, next_payload)                                                                                              \
    F(U8, hash_func)                                                                                                   \
    F(FIXED, hash, hash_func, tg_hash_func_octets)
#define TG_LAYOUT_CHASH_ID "RFC3830-6.8-x01"

/* RFC 3830 6.9 */
#define TG_LAYOUT_V(F)                                                                                                 \
    F(NEXT, next_payload)                                                                                              \
    F(U8, auth_alg)                                                                                                    \
    F(FIXED, ver_data, auth_alg, tg_mac_alg_octets)
#define TG_LAYOUT_V_ID "RFC3830-6.9-x01"

/* RFC 3830 6.10 */
#define TG_LAYOUT_SP(F)                                                                                                \
    F(NEXT, next_payload)                                                                                              \
    F(U8, policy_no)                                                                                                   \
    F(U8, prot_type)                                                                                                   \
    F(LEN16, policy_param_len)                                                                                         \
    F(PARAMS, policy_param, policy_param_len)
#define TG_LAYOUT_SP_ID "RFC3830-6.10-x01"

/* RFC 3830 6.11 */
#define TG_LAYOUT_RAND(F)                                                                                              \
    F(NEXT, next_payload)                                                                                              \
    F(LEN8, rand_len)                                                                                                  \
    F(DATA, rand, rand_len)
#define TG_LAYOUT_RAND_ID "RFC3830-6.11-x01"

/* RFC 3830 6.12 */
#define TG_LAYOUT_ERR(F)                                                                                               \
    F(NEXT, next_payload)                                                                                              \
    F(U8, error_no)                                                                                                    \
    F(U16, reserved)
#define TG_LAYOUT_ERR_ID "RFC3830-6.12-x01"

/* RFC 6043 6.4 */
#define TG_LAYOUT_TR(F)                                                                                                \
    F(NEXT, next_payload)                                                                                              \
    F(U8, ts_role)                                                                                                     \
    F(U8, ts_type)                                                                                                     \
    F(FIXED, ts_value, ts_type, tg_ts_type_octets)
#define TG_LAYOUT_TR_ID "RFC6043-6.4-x01"

/* RFC 6043 6.6 */
#define TG_LAYOUT_IDR(F)                                                                                               \
    F(NEXT, next_payload)                                                                                              \
    F(U8, id_role)                                                                                                     \
    F(U8, id_type)                                                                                                     \
    F(LEN16, id_len)                                                                                                   \
    F(DATA, id_data, id_len)
#define TG_LAYOUT_IDR_ID "RFC6043-6.6-x01"

/* RFC 6043 6.8 */
#define TG_LAYOUT_RANDR(F)                                                                                             \
    F(NEXT, next_payload)                                                                                              \
    F(U8, rand_role)                                                                                                   \
    F(LEN8, rand_len)                                                                                                  \
    F(DATA, rand, rand_len)
#define TG_LAYOUT_RANDR_ID "RFC6043-6.8-x01"

/* RFC 6043 6.10 */
#define TG_LAYOUT_TP(F)                                                                                                \
    F(NEXT, next_payload)                                                                                              \
    F(U16, ticket_type)                                                                                                \
    F(U8, subtype)                                                                                                     \
    F(U8, version)                                                                                                     \
    F(FLAGS, prf_func, flags, res)                                                                                     \
    F(LEN16, tp_data_len)                                                                                              \
    F(CHAIN, tp_data, tp_data_len)
#define TG_LAYOUT_TP_ID "RFC6043-6.10-x08"

#define TG_LAYOUT_TICKET(F)                                                                                            \
    TG_LAYOUT_TP(F)                                                                                                    \
    F(LEN16, ticket_data_len)                                                                                          \
    F(TICKET_DATA, ticket_data, ticket_data_len)                                                                       \
    F(LEN16, initiator_data_len)                                                                                       \
    F(OPT_CHAIN, initiator_data, initiator_data_len)
#define TG_LAYOUT_TICKET_ID "RFC6043-6.10-x08"

/* RFC 3830 6.13; only in a KEMAC plaintext */
#define TG_LAYOUT_KEY_DATA(F)                                                                                          \
    F(NEXT, next_payload)                                                                                              \
    F(BITS_KV, type)                                                                                                   \
    F(LEN16, key_data_len)                                                                                             \
    F(DATA, key_data, key_data_len)                                                                                    \
    F(SALT, salt_data, salt_len)                                                                                       \
    F(KV)
#define TG_LAYOUT_KEY_DATA_ID "RFC3830-6.13-x01"

/* RFC 3830 6.15 */
#define TG_LAYOUT_GENERAL_EXT(F)                                                                                       \
    F(NEXT, next_payload)                                                                                              \
    F(U8, type)                                                                                                        \
    F(LEN16, length)                                                                                                   \
    F(EXT, data, length)
#define TG_LAYOUT_GENERAL_EXT_ID "RFC3830-6.15-x01"

/* RFC 6267 6.1.1 */
#define TG_LAYOUT_IBAKE(F)                                                                                             \
    F(NEXT, next_payload)                                                                                              \
    F(LEN16, encr_data_len)                                                                                            \
    F(DATA, encr_data, encr_data_len)
#define TG_LAYOUT_IBAKE_ID "RFC6267-6.1.1-x01"

/* RFC 6267 6.1.2 */
#define TG_LAYOUT_ESK(F)                                                                                               \
    F(NEXT, next_payload)                                                                                              \
    F(LEN16, encr_data_len)                                                                                            \
    F(DATA, encr_data, encr_data_len)
#define TG_LAYOUT_ESK_ID "RFC6267-6.1.2-x01"

/* RFC 6267 6.1.5 */
#define TG_LAYOUT_SK(F)                                                                                                \
    F(NEXT, next_payload)                                                                                              \
    F(BITS_KV, type)                                                                                                   \
    F(LEN16, key_data_len)                                                                                             \
    F(DATA, key_data, key_data_len)                                                                                    \
    F(KV)
#define TG_LAYOUT_SK_ID "RFC6267-6.1.5-x01"

/* RFC 6267 6.1.4 */
#define TG_LAYOUT_ECCPT(F)                                                                                             \
    F(NEXT, next_payload)                                                                                              \
    F(U8, ecc_curve)                                                                                                   \
    F(FIXED, ecc_point, ecc_curve, tg_ecc_curve_octets)                                                                \
    F(U8, auth_alg)                                                                                                    \
    F(U16, tgk_len)                                                                                                    \
    F(BITS_KV, reserved)                                                                                               \
    F(KV)
#define TG_LAYOUT_ECCPT_ID "RFC6267-6.1.4-x01"

/* RFC 6509 4.2 */
#define TG_LAYOUT_SAKKE(F)                                                                                             \
    F(NEXT, next_payload)                                                                                              \
    F(U8, sakke_params)                                                                                                \
    F(U8, id_scheme)                                                                                                   \
    F(LEN16, sakke_data_len)                                                                                           \
    F(DATA, sakke_data, sakke_data_len)
#define TG_LAYOUT_SAKKE_ID "RFC6509-4.2-x01"

/* RFC 6043 A.3; has no Next Payload number, only ever the first of Ticket Data */
#define TG_LAYOUT_THDR(F)                                                                                              \
    F(NEXT, next_payload)                                                                                              \
    F(LEN16, thdr_data_len)                                                                                            \
    F(DATA, thdr_data, thdr_data_len)
#define TG_LAYOUT_THDR_ID "RFC6043-A.1-01"

/* Every payload: X(NAME, struct and member name, Next Payload number) */
#define TG_PAYLOADS(X)                                                                                                 \
    X(KEMAC, kemac, TG_PAYLOAD_KEMAC)                                                                                  \
    X(PKE, pke, TG_PAYLOAD_PKE)                                                                                        \
    X(DH, dh, TG_PAYLOAD_DH)                                                                                           \
    X(SIGN, sign, TG_PAYLOAD_SIGN)                                                                                     \
    X(T, t, TG_PAYLOAD_T)                                                                                              \
    X(ID, id, TG_PAYLOAD_ID)                                                                                           \
    X(CERT, cert, TG_PAYLOAD_CERT)                                                                                     \
    X(CHASH, chash, TG_PAYLOAD_CHASH)                                                                                  \
    X(V, v, TG_PAYLOAD_V)                                                                                              \
    X(SP, sp, TG_PAYLOAD_SP)                                                                                           \
    X(RAND, rand, TG_PAYLOAD_RAND)                                                                                     \
    X(ERR, err, TG_PAYLOAD_ERR)                                                                                        \
    X(TR, tr, TG_PAYLOAD_TR)                                                                                           \
    X(IDR, idr, TG_PAYLOAD_IDR)                                                                                        \
    X(RANDR, randr, TG_PAYLOAD_RANDR)                                                                                  \
    X(TP, tp, TG_PAYLOAD_TP)                                                                                           \
    X(TICKET, ticket, TG_PAYLOAD_TICKET)                                                                               \
    X(KEY_DATA, key_data, TG_PAYLOAD_KEY_DATA)                                                                         \
    X(GENERAL_EXT, general_ext, TG_PAYLOAD_GENERAL_EXT)                                                                \
    X(IBAKE, ibake, TG_PAYLOAD_IBAKE)                                                                                  \
    X(ESK, esk, TG_PAYLOAD_ESK)                                                                                        \
    X(SK, sk, TG_PAYLOAD_SK)                                                                                           \
    X(ECCPT, eccpt, TG_PAYLOAD_ECCPT)                                                                                  \
    X(SAKKE, sakke, TG_PAYLOAD_SAKKE)                                                                                  \
    X(THDR, thdr, TG_PAYLOAD_THDR)

#endif
