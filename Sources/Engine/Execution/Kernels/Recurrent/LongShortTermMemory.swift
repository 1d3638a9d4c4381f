import CVectorMath

extension KernelLibrary {
    /// Operators that carry a state from one time step to the next.
    static let recurrent: [String: Maker] = ["LSTM": longShortTermMemory, "GRU": gatedUnit, "RNN": simpleUnit]

    private static let longShortTermMemory: Maker = { context throws(KernelFault) in
        let layout = try RecurrentLayout(context, gates: 4, defaults: [.sigmoid, .tanh, .tanh])
        return try LongShortTermMemory(layout: layout, couplesGates: context.flag("input_forget")).kernel(context)
    }
}

/// Gates in the order input, output, forget, candidate; peepholes input, output, forget.
private struct LongShortTermMemory: RecurrentCell {
    let layout: RecurrentLayout
    /// Whether what is forgotten makes room for what is taken in: f = 1 − i.
    let couplesGates: Bool
    let matrix: RecurrentMatrix

    init(layout: RecurrentLayout, couplesGates: Bool) throws(KernelFault) {
        self.layout = layout
        self.couplesGates = couplesGates
        matrix = try RecurrentMatrix(
            rows: layout.rowCount, depth: layout.hidden, steps: layout.sequence, batch: layout.batch)
    }

    var hasCellState: Bool { true }
    var workCount: Int { matrix.packedCount + layout.hidden }
    func addsRecurrentBias(row: Int) -> Bool { true }

    private func packed(_ direction: RecurrentDirection) -> UnsafeMutablePointer<Float> {
        direction.work + layout.hidden
    }

    func begin(_ direction: RecurrentDirection) { matrix.pack(direction.recurrence, to: packed(direction)) }

    func step(_ direction: RecurrentDirection, gates: UnsafeMutablePointer<Float>, isActive: (Int) -> Bool) {
        let width = layout.hidden
        let functions = layout.functions[direction.index]
        let work = direction.work
        matrix.multiplyAdd(
            direction.hidden, direction.recurrence, packed: packed(direction), batch: layout.batch, to: gates,
            stride: layout.rowCount)
        for item in 0..<layout.batch where isActive(item) {
            let row = gates + item * layout.rowCount
            let (input, output, forget, candidate) = (row, row + width, row + 2 * width, row + 3 * width)
            let cell = direction.cell + item * width
            let hidden = direction.hidden + item * width
            if let peepholes = direction.peepholes {
                for index in 0..<width {
                    input[index] += peepholes[index] * cell[index]
                    forget[index] += peepholes[2 * width + index] * cell[index]
                }
            }
            if direction.peepholes == nil, layout.clip == nil, !couplesGates {
                functions[0].apply(row, 3 * width)
                functions[1].apply(candidate, width)
                pare_update_cell(input, forget, candidate, cell, width)
            } else {
                clip(input, width)
                functions[0].apply(input, width)
                if couplesGates {
                    pare_map(pare_affine_function, input, forget, width, -1, 1)
                } else {
                    clip(forget, width)
                    functions[0].apply(forget, width)
                }
                clip(candidate, width)
                functions[1].apply(candidate, width)
                pare_update_cell(input, forget, candidate, cell, width)
                if let peepholes = direction.peepholes {
                    for index in 0..<width { output[index] += peepholes[width + index] * cell[index] }
                }
                clip(output, width)
                functions[0].apply(output, width)
            }
            functions[2].apply(cell, to: work, width)
            pare_zip(pare_multiply_function, output, 1, work, 1, hidden, width)
        }
    }
}
