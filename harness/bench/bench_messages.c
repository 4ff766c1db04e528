#include "bench_messages.h"

/* Parts as in RFC 3830: HDR 6.1, T 6.6, RAND 6.11, SP 6.10, KEMAC 6.2. No ID and no V: GStreamer 1.22 does not move on
 * from a payload type that it does not handle, and never returns. */
#define HDR(data_type, next, v, num_cs) "01" data_type next v "1a2b3c4d" num_cs "00"
#define CS(policy) policy "0a0b0c0d" "00000000"
#define T(next) next "00" "ec00000011223344"
#define RAND(next) next "10" "000102030405060708090a0b0c0d0e0f"
#define SP(next, number)                                                                                               \
    next number "00" "0015" "000101" "010110" "020101" "030114" "070101" "080101" "0a0101"
#define KEY_MATERIAL "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define MAC "00112233445566778899aabbccddeeff01234567"
#define KEMAC(next) next "01" "0018" KEY_MATERIAL "01" MAC
/* NULL encryption: one Key data sub-payload (6.13), a TGK with salt and an SPI. */
#define KEMAC_NULL(next)                                                                                               \
    next "00" "0029" "00" "11" "0010" "000102030405060708090a0b0c0d0e0f" "000e" "a0a1a2a3a4a5a6a7a8a9aaabacad" "04"    \
         "01020304" "00"

const bench_message bench_messages[] = {
    { "pre-shared key message, one crypto session, encrypted KEMAC",
      HDR("00", "05", "80", "01") CS("00") T("0b") RAND("0a") SP("01", "00") KEMAC("00") },
    { "pre-shared key message, one crypto session, KEMAC in the clear",
      HDR("00", "05", "00", "01") CS("00") T("0b") RAND("0a") SP("01", "00") KEMAC_NULL("00") },
    { "pre-shared key message, two crypto sessions, two policies",
      HDR("00", "05", "80", "02") CS("00") CS("01") T("0b") RAND("0a") SP("0a", "00") SP("01", "01") KEMAC("00") },
};
const size_t bench_num_messages = sizeof bench_messages / sizeof bench_messages[0];
