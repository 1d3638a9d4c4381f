#include "COneDNNGemm.h"

#include <dnnl.h>

int pare_sgemm(
    int transposeA, int transposeB, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
    float beta, float *c, size_t ldc) {
    return (int)dnnl_sgemm(
        transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n, (dnnl_dim_t)k, 1.0f, a,
        (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, beta, c, (dnnl_dim_t)ldc);
}
