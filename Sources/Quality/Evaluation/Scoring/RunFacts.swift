import Datasets
import Execution
import NeuralNetwork

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
    /// Where samples lie in each output; nil where it is not made of samples.
    private let axes: [SampleAxis?]

    /// Classes at each place of a sample's first output, as of pixels; nil where there are none.
    let dense: DenseClasses?

    init(_ network: Network, time: Int?, graph: Graph?) {
        let program = network.program
        let outputs = program.outputs.indices.filter { program.outputs[$0].elementType == .float32 }
        self.outputs = outputs
        axes = outputs.map { network.outputAxes[$0] }
        isText = time != nil && network.positions(time: time) != nil
        rowCount = network.batch * (isText ? time ?? 1 : 1)
        let count = outputs.first.map { program.outputs[$0].shape.count } ?? 0
        let perRow = rowCount > 0 && count % rowCount == 0 ? count / rowCount : 0
        guard let main = outputs.first, !isText else {
            classCount = perRow
            // What is made of random symbols need not be scores of the next ones: hidden states are none.
            let scores = network.plan.roles[network.plan.data.name] == .data || outputs.first.flatMap { graph?.head(of: program.outputs[$0].name) } != nil
            isClassifying = perRow >= 2 && scores
            dense = nil
            return
        }
        // Axes of 1 behind the classes are what a global pooling leaves, those before the samples a recurrent layer's directions.
        var extents = network.sampleExtents(ofOutput: main) ?? []
        while extents.count > 1, extents.last == 1 { extents.removeLast() }
        classCount = perRow
        isClassifying = extents == [perRow] && perRow >= 2
        dense = isClassifying ? nil : graph.flatMap { DenseClasses($0, program.outputs[main].name, extents: extents) }
    }

    /// Reads an instance's outputs after a run.
    func facts(_ instance: Instance, _ rows: RunRows) -> RunFacts {
        var facts = RunFacts()
        guard !rows.rows.isEmpty else { return facts }
        for (position, output) in outputs.enumerated() {
            let values = instance.output(output).assumingMemoryBound(to: Float.self)
            var kept: [Float] = []
            if isText, position == 0 {
                // Bounds: rows are below `rowCount`, and the output holds `rowCount × classCount` numbers.
                kept.reserveCapacity(rows.rows.count * classCount)
                for row in rows.rows { kept.append(contentsOf: values[row * classCount..<(row + 1) * classCount]) }
            } else if !isText, let axis = axes[position] {
                kept.reserveCapacity(rows.rows.count * axis.sampleCount)
                for row in rows.rows { for piece in axis.pieces(of: row) { kept.append(contentsOf: values[piece]) } }
            } else {
                kept = Array(values)
            }
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

    /// Decides what the outputs are by those of a run of the original.
    mutating func settleScale(_ instance: Instance, _ rows: RunRows) {
        guard isClassifying, let first = outputs.first else { return }
        let scores = instance.output(first).assumingMemoryBound(to: Float.self)
        let kept = rows.rows.flatMap { scores[$0 * classCount..<($0 + 1) * classCount] }
        kept.withUnsafeBufferPointer { scale = OutputScale(deciding: $0, classCount: classCount) }
    }
}
