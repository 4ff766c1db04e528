#include "query.h"

#include <stdlib.h>
#include <string.h>

kms_query_result kms_query_set(kms_query *q, const char *text)
{
    q->text = strdup(text);
    if (!q->text)
        return KMS_QUERY_NO_MEMORY;
    char *rest = q->text;
    for (char *pair = strsep(&rest, "&"); pair; pair = strsep(&rest, "&")) {
        char *value = strchr(pair, '=');
        if (!*pair)
            continue;
        if (q->num == KMS_QUERY_MAX_PAIRS)
            return KMS_QUERY_TOO_LONG;
        if (value)
            *value++ = '\0';
        q->pairs[q->num].name = pair;
        q->pairs[q->num++].value = value;
    }
    return KMS_QUERY_SET;
}

bool kms_query_is(const kms_query *q, struct MHD_Connection *connection)
{
    for (size_t i = 0; i < q->num; i++) {
        const char *value = NULL;
        size_t len = 0;
        if (MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, q->pairs[i].name, strlen(q->pairs[i].name),
                                          &value, &len) != MHD_YES)
            return false;
        const char *expected = q->pairs[i].value ? q->pairs[i].value : "";
        if (strlen(expected) != len || (len > 0 && memcmp(expected, value, len) != 0))
            return false;
    }
    return true;
}

void kms_query_free(kms_query *q)
{
    free(q->text);
}
