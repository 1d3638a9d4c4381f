import NeuralNetwork
import TensorCore

/// A value of the network, whichever subgraph it is in; an index into `Trace.values`.
typealias ValueID = Int

/// Where a value comes from.
enum ValueSource: Sendable {
    /// Known beforehand and never changing.
    case literal(Tensor)
    /// A stored tensor that a plan may replace, by its index in the model.
    case weight(Int)
    /// Follows from weights and literals; computed anew when one of them is replaced. An index into `Trace.derivations`.
    case derived(Int)
    /// A stored tensor that training changes, by its index in the model.
    case parameter(Int)
    /// Provided by the caller: an index into the program's inputs.
    case input(Int)
    /// Computed while the network runs.
    case computed
}

struct Value: Sendable {
    var name: String
    var type: ValueType
    var source: ValueSource
    /// The element type that the file gives the value, where that is a shorter or longer floating-point number than the one
    /// the network is run with.
    var declared: ElementType?

    var isRuntime: Bool {
        switch source {
        case .parameter, .input, .computed: true
        case .literal, .weight, .derived: false
        }
    }

    var literal: Tensor? {
        if case .literal(let tensor) = source { tensor } else { nil }
    }
}

/// A condition that holds where a node of an `If`'s branch runs.
struct Guard: Sendable, Hashable {
    var condition: ValueID
    var expected: Bool
}

/// A node as it runs, its branches laid flat.
struct TracedNode: Sendable {
    var node: Node
    /// As messages name it.
    var title: String
    var operatorSet: Int
    var inputs: [ValueID?]
    var outputs: [ValueID]
    var kernel: Kernel
    var guards: [Guard]
}

/// A value that follows from weights alone: one output of a kernel.
struct Derivation: Sendable {
    var kernel: Kernel
    var inputs: [ValueID?]
    var output: Int
    /// The replaceable tensors it follows from.
    var weights: Set<Int>
}

/// A graph at fixed input shapes: every value's type known, constants folded, branches laid flat.
struct Trace: Sendable {
    var values: [Value] = []
    var nodes: [TracedNode] = []
    var derivations: [Derivation] = []
    var inputs: [ValueID] = []
    var outputs: [ValueID] = []

    /// The replaceable tensors a value follows from; none for literals and runtime values.
    func weights(of value: ValueID) -> Set<Int> {
        switch values[value].source {
        case .weight(let index): [index]
        case .derived(let index): derivations[index].weights
        case .literal, .parameter, .input, .computed: []
        }
    }
}
