/// A thin layer over OpenBLAS and the LAPACK inside it: row-major products and steps of the symmetric
/// eigenproblem. Declares what it calls itself, so that neither cblas.h nor lapacke.h has to be found.
#ifndef PARE_OPENBLAS_H
#define PARE_OPENBLAS_H

#include <stdbool.h>
#include <stddef.h>

/// How many threads OpenBLAS may use, from now on and for every caller in the process.
void pare_blas_set_threads(int count);

/// c (m, n) = a (m, k) · b (k, n) + beta · c, row-major; a transposed operand is stored as (k, m) or (n, k).
void pare_blas_sgemm(
    bool transposeA, bool transposeB, int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta,
    float *c, int ldc);
void pare_blas_dgemm(
    bool transposeA, bool transposeB, int m, int n, int k, const double *a, int lda, const double *b, int ldb, double beta,
    double *c, int ldc);

/// The upper triangle of c (n, n) = a · aᵀ + beta · c with a of (n, k), or with `transpose` aᵀ · a with a of (k, n); row-major.
void pare_blas_ssyrk(bool transpose, int n, int k, const float *a, int lda, float beta, float *c, int ldc);
void pare_blas_dsyrk(bool transpose, int n, int k, const double *a, int lda, double beta, double *c, int ldc);

/// Step 1: a symmetric matrix, whose upper triangle (row-major) is read, becomes tridiagonal: `diagonal` (n), `offDiagonal`
/// (n − 1). The reflections stay in `matrix`, vector i in row i from element i + 2 on behind an implied 1, and in `scales`
/// (n − 1). Returns LAPACK's info; −1000 where memory lacks.
int pare_lapack_tridiagonalize(int n, double *matrix, double *diagonal, double *offDiagonal, double *scales);

/// Step 2: eigenvalues, ascending, into `diagonal`; eigenvectors of the tridiagonal matrix as the rows of `vectors` (n, n).
int pare_lapack_tridiagonal_eigen(int n, double *diagonal, double *offDiagonal, double *vectors);

/// Eigenvalues, ascending, into `values` (n) of a symmetric matrix, whose upper triangle (row-major) is read and overwritten; with
/// `wantsVectors` its rows become the unit eigenvectors, in the same order. Returns LAPACK's info; −1000 where memory lacks.
int pare_lapack_symmetric_eigen(bool wantsVectors, int n, double *matrix, double *values);

/// The thin factor Q of a (rows, columns ≤ rows), column-major, in place.
int pare_lapack_orthonormalize(int rows, int columns, double *a);

/// Solves x · a = b for the rows of b (count, n), in place, with a symmetric and positive definite: its upper triangle
/// (row-major) is read and overwritten. Returns LAPACK's info: above 0 where a is not positive definite; b is then as it was.
int pare_lapack_cholesky_solve(int n, double *a, int count, double *b);

/// The upper Cholesky factor U of a symmetric positive definite matrix = Uᵀ · U, row-major, in the upper triangle, which alone is read and
/// written. Returns LAPACK's info: above 0 where the matrix is not positive definite.
int pare_lapack_cholesky(int n, double *a);

/// The inverse of an upper triangle (row-major), in place. Returns LAPACK's info: above 0 where it is singular.
int pare_lapack_upper_inverse(int n, double *a);

/// The inverse of the lower Cholesky factor of a symmetric positive definite matrix: row r, column c ≤ r of it at a[c · n + r]. Greater
/// than 0 where the matrix is not positive definite.
int pare_lapack_inverse_factor(int n, double *a);

#endif
