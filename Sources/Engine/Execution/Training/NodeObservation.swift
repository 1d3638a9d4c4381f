import NeuralNetwork
import TensorCore

/// What a training program keeps of a node that is linear in its weights: what they are multiplied by, and the gradient at the products.
public struct NodeObservation {
    /// The node's first input, dense and row-major.
    public var input: UnsafeBufferPointer<Float>
    /// The gradient at the first output; of recurrent nodes that at the gates (direction, step, sequence, gate rows), as the input
    /// weights have it.
    public var gradient: UnsafeBufferPointer<Float>
    /// Of recurrent nodes, the same as the recurrent weights have it; nil elsewhere.
    public var recurrentGradient: UnsafeBufferPointer<Float>?
    /// Of recurrent nodes, the states of all steps (step, direction, sequence, unit); nil elsewhere.
    public var states: UnsafeBufferPointer<Float>?
}

/// The slots of an observation.
struct ObservedSlots: Sendable {
    /// Of the input, and of the first output.
    var shapes: (input: Shape, output: Shape)
    var input: Int
    /// nil where no loss depends on the node.
    var gradient: Int?
    var recurrentGradient: Int?
    var states: Int?
}

extension TrainingLowering {
    /// The name under which a node is observed; nil where it is not.
    func observedName(_ node: TracedNode) -> String? {
        options.observed.isEmpty ? nil : node.node.outputs.first { options.observed.contains($0) }
    }

    /// Keeps what an observed node reads, and the gradient at its output once it is whole. Called when its own steps are emitted, so that
    /// its way back has not begun then.
    mutating func observe(_ node: TracedNode) throws(ExecutionError) {
        guard let name = observedName(node), let source = node.inputs.first ?? nil, let output = node.outputs.first else { return }
        let input = try plain(source)
        keep(input)
        observations[name] = ObservedSlots(shapes: (type(source).shape, type(output).shape), input: input)
        guard !["LSTM", "GRU", "RNN"].contains(node.node.operation) else { return }
        afterwards(node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            builder.keep(gradient)
            builder.observations[name]?.gradient = gradient
        }
    }

    /// The gradients at the gates of a recurrent node, if it is observed.
    mutating func observe(_ node: TracedNode, gates: Int, recurrent: Int, states: Int) {
        guard let name = observedName(node), var known = observations[name] else { return }
        for slot in [gates, recurrent, states] { keep(slot) }
        (known.gradient, known.recurrentGradient, known.states) = (gates, recurrent, states)
        observations[name] = known
    }

    private mutating func keep(_ slot: Int) { slots[slot].last = .max }
}
