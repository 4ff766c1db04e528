/* What the tests of carriage share. */
#ifndef TEST_CARRIAGE_SUPPORT_H
#define TEST_CARRIAGE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ticketgate/carriage.h"

/* NULL: there is none. */
static inline void is_text(tg_bytes found, const char *expected)
{
    if (!expected) {
        assert_null(found.data);
        return;
    }
    assert_int_equal(found.len, strlen(expected));
    assert_memory_equal(found.data, expected, found.len);
}

#endif
