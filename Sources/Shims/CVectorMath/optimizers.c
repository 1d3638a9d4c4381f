#include "CVectorMath.h"

#include "scalar.h"

// What an optimizer keeps of a weight without gradient shrinks until it is subnormal, and stays there: processors take a
// hundred times as long for such numbers. They count as zero here.
#if defined(__SSE__)
#include <xmmintrin.h>
#define SUBNORMALS_ARE_ZERO 0x8040u
#define WITHOUT_SUBNORMALS(work)                                                                                       \
    unsigned int state = _mm_getcsr();                                                                                 \
    _mm_setcsr(state | SUBNORMALS_ARE_ZERO);                                                                           \
    work;                                                                                                              \
    _mm_setcsr(state)
#elif defined(__aarch64__)
#define SUBNORMALS_ARE_ZERO (1ull << 24)
#define WITHOUT_SUBNORMALS(work)                                                                                       \
    unsigned long long state;                                                                                          \
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));                                                                    \
    __asm__ volatile("msr fpcr, %0" ::"r"(state | SUBNORMALS_ARE_ZERO) : "memory");                                    \
    work;                                                                                                              \
    __asm__ volatile("msr fpcr, %0" ::"r"(state) : "memory")
#else
#define WITHOUT_SUBNORMALS(work) work
#endif

PARE_CLONES
static void descend(
    float *weights, const float *gradients, float *velocity, size_t count, pare_descent rule) {
    if (rule.momentum == 0.0f) {
        PARE_EACH weights[i] -= rule.rate * (gradients[i] + rule.decay * weights[i]);
    } else if (rule.nesterov) {
        PARE_EACH {
            float slope = gradients[i] + rule.decay * weights[i];
            velocity[i] = rule.momentum * velocity[i] + slope;
            weights[i] -= rule.rate * (slope + rule.momentum * velocity[i]);
        }
    } else {
        PARE_EACH {
            velocity[i] = rule.momentum * velocity[i] + (gradients[i] + rule.decay * weights[i]);
            weights[i] -= rule.rate * velocity[i];
        }
    }
}

PARE_CLONES
static void adam(
    float *weights, const float *gradients, float *first, float *second, size_t count, pare_adam_rule rule) {
    PARE_EACH {
        float slope = gradients[i] + rule.added * weights[i];
        first[i] += (1.0f - rule.beta1) * (slope - first[i]);
        second[i] = rule.beta2 * second[i] + (1.0f - rule.beta2) * slope * slope;
        weights[i] = rule.kept * weights[i]
            - rule.size * first[i] / (__builtin_elementwise_sqrt(second[i]) / rule.root + rule.epsilon);
    }
}

void pare_descend(float *weights, const float *gradients, float *velocity, size_t count, pare_descent rule) {
    WITHOUT_SUBNORMALS(descend(weights, gradients, velocity, count, rule));
}

void pare_adam(float *weights, const float *gradients, float *first, float *second, size_t count, pare_adam_rule rule) {
    WITHOUT_SUBNORMALS(adam(weights, gradients, first, second, count, rule));
}
