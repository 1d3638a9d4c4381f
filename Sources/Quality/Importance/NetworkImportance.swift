import Basics
import Datasets
import Evaluation
import Execution
import NeuralNetwork

/// What the data says of a network's layers, had from one pass forwards and backwards over a few samples.
public struct NetworkImportance: Sendable {
    /// By layer of the model; nil for those with a reason.
    public let layers: [LayerImportance?]
    /// Why the data says nothing of a layer, in words, by layer.
    public let reasons: [Int: String]
    /// What the loss is of.
    public let answer: Answer
    /// Samples (windows of a text) that were looked at.
    public let sampleCount: Int
    /// Whether they were random inputs, for want of data.
    public let isRandom: Bool
    let wholes = WholeLosses()

    /// Samples that say enough, where there are as many, within what the network's cost allows.
    static func samples(for model: Model) -> Int {
        let cost = max(1, model.macs.count ?? 1)
        return min(256, max(32, 300_000_000_000 / 3 / cost))
    }

    /// The inputs by which a model is looked at: the first samples in the order by which a reconstruction draws its own, so that what judges
    /// that one is none of them. Random ones without data.
    ///
    /// - Throws: where the network cannot be run or the data does not fit it.
    public static func inputs(of model: Model, from data: DataSet?) throws(EvaluationError) -> CalibrationInputs {
        let wanted = samples(for: model)
        guard let data = data?.inputs(of: model) else { return try CalibrationInputs(model, data: nil, samples: wanted) }
        let taken = Self.taken(of: model, from: data)
        return try CalibrationInputs(model, data: data.drawn(0..<taken, seed: 0), samples: taken)
    }

    /// How many samples of data those are.
    public static func taken(of model: Model, from data: DataSet) -> Int {
        max(1, min(samples(for: model), data.drawableCount * 2 / 3))
    }

    /// Runs a model over inputs, both ways. Labels are drawn by `seed` from the model's own distribution. `progress` gets the fraction done.
    ///
    /// The same inputs and seed give the same numbers, on however many threads.
    ///
    /// - Throws: `Cancelled`, an `ImportanceError`, or where the network cannot be run.
    public static func measure(
        _ model: Model, on inputs: CalibrationInputs, seed: UInt64 = 0,
        cancellation: CancellationToken = CancellationToken(), progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws -> NetworkImportance {
        guard model.graph != nil else { throw ImportanceError("\(model.name) holds weights but no graph to run") }
        var (observed, reasons) = ObservedLayer.all(of: model)
        let program = try compiled(model, inputs, observed: Set(observed.map(\.observed)))
        guard let draw = AnswerDraw(inputs, program) else { throw ImportanceError("\(model.name) gives no numbers as its answer") }
        var layers: [ObservedLayer] = []
        for layer in observed {
            do throws(LinearOperator.Obstacle) {
                _ = try ImportanceTally(layer, program, inputs)
                layers.append(layer)
            } catch { reasons[layer.layer] = error.reason }
        }
        observed = layers
        let pass = ImportancePass(program: program, draw: draw, layers: observed, inputs: inputs, seed: seed)
        let whole = try pass.run(cancellation: cancellation, progress: progress)
        var found = Array(repeating: LayerImportance?.none, count: model.layers.count)
        for (layer, tally) in zip(observed, whole.tallies) {
            guard let tally, tally.sums.places > 0 else {
                reasons[layer.layer] = "no answer depends on it"
                continue
            }
            let importance = LayerImportance(layer.layer, layer.operation, tally, whole.looked, isNumbers: draw.form == .numbers)
            if importance.outputs.allSatisfy(\.isFinite) {
                found[layer.layer] = importance
            } else {
                reasons[layer.layer] = "its gradients are no numbers"
            }
        }
        return NetworkImportance(
            layers: found, reasons: reasons, answer: inputs.answer, sampleCount: inputs.sampleCount,
            isRandom: inputs.isRandom)
    }

    private static func compiled(
        _ model: Model, _ inputs: CalibrationInputs, observed: Set<String>
    ) throws -> TrainingProgram {
        var options = TrainingOptions()
        options.parameters = []
        options.statistics = .frozen
        options.drops = false
        options.observed = observed
        // Outputs of graphs come first in what a program gives.
        options.lossOutputs = [model.graph?.outputs.firstIndex { $0.name == inputs.answer.output } ?? 0]
        do throws(ExecutionError) {
            return try TrainingProgram(model, shapes: inputs.shapes, bound: inputs.bound, options: options)
        } catch { throw ImportanceError(error.message) }
    }
}

extension LayerImportance {
    /// The means of what was added up.
    fileprivate init(_ layer: Int, _ operation: LinearOperator, _ tally: ImportanceTally, _ looked: AnswerDraw.Looked, isNumbers: Bool) {
        self.layer = layer
        self.operation = operation
        // Errors of numbers count as a share of their variance.
        let unit = Double(max(1, looked.answers)) * (isNumbers ? max(looked.variance, .leastNormalMagnitude) : 1)
        moments = (0..<operation.groups).map { tally.moments($0) }
        means = tally.sums.means.map { Float($0 / Double(max(1, tally.sums.places))) }
        plainMoments = (0..<operation.groups).map { tally.plainMoments($0) }
        outputs = (0..<operation.groups).flatMap { tally.importance($0) }.map { $0 / unit }
        plainOutputs = tally.sums.slopes.map { $0 / unit }
    }
}
