#include "derive_trail.h"

#include <stdlib.h>

static tg_bytes keep_octets(derive_trail *t, tg_bytes octets)
{
    uint8_t *copy = keep_memory(&t->keeping, octets.len);
    if (octets.len > 0)
        memcpy(copy, octets.data, octets.len);
    return tg_bytes_of(copy, octets.len);
}

/* The step with this result; NULL when there is none. */
static derive_step *find_outkey(derive_trail *t, tg_bytes outkey)
{
    for (size_t i = 0; i < t->num && outkey.len > 0; i++) {
        if (tg_bytes_equal(t->steps[i].outkey, outkey))
            return &t->steps[i];
    }
    return NULL;
}

void derive_trail_see(void *user, const tg_derivation *d, tg_bytes outkey)
{
    derive_trail *t = user;
    const derive_step *known = find_outkey(t, outkey);
    if (known && tg_bytes_equal(known->d.label, d->label) && tg_bytes_equal(known->d.inkey, d->inkey))
        return;
    if (t->num == t->capacity) {
        size_t larger = t->capacity ? t->capacity * 2 : 64;
        derive_step *steps = keep_memory(&t->keeping, larger * sizeof *steps);
        if (t->num > 0)
            memcpy(steps, t->steps, t->num * sizeof *steps);
        t->steps = steps;
        t->capacity = larger;
    }
    derive_step *step = &t->steps[t->num++];
    *step = (derive_step){ .d = *d, .outkey = keep_octets(t, outkey) };
    step->d.inkey = keep_octets(t, d->inkey);
    step->d.label = keep_octets(t, d->label);
}

/* Takes the step that gives `value`, and, back from there, those that gave its inkeys. */
static void want(derive_trail *t, const char *name, tg_bytes value)
{
    derive_step *step = find_outkey(t, value);
    if (!step)
        return; /* it was not derived: given, or from a KEMAC */
    step->gives = step->gives ? keep_text(&t->keeping, "%s, %s", step->gives, name) : name;
    while (step && !t->wanted[step - t->steps]) {
        t->wanted[step - t->steps] = true;
        step = find_outkey(t, step->d.inkey);
    }
}

void derive_trail_select(derive_trail *t, const tg_derived *d)
{
    const struct {
        const char *name;
        tg_bytes value;
    } values[] = { { "auth_key", d->auth_key },
                   { "encr_key", d->encr_key },
                   { "salt_key", d->salt_key },
                   { "ticket.auth_key", d->ticket.auth_key },
                   { "ticket.encr_key", d->ticket.encr_key },
                   { "ticket.salt_key", d->ticket.salt_key },
                   { "vr.auth_key", d->vr.auth_key },
                   { "mpki", d->mpki },
                   { "mpkr", d->mpkr },
                   { "mpkr_forked", d->mpkr_forked } };
    t->wanted = keep_memory(&t->keeping, (t->num + 1) * sizeof *t->wanted);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        want(t, values[i].name, values[i].value);
    for (size_t i = 0; i < d->num_cs; i++) {
        want(t, keep_text(&t->keeping, "cs.%u.tek", d->cs[i].cs_id), d->cs[i].tek);
        want(t, keep_text(&t->keeping, "cs.%u.salt", d->cs[i].cs_id), d->cs[i].salt);
    }
}

void derive_trail_free(derive_trail *t)
{
    for (size_t i = 0; i < t->num; i++) {
        tg_wipe((void *)(uintptr_t)t->steps[i].d.inkey.data, t->steps[i].d.inkey.len);
        tg_wipe((void *)(uintptr_t)t->steps[i].outkey.data, t->steps[i].outkey.len);
    }
    keeping_free(&t->keeping);
    *t = (derive_trail){ 0 };
}
