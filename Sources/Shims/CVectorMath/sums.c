#include "CVectorMath.h"

#include "scalar.h"

// Sums here may be taken in any order, so that they vectorise.

PARE_CLONES
float pare_exp_sum(const float *in, float shift, float *out, size_t count) {
#pragma clang fp reassociate(on)
    float sum = 0.0f;
    PARE_EACH {
        float e = expOf(in[i] - shift);
        out[i] = e;
        sum += e;
    }
    return sum;
}

PARE_CLONES
float pare_sum(const float *in, size_t count) {
#pragma clang fp reassociate(on)
    float sum = 0.0f;
    PARE_EACH sum += in[i];
    return sum;
}

PARE_CLONES
float pare_sum_of_magnitudes(const float *in, size_t count) {
#pragma clang fp reassociate(on)
    float sum = 0.0f;
    PARE_EACH sum += fabsf(in[i]);
    return sum;
}

PARE_CLONES
float pare_sum_of_squares(const float *in, float mean, size_t count) {
#pragma clang fp reassociate(on)
    float sum = 0.0f;
    PARE_EACH sum += (in[i] - mean) * (in[i] - mean);
    return sum;
}

// Sixteen running extremes, folded at the end: comparisons do not vectorise as a single chain.
#define EXTREME(name, start, choose)                                                                                   \
    PARE_CLONES                                                                                                        \
    float name(const float *in, size_t count) {                                                                        \
        float lanes[16];                                                                                               \
        for (int lane = 0; lane < 16; lane++) lanes[lane] = (start);                                                   \
        size_t i = 0;                                                                                                  \
        for (; i + 16 <= count; i += 16) {                                                                             \
            for (int lane = 0; lane < 16; lane++) lanes[lane] = choose(lanes[lane], in[i + lane]);                     \
        }                                                                                                              \
        for (; i < count; i++) lanes[0] = choose(lanes[0], in[i]);                                                     \
        float result = lanes[0];                                                                                       \
        for (int lane = 1; lane < 16; lane++) result = choose(result, lanes[lane]);                                    \
        return result;                                                                                                 \
    }

EXTREME(pare_max, -INFINITY, maximumOf)
EXTREME(pare_min, INFINITY, minimumOf)

PARE_CLONES
void pare_add_squares(const float *in, float *sum, size_t count) {
    PARE_EACH sum[i] += in[i] * in[i];
}

PARE_CLONES
void pare_add_magnitudes(const float *in, float *sum, size_t count) {
    PARE_EACH sum[i] += fabsf(in[i]);
}

PARE_CLONES
void pare_add_scaled(const float *in, size_t step, float weight, float *sum, size_t count) {
    if (step == 1) {
        PARE_EACH sum[i] += weight * in[i];
    } else {
        PARE_EACH sum[i] += weight * in[i * step];
    }
}

PARE_CLONES
void pare_add_spread(const float *in, float *sum, size_t step, size_t count) {
    if (step == 1) {
        PARE_EACH sum[i] += in[i];
    } else {
        for (size_t i = 0; i < count; i++) sum[i * step] += in[i];
    }
}
