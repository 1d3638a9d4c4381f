import Execution
import Glibc

/// What one row of an output says.
struct RowFacts: Sendable, Hashable {
    /// The class of the largest output, the lowest of equal ones.
    var best: Int32
    /// Whether that is the label's, and whether the label's is among the five largest.
    var isTopOne = false
    var isTopFive = false
    /// The negative natural logarithm of the probability given to the label.
    var loss: Float = 0
}

/// What one run of a network's outputs says.
struct RunFacts: Sendable {
    var rows: [RowFacts]
    /// Every float32 output: the rows that count, one after the other; empty where outputs are too large to keep.
    var outputs: [[Float]]
    var skipped: Int
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
    /// Whether the outputs are probabilities already.
    var areProbabilities = false
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
    func facts(_ instance: Instance, _ rows: RunRows, keepsOutputs: Bool) -> RunFacts {
        var facts = RunFacts(rows: [], outputs: [], skipped: rows.skipped)
        guard let first = outputs.first else { return facts }
        if isClassifying {
            let scores = instance.output(first).assumingMemoryBound(to: Float.self)
            for (position, row) in rows.rows.enumerated() {
                // Bounds: rows are below `rowCount`, and the output holds `rowCount × classCount` numbers.
                let scores = UnsafeBufferPointer(rebasing: scores[row * classCount..<(row + 1) * classCount])
                facts.rows.append(read(scores, label: rows.labels.isEmpty ? nil : rows.labels[position]))
            }
        }
        guard keepsOutputs, !rows.rows.isEmpty else { return facts }
        for (position, output) in outputs.enumerated() {
            let values = instance.output(output).assumingMemoryBound(to: Float.self)
            let size = rowSize(position, count: values.count)
            guard let size else {
                facts.outputs.append(Array(values))
                continue
            }
            var kept: [Float] = []
            kept.reserveCapacity(rows.rows.count * size)
            for row in rows.rows { kept.append(contentsOf: values[row * size..<(row + 1) * size]) }
            facts.outputs.append(kept)
        }
        return facts
    }

    /// Numbers of an output that belong to one row; nil where the output is not made of rows.
    private func rowSize(_ position: Int, count: Int) -> Int? {
        guard position == 0 || !isText, rowCount > 0, count % rowCount == 0 else { return nil }
        return count / rowCount
    }

    private func read(_ scores: UnsafeBufferPointer<Float>, label: Int?) -> RowFacts {
        var best = 0
        for index in scores.indices where scores[index] > scores[best] || scores[best].isNaN { best = index }
        var facts = RowFacts(best: Int32(best))
        guard let label else { return facts }
        let own = scores[label]
        var above = 0
        for index in scores.indices where scores[index] > own || (scores[index] == own && index < label) { above += 1 }
        facts.isTopOne = best == label && !own.isNaN
        facts.isTopFive = above < 5 && !own.isNaN
        facts.loss = loss(scores, own, largest: scores[best])
        return facts
    }

    private func loss(_ scores: UnsafeBufferPointer<Float>, _ own: Float, largest: Float) -> Float {
        if areProbabilities { return own.isNaN ? .nan : -logf(max(own, 1e-12)) }
        var sum: Float = 0
        for score in scores { sum += expf(score - largest) }
        return logf(sum) - (own - largest)
    }

    /// Whether a run's rows are probabilities: none negative, each adding up to 1.
    func looksLikeProbabilities(_ instance: Instance, _ rows: RunRows) -> Bool {
        guard isClassifying, let first = outputs.first, !rows.rows.isEmpty else { return false }
        let scores = instance.output(first).assumingMemoryBound(to: Float.self)
        return rows.rows.allSatisfy { row in
            let scores = scores[row * classCount..<(row + 1) * classCount]
            return scores.allSatisfy { $0 >= 0 } && abs(scores.reduce(0, +) - 1) < 1e-3
        }
    }
}
