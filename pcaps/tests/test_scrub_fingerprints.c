/* scrub: fingerprints of certificates, which are looked up by a=fingerprint: each is held once, however often it is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>

#include "../scrub/scrubbing.h"

enum { HASHES = 5, MANY = 20000 };

typedef struct fixture {
    tgs_scrub s;
    tgp_scrub_counts counts;
    char why[256];
} fixture;

static void open_it(fixture *f, size_t limit)
{
    memset(f, 0, sizeof *f);
    f->s = (tgs_scrub){ .counts = &f->counts, .why = f->why, .limit = limit };
    assert_int_equal(tg_crypto_new(&f->s.names.crypto), TG_OK);
}

static void close_it(fixture *f)
{
    tg_crypto *crypto = f->s.names.crypto;
    tgp_names_free(&f->s.names);
    tg_crypto_free(crypto);
    free(f->s.fingerprints);
}

static void note(fixture *f, const char *before, const char *after)
{
    tgs_note_certificate(&f->s, tg_bytes_of(before, strlen(before)), tg_bytes_of(after, strlen(after)));
}

/* SHA-1 of "abc" and "abd" (FIPS 180-4's example, and sha1sum). */
#define OF_ABC "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D"
#define OF_ABD "CB:4C:C2:8D:F0:FD:BE:0E:CF:9D:96:62:E2:94:B1:18:09:2A:57:35"

static void they_follow(void **state)
{
    char sdp[] = "a=fingerprint:sha-1 " OF_ABC "\r\na=fingerprint:sha-1 a9:"
                 "99:3e:36:47:06:81:6a:ba:3e:25:71:78:50:c2:6c:9c:d0:d8:9d\r\n";
    fixture f;
    (void)state;
    open_it(&f, SIZE_MAX / 2);
    for (unsigned i = 0; i < 100; i++) {
        char other[16];
        (void)snprintf(other, sizeof other, "other %u", i);
        note(&f, other, "x");
    }
    note(&f, "abc", "abd");
    tgs_put_fingerprints(&f.s, sdp, strlen(sdp));
    assert_memory_equal(sdp, "a=fingerprint:sha-1 " OF_ABD "\r\na=fingerprint:sha-1 cb:4c:",
                        strlen("a=fingerprint:sha-1 " OF_ABD "\r\na=fingerprint:sha-1 cb:4c:"));
    note(&f, "abe", "abd"); /* and one more behind */
    char again[] = "a=fingerprint:sha-1 " OF_ABC "\r\n";
    tgs_put_fingerprints(&f.s, again, strlen(again));
    assert_string_equal(again, "a=fingerprint:sha-1 " OF_ABD "\r\n");
    assert_int_equal(f.counts.certificates, 102);
    close_it(&f);
}

static void the_same_is_held_once(void **state)
{
    fixture f;
    (void)state;
    open_it(&f, SIZE_MAX / 2);
    for (unsigned i = 0; i < MANY; i++)
        note(&f, i % 2 ? "abc" : "abcd", "abd");
    assert_int_equal(f.counts.certificates, MANY);
    assert_true(f.s.num_fingerprints < 2048);
    char sdp[] = "a=fingerprint:sha-1 " OF_ABC "\r\n";
    tgs_put_fingerprints(&f.s, sdp, strlen(sdp));
    assert_int_equal(f.s.num_fingerprints, 2 * HASHES);
    close_it(&f);
}

static void empty_ones_are_none(void **state)
{
    fixture f;
    (void)state;
    open_it(&f, SIZE_MAX / 2);
    note(&f, "", "");
    assert_int_equal(f.s.num_fingerprints + f.counts.certificates, 0);
    close_it(&f);
}

static void memory_is_limited(void **state)
{
    fixture f;
    (void)state;
    open_it(&f, 1 << 20);
    for (unsigned i = 0; i < MANY && !f.s.failed; i++) {
        char other[16];
        (void)snprintf(other, sizeof other, "other %u", i);
        note(&f, other, "x");
    }
    assert_true(f.s.failed);
    assert_non_null(strstr(f.why, "memory"));
    assert_true(f.s.num_fingerprints * sizeof *f.s.fingerprints <= 1 << 20);
    /* What is in use by others counts, too. */
    close_it(&f);
    open_it(&f, 1 << 20);
    f.s.held = 1 << 20;
    note(&f, "abc", "abd");
    note(&f, "abcd", "abd");
    assert_true(f.s.failed);
    close_it(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_follow),
        cmocka_unit_test(the_same_is_held_once),
        cmocka_unit_test(empty_ones_are_none),
        cmocka_unit_test(memory_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
