/* BFCP (RFC 8855 5): numbers of conferences, users and floors become those that stand for them in SDP (RFC 8856 5, 6), others stay where they are
 * numbers; texts become others, all else 0. */
#include <stdlib.h>

#include "scrubbing.h"
#include "words.h"

enum {
    HEADER = 12,
    FRAGMENT_HEADER = 4,
    IS_FRAGMENT = 0x08,
    CONFERENCE = 4,
    USER = 10,
    BENEFICIARY_ID = 1,
    FLOOR_ID = 2,
    LAST_NUMBER = 5, /* REQUEST-STATUS */
    ERROR_CODE = 6,
    ERROR_INFO = 7,
    STATUS_INFO = 9,
    SUPPORTED_ATTRIBUTES = 10,
    SUPPORTED_PRIMITIVES = 11,
    USER_DISPLAY_NAME = 12,
    USER_URI = 13,
    BENEFICIARY_INFORMATION = 14,
    REQUESTED_BY_INFORMATION = 16,
    FLOOR_REQUEST_STATUS = 17,
    FIRST_GROUP = BENEFICIARY_INFORMATION,
    LAST_GROUP = 18,
    UNKNOWN_ATTRIBUTE = 4, /* the code whose details are types of attributes */
    LAST_PRIMITIVE = 18,
};

/* Octets that are numbers up to `last`, in the upper seven bits or in all; others are 0. */
static void keep_numbers(uint8_t *octets, size_t len, unsigned last, bool is_upper)
{
    for (size_t i = 0; i < len; i++) {
        if ((is_upper ? octets[i] >> 1 : octets[i]) > (int)last)
            octets[i] = 0;
    }
}

/* A number of a conference, a user or a floor, of two octets or four, by its digits. */
static void change_number(tgs_scrub *s, uint8_t *octets, size_t size)
{
    uint64_t value = 0;
    char digits[24];
    for (size_t i = 0; i < size; i++)
        value = value << 8 | octets[i];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    tgs_change_number(&s->names, digits, len, size == 4 ? UINT32_MAX : UINT16_MAX);
    value = strtoull(digits, NULL, 10);
    for (size_t i = size; i > 0; i--, value >>= 8)
        octets[i - 1] = (uint8_t)value;
}

/* The value of an attribute, behind its type and length. */
static void change_attribute(tgs_scrub *s, unsigned type, uint8_t *octets, size_t len)
{
    size_t kept = 0;
    if (type >= BENEFICIARY_ID && type <= LAST_NUMBER) {
        kept = len == 2 ? 2 : 0;
        if (kept > 0 && type <= FLOOR_ID)
            change_number(s, octets, 2);
    } else if (type == ERROR_CODE && len > 0) {
        kept = octets[0] == UNKNOWN_ATTRIBUTE ? len : 1;
        keep_numbers(octets + 1, kept - 1, LAST_GROUP, true);
    } else if (type == SUPPORTED_ATTRIBUTES) {
        keep_numbers(octets, len, LAST_GROUP, true);
        kept = len;
    } else if (type == SUPPORTED_PRIMITIVES) {
        keep_numbers(octets, len, LAST_PRIMITIVE, false);
        kept = len;
    } else if ((type >= ERROR_INFO && type <= STATUS_INFO) || type == USER_DISPLAY_NAME || type == USER_URI) {
        tgs_rename_octets(s, octets, len);
        kept = len;
    }
    memset(octets + kept, 0, len - kept);
}

void tgs_rewrite_bfcp(tgs_scrub *s, uint8_t *octets, size_t len)
{
    size_t at = HEADER + (len > 0 && octets[0] & IS_FRAGMENT ? FRAGMENT_HEADER : 0);
    if (len >= HEADER) {
        change_number(s, octets + CONFERENCE, 4);
        change_number(s, octets + USER, 2);
    }
    while (at + 2 <= len) {
        unsigned type = octets[at] >> 1;
        size_t size = octets[at + 1];
        if (size < 2 || size > len - at)
            break;
        if (type >= FIRST_GROUP && type <= LAST_GROUP && size >= 4) {
            if (type == BENEFICIARY_INFORMATION || type == REQUESTED_BY_INFORMATION || type == FLOOR_REQUEST_STATUS)
                change_number(s, octets + at + 2, 2);
            at += 4; /* behind its identifier it holds attributes */
            continue;
        }
        change_attribute(s, type, octets + at + 2, size - 2);
        /* To a multiple of four octets, which are 0 (5.2). */
        size_t padding = (4 - size % 4) % 4;
        at += size;
        padding = padding < len - at ? padding : len - at;
        memset(octets + at, 0, padding);
        at += padding;
    }
    if (at < len)
        memset(octets + at, 0, len - at);
}
