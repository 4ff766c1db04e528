/* The rows of the entity around a container and of the content in it; those of the container are the room smime's. */
#include <stdarg.h>
#include <stdio.h>

#include "canonical.h"
#include "head.h"

#define OWN_FINDINGS 8 /* each own row once */

typedef struct judging {
    tg_mime_judgement *out;
    tg_arena *arena;
    tg_finding own[OWN_FINDINGS];
    size_t num_own;
} judging;

/* The container's findings, which have the room that they have in an empty one too, are once more here with other paths. */
size_t tg_mime_judge_arena_size(size_t len)
{
    return tg_smime_judge_arena_size(len) + tg_smime_judge_arena_size(0) +
           OWN_FINDINGS * (sizeof(tg_finding) + 2 * sizeof(void *)) + 4 * alignof(max_align_t);
}

/* ---- where something is ------------------------------------------------------------------------------------- */

/* Octets of the entity around. What was decoded, or lies in another memory, is where its part is. */
static void locate(const judging *j, const uint8_t *at, size_t len, size_t *offset, size_t *length)
{
    const tg_mime_part *part = j->out->part;
    const uint8_t *start = part->entity.data - part->offset;
    bool decoded = part->encoding == TG_MIME_ENCODING_BASE64 || part->encoding == TG_MIME_ENCODING_QUOTED_PRINTABLE;
    if (decoded || !at) {
        *offset = part->offset;
        *length = part->length;
    } else {
        *offset = (size_t)(at - start);
        *length = len;
    }
}

static void join_path(const char *part, const char *field, const char *path, char out[TG_PATH_MAX])
{
    (void)snprintf(out, TG_PATH_MAX, "%s.%s%s%.400s", part, field, *path ? "." : "", path);
}

__attribute__((format(printf, 4, 5))) static void find(judging *j, const char *id, const char *field,
                                                       const char *format, ...)
{
    tg_finding *finding = &j->own[j->num_own++];
    va_list values;
    *finding = (tg_finding){ .requirement = tg_requirement_find(id) };
    locate(j, NULL, 0, &finding->offset, &finding->length);
    join_path(j->out->part->path, field, "", finding->path);
    va_start(values, format);
    (void)vsnprintf(finding->text, sizeof finding->text, format, values);
    va_end(values);
}

/* ---- which part --------------------------------------------------------------------------------------------- */

/* A SEQUENCE whose first element is an OBJECT IDENTIFIER. */
static bool begins_content_info(tg_bytes octets)
{
    if (octets.len < 3 || octets.data[0] != 0x30)
        return false;
    size_t more = octets.data[1] > 0x80 && octets.data[1] <= 0x84 ? octets.data[1] - 0x80U : 0;
    return octets.data[1] <= 0x84 && octets.len > 2 + more && octets.data[2 + more] == 0x06;
}

static bool is_container_type(const tg_mime_part *part)
{
    return strcmp(part->type, "application/pkcs7-mime") == 0 || strcmp(part->type, "application/x-pkcs7-mime") == 0;
}

/* The first in the order of the body; parts nest TG_MIME_MAX_DEPTH deep at most. */
static const tg_mime_part *first_part(const tg_mime_part *part, bool by_type)
{
    bool multipart = strncmp(part->type, "multipart/", 10) == 0;
    if (by_type ? is_container_type(part) : !multipart && !part->content_bad && begins_content_info(part->content))
        return part;
    for (size_t i = 0; i < part->num_parts; i++) {
        const tg_mime_part *found = first_part(&part->parts[i], by_type);
        if (found)
            return found;
    }
    return NULL;
}

/* ---- rows of the entity ------------------------------------------------------------------------------------- */

static void check_type(judging *j)
{
    const tg_mime_part *part = j->out->part;
    if (strcmp(part->type, "application/pkcs7-mime") != 0)
        find(j, "RFC8551-3.2-x01", "type", "the type is %.80s%s, not application/pkcs7-mime", part->type,
             part->has_type ? "" : " (none is said)");
}

