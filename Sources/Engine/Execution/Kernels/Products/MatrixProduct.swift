import COneDNN

/// c (m, n) = a (m, k) · b (k, n) + beta · c, row-major; a transposed operand is stored as (k, m) or (n, k), and `lda`,
/// `ldb`, `ldc` are the distances between stored rows.
func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, transposeA: Bool = false, lda: Int,
    _ b: UnsafePointer<Float>, transposeB: Bool = false, ldb: Int, beta: Float = 0,
    _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
    guard m > 0, n > 0 else { return }
    guard k > 0 else {
        for row in 0..<m {
            for column in 0..<n { c[row * ldc + column] = beta == 0 ? 0 : beta * c[row * ldc + column] }
        }
        return
    }
    let status = pare_sgemm(transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, a, lda, b, ldb, beta, c, ldc)
    precondition(status == 0, "a product of \(m)·\(k) and \(k)·\(n) is refused with status \(status)")
}
