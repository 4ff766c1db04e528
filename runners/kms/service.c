#include "service.h"

#include <pthread.h>
#include <stdlib.h>

#include "ticketgate/message.h"

enum { NUM_SHARDS = 32, REPLAY_ENTRY_MAX = 128 };
#define ROLE_MEMORY ((size_t)4 << 20)

typedef struct shard {
    pthread_mutex_t mutex;
    bool has_mutex;
    tg_crypto *crypto;
    tg_arena role_memory, cache_memory;
    tg_replay_cache *cache;
    tg_role *role;
} shard;

struct kms_service {
    const deployment *d;
    uint64_t seed; /* of shard_of: nobody outside knows which messages share a shard */
    shard shards[NUM_SHARDS];
};

/* ---- setting up --------------------------------------------------------------------------------------------- */

static bool take_memory(size_t size, tg_arena *out)
{
    void *memory = malloc(size);
    *out = tg_arena_of(memory, memory ? size : 0);
    return memory != NULL;
}

static tg_kms_config config_of(const deployment *d, const kms_service_options *options, shard *s)
{
    const tg_known *known = &d->known;
    return (tg_kms_config){
        .role = { .crypto = s->crypto,
                  .profile = &known->profile,
                  .random = system_random,
                  .arena = &s->role_memory,
                  .max_message = options->max_message,
                  .replay = s->cache,
                  .skew = known->skew,
                  .counter = 1,
                  .suite = tg_suite_128,
                  .self = known->kms,
                  .kms = known->kms,
                  .tpk = known->secrets.tpk,
                  .rsa = known->secrets.rsa_kms,
                  .trust = known->trust,
                  .num_trust = known->num_trust,
                  .deviation = options->deviation,
                  .errors = options->plain_errors ? TG_ERRORS_PLAIN : TG_ERRORS_AUTHENTIC },
        .subscribers = &d->source,
        .psk_kms = known->secrets.psk_kms,
    };
}

static bool set_up(shard *s, const deployment *d, const kms_service_options *options)
{
    size_t places = (options->replay + NUM_SHARDS - 1) / NUM_SHARDS;
    places += places / 4 + 8; /* messages do not spread evenly */
    s->has_mutex = pthread_mutex_init(&s->mutex, NULL) == 0;
    if (!s->has_mutex || tg_crypto_new(&s->crypto) != TG_OK || !take_memory(ROLE_MEMORY, &s->role_memory) ||
        !take_memory(places * REPLAY_ENTRY_MAX + 256, &s->cache_memory) ||
        tg_replay_cache_new(&s->cache_memory, places, &s->cache) != TG_OK)
        return false;
    tg_kms_config config = config_of(d, options, s);
    return tg_kms_new(&config, &s->role) == TG_OK;
}

void kms_service_free(kms_service *service)
{
    for (size_t i = 0; service && i < NUM_SHARDS; i++) {
        shard *s = &service->shards[i];
        if (s->role)
            tg_role_end(s->role);
        free(s->role_memory.data);
        free(s->cache_memory.data);
        tg_crypto_free(s->crypto);
        if (s->has_mutex)
            pthread_mutex_destroy(&s->mutex);
    }
    free(service);
}