static bool ends_in_p7m(const char *name)
{
    size_t len = strlen(name);
    if (len < 4)
        return false;
    const char *end = name + len - 4;
    return end[0] == '.' && (end[1] | 32) == 'p' && end[2] == '7' && (end[3] | 32) == 'm';
}

static void check_names(judging *j)
{
    const tg_mime_part *part = j->out->part;
    bool name = part->name[0] && !ends_in_p7m(part->name), file = part->filename[0] && !ends_in_p7m(part->filename);
    if (name || file)
        find(j, "RFC8551-3.2.1-x01", name ? "name" : "filename", "the name is \"%.100s\", which does not end in .p7m",
             name ? part->name : part->filename);
}

/* The names of a type, lower case; the second is another spelling. */
static const char *const smime_types[][2] = { [TG_SMIME_TYPE_IS_OTHER] = { NULL, NULL },
                                              [TG_SMIME_TYPE_IS_AUTH_ENVELOPED] = { "authenveloped-data",
                                                                                    "auth-enveloped-data" },
                                              [TG_SMIME_TYPE_IS_AUTHENTICATED] = { "authenticated-data", NULL },
                                              [TG_SMIME_TYPE_IS_ENVELOPED] = { "enveloped-data", NULL } };

static bool is_name_of(const char *smime_type, tg_smime_type type)
{
    for (size_t i = 0; i < 2; i++)
        if (smime_types[type][i] && strcmp(smime_type, smime_types[type][i]) == 0)
            return true;
    return false;
}

static bool is_name_of_any(const char *smime_type)
{
    return is_name_of(smime_type, TG_SMIME_TYPE_IS_AUTH_ENVELOPED) ||
           is_name_of(smime_type, TG_SMIME_TYPE_IS_AUTHENTICATED) || is_name_of(smime_type, TG_SMIME_TYPE_IS_ENVELOPED);
}

static void check_smime_type(judging *j, const tg_profile *profile)
{
    const char *said = j->out->part->smime_type;
    tg_smime_type type = j->out->container.container.type;
    const char *expected = smime_types[type][profile->settings.smime_type == TG_SMIME_TYPE_AUTH_ENVELOPED ? 1 : 0];
    if (!said[0])
        find(j, "RFC8551-3.2.2-x01", "smime-type", "there is no smime-type");
    else if (type == TG_SMIME_TYPE_IS_OTHER ? is_name_of_any(said) : !is_name_of(said, type))
        find(j, "RFC8551-3.2.2-x01", "smime-type", "smime-type is \"%.60s\", and the container is %s", said,
             tg_smime_type_name(type));
    else if (type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED && strcmp(said, expected) != 0)
        find(j, "TS33328-I.2.2-x01", "smime-type", "smime-type is \"%.60s\", the other spelling of \"%s\"", said,
             expected);
}

/* ---- rows of the content ------------------------------------------------------------------------------------ */

static tg_status check_lines(judging *j, tg_bytes content)
{
    tgm_canonical c = { 0 };
    tg_status status = tgm_canonical_walk(&c, content, true);
    if (status == TG_BAD_MIME) { /* a multipart that cannot be cut */
        c = (tgm_canonical){ 0 };
        status = tgm_canonical_walk(&c, content, false);
    }
    if (status == TG_OK && c.changed)
        find(j, "RFC8551-3.1.1-x01", "content", "a line of the content ends in %s alone (octet %zu of it)",
             content.data[c.first] == '\n' ? "LF" : "CR", c.first);
    return status;
}

static tg_status check_content(judging *j, tg_bytes content)
{
    static const uint8_t nothing = 0;
    tgm_head head;
    tgm_fields fields;
    size_t fault_at;
    if (!content.data)
        content = tg_bytes_of(&nothing, 0);
    tg_status status = tgm_head_cut(content, false, &head, &fault_at);
    if (status == TG_BAD_MIME)
        find(j, "RFC8551-3.1-x01", "content",
             "the content does not begin with headers and an empty line (octet %zu of it)", fault_at);
    if (status != TG_OK)
        return status == TG_BAD_MIME ? TG_OK : status;
    tgm_fields_read(&head, &fields);
    if (!fields.has_type) {
        find(j, "RFC8551-3.1-x01", "content", "the headers of the content have no Content-Type%s",
             head.type.data ? " that can be read" : "");
        return TG_OK;
    }
    return check_lines(j, content);
}

