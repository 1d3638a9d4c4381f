#ifndef PARE_ONEDNN_GEMM_H
#define PARE_ONEDNN_GEMM_H

#include <stddef.h>

/// c (m, n) = a (m, k) · b (k, n) + beta · c, row-major; a transposed operand is stored as (k, m) or (n, k).
/// Returns 0, or oneDNN's status.
int pare_sgemm(
    int transposeA, int transposeB, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
    float beta, float *c, size_t ldc);

#endif
