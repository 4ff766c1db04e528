#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"

const char *const input_format_names[] = { "auto", "raw", "hex", "base64", "sdp", "json", NULL };

enum { LARGEST_JSON = 64 << 20 /* the json room's own limit */ };

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

size_t input_text_max(size_t max_size)
{
    size_t hex = max_size * 4; /* two digits an octet, and white space */
    return hex > LARGEST_JSON ? hex : LARGEST_JSON;
}

static bool grow(input_text *text, size_t *capacity)
{
    if (text->len + 1 < *capacity) /* and a NUL */
        return true;
    size_t larger = *capacity ? *capacity * 2 : 1 << 16;
    char *data = realloc(text->data, larger);
    if (!data)
        return false;
    text->data = data;
    *capacity = larger;
    return true;
}

/* One read. Returns -1 to go on, CLI_OK at the end. */
static int read_some(int fd, const char *name, size_t max, const char *hint, input_text *text, size_t *capacity)
{
    if (!grow(text, capacity)) {
        cli_complain("%s: out of memory", name);
        return CLI_INTERNAL;
    }
    if (!cli_readable(fd, true))
        return CLI_INTERRUPTED;
    ssize_t got = read(fd, text->data + text->len, *capacity - text->len - 1);
    if (got < 0 && errno == EINTR)
        return -1;
    if (got < 0) {
        cli_complain("%s: %s", name, strerror(errno));
        return CLI_USAGE;
    }
    text->len += (size_t)got;
    text->data[text->len] = '\0';
    if (text->len > max) {
        cli_complain("%s: larger than the limit of %zu octets%s", name, max, hint);
        return CLI_USAGE;
    }
    return got == 0 ? CLI_OK : -1;
}

int input_read(const char *path, size_t max, const char *hint, input_text *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    size_t capacity = 0;
    struct stat about;
    *out = (input_text){ 0 };
    int fd = is_stdin ? STDIN_FILENO : cli_open(path);
    if (fd < 0 || fstat(fd, &about) != 0 || S_ISDIR(about.st_mode)) {
        cli_complain("%s: %s", input_name(path),
                     fd >= 0 && S_ISDIR(about.st_mode) ? "is a directory" : strerror(errno));
        if (fd >= 0 && !is_stdin)
            close(fd);
        return CLI_USAGE;
    }
    int code;
    do
        code = read_some(fd, input_name(path), max, hint, out, &capacity);
    while (code < 0);
    if (!is_stdin)
        close(fd);
    if (code != CLI_OK) {
        free(out->data);
        *out = (input_text){ 0 };
    }
    return code;
}

/* ---- detection ---------------------------------------------------------------------------------------------- */

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_base64(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' ||
           c == '=';
}

static bool all_are(const char *text, size_t len, bool (*kind)(char))
{
    for (size_t i = 0; i < len; i++) {
        if (!kind(text[i]) && !is_white(text[i]))
            return false;
    }
    return true;
}

static bool is_binary(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (((unsigned char)text[i] < 0x20 && !is_white(text[i])) || text[i] == 0x7f)
            return true;
    }
    return false;
}

static bool holds(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    for (size_t i = 0; i + word_len <= len; i++) {
        if (memcmp(text + i, word, word_len) == 0)
            return true;
    }
    return false;
}

int input_detect(const char *text, size_t len)
{
    size_t start = 0;
    while (start < len && is_white(text[start]))
        start++;
    if (is_binary(text, len))
        return INPUT_RAW;
    if (start == len)
        return INPUT_HEX;
    if (text[start] == '{')
        return INPUT_JSON;
    if ((len - start > 1 && memcmp(text + start, "v=", 2) == 0) || holds(text, len, "key-mgmt:"))
        return INPUT_SDP;
    if (all_are(text, len, is_hex))
        return INPUT_HEX;
    return all_are(text, len, is_base64) ? INPUT_BASE64 : INPUT_RAW;
}