/* ---- together ----------------------------------------------------------------------------------------------- */

static void take_container_finding(const judging *j, const tg_finding *from, tg_finding *to)
{
    bool inside = from->offset <= j->out->part->content.len;
    *to = *from;
    join_path(j->out->part->path, "cms", from->path, to->path);
    locate(j, inside ? j->out->part->content.data + from->offset : NULL, from->length, &to->offset, &to->length);
}

/* Own findings and, before them, those of the container. */
static tg_status gather(judging *j)
{
    const tg_smime_judgement *container = &j->out->container;
    size_t num = container->num_findings + j->num_own;
    const tg_finding **list = num ? tg_arena_alloc(j->arena, num * sizeof *list) : NULL;
    tg_finding *findings = num ? tg_arena_alloc(j->arena, num * sizeof *findings) : NULL;
    if (num && (!list || !findings))
        return TG_ARENA_FULL;
    for (size_t i = 0; i < num; i++) {
        list[i] = &findings[i];
        if (i < container->num_findings)
            take_container_finding(j, container->findings[i], &findings[i]);
        else
            findings[i] = j->own[i - container->num_findings];
        j->out->reception = tg_reception_add(j->out->reception, findings[i].requirement);
    }
    j->out->findings = list;
    j->out->num_findings = num;
    return TG_OK;
}

/* The container could not be cut: that is said, and its row alone. */
static void take_fault(judging *j)
{
    const tg_diag *from = &j->out->container.diag;
    const tg_mime_part *part = j->out->part;
    size_t length;
    bool inside = from->offset <= part->content.len;
    j->num_own = 0;
    j->out->parse = j->out->container.parse;
    j->out->diag = *from;
    join_path(part->path, "cms", from->path, j->out->diag.path);
    locate(j, inside ? part->content.data + from->offset : NULL, 0, &j->out->diag.offset, &length);
}

static tg_status judge_container(judging *j, tg_crypto *c, const tg_profile *profile, const tg_smime_opening *how)
{
    tg_mime_judgement *out = j->out;
    tg_status status = tg_smime_judge(c, out->part->content, profile, how, j->arena, &out->container);
    if (status != TG_OK)
        return status;
    if (out->container.parse != TG_OK) {
        take_fault(j);
        return TG_OK;
    }
    check_smime_type(j, profile);
    /* RFC 8551 3.2: other types of content are no MIME. */
    bool is_mime = strcmp(out->container.container.content_oid, TG_OID_DATA) == 0;
    return out->container.outcome == TG_SMIME_OPENED && is_mime ? check_content(j, out->container.content) : TG_OK;
}

tg_status tg_mime_judge(tg_crypto *c, const tg_mime_part *body, const tg_profile *profile, const tg_smime_opening *how,
                        tg_arena *arena, tg_mime_judgement *out)
{
    judging j = { .out = out, .arena = arena };
    memset(out, 0, sizeof *out);
    out->body = *body;
    out->diag.id = out->container.diag.id = "";
    out->part = first_part(body, true);
    if (!out->part)
        out->part = first_part(body, false);
    if (!out->part)
        return TG_OK;
    check_type(&j);
    check_names(&j);
    tg_status status = TG_OK;
    if (out->part->content_bad)
        find(&j, "RFC8551-3.1.2-x01", "encoding", "%s",
             out->part->encoding == TG_MIME_ENCODING_UNKNOWN ? "the Content-Transfer-Encoding is none that is known"
                                                             : "the body is not in the encoding that is said");
    else
        status = judge_container(&j, c, profile, how);
    return status == TG_OK ? gather(&j) : status;
}
