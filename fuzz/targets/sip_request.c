/* sip_request: the input is a SIP request with a container and application/mikey in it, or something that is none. It is judged with keys alone,
 * as the TRANSFER_INIT of a conversation, and with the TPK of the golden vectors, which are the seeds: then a ticket opens.
 *
 * Oracles: two judgings in memory with different old contents agree; the promised memory is enough; findings lie inside; nothing is proven
 * that was not opened, is not authentic or has a row that rejects it; no MESSAGE is accepted with something in clear or a further container
 * beside the container; what is read of a request is written and read again as it was.
 */
#include "containers.h"

#include <stdlib.h>

#include "ticketgate/messaging.h"

enum { LONGEST = 16384 };

/* The TPK of the conversations in vectors/data/smime. */
static const uint8_t tpk[32] = { 0x37, 0x58, 0xa0, 0xdf, 0x46, 0x5f, 0xf1, 0x0d, 0xe1, 0x2a, 0xea,
                                 0xa1, 0x6a, 0xa6, 0x54, 0x72, 0x28, 0x0d, 0xe2, 0xc7, 0x17, 0x42,
                                 0x0a, 0x70, 0xa3, 0xae, 0xdf, 0xf9, 0xd6, 0x27, 0xdb, 0x39 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_containers_init();
    FUZZ_CHECK(tg_carriage_init() == TG_OK && tg_mime_init() == TG_OK, "init", "the libraries cannot be readied");
    return 0;
}

/* What the origin of a message rests on (vectors/SMIME.md section 4). */
static void check_origin(const tg_im_judgement *j)
{
    tg_smime_type type = j->mime.container.container.type;
    if (j->origin != TG_IM_ORIGIN_PROVEN)
        return;
    FUZZ_CHECK(type == TG_SMIME_TYPE_IS_AUTH_ENVELOPED || type == TG_SMIME_TYPE_IS_AUTHENTICATED, "origin",
               "proven by %s", tg_smime_type_name(type));
    for (size_t i = 0; i < j->num_findings; i++) {
        const tg_requirement *row = j->findings[i]->requirement;
        bool around = strcmp(row->room, "smime") == 0 || strcmp(row->room, "mime") == 0;
        bool confidential = type == TG_SMIME_TYPE_IS_AUTHENTICATED && strcmp(row->id, "TS33328-I.2.1-05") == 0;
        FUZZ_CHECK(!around || confidential || row->on_receive != TG_ON_RECEIVE_REJECT, "origin", "proven with %s",
                   row->id);
    }
}

/* Leaves that are protected by nothing that the message names a key for; `served`: in a part for a server. */
static size_t count_clear(const tg_mime_part *part, bool served)
{
    size_t num = 0;
    served = served || strcmp(part->disposition, "recipient-list") == 0 ||
             strcmp(part->type, "application/resource-lists+xml") == 0;
    if (strcmp(part->type, "application/pkcs7-mime") == 0 || strcmp(part->type, "application/x-pkcs7-mime") == 0)
        return 1;
    if (strncmp(part->type, "multipart/", 10) != 0)
        return !served && strcmp(part->type, "application/mikey") != 0;
    for (size_t i = 0; i < part->num_parts; i++)
        num += count_clear(&part->parts[i], served);
    return num;
}

static void check_judgement(const tg_im_judgement *j, size_t len)
{
    bool message = strcmp(j->im.request.method, "MESSAGE") == 0;
    FUZZ_CHECK(j->parse == TG_BAD_SIP || j->parse == TG_TOO_LARGE || j->parse == TG_BAD_MIME ||
                   j->parse == TG_TOO_DEEP || message || strcmp(j->im.request.method, "NOTIFY") == 0,
               "method", "%s is taken", j->im.request.method);
    FUZZ_CHECK(!j->accepted || !message || !j->im.container || count_clear(j->im.body, false) <= 1, "beside",
               "accepted with more than the container");
    check_origin(j);
    for (size_t i = 0; i < j->num_findings; i++)
        FUZZ_CHECK(j->findings[i]->requirement && j->findings[i]->offset + j->findings[i]->length <= len, "finding",
                   "%s lies outside", j->findings[i]->path);
    FUZZ_CHECK(j->origin == TG_IM_ORIGIN_NOT_PROVEN ||
                   (j->has_origin && j->mime.container.outcome == TG_SMIME_OPENED && j->sender.known),
               "origin", "proven, and not opened");
    FUZZ_CHECK(!j->accepted || (j->parse == TG_OK && j->reception != TG_RECEPTION_REJECT), "verdict",
               "accepted all the same");
}

