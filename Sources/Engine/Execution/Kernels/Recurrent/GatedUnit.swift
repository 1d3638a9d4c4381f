import CVectorMath

extension KernelLibrary {
    static let gatedUnit: Maker = { context throws(KernelFault) in
        let layout = try RecurrentLayout(context, gates: 3, defaults: [.sigmoid, .tanh])
        return try GatedUnit(layout: layout, resetsProduct: context.flag("linear_before_reset")).kernel(context)
    }

    static let simpleUnit: Maker = { context throws(KernelFault) in
        let layout = try RecurrentLayout(context, gates: 1, defaults: [.tanh])
        return try SimpleUnit(layout: layout).kernel(context)
    }
}

/// Gates in the order update, reset, candidate.
private struct GatedUnit: RecurrentCell {
    let layout: RecurrentLayout
    /// Whether the reset gate scales H · Rᵀ + bias, rather than H before the product.
    let resetsProduct: Bool
    /// The weights of the update and reset gates, and those of the candidate.
    let gateMatrix: RecurrentMatrix
    let candidateMatrix: RecurrentMatrix

    init(layout: RecurrentLayout, resetsProduct: Bool) throws(KernelFault) {
        self.layout = layout
        self.resetsProduct = resetsProduct
        let (hidden, steps) = (layout.hidden, layout.sequence)
        gateMatrix = try RecurrentMatrix(rows: 2 * hidden, depth: hidden, steps: steps, batch: layout.batch)
        candidateMatrix = try RecurrentMatrix(rows: hidden, depth: hidden, steps: steps, batch: layout.batch)
    }

    var hasCellState: Bool { false }

    /// The states that are reset, or their products, and the packed weights.
    var workCount: Int { layout.stateCount + gateMatrix.packedCount + candidateMatrix.packedCount }

    func addsRecurrentBias(row: Int) -> Bool { !resetsProduct || row < 2 * layout.hidden }

    private func packed(_ direction: RecurrentDirection) -> UnsafeMutablePointer<Float> {
        direction.work + layout.stateCount
    }

    private func packedCandidate(_ direction: RecurrentDirection) -> UnsafeMutablePointer<Float> {
        packed(direction) + gateMatrix.packedCount
    }

    func begin(_ direction: RecurrentDirection) {
        gateMatrix.pack(direction.recurrence, to: packed(direction))
        candidateMatrix.pack(
            direction.recurrence + 2 * layout.hidden * layout.hidden, to: packedCandidate(direction))
    }

    func step(_ direction: RecurrentDirection, gates: UnsafeMutablePointer<Float>, isActive: (Int) -> Bool) {
        let width = layout.hidden
        let rowCount = layout.rowCount
        let functions = layout.functions[direction.index]
        let (hidden, work) = (direction.hidden, direction.work)
        let candidateWeights = direction.recurrence + 2 * width * width
        gateMatrix.multiplyAdd(
            hidden, direction.recurrence, packed: packed(direction), batch: layout.batch, to: gates, stride: rowCount)
        for item in 0..<layout.batch {
            let row = gates + item * rowCount
            clip(row, 2 * width)
            functions[0].apply(row, 2 * width)
        }
        if resetsProduct {
            for item in 0..<layout.batch {
                let product = work + item * width
                if let bias = direction.recurrentBias {
                    product.update(from: bias + 2 * width, count: width)
                } else {
                    product.update(repeating: 0, count: width)
                }
            }
            candidateMatrix.multiplyAdd(
                hidden, candidateWeights, packed: packedCandidate(direction), batch: layout.batch, to: work, stride: width)
            for item in 0..<layout.batch {
                let row = gates + item * rowCount
                let product = work + item * width
                pare_zip(pare_multiply_function, row + width, 1, product, 1, product, width)
                pare_zip(pare_add_function, row + 2 * width, 1, product, 1, row + 2 * width, width)
            }
        } else {
            for item in 0..<layout.batch {
                pare_zip(
                    pare_multiply_function, gates + item * rowCount + width, 1, hidden + item * width, 1,
                    work + item * width, width)
            }
            candidateMatrix.multiplyAdd(
                work, candidateWeights, packed: packedCandidate(direction), batch: layout.batch, to: gates + 2 * width,
                stride: rowCount)
        }
        for item in 0..<layout.batch where isActive(item) {
            let row = gates + item * rowCount
            let candidate = row + 2 * width
            clip(candidate, width)
            functions[1].apply(candidate, width)
            pare_mix(row, hidden + item * width, candidate, hidden + item * width, width)
        }
    }
}

/// H = f(X · Wᵀ + H · Rᵀ + biases)
private struct SimpleUnit: RecurrentCell {
    let layout: RecurrentLayout
    let matrix: RecurrentMatrix

    init(layout: RecurrentLayout) throws(KernelFault) {
        self.layout = layout
        matrix = try RecurrentMatrix(
            rows: layout.hidden, depth: layout.hidden, steps: layout.sequence, batch: layout.batch)
    }

    var hasCellState: Bool { false }
    var workCount: Int { matrix.packedCount }
    func addsRecurrentBias(row: Int) -> Bool { true }
    func begin(_ direction: RecurrentDirection) { matrix.pack(direction.recurrence, to: direction.work) }

    func step(_ direction: RecurrentDirection, gates: UnsafeMutablePointer<Float>, isActive: (Int) -> Bool) {
        let width = layout.hidden
        matrix.multiplyAdd(
            direction.hidden, direction.recurrence, packed: direction.work, batch: layout.batch, to: gates, stride: width)
        for item in 0..<layout.batch where isActive(item) {
            let row = gates + item * width
            clip(row, width)
            layout.functions[direction.index][0].apply(row, to: direction.hidden + item * width, width)
        }
    }
}