kms_service *kms_service_new(const deployment *d, const kms_service_options *options)
{
    kms_service *service = calloc(1, sizeof *service);
    if (!service)
        return NULL;
    service->d = d;
    bool ok = system_random.fill(NULL, (uint8_t *)&service->seed, sizeof service->seed) == TG_OK;
    for (size_t i = 0; ok && i < NUM_SHARDS; i++)
        ok = set_up(&service->shards[i], d, options);
    if (ok)
        return service;
    kms_service_free(service);
    return NULL;
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

/* HDR with the Empty map is ten octets (RFC 4563 4), T follows it: Next Payload, TS Type (RFC 3830 6.6). */
static bool counts_no_peer(tg_bytes octets)
{
    return octets.len > 12 && octets.data[2] == TG_PAYLOAD_T && octets.data[8] == 0 && octets.data[9] == TG_MAP_EMPTY &&
           octets.data[11] != TG_TS_COUNTER;
}

static shard *shard_of(kms_service *service, tg_bytes octets)
{
    uint64_t hash = service->seed ^ 0xcbf29ce484222325u; /* FNV-1a */
    if (!counts_no_peer(octets))
        return &service->shards[0];
    for (size_t i = 0; i < octets.len; i++)
        hash = (hash ^ octets.data[i]) * 0x100000001b3u;
    return &service->shards[(hash >> 32) % NUM_SHARDS];
}

static tg_sender sender_by_data_type(tg_bytes octets)
{
    uint8_t data_type = octets.len > 1 ? octets.data[1] : 0;
    return data_type == TG_DATA_TYPE_RESOLVE_INIT_PSK || data_type == TG_DATA_TYPE_RESOLVE_INIT_PK ? TG_SENDER_R
                                                                                                   : TG_SENDER_I;
}

static kms_outcome outcome_of(const tg_result *result, kms_reply *reply)
{
    reply->refusal = result->refusal;
    reply->row = result->broken ? result->broken->id : NULL;
    if (result->refusal == TG_REFUSAL_REPLAY_CACHE_FULL)
        return KMS_BUSY;
    if (result->refusal == TG_REFUSAL_NO_MEMORY)
        return KMS_OUT_OF_MEMORY;
    if (result->num_out == 0)
        return KMS_SILENT;
    reply->octets = malloc(result->out[0].octets.len);
    if (!reply->octets)
        return KMS_OUT_OF_MEMORY;
    reply->len = result->out[0].octets.len;
    memcpy(reply->octets, result->out[0].octets.data, reply->len);
    return KMS_ANSWERED;
}

static kms_outcome ask(kms_service *service, shard *s, tg_sender from, tg_bytes octets, kms_reply *reply)
{
    tg_result result;
    *reply = (kms_reply){ 0 };
    tg_status status = tg_role_receive(s->role, from, octets, deployment_now(service->d), &result);
    return status == TG_OK ? outcome_of(&result, reply) : KMS_OUT_OF_MEMORY;
}

/* HTTP does not tell a Responder from another KMS that asks on behalf of one (section 10): who is not authentic as the one may
 * be as the other. What was refused so far has left nothing behind. */
static bool may_be_a_kms(const kms_service *service, tg_sender from, const kms_reply *reply)
{
    return from == TG_SENDER_R && service->d->known.secrets.psk_kms.len > 0 &&
           (reply->refusal == TG_REFUSAL_AUTH || reply->refusal == TG_REFUSAL_ID);
}

kms_outcome kms_service_ask(kms_service *service, tg_sender from, tg_bytes octets, kms_reply *reply)
{
    shard *s = shard_of(service, octets);
    if (from == TG_SENDER_UNKNOWN)
        from = sender_by_data_type(octets);
    pthread_mutex_lock(&s->mutex);
    kms_outcome outcome = ask(service, s, from, octets, reply);
    if (may_be_a_kms(service, from, reply)) {
        kms_reply of_kms;
        kms_outcome as_kms = ask(service, s, TG_SENDER_K, octets, &of_kms);
        if (as_kms == KMS_ANSWERED && of_kms.refusal != TG_REFUSAL_AUTH && of_kms.refusal != TG_REFUSAL_ID &&
            of_kms.refusal != TG_REFUSAL_REPLAY) {
            free(reply->octets);
            *reply = of_kms;
            outcome = as_kms;
        } else {
            free(of_kms.octets);
        }
    }
    pthread_mutex_unlock(&s->mutex);
    return outcome;
}

size_t kms_service_remembered(kms_service *service)
{
    size_t num = 0;
    for (size_t i = 0; i < NUM_SHARDS; i++) {
        pthread_mutex_lock(&service->shards[i].mutex);
        num += tg_replay_cache_num(service->shards[i].cache);
        pthread_mutex_unlock(&service->shards[i].mutex);
    }
    return num;
}
