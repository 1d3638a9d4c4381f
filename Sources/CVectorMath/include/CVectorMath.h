#ifndef PARE_VECTOR_MATH_H
#define PARE_VECTOR_MATH_H

#include <stddef.h>

/// out[i] = exp(in[i]), within 2 units in the last place; in and out may be the same array.
void pare_exp(const float *in, float *out, size_t count);

#endif
