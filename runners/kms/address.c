#include "address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* "127.0.0.1:80" or "[::1]:80" cut in two. */
static bool split(const char *text, char host[64], const char **port)
{
    const char *colon = strrchr(text, ':');
    bool in_brackets = text[0] == '[';
    if (!colon || (in_brackets && (colon == text + 1 || colon[-1] != ']')))
        return false;
    size_t len = (size_t)(colon - text) - (in_brackets ? 2 : 0);
    if (len == 0 || len >= 64 || (!in_brackets && memchr(text, ':', len)))
        return false;
    if (in_brackets && !memchr(text + 1, ':', len))
        return false; /* brackets are for version 6 alone: they make no URL of another */
    memcpy(host, text + in_brackets, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

bool kms_address_read(const char *text, kms_address *out)
{
    char host[64];
    const char *port = NULL;
    *out = (kms_address){ 0 };
    bool ok = split(text, host, &port) && port[0] && strspn(port, "0123456789") == strlen(port) && strlen(port) <= 5;
    unsigned long number = ok ? strtoul(port, NULL, 10) : 0;
    ok = ok && number <= 65535;
    if (ok && strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    out->is_v6 = ok && strchr(host, ':');
    if (ok && out->is_v6) {
        out->of.v6.sin6_family = AF_INET6;
        out->of.v6.sin6_port = htons((uint16_t)number);
        ok = inet_pton(AF_INET6, host, &out->of.v6.sin6_addr) == 1;
    } else if (ok) {
        out->of.v4.sin_family = AF_INET;
        out->of.v4.sin_port = htons((uint16_t)number);
        ok = inet_pton(AF_INET, host, &out->of.v4.sin_addr) == 1;
    }
    return ok;
}

bool kms_address_take(const char *text, kms_address *out)
{
    bool ok = kms_address_read(text, out);
    if (!ok)
        cli_complain("--listen %s: ADDR:PORT or [ADDR6]:PORT, in numbers or localhost; port 0 is any that is free", text);
    return ok;
}

bool kms_address_is_loopback(const kms_address *a)
{
    return a->is_v6 ? IN6_IS_ADDR_LOOPBACK(&a->of.v6.sin6_addr) : ntohl(a->of.v4.sin_addr.s_addr) >> 24 == 127;
}
