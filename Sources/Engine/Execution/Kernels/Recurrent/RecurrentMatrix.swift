import CVectorMath

/// The transpose of recurrent weights (rows, depth) as it is multiplied at every time step: packed where that pays off.
struct RecurrentMatrix: Sendable {
    let rows: Int
    let depth: Int
    let isPacked: Bool

    /// Floats of working memory.
    let packedCount: Int

    /// Packing takes as long as about eight steps; it halves the time of a step of several rows, and hardly changes a
    /// step of one row, which waits for memory.
    init(rows: Int, depth: Int, steps: Int, batch: Int) throws(KernelFault) {
        self.rows = rows
        self.depth = depth
        isPacked = batch > 1 ? steps >= 16 : steps >= 128
        let panel = Int(PARE_PANEL_WIDTH)
        packedCount = isPacked ? try checkedProduct(depth, (rows + panel - 1) / panel, panel) : 0
    }

    func pack(_ weights: UnsafePointer<Float>, to packed: UnsafeMutablePointer<Float>) {
        if isPacked { pare_pack_transposed(weights, rows, depth, packed) }
    }

    /// target (batch, rows) += state (batch, depth) · weightsᵀ
    func multiplyAdd(
        _ state: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, packed: UnsafePointer<Float>, batch: Int,
        to target: UnsafeMutablePointer<Float>, stride: Int
    ) {
        if isPacked {
            pare_packed_product(batch, rows, depth, state, depth, packed, target, stride)
        } else {
            multiply(
                batch, rows, depth, state, lda: max(depth, 1), weights, transposeB: true, ldb: max(depth, 1), beta: 1,
                target, ldc: max(stride, 1))
        }
    }
}
