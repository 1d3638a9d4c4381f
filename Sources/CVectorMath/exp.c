#include "CVectorMath.h"
#include <math.h>

void pare_exp(const float *in, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = expf(in[i]);
}
