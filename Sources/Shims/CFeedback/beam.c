#include "CFeedback.h"

#include <math.h>
#include <string.h>

static const float unreachable = 1e30f;

static int next_state(const pare_beam *beam, int state, int level)
{
    if (beam->states == 1) return 0;
    return state >> 1 ^ (state & 1 ? 18 : 0) ^ (level & 1 ? 4 : 0);
}

static int quantizer_of(const pare_beam *beam, int state) { return beam->states == 1 ? 0 : state & 1; }

void pare_beam_open(pare_beam *beam, int states)
{
    memset(beam, 0, sizeof *beam);
    beam->states = states;
    for (int state = 1; state < states; state++) beam->costs[state] = unreachable;
}

int pare_beam_best(const pare_beam *beam)
{
    int best = 0;
    for (int state = 1; state < beam->states; state++)
        if (beam->costs[state] < beam->costs[best]) best = state;
    return best;
}

int pare_beam_level(const pare_beam *beam, int state, int place) { return beam->paths[beam->side][state].levels[place]; }

int64_t pare_beam_sum(const pare_beam *beam, int state) { return beam->paths[beam->side][state].sum; }

void pare_beam_restart(pare_beam *beam)
{
    int best = pare_beam_best(beam);
    pare_beam_path *paths = beam->paths[beam->side];
    if (best != 0) paths[0] = paths[best];
    beam->costs[0] = 0;
    for (int state = 1; state < beam->states; state++) beam->costs[state] = unreachable;
}

void pare_beam_clear_sums(pare_beam *beam)
{
    for (int state = 0; state < beam->states; state++) beam->paths[beam->side][state].sum = 0;
}

static float wanted_value(const pare_beam_path *path, float target, const float *pull, int first, int count)
{
    float sums[8] = {0};
    const float *errors = path->errors + first;
    int length = count - first;
    int index = 0;
    for (; index + 8 <= length; index += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += errors[index + lane] * pull[index + lane];
    float sum = 0;
    for (; index < length; index++) sum += errors[index] * pull[index];
    for (int lane = 0; lane < 8; lane++) sum += sums[lane];
    return target - sum;
}

static void extend(const pare_beam *beam, pare_beam_path *to, const pare_beam_path *from, float error, int level)
{
    memcpy(to->errors, from->errors, sizeof(float) * beam->count);
    memcpy(to->levels, from->levels, sizeof(int16_t) * beam->count);
    to->errors[beam->count] = error;
    to->levels[beam->count] = level;
    to->sum = from->sum + (level < 0 ? -level : level);
}

void pare_beam_step(
    pare_beam *beam, float target, const float *pull, int first, float weight, float step, const float *rates, int stride, int is_zero)
{
    float costs[pare_beam_states];
    float errors[pare_beam_states];
    int origins[pare_beam_states];
    int levels[pare_beam_states];
    const pare_beam_path *paths = beam->paths[beam->side];
    const float scale = 1 / step;
    for (int state = 0; state < beam->states; state++) costs[state] = unreachable;
    for (int state = 0; state < beam->states; state++) {
        if (beam->costs[state] >= unreachable) continue;
        float wanted = wanted_value(&paths[state], target, pull, first, beam->count);
        int quantizer = quantizer_of(beam, state);
        float shift = quantizer ? 0.5f : 0;
        float place = fabsf(wanted) * scale;
        const float *rate = rates + quantizer * stride;
        // What is not a number, or beyond the last level, goes to the last one.
        int nearest = place < (float)(stride - 1) ? (int)(place + shift) : stride - 1;
        int low = nearest > 1 ? nearest - 1 : 1;
        int high = is_zero ? 0 : nearest + 2 < stride ? nearest + 2 : stride - 1;
        float best[2] = {weight * wanted * wanted + rate[0], unreachable};
        int chosen[2] = {0, 0};
        for (int level = low; level <= high; level++) {
            float error = (place - ((float)level - shift)) * step;
            float cost = weight * error * error + rate[level];
            int kind = beam->states == 1 ? 0 : level & 1;
            if (cost < best[kind]) {
                best[kind] = cost;
                chosen[kind] = level;
            }
        }
        for (int kind = 0; kind < 2; kind++) {
            if (best[kind] >= unreachable) continue;
            int next = next_state(beam, state, chosen[kind]);
            float cost = beam->costs[state] + best[kind];
            if (cost >= costs[next]) continue;
            int level = chosen[kind];
            float value = level ? ((float)level - shift) * step : 0;
            costs[next] = cost;
            origins[next] = state;
            levels[next] = wanted < 0 ? -level : level;
            errors[next] = wanted - (wanted < 0 ? -value : value);
        }
    }
    pare_beam_path *others = beam->paths[1 - beam->side];
    float least = unreachable;
    for (int state = 0; state < beam->states; state++) {
        if (costs[state] < unreachable) extend(beam, &others[state], &paths[origins[state]], errors[state], levels[state]);
        if (costs[state] < least) least = costs[state];
    }
    for (int state = 0; state < beam->states; state++)
        beam->costs[state] = costs[state] < unreachable ? costs[state] - least : unreachable;
    beam->side = 1 - beam->side;
    beam->count++;
}

void pare_beam_step_values(
    pare_beam *beam, float target, const float *pull, int first, const float *values, int count, int is_zero)
{
    pare_beam_path *path = &beam->paths[beam->side][0];
    float wanted = wanted_value(path, target, pull, first, beam->count);
    int place = 0;
    if (!is_zero) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            // The nearer of two neighbours, the lower one at the middle between them.
            if (wanted - values[middle] > values[middle + 1] - wanted) low = middle + 1;
            else high = middle;
        }
        place = low + 1;
    }
    path->errors[beam->count] = place ? wanted - values[place - 1] : wanted;
    path->levels[beam->count] = place;
    beam->count++;
}

void pare_beam_settle(pare_beam *beam, int count, int16_t *levels, float *errors)
{
    int best = pare_beam_best(beam);
    pare_beam_path *paths = beam->paths[beam->side];
    memcpy(levels, paths[best].levels, sizeof(int16_t) * count);
    memcpy(errors, paths[best].errors, sizeof(float) * count);
    int rest = beam->count - count;
    for (int state = 0; state < beam->states; state++) {
        if (beam->costs[state] >= unreachable) continue;
        if (memcmp(paths[state].levels, levels, sizeof(int16_t) * count) != 0) {
            beam->costs[state] = unreachable;
            continue;
        }
        memmove(paths[state].errors, paths[state].errors + count, sizeof(float) * rest);
        memmove(paths[state].levels, paths[state].levels + count, sizeof(int16_t) * rest);
    }
    beam->count = rest;
}

void pare_beam_pull(float *targets, int length, const float *errors, int count, const float *pull, int64_t stride)
{
    for (int index = 0; index < count; index++) {
        const float error = errors[index];
        const float *row = pull + index * stride;
        if (error == 0) continue;
        for (int place = 0; place < length; place++) targets[place] -= error * row[place];
    }
}
