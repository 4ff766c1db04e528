/* tg_smime_check, and how findings are said. What the rows mean stands in vectors/SMIME.md, section 4. */
#include "checks.h"

#include <stdarg.h>
#include <stdio.h>

/* False where the row has places enough. */
static bool count_place(tg_smime_case *k, const tg_requirement *row)
{
    size_t i = 0;
    while (i < k->num_said && k->said[i].row != row)
        i++;
    if (i == TG_SMIME_MAX_ROWS || (i < k->num_said && k->said[i].places == TG_SMIME_MAX_PLACES))
        return false;
    if (i == k->num_said)
        k->said[k->num_said++].row = row;
    k->said[i].places++;
    return true;
}

void tg_smime_say(tg_smime_case *k, const char *id, tg_smime_place at, const char *path, const char *format, ...)
{
    const tg_requirement *row = tg_requirement_find(id);
    if (!row || !count_place(k, row))
        return;
    tg_finding finding = { .requirement = row, .offset = at.offset, .length = at.length };
    snprintf(finding.path, sizeof finding.path, "%s", path);
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof finding.text, format, args);
    va_end(args);
    k->sink.emit(k->sink.user, &finding);
}

const char *tg_path_of_content(const tg_smime *s)
{
    return s->type == TG_SMIME_TYPE_IS_AUTHENTICATED    ? "encapContentInfo"
           : s->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED ? "authEncryptedContentInfo"
                                                        : "encryptedContentInfo";
}

const char *tg_path_of_algorithm(const tg_smime *s)
{
    return s->type == TG_SMIME_TYPE_IS_AUTHENTICATED    ? "macAlgorithm"
           : s->type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED ? "authEncryptedContentInfo.contentEncryptionAlgorithm"
                                                        : "encryptedContentInfo.contentEncryptionAlgorithm";
}

tg_status tg_smime_check(tg_crypto *c, const tg_smime *container, const tg_profile *profile, tg_finding_sink sink)
{
    tg_smime_case k = { .crypto = c, .s = container, .sink = sink, .status = TG_OK };
    (void)profile; /* these rows are judged whatever it is */
    tg_check_type(&k);
    if (container->type == TG_SMIME_TYPE_IS_OTHER)
        return k.status;
    tg_check_recipients(&k);
    tg_check_algorithm(&k);
    tg_check_attributes(&k);
    tg_check_digest(&k);
    return k.status;
}
