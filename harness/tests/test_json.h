/* What the tests of the json room share: trees and octets, both ways. */
#ifndef TICKETGATE_TEST_JSON_H
#define TICKETGATE_TEST_JSON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ticketgate/json.h"

/* `@N` in a text becomes N octets of hex, so that long fields need not be typed. Free the result. */
static inline char *expand(const char *text)
{
    char *out = calloc(1, strlen(text) + 1 + 4096);
    char *at = out;
    assert_non_null(out);
    while (*text) {
        if (*text != '@') {
            *at++ = *text++;
            continue;
        }
        char *end;
        unsigned long num = strtoul(text + 1, &end, 10);
        text = end;
        while (num-- > 0) {
            memcpy(at, "ab", 2);
            at += 2;
        }
    }
    return out;
}

/* Octets that a tree makes; free them. */
static inline tg_bytes octets_of(const char *json)
{
    size_t arena_size = tg_json_arena_size(strlen(json));
    uint8_t *memory = malloc(arena_size), *octets = malloc(strlen(json) + 64);
    tg_arena arena = tg_arena_of(memory, arena_size);
    tg_message *message = NULL;
    tg_diag diag = { 0 };
    const char *reason = "";
    tg_status status = tg_json_to_message(json, strlen(json), &arena, &message, &diag, &reason);
    if (status != TG_OK)
        fail_msg("%s at %s: %s\n%s", tg_status_name(status), diag.path, reason, json);
    tg_writer w = tg_writer_of(octets, strlen(json) + 64);
    assert_int_equal(tg_message_build(message, &w), TG_OK);
    free(memory);
    return tg_bytes_of(octets, w.len);
}

/* The tree of octets on one line; free it. */
static inline char *tree_of(tg_bytes octets)
{
    size_t arena_size = tg_message_arena_size(octets.len);
    uint8_t *memory = malloc(arena_size);
    tg_arena arena = tg_arena_of(memory, arena_size);
    tg_message *message = NULL;
    tg_diag diag = { 0 };
    tg_text text = { 0 };
    tg_status status = tg_message_parse(octets, &arena, &message, &diag);
    if (status != TG_OK)
        fail_msg("%s at %zu, %s", tg_status_name(status), diag.offset, diag.path);
    assert_int_equal(tg_json_from_message(message, 0, &text), TG_OK);
    free(memory);
    return text.data;
}

/* The tree makes octets that give the same tree again, character by character. */
static inline void assert_round_trip(const char *json)
{
    tg_bytes octets = octets_of(json);
    char *again = tree_of(octets);
    assert_string_equal(again, json);
    free(again);
    free((void *)(uintptr_t)octets.data);
}

static inline void assert_hex(const char *json, const char *hex)
{
    tg_bytes octets = octets_of(json);
    char *text = malloc(tg_hex_encoded_size(octets.len));
    tg_hex_encode(octets, text);
    assert_string_equal(text, hex);
    free(text);
    free((void *)(uintptr_t)octets.data);
}

#define HDR "\"hdr\":{\"version\":1,\"data_type\":14,\"v\":1,\"prf_func\":1,\"csb_id\":305419896,\"cs_id_map_type\":1}"

#endif
