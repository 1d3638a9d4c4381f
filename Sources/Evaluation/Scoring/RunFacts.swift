import Execution

/// What one run of a network's outputs says.
struct RunFacts: Sendable {
    /// What each row that counts says of its label; empty without labels.
    var outcomes: [SampleOutcome] = []
    /// The class each row that counts names; empty with labels, where outcomes hold it, and where rows are no classes.
    var predictions: [Int32] = []
    /// Every float32 output: the rows that count, one after the other; empty where outputs are too large to keep.
    var outputs: [[Float]] = []
    /// What a classifier says of the first output's rows, where they are images that are judged.
    var images: ImageFacts?
}

/// How the outputs of a network are read.
struct Reading: Sendable {
    /// Positions of the float32 outputs in the program's.
    var outputs: [Int]
    /// Rows of the first output: samples, or symbols of a text; other outputs of a text are one row.
    var rowCount: Int
    /// Numbers a row of the first output holds: classes, where rows are classified.
    var classCount: Int
    /// Whether rows are scores of classes.
    var isClassifying: Bool
    /// What the outputs are; decided by what the original's first are.
    var scale = OutputScale.logits
    var isText: Bool

    init(_ network: Network, time: Int?) {
        let program = network.program
        outputs = program.outputs.indices.filter { program.outputs[$0].elementType == .float32 }
        isText = time != nil
        rowCount = network.batch * (time ?? 1)
        let main = outputs.first.map { program.outputs[$0].shape }
        let count = main?.count ?? 0
        classCount = rowCount > 0 ? count / rowCount : 0
        // Trailing axes of 1 are what a global pooling leaves.
        var extents = main?.dimensions ?? []
        while extents.count > (isText ? 3 : 2), extents.last == 1 { extents.removeLast() }
        isClassifying = classCount >= 2 && extents.count == (isText ? 3 : 2) && extents.last == classCount
    }

    /// Reads an instance's outputs after a run.
    func facts(_ instance: Instance, _ rows: RunRows) -> RunFacts {
        var facts = RunFacts()
        guard !rows.rows.isEmpty else { return facts }
        for (position, output) in outputs.enumerated() {
            let values = instance.output(output).assumingMemoryBound(to: Float.self)
            guard let size = rowSize(position, count: values.count) else {
                facts.outputs.append(Array(values))
                continue
            }
            // Bounds: rows are below `rowCount`, and the output holds `rowCount × size` numbers.
            var kept: [Float] = []
            kept.reserveCapacity(rows.rows.count * size)
            for row in rows.rows { kept.append(contentsOf: values[row * size..<(row + 1) * size]) }
            facts.outputs.append(kept)
        }
        guard isClassifying else { return facts }
        facts.outputs[0].withUnsafeBufferPointer { scores in
            if rows.labels.isEmpty {
                facts.predictions = SampleOutcome.predictions(scores, classCount: classCount)
            } else {
                facts.outcomes = SampleOutcome.read(scores, classCount: classCount, labels: rows.labels, scale: scale)
            }
        }
        return facts
    }

    /// Numbers of an output that belong to one row; nil where the output is not made of rows.
    private func rowSize(_ position: Int, count: Int) -> Int? {
        guard position == 0 || !isText, rowCount > 0, count % rowCount == 0 else { return nil }
        return count / rowCount
    }

    /// Decides what the outputs are by those of a run of the original.
    mutating func settleScale(_ instance: Instance, _ rows: RunRows) {
        guard isClassifying, let first = outputs.first else { return }
        let scores = instance.output(first).assumingMemoryBound(to: Float.self)
        let kept = rows.rows.flatMap { scores[$0 * classCount..<($0 + 1) * classCount] }
        kept.withUnsafeBufferPointer { scale = OutputScale(deciding: $0, classCount: classCount) }
    }
}
