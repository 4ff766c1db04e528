/* streams: known streams, whose segments come in any order, twice, overlapping and cut otherwise: what goes out is what went in. And where
 * segments are missing, everything else, with the gaps where they were. */
#include "test_random.h"
#include "test_streams_support.h"

enum { STREAM = 60000, WINDOW = 24, MAX_SEGMENTS = 4000 };

typedef struct cut {
    uint32_t from, len;
    unsigned side;
    uint32_t acked; /* of the other stream, by this segment */
} cut;

typedef struct known {
    uint8_t octets[2][STREAM];
    bool missing[2][STREAM]; /* none of the segments that were given has it */
    uint32_t isn[2];
    size_t told[2]; /* octets and gaps so far */
    uint64_t segments, lost;
    bool follows;
    const char *what;
} known;

static known k;
static cut cuts[MAX_SEGMENTS];
static size_t num_cuts;

static tgp_interest check_data(void *user, tgp_connection *c, unsigned from, tg_bytes octets, const tgp_piece *pieces,
                               size_t num_pieces, int64_t time, bool message_ends)
{
    (void)user;
    (void)time;
    (void)message_ends;
    assert_int_equal(c->id, 1);
    assert_true(k.told[from] + octets.len <= STREAM);
    assert_memory_equal(octets.data, k.octets[from] + k.told[from], octets.len);
    uint32_t at = 0;
    for (size_t i = 0; i < num_pieces; i++) { /* frame_offset says which octets of the stream, see give_cut */
        assert_int_equal(pieces[i].offset, at);
        assert_int_equal(pieces[i].frame_offset, k.told[from] + at);
        at += pieces[i].len;
    }
    assert_int_equal(at, octets.len);
    for (size_t i = 0; i < octets.len; i++)
        assert_false(k.missing[from][k.told[from] + i]);
    k.told[from] += octets.len;
    return TGP_FOLLOW;
}

static tgp_interest check_gap(void *user, tgp_connection *c, unsigned from, uint64_t octets)
{
    (void)user;
    (void)c;
    assert_true(octets > 0 && k.told[from] + octets <= STREAM);
    for (size_t i = 0; i < octets; i++)
        assert_true(k.missing[from][k.told[from] + i]);
    k.told[from] += octets;
    k.lost++;
    return TGP_FOLLOW;
}

static unsigned ends_told;
static void check_end(void *user, tgp_connection *c, tgp_end how)
{
    (void)user;
    (void)c;
    assert_true(how == TGP_END_FIN || how == TGP_END_CAPTURE);
    ends_told++;
}

static void give_cut(tgp_streams *s, const cut *c, unsigned flags)
{
    tgp_segment segment;
    memset(&segment, 0, sizeof segment);
    tgp_endpoint ends[2] = { host(1, 40000), host(2, 5060) };
    segment.transport = TGP_TCP;
    segment.source = ends[c->side];
    segment.destination = ends[c->side ^ 1];
    segment.frame = ++k.segments;
    segment.time = (int64_t)k.segments * 1000000;
    segment.tcp.flags = (uint8_t)flags;
    segment.tcp.seq = k.isn[c->side] + 1 + c->from;
    segment.tcp.ack = k.isn[c->side ^ 1] + 1 + c->acked;
    uint8_t *copy = malloc(c->len + 1);
    assert_non_null(copy);
    memcpy(copy, k.octets[c->side] + c->from, c->len);
    segment.data = tg_bytes_of(copy, c->len);
    tgp_piece piece = { segment.frame, c->from, 0, c->len };
    segment.pieces = c->len > 0 ? &piece : NULL;
    segment.num_pieces = c->len > 0;
    assert_true(tgp_streams_take(s, &segment));
    free(copy);
}

/* Both streams cut into segments, one after the other at random; with repetitions of what came before, cut otherwise. */
static void make_cuts(unsigned overlaps)
{
    uint32_t at[2] = { 0, 0 };
    num_cuts = 0;
    while ((at[0] < STREAM || at[1] < STREAM) && num_cuts < MAX_SEGMENTS) {
        unsigned side = at[0] == STREAM ? 1 : at[1] == STREAM ? 0 : next_random(2);
        uint32_t from = at[side], len = 1 + next_random(200);
        if (overlaps && next_random(4) == 0) {
            uint32_t back = next_random(300);
            from -= back < from ? back : from;
            len += next_random(200);
        }
        if (len > STREAM - from)
            len = STREAM - from;
        cuts[num_cuts++] = (cut){ from, len, side, at[side ^ 1] };
        if (from + len > at[side])
            at[side] = from + len;
    }
    assert_true(at[0] == STREAM && at[1] == STREAM);
}

