#include "watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct kms_watched {
    bool used, shut;
    int fd;
    uint64_t since;
};

struct kms_watch {
    pthread_mutex_t mutex;
    kms_watched *all;
    size_t num;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

kms_watch *kms_watch_new(size_t max_connections)
{
    kms_watch *w = calloc(1, sizeof *w);
    kms_watched *all = calloc(max_connections, sizeof *all);
    if (!w || !all || pthread_mutex_init(&w->mutex, NULL) != 0) {
        free(w);
        free(all);
        return NULL;
    }
    w->all = all;
    w->num = max_connections;
    return w;
}

void kms_watch_free(kms_watch *w)
{
    if (!w)
        return;
    pthread_mutex_destroy(&w->mutex);
    free(w->all);
    free(w);
}

kms_watched *kms_watch_add(kms_watch *w, int fd)
{
    kms_watched *found = NULL;
    pthread_mutex_lock(&w->mutex);
    for (size_t i = 0; i < w->num && !found; i++) {
        if (!w->all[i].used)
            found = &w->all[i];
    }
    if (found)
        *found = (kms_watched){ .used = true, .fd = fd, .since = now_ms() };
    pthread_mutex_unlock(&w->mutex);
    return found;
}

void kms_watch_again(kms_watch *w, kms_watched *c)
{
    pthread_mutex_lock(&w->mutex);
    c->since = now_ms();
    pthread_mutex_unlock(&w->mutex);
}

bool kms_watch_remove(kms_watch *w, kms_watched *c, uint64_t age_ms)
{
    pthread_mutex_lock(&w->mutex);
    bool late = !c->shut && now_ms() - c->since >= age_ms;
    c->used = false;
    pthread_mutex_unlock(&w->mutex);
    return late;
}

size_t kms_watch_expire(kms_watch *w, uint64_t age_ms)
{
    size_t num = 0;
    pthread_mutex_lock(&w->mutex);
    uint64_t now = now_ms();
    for (size_t i = 0; i < w->num; i++) {
        kms_watched *c = &w->all[i];
        if (!c->used || c->shut || now - c->since < age_ms)
            continue;
        c->shut = true;
        (void)shutdown(c->fd, SHUT_RDWR); /* the server then closes it */
        num++;
    }
    pthread_mutex_unlock(&w->mutex);
    return num;
}