static void judge(tg_bytes sip, const tg_im_knowledge *knowledge)
{
    tg_im_judgement judged[2];
    fuzz_block memory[2];
    for (int i = 0; i < 2; i++) {
        memory[i] = fuzz_block_new(tg_im_judge_arena_size(sip.len, knowledge), i ? 0xa5 : 0x33);
        tg_arena arena = tg_arena_of(memory[i].data, memory[i].len);
        tg_status status = tg_im_judge(fuzz_containers_crypto(), sip, knowledge, &arena, &judged[i]);
        FUZZ_CHECK(status == TG_OK, "limit", "%s in %zu octets", tg_status_name(status), memory[i].len);
        check_judgement(&judged[i], sip.len);
    }
    FUZZ_CHECK(judged[0].parse == judged[1].parse && judged[0].num_findings == judged[1].num_findings &&
                   judged[0].accepted == judged[1].accepted && judged[0].origin == judged[1].origin &&
                   judged[0].mime.container.outcome == judged[1].mime.container.outcome,
               "same_answer", "another answer the second time");
    for (int i = 0; i < 2; i++)
        fuzz_block_free(&memory[i]);
}

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

/* Not every request that can be read can be written: one may have a word for a method that ends a word elsewhere. */
static void check_written(const tg_sip_request *read)
{
    const tg_sip_plan plan = { .method = read->method,
                               .request_uri = read->request_uri,
                               .from = read->from,
                               .to = read->to,
                               .from_tag = "1",
                               .call_id = "1",
                               .branch = "1",
                               .sent_by = "host.example.com",
                               .asserted = or_null(read->asserted),
                               .event = or_null(read->event),
                               .content_type = or_null(read->content_type),
                               .transfer_encoding = or_null(read->transfer_encoding),
                               .disposition = or_null(read->disposition),
                               .cseq = 1,
                               .body = read->body };
    const char *reason = "";
    tg_sip_request again;
    size_t len = 0;
    fuzz_block out = fuzz_block_new(tg_sip_request_size(&plan), 0x5a);
    tg_status status = tg_sip_request_write(&plan, out.data, out.len, &len, &reason);
    FUZZ_CHECK(status == TG_OK || status == TG_BAD_SIP || status == TG_TOO_LARGE, "written", "%s",
               tg_status_name(status));
    if (status == TG_OK) {
        FUZZ_CHECK(tg_sip_request_read(tg_bytes_of(out.data, len), &again, &reason) == TG_OK, "written", "%s", reason);
        FUZZ_CHECK(strcmp(again.method, read->method) == 0 && strcmp(again.request_uri, read->request_uri) == 0 &&
                       tg_bytes_equal(again.body, read->body),
                   "written", "read otherwise");
    }
    fuzz_block_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LONGEST)
        return 0;
    fuzz_block input = fuzz_block_copy(data, size);
    const tg_profile *profile = tg_profile_find("ims-message");
    const tg_known known = { .profile = *profile };
    const tg_known resolving = { .profile = *profile, .secrets.tpk = tg_bytes_of(tpk, sizeof tpk) };
    const tg_sent sent = { .ex = "transfer", .from = TG_SENDER_I };
    tg_im_knowledge knowledge = {
        .profile = profile, .how = fuzz_opening(false), .known = &known, .sent = &sent, .num_sent = 1
    };
    tg_sip_request *read = malloc(sizeof *read);
    const char *reason = "";
    FUZZ_CHECK(read, "memory", "no memory");
    judge(fuzz_bytes(&input), &knowledge);
    knowledge.has_conversation = true;
    judge(fuzz_bytes(&input), &knowledge);
    knowledge.known = &resolving;
    knowledge.how.allow_unauthenticated = true;
    judge(fuzz_bytes(&input), &knowledge);
    if (tg_sip_request_read(fuzz_bytes(&input), read, &reason) == TG_OK)
        check_written(read);
    free(read);
    fuzz_block_free(&input);
    return 0;
}
