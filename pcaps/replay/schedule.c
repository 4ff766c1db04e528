/* When what is sent, and the timestamps that go with it. */
#include "replaying.h"

#define NANOSECONDS 1000000000.0

size_t tgp_replay_schedule(const int64_t *times, size_t num, const tgp_replay_timing *timing, int64_t *offsets)
{
    size_t num_cut = 0;
    int64_t latest = num > 0 ? times[0] : 0, at = 0;
    for (size_t i = 0; i < num; i++) {
        if (times[i] > latest) {
            /* As numbers without sign: the clock of a hostile capture may leap further than a signed one can hold. */
            double gap = (double)((uint64_t)times[i] - (uint64_t)latest) / timing->factor;
            bool cut = !timing->at_once && gap > (double)timing->max_gap;
            at += timing->at_once || at > INT64_MAX / 2 ? 0 : cut ? timing->max_gap : (int64_t)gap;
            num_cut += cut;
            latest = times[i];
        }
        offsets[i] = at;
    }
    return num_cut;
}

/* Nanoseconds as a difference of 64-bit NTP timestamps. */
static uint64_t ntp_of(int64_t offset)
{
    uint64_t seconds = (uint64_t)(offset / 1000000000), rest = (uint64_t)(offset % 1000000000);
    return seconds << 32 | (uint64_t)((double)rest / NANOSECONDS * 4294967296.0);
}

void tgp_replay_times(const uint64_t *old, const int64_t *offsets, size_t num, uint64_t now, bool whole_seconds,
                      uint64_t *out)
{
    uint64_t step = whole_seconds ? UINT64_C(1) << 32 : 1;
    size_t latest = 0; /* the one with the newest timestamp so far */
    for (size_t i = 0; i < num; i++) {
        uint64_t mine = tg_ntp_order(old[i]), newest = tg_ntp_order(old[latest]);
        uint64_t sent = (now + ntp_of(offsets[i])) & ~(step - 1);
        if (i == 0) {
            out[i] = sent;
        } else if (mine <= newest) {
            out[i] = out[latest] - (newest - mine);
        } else {
            out[i] = sent;
            if (tg_ntp_order(out[i]) <= tg_ntp_order(out[latest]))
                out[i] = out[latest] + step; /* sent at once: still in their order */
        }
        if (mine > newest)
            latest = i;
        for (size_t k = 0; k < i; k++) {
            if (old[k] == old[i])
                out[i] = out[k];
        }
    }
}
