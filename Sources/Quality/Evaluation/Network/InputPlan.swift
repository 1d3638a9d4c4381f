import Datasets
import NeuralNetwork
import TensorCore

/// A network's inputs: what each is fed with, which of their dimensions count samples, and what their open extents are.
public struct InputPlan: Sendable {
    /// By the input's name.
    public internal(set) var roles: [String: InputRole] = [:]
    /// Samples on their way into inputs; none where inputs are random or a text.
    public internal(set) var feeds: [SampleFeed] = []
    /// The class of each sample; nil without labels.
    public internal(set) var labels: [Int]?
    /// Extents that nobody gave and no data has, as they are told: `height = 224`.
    public internal(set) var assumed: [String] = []
    /// The input that data goes to, the first of them where there are several.
    var data: ValueInfo
    /// The dimensions of the data input that count samples, and symbols of a text.
    var batchAxis: Int { batchAxes[data.name] ?? 0 }
    var timeAxis: Int?
    /// The dimension of every input that counts samples; inputs that have none are missing.
    public internal(set) var batchAxes: [String: Int] = [:]
    let inputs: [ValueInfo]
    /// Extents of named dimensions other than that of samples.
    var symbols: [String: Int] = [:]
    /// Shapes of inputs that were given, or are assumed.
    var given: [String: Shape] = [:]

    /// - Throws: where the network has no input that data could go to, or the data does not fit it.
    public init(_ model: Model, data set: DataSet? = nil) throws(EvaluationError) {
        guard var graph = try Self.shaped(model, set).graph else {
            throw EvaluationError("\(model.name) holds weights but no graph to run")
        }
        // What was known of other data's samples says nothing of these.
        if set != nil { graph.sampleShapes = [:] }
        inputs = graph.inputs
        let takesText = if case .text? = set?.content { true } else { false }
        let wanted = takesText ? graph.inputs.first { !$0.takesNumbers && !($0.dimensions ?? []).isEmpty } : nil
        guard let data = wanted ?? graph.inputs.first(where: { !($0.dimensions ?? []).isEmpty }) else {
            throw EvaluationError("\(model.name) has no input for data")
        }
        if takesText, data.takesNumbers {
            throw EvaluationError("\(model.name) takes numbers (\(data.name)), not the symbols of a text")
        }
        self.data = data
        let starts = graph.startStates
        giveRoles(graph, starts: starts, takesText: takesText)
        findAxes(graph, starts)
        if case .samples(let source)? = set?.content {
            guard source.count > 0 else { throw EvaluationError("\(set?.name ?? "the data") holds no samples") }
            try match(source, named: set?.name ?? "the data", graph, model)
        }
        try settleExtents(graph, model, takesText: takesText)
    }

    /// The model with the shapes that a description of data gives its inputs.
    private static func shaped(_ model: Model, _ set: DataSet?) throws(EvaluationError) -> Model {
        guard let shapes = set?.inputShapes, !shapes.isEmpty, model.graph != nil else { return model }
        do throws(Model.InputShapeFault) { return try model.given(inputShapes: shapes) } catch { throw EvaluationError(error.message) }
    }

    private mutating func giveRoles(_ graph: Graph, starts: Set<String>, takesText: Bool) {
        var freeOutputs = Array(graph.outputs.indices.dropFirst())
        for input in graph.inputs where input.name != data.name {
            if input.dimensions?.isEmpty ?? false, !input.takesNumbers {
                roles[input.name] = .bound(Self.customaryValue(of: input.name))
            } else if let position = freeOutputs.firstIndex(where: { Self.carries(graph.outputs[$0], input) }) {
                roles[input.name] = .state(output: freeOutputs.remove(at: position))
            } else if starts.contains(input.name) {
                roles[input.name] = .start
            } else if input.name.lowercased().contains("mask") {
                // A mask of padding says what does not count.
                roles[input.name] = input.elementType == .boolean && input.name.lowercased().contains("padding") ? .start : .ones
            } else {
                roles[input.name] = .random
            }
        }
        roles[data.name] = data.takesNumbers || takesText ? .data : .random
    }

    /// A sampling rate is the one number that networks commonly ask for.
    private static func customaryValue(of name: String) -> Int {
        ["sr", "sample_rate", "sampling_rate"].contains(name.lowercased()) ? 16_000 : 1
    }

    /// Whether an output can be fed back into an input.
    private static func carries(_ output: ValueInfo, _ input: ValueInfo) -> Bool {
        guard let from = output.dimensions, let to = input.dimensions, from.count == to.count, output.elementType == input.elementType
        else { return false }
        return zip(from, to).allSatisfy { pair in
            if case (.fixed(let left), .fixed(let right)) = pair { left == right } else { true }
        }
    }

    /// The same plan for a rewritten model, whose states may have fewer units.
    func transferred(to model: Model) throws(EvaluationError) -> InputPlan {
        guard let graph = model.graph else { throw EvaluationError("\(model.name) holds weights but no graph to run") }
        return InputPlan(self, inputs: graph.inputs)
    }

    private init(_ other: InputPlan, inputs: [ValueInfo]) {
        (roles, feeds, labels, assumed, timeAxis) = (other.roles, other.feeds, other.labels, other.assumed, other.timeAxis)
        (batchAxes, symbols, given, self.inputs) = (other.batchAxes, other.symbols, other.given, inputs)
        data = inputs.first { $0.name == other.data.name } ?? other.data
    }
}

extension ValueInfo {
    /// Whether floating-point numbers go in, or what is not declared.
    var takesNumbers: Bool { elementType?.isReadableAsFloat ?? true }
}