/* None comes more than WINDOW places before or behind its own. */
static void shuffle(void)
{
    static uint32_t place[MAX_SEGMENTS];
    for (size_t i = 0; i < num_cuts; i++) {
        cut c = cuts[i];
        uint32_t to = (uint32_t)i + next_random(WINDOW);
        size_t at = i;
        for (; at > 0 && place[at - 1] > to; at--) {
            place[at] = place[at - 1];
            cuts[at] = cuts[at - 1];
        }
        place[at] = to;
        cuts[at] = c;
    }
}

static void lose(unsigned of)
{
    memset(k.missing, true, sizeof k.missing);
    size_t kept = 0;
    for (size_t i = 0; i < num_cuts; i++)
        if (of == 0 || next_random(of) > 0)
            cuts[kept++] = cuts[i];
    num_cuts = kept;
    for (size_t i = 0; i < num_cuts; i++)
        memset(k.missing[cuts[i].side] + cuts[i].from, false, cuts[i].len);
}

static void play(uint64_t seed, unsigned overlaps, bool shuffled, unsigned loses, bool fin)
{
    memset(&k, 0, sizeof k);
    random_state = seed;
    for (unsigned side = 0; side < 2; side++) {
        for (size_t i = 0; i < STREAM; i++)
            k.octets[side][i] = (uint8_t)next_random(256);
        k.isn[side] =
            next_random(2) ? 0xffffffffu - next_random(STREAM) : next_random(1u << 30); /* often wraps around */
    }
    make_cuts(overlaps);
    if (shuffled)
        shuffle();
    lose(loses);
    ends_told = 0;
    tgp_stream_listener listener = { check_data, check_gap, check_end, NULL };
    tgp_streams *s = tgp_streams_new(NULL, &listener);
    assert_non_null(s);
    cut c = { 0, 0, 0, 0 }, a = { 0, 0, 1, 0 };
    give_cut(s, &c, SYN);
    give_cut(s, &a, SYN | ACK);
    for (size_t i = 0; i < num_cuts; i++)
        give_cut(s, &cuts[i], ACK);
    if (fin) {
        cut f0 = { STREAM, 0, 0, STREAM }, f1 = { STREAM, 0, 1, STREAM + 1 }, last = { STREAM, 0, 0, STREAM + 1 };
        give_cut(s, &f0, ACK | FIN);
        give_cut(s, &f1, ACK | FIN);
        last.from++;
        give_cut(s, &last, ACK);
    }
    tgp_streams_finish(s);
    assert_int_equal(ends_told, 1);
    if (loses == 0) {
        assert_int_equal(k.told[0], STREAM);
        assert_int_equal(k.told[1], STREAM);
        assert_int_equal(k.lost, 0);
    } else if (fin) { /* every octet is told, or told to be missing */
        assert_int_equal(k.told[0], STREAM);
        assert_int_equal(k.told[1], STREAM);
        assert_true(k.lost > 0);
    }
    assert_int_equal(tgp_streams_count(s, TGP_STREAM_GAP), k.lost);
    assert_int_equal(tgp_streams_count(s, TGP_STREAM_CONFLICT), 0);
    assert_int_equal(tgp_streams_count(s, TGP_STREAM_EVICTED), 0);
    if (!shuffled && loses == 0)
        assert_int_equal(tgp_streams_count(s, TGP_STREAM_REORDERED), 0);
    if (!overlaps && loses == 0)
        assert_int_equal(tgp_streams_count(s, TGP_STREAM_REPEATED), 0);
    tgp_streams_free(s);
}

static void in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        play(seed, 0, false, 0, true);
}

static void overlapping(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        play(seed, 1, false, 0, true);
}

static void shuffled(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++)
        play(seed, seed % 2 == 0, true, 0, seed % 3 > 0);
}

static void with_losses(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++)
        play(seed, seed % 2 == 0, seed % 4 < 2, 10 + (unsigned)seed, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(in_order), cmocka_unit_test(overlapping),
                                        cmocka_unit_test(shuffled), cmocka_unit_test(with_losses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
