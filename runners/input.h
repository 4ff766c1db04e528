/* input: files and standard input, and the octets of a message in whatever form they come. */
#ifndef TICKETGATE_INPUT_H
#define TICKETGATE_INPUT_H

#include "cli.h"

enum { INPUT_AUTO, INPUT_RAW, INPUT_HEX, INPUT_BASE64, INPUT_SDP, INPUT_JSON };
extern const char *const input_format_names[]; /* for cli_take_choice */
/* For --help: how `auto` decides. */
#define INPUT_AUTO_HELP                                                                                                \
    "auto takes the first that applies:\n"                                                                             \
    "1. first octet 0x01, or control characters that no text\n"                                                        \
    "   has: raw\n"                                                                                                    \
    "2. nothing but white space: a message of no octets\n"                                                             \
    "3. begins with '{': json (a message tree)\n"                                                                      \
    "4. begins with \"v=\", or holds \"key-mgmt:\": sdp\n"                                                             \
    "5. hex digits and white space: hex\n"                                                                             \
    "6. the base64 alphabet and white space: base64\n"                                                                 \
    "7. anything else: raw"

#define INPUT_DEFAULT_MAX_SIZE ((size_t)16 << 20)
#define INPUT_MOST_MAX_SIZE ((size_t)1 << 30)

typedef struct input_text {
    char *data; /* free it; behind `len` octets (which may hold NUL themselves) input_read puts a NUL */
    size_t len;
} input_text;

/* The whole of a file, or of standard input for "-"; at most `max` octets. Complains. Returns CLI_OK, CLI_USAGE when
 * it cannot be read or is too large (the complaint ends with `hint` then), CLI_INTERRUPTED. */
int input_read(const char *path, size_t max, const char *hint, input_text *out);
/* The most text that a message of `max_size` octets can come in. */
size_t input_text_max(size_t max_size);
/* How the text is to be taken when the format is `auto`. */
int input_detect(const char *text, size_t len);
/* "standard input" for "-". */
const char *input_name(const char *path);

#endif
