#include "COpenBLAS.h"

#include <stdlib.h>

enum { row_major = 101, not_transposed = 111, transposed = 112, upper = 121 };

void openblas_set_num_threads(int count);
void cblas_sgemm(
    int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
    float beta, float *c, int ldc);
void cblas_dgemm(
    int order, int transA, int transB, int m, int n, int k, double alpha, const double *a, int lda, const double *b, int ldb,
    double beta, double *c, int ldc);
void cblas_ssyrk(
    int order, int triangle, int trans, int n, int k, float alpha, const float *a, int lda, float beta, float *c, int ldc);
void cblas_dsyrk(
    int order, int triangle, int trans, int n, int k, double alpha, const double *a, int lda, double beta, double *c, int ldc);

// Fortran passes the lengths of strings after all other arguments.
void dsytrd_(
    const char *uplo, const int *n, double *a, const int *lda, double *d, double *e, double *tau, double *work,
    const int *lwork, int *info, size_t);
void dstedc_(
    const char *compz, const int *n, double *d, double *e, double *z, const int *ldz, double *work, const int *lwork,
    int *iwork, const int *liwork, int *info, size_t);
void dsyevd_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork,
    int *iwork, const int *liwork, int *info, size_t, size_t);
void dgeqrf_(
    const int *m, const int *n, double *a, const int *lda, double *tau, double *work, const int *lwork, int *info);
void dorgqr_(
    const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau, double *work, const int *lwork,
    int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dpotrs_(
    const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb, int *info,
    size_t);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda, int *info, size_t, size_t);

static const int no_memory = -1000;

void pare_blas_set_threads(int count) { openblas_set_num_threads(count); }

void pare_blas_sgemm(
    bool transposeA, bool transposeB, int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta,
    float *c, int ldc) {
    cblas_sgemm(
        row_major, transposeA ? transposed : not_transposed, transposeB ? transposed : not_transposed, m, n, k, 1, a, lda, b,
        ldb, beta, c, ldc);
}

void pare_blas_dgemm(
    bool transposeA, bool transposeB, int m, int n, int k, const double *a, int lda, const double *b, int ldb, double beta,
    double *c, int ldc) {
    cblas_dgemm(
        row_major, transposeA ? transposed : not_transposed, transposeB ? transposed : not_transposed, m, n, k, 1, a, lda, b,
        ldb, beta, c, ldc);
}

void pare_blas_ssyrk(bool transpose, int n, int k, const float *a, int lda, float beta, float *c, int ldc) {
    cblas_ssyrk(row_major, upper, transpose ? transposed : not_transposed, n, k, 1, a, lda, beta, c, ldc);
}

void pare_blas_dsyrk(bool transpose, int n, int k, const double *a, int lda, double beta, double *c, int ldc) {
    cblas_dsyrk(row_major, upper, transpose ? transposed : not_transposed, n, k, 1, a, lda, beta, c, ldc);
}

// LAPACK is column-major: the upper triangle by rows is the lower one by columns, and its columns are our rows.

int pare_lapack_tridiagonalize(int n, double *matrix, double *diagonal, double *offDiagonal, double *scales) {
    int info = 0, length = -1;
    double best = 0;
    dsytrd_("L", &n, matrix, &n, diagonal, offDiagonal, scales, &best, &length, &info, 1);
    if (info != 0) return info;
    length = best < 1 ? 1 : (int)best;
    double *work = malloc(sizeof(double) * (size_t)length);
    if (!work) return no_memory;
    dsytrd_("L", &n, matrix, &n, diagonal, offDiagonal, scales, work, &length, &info, 1);
    free(work);
    return info;
}

int pare_lapack_tridiagonal_eigen(int n, double *diagonal, double *offDiagonal, double *vectors) {
    int info = 0, length = -1, integers = -1, bestIntegers = 0;
    double best = 0;
    dstedc_("I", &n, diagonal, offDiagonal, vectors, &n, &best, &length, &bestIntegers, &integers, &info, 1);
    if (info != 0) return info;
    length = best < 1 ? 1 : (int)best;
    integers = bestIntegers < 1 ? 1 : bestIntegers;
    double *work = malloc(sizeof(double) * (size_t)length);
    int *integerWork = malloc(sizeof(int) * (size_t)integers);
    if (work && integerWork) {
        dstedc_("I", &n, diagonal, offDiagonal, vectors, &n, work, &length, integerWork, &integers, &info, 1);
    } else {
        info = no_memory;
    }
    free(work);
    free(integerWork);
    return info;
}

int pare_lapack_symmetric_eigen(bool wantsVectors, int n, double *matrix, double *values) {
    int info = 0, length = -1, integers = -1, bestIntegers = 0;
    double best = 0;
    const char *job = wantsVectors ? "V" : "N";
    dsyevd_(job, "L", &n, matrix, &n, values, &best, &length, &bestIntegers, &integers, &info, 1, 1);
    if (info != 0) return info;
    length = best < 1 ? 1 : (int)best;
    integers = bestIntegers < 1 ? 1 : bestIntegers;
    double *work = malloc(sizeof(double) * (size_t)length);
    int *integerWork = malloc(sizeof(int) * (size_t)integers);
    if (work && integerWork) {
        dsyevd_(job, "L", &n, matrix, &n, values, work, &length, integerWork, &integers, &info, 1, 1);
    } else {
        info = no_memory;
    }
    free(work);
    free(integerWork);
    return info;
}

int pare_lapack_orthonormalize(int rows, int columns, double *a) {
    int info = 0, lengthQR = -1, lengthQ = -1;
    double best = 0, bestQ = 0;
    dgeqrf_(&rows, &columns, a, &rows, &best, &best, &lengthQR, &info);
    if (info != 0) return info;
    dorgqr_(&rows, &columns, &columns, a, &rows, &bestQ, &bestQ, &lengthQ, &info);
    if (info != 0) return info;
    int length = best > bestQ ? (int)best : (int)bestQ;
    if (length < 1) length = 1;
    double *work = malloc(sizeof(double) * ((size_t)length + (size_t)columns));
    if (!work) return no_memory;
    double *scales = work + length;
    dgeqrf_(&rows, &columns, a, &rows, scales, work, &length, &info);
    if (info == 0) dorgqr_(&rows, &columns, &columns, a, &rows, scales, work, &length, &info);
    free(work);
    return info;
}

int pare_lapack_cholesky_solve(int n, double *a, int count, double *b) {
    int info = 0;
    dpotrf_("L", &n, a, &n, &info, 1);
    if (info != 0) return info;
    dpotrs_("L", &n, &count, a, &n, b, &n, &info, 1);
    return info;
}

int pare_lapack_cholesky(int n, double *a) {
    int info = 0;
    dpotrf_("L", &n, a, &n, &info, 1);
    return info;
}

int pare_lapack_upper_inverse(int n, double *a) {
    int info = 0;
    dtrtri_("L", "N", &n, a, &n, &info, 1, 1);
    return info;
}

int pare_lapack_inverse_factor(int n, double *a) {
    int info = 0;
    dpotrf_("L", &n, a, &n, &info, 1);
    if (info != 0) return info;
    dtrtri_("L", "N", &n, a, &n, &info, 1, 1);
    return info;
}
