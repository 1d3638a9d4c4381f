// The functions of one float32, without branches so that loops over them vectorise.
//
// exp, log and tanh follow S. Moshier's Cephes library, erf N. Juffa's two polynomials. Constants are for float32; each
// product and sum is contracted to one rounding where the processor can.
#ifndef PARE_SCALAR_H
#define PARE_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define PARE_INLINE static inline __attribute__((always_inline))

// Each function is compiled for processors with AVX-512, with AVX2 and without, and chosen when the program loads; not under a
// sanitizer, whose memory is not there yet when that happens.
#if defined(__clang__) && defined(__x86_64__) && defined(__linux__) && __has_attribute(target_clones) && \
    !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
#define PARE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PARE_CLONES
#endif

// The loop's iterations do not depend on each other, even where the arrays are the same.
#define PARE_EACH _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++)

PARE_INLINE float bitsToFloat(int32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

PARE_INLINE int32_t floatToBits(float value) {
    int32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

// 2^n · e^r with n the nearest integer to x / ln 2. The power of two is applied in halves, which reaches the subnormal
// numbers below and infinity above.
PARE_INLINE float expOf(float x) {
    x = x < -110.0f ? -110.0f : x;
    x = x > 90.0f ? 90.0f : x;
    const float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer, which is in the low bits
    float shifted = x * 1.44269504088896341f + magic;
    int32_t n = floatToBits(shifted) - floatToBits(magic);
    float whole = shifted - magic;
    float r = x - whole * 0.693359375f;
    r = r - whole * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r;
    p = p + 1.0f;
    int32_t half = n >> 1;
    return p * bitsToFloat((int32_t)((uint32_t)(half + 127) << 23)) * bitsToFloat((int32_t)((uint32_t)(n - half + 127) << 23));
}

PARE_INLINE float logOf(float x) {
    int isSubnormal = x < 1.17549435e-38f;
    float scaled = isSubnormal ? x * 8388608.0f : x;
    int32_t bits = floatToBits(scaled);
    // Mantissa in [√½, √2).
    int32_t offset = bits - 0x3f3504f3;
    int32_t exponent = offset >> 23;
    float m = bitsToFloat(bits - (int32_t)((uint32_t)exponent << 23)) - 1.0f;
    float e = (float)exponent - (isSubnormal ? 23.0f : 0.0f);
    float z = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float y = p * m * z;
    y = y + e * -2.12194440e-4f;
    y = y - 0.5f * z;
    float result = m + y + e * 0.693359375f;
    result = x == INFINITY ? x : result;
    result = x == 0.0f ? -INFINITY : result;
    return x >= 0.0f ? result : NAN;
}

PARE_INLINE float tanhOf(float x) {
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float small = p * z * x + x;
    float magnitude = fabsf(x);
    float large = copysignf(1.0f - 2.0f / (expOf(2.0f * magnitude) + 1.0f), x);
    return magnitude < 0.625f ? small : large;
}

PARE_INLINE float sigmoidOf(float x) {
    float e = expOf(-fabsf(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

PARE_INLINE float erfOf(float x) {
    float t = fabsf(x);
    float s = x * x;
    float r = -1.72853470e-5f * t + 3.83197126e-4f;
    float u = -3.88396438e-3f * t + 2.42546219e-2f;
    r = r * s + u;
    r = r * t - 1.06777877e-1f;
    r = r * t - 6.34846687e-1f;
    r = r * t - 1.28717512e-1f;
    r = r * t - t;
    float large = copysignf(1.0f - expOf(r), x);
    float p = -5.96761703e-4f;
    p = p * s + 4.99119423e-3f;
    p = p * s - 2.67681349e-2f;
    p = p * s + 1.12819925e-1f;
    p = p * s - 3.76125336e-1f;
    p = p * s + 1.28379166e-1f;
    float small = p * x + x;
    return t > 4.0f ? copysignf(1.0f, x) : t > 0.927734375f ? large : small;
}

// exp(x) − 1 for x ≤ 0, without cancellation near 0.
PARE_INLINE float expMinusOneOf(float x) {
    float t = tanhOf(0.5f * x);
    return 2.0f * t / (1.0f - t);
}

// log(1 + e) for 0 ≤ e ≤ 1.
PARE_INLINE float logOnePlusOf(float e) {
    float u = 1.0f + e;
    return u == 1.0f ? e : logOf(u) * (e / (u - 1.0f));
}

PARE_INLINE float softplusOf(float x) {
    return (x > 0.0f ? x : 0.0f) + logOnePlusOf(expOf(-fabsf(x)));
}

// tanh(log(1 + e^x)) = e (e + 2) / (e (e + 2) + 2)
PARE_INLINE float mishOf(float x) {
    float e = expOf(x > 20.0f ? 20.0f : x);
    float t = e * (e + 2.0f);
    return x > 20.0f ? x : x * (t / (t + 2.0f));
}

PARE_INLINE float maximumOf(float a, float b) { return a >= b || a != a ? a : b; }
PARE_INLINE float minimumOf(float a, float b) { return a <= b || a != a ? a : b; }

#endif
