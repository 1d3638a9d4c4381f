/// Memory that a step reads or writes.
enum Argument: Sendable, Hashable {
    /// A place in the arena.
    case slot(Int)
    /// Weights or literals, arranged beforehand.
    case pack(Int)
}

/// A place in the arena, with the steps between which it is in use.
struct Slot: Sendable {
    var byteCount: Int
    /// The step that first writes it; −1 for the network's inputs.
    var first: Int
    /// The last step that reads it; the number of steps for the network's outputs.
    var last: Int
    var isInput = false
    /// Where it lies in the arena, in bytes.
    var offset = 0
}

/// One operation of a program.
struct Step: Sendable {
    enum Body: Sendable {
        case operation(Operation, [(role: Operation.Role, argument: Argument)])
        case kernel(Kernel, inputs: [(type: ValueType, argument: Argument)?], outputs: [Argument], scratch: Argument?)
    }

    var body: Body
    /// What is asked beforehand: a Boolean, and what it must be for the step to run.
    var conditions: [(argument: Argument, expected: Bool)]
    /// A rough number of multiply-accumulates, for choosing where to restart.
    var cost: Int
    /// The replaceable tensors the step reads, directly or through what follows from them.
    var weights: Set<Int>
    /// The node that the step stems from.
    var title: String
}

/// Weights or literals as a step wants them.
struct Pack: Sendable {
    enum Form: Sendable {
        /// As the value is: dense and row-major.
        case plain
        /// Float32 elements moved from one layout to another, perhaps scaled by output channel before.
        case arranged(from: Layout, to: Layout, scale: ChannelScale?)
        /// Numbers known beforehand.
        case numbers([Float])
    }

    /// nil for numbers known beforehand.
    var value: ValueID?
    var form: Form
    var byteCount: Int
    /// The replaceable tensors it follows from.
    var weights: Set<Int>
}

/// Factors by output channel of stored weights.
struct ChannelScale: Sendable, Hashable {
    var factors: [Float]
    /// Neighbouring elements that share a channel.
    var run: Int
    /// Channels that follow each other before they repeat.
    var channels: Int
    /// Repetitions before the next group of channels begins.
    var repetitions: Int

    func apply(to values: UnsafeMutableBufferPointer<Float>) {
        guard run > 0, channels > 0, repetitions > 0 else { return }
        var start = 0
        var index = 0
        while start < values.count {
            let channel = index / channels / repetitions * channels + index % channels
            let factor = factors[min(channel, factors.count - 1)]
            for position in start..<min(start + run, values.count) { values[position] *= factor }
            start += run
            index += 1
        }
    }
}
