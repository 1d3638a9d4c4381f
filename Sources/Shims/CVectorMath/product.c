#include "CVectorMath.h"

#include "scalar.h"

// A block of rows of c times one panel stays in registers while k runs: rows × 32 numbers. Sixteen floats are one
// register with AVX-512, two with AVX2.

typedef float Vector __attribute__((vector_size(64), aligned(4)));

#define ROWS(count)                                                                                                    \
    static inline __attribute__((always_inline)) void block##count(                                                    \
        size_t k, const float *a, size_t lda, const float *panel, float *c, size_t ldc) {                              \
        Vector low[count], high[count];                                                                                \
        for (int row = 0; row < count; row++) {                                                                        \
            low[row] = *(const Vector *)(c + row * ldc);                                                               \
            high[row] = *(const Vector *)(c + row * ldc + 16);                                                         \
        }                                                                                                              \
        for (size_t step = 0; step < k; step++) {                                                                      \
            Vector first = *(const Vector *)(panel + step * PARE_PANEL_WIDTH);                                         \
            Vector second = *(const Vector *)(panel + step * PARE_PANEL_WIDTH + 16);                                   \
            for (int row = 0; row < count; row++) {                                                                    \
                float factor = a[row * lda + step];                                                                    \
                low[row] += factor * first;                                                                            \
                high[row] += factor * second;                                                                          \
            }                                                                                                          \
        }                                                                                                              \
        for (int row = 0; row < count; row++) {                                                                        \
            *(Vector *)(c + row * ldc) = low[row];                                                                     \
            *(Vector *)(c + row * ldc + 16) = high[row];                                                               \
        }                                                                                                              \
    }

ROWS(1)
ROWS(2)
ROWS(4)
ROWS(8)

// Sixteen partial sums of one row would wait for each other; four times as many do not.
static inline __attribute__((always_inline)) void single(size_t k, const float *a, const float *panel, float *c) {
    Vector low[4] = {0}, high[4] = {0};
    size_t step = 0;
    for (; step + 4 <= k; step += 4) {
        for (int lane = 0; lane < 4; lane++) {
            const float *line = panel + (step + lane) * PARE_PANEL_WIDTH;
            low[lane] += a[step + lane] * *(const Vector *)line;
            high[lane] += a[step + lane] * *(const Vector *)(line + 16);
        }
    }
    block1(k - step, a + step, 0, panel + step * PARE_PANEL_WIDTH, c, 0);
    *(Vector *)c += (low[0] + low[1]) + (low[2] + low[3]);
    *(Vector *)(c + 16) += (high[0] + high[1]) + (high[2] + high[3]);
}

static inline __attribute__((always_inline)) void panelProduct(
    size_t m, size_t k, const float *a, size_t lda, const float *panel, float *c, size_t ldc, int isWide) {
    size_t row = 0;
    if (isWide) {
        for (; row + 8 <= m; row += 8) block8(k, a + row * lda, lda, panel, c + row * ldc, ldc);
        for (; row + 4 <= m; row += 4) block4(k, a + row * lda, lda, panel, c + row * ldc, ldc);
    }
    for (; row + 2 <= m; row += 2) block2(k, a + row * lda, lda, panel, c + row * ldc, ldc);
    for (; row < m; row++) single(k, a + row * lda, panel, c + row * ldc);
}

static inline __attribute__((always_inline)) void product(
    size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c, size_t ldc, int isWide) {
    size_t column = 0;
    for (; column + PARE_PANEL_WIDTH <= n; column += PARE_PANEL_WIDTH) {
        panelProduct(m, k, a, lda, packed + column * k, c + column, ldc, isWide);
    }
    if (column == n) return;
    for (size_t row = 0; row < m; row++) {
        float line[PARE_PANEL_WIDTH] = {0};
        single(k, a + row * lda, packed + column * k, line);
        for (size_t lane = 0; lane < n - column; lane++) c[row * ldc + column + lane] += line[lane];
    }
}

#if defined(__x86_64__)
static __attribute__((target("avx512f"))) void wideProduct(
    size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c, size_t ldc) {
    product(m, n, k, a, lda, packed, c, ldc, 1);
}

static __attribute__((target("avx2,fma"))) void middleProduct(
    size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c, size_t ldc) {
    product(m, n, k, a, lda, packed, c, ldc, 0);
}
#endif

void pare_packed_product(
    size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, float *c, size_t ldc) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return wideProduct(m, n, k, a, lda, packed, c, ldc);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return middleProduct(m, n, k, a, lda, packed, c, ldc);
    }
#endif
    product(m, n, k, a, lda, packed, c, ldc, 0);
}

void pare_pack_transposed(const float *rows, size_t count, size_t depth, float *packed) {
    for (size_t first = 0; first < count; first += PARE_PANEL_WIDTH) {
        float *panel = packed + first * depth;
        size_t lanes = count - first < PARE_PANEL_WIDTH ? count - first : PARE_PANEL_WIDTH;
        if (lanes < PARE_PANEL_WIDTH) memset(panel, 0, depth * PARE_PANEL_WIDTH * sizeof(float));
        pare_transpose(rows + first * depth, depth, panel, PARE_PANEL_WIDTH, lanes, depth, sizeof(float));
    }
}
