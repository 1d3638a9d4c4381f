import COneDNN
import Glibc
import TensorCore

/// A training program with its memory: parameters, gradients and activations.
///
/// Sendable because whoever holds it lets one thread at a time use it.
public final class TrainingInstance: @unchecked Sendable {
    public let program: TrainingProgram
    private let arena: AlignedBuffer
    private let stream: OpaquePointer
    private var bodies: [Body] = []

    private enum Body {
        case call(OpaquePointer)
        case kernel(Kernel, inputs: [TensorView?], outputs: [MutableTensorView], scratch: UnsafeMutableRawPointer)
        case routine(Routine, UnsafeMutablePointer<UnsafeMutableRawPointer>)
    }

    /// The parameters are as the model stores them.
    ///
    /// - Throws: where memory runs out.
    public init(_ program: TrainingProgram) throws(ExecutionError) {
        guard let arena = AlignedBuffer(byteCount: program.arenaByteCount) else {
            throw ExecutionError("\(program.arenaByteCount >> 20) MB of memory for training are not there")
        }
        guard let stream = pare_stream_create() else { throw ExecutionError("oneDNN could not be started") }
        self.program = program
        self.arena = arena
        self.stream = stream
        for (slot, tensor) in program.literals { copy(tensor, to: pointer(slot)) }
        for (parameter, slot) in zip(program.parameters, program.parameterSlots) {
            copy(try program.model.tensors[parameter.tensor].read(), to: pointer(slot))
        }
        pare_set_threads(Int32(program.threads))
        for step in program.steps { bodies.append(try body(of: step)) }
    }

    deinit {
        for body in bodies {
            switch body {
            case .call(let call): pare_call_free(call)
            case .routine(_, let pointers): pointers.deallocate()
            case .kernel: break
            }
        }
        pare_stream_free(stream)
    }

    private func body(of step: TrainingStep) throws(ExecutionError) -> Body {
        switch step.body {
        case .operation(let operation, let arguments):
            let memory = arguments.map { Optional(pointer($0.slot)) }
            guard let call = pare_call_create(operation.pointer, Int32(memory.count), arguments.map { $0.role.number }, memory)
            else { throw ExecutionError("\(step.title) could not be prepared") }
            return .call(call)
        case .kernel(let kernel, let inputs, let outputs, let scratch):
            return .kernel(
                kernel,
                inputs: inputs.map { input in
                    input.map { TensorView(type: $0.type, bytes: UnsafeRawPointer(pointer($0.slot))) }
                },
                outputs: zip(kernel.outputs, outputs).map { MutableTensorView(type: $0, bytes: pointer($1)) },
                scratch: scratch.map { pointer($0) } ?? arena.base)
        case .routine(let routine, let arguments):
            let pointers = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: max(1, arguments.count))
            for (index, slot) in arguments.enumerated() { (pointers + index).initialize(to: pointer(slot)) }
            return .routine(routine, pointers)
        }
    }

    private func pointer(_ slot: Int) -> UnsafeMutableRawPointer { arena.base + program.slots[slot].offset }

    private func floats(_ slot: Int) -> UnsafeMutableBufferPointer<Float> {
        // Bounds: a slot of float32 has `byteCount` bytes, planned within the arena.
        UnsafeMutableBufferPointer(
            start: pointer(slot).assumingMemoryBound(to: Float.self), count: program.slots[slot].byteCount / 4)
    }

    private func copy(_ tensor: Tensor, to target: UnsafeMutableRawPointer) {
        guard tensor.elementType.isReadableAsFloat else {
            tensor.storage.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
            }
            return
        }
        let floats = target.assumingMemoryBound(to: Float.self)
        tensor.forEachChunk { offset, chunk in
            if let base = chunk.baseAddress { (floats + offset).update(from: base, count: chunk.count) }
        }
    }

    /// The memory of an input, to be written before every forward pass.
    public func input(_ index: Int) -> UnsafeMutableRawBufferPointer {
        let slot = program.inputSlots[index]
        return UnsafeMutableRawBufferPointer(start: pointer(slot), count: program.slots[slot].byteCount)
    }

    /// An output after a forward pass, until the next.
    public func output(_ index: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: floats(program.outputSlots[index])[..<program.outputs[index].shape.count])
    }

    /// Where the loss's gradient at an output is written between the passes. The output must be one that a loss looks at.
    public func outputGradient(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        guard let slot = program.outputGradientSlots[index] else {
            preconditionFailure("output \(index) was not compiled for a loss")
        }
        return floats(slot)
    }

    /// The gradient at an input after a backward pass; nil where it was not asked for.
    public func inputGradient(_ index: Int) -> UnsafeBufferPointer<Float>? {
        program.inputGradientSlots[index].map { UnsafeBufferPointer(floats($0)) }
    }

    /// What was kept of an observed node after a backward pass; nil where no loss depends on it.
    public func observation(_ name: String) -> NodeObservation? {
        guard let slots = program.observations[name], let gradient = slots.gradient else { return nil }
        return NodeObservation(
            input: UnsafeBufferPointer(floats(slots.input)), gradient: UnsafeBufferPointer(floats(gradient)),
            recurrentGradient: slots.recurrentGradient.map { UnsafeBufferPointer(floats($0)) },
            states: slots.states.map { UnsafeBufferPointer(floats($0)) })
    }

    /// A parameter's elements, by its position in the program's parameters.
    public func parameter(_ index: Int) -> UnsafeMutableBufferPointer<Float> { floats(program.parameterSlots[index]) }

    /// The gradient of a parameter after a backward pass; nil for statistics.
    public func gradient(_ index: Int) -> UnsafeMutableBufferPointer<Float>? {
        program.gradientSlots[index].map { floats($0) }
    }

    /// Computes the outputs; `seed` is for what is random on the way.
    ///
    /// - Throws: where an operation fails, naming its node.
    public func forward(seed: UInt64 = 0) throws(ExecutionError) { try run(0..<program.forwardCount, seed) }

    /// Computes the gradients of what the forward pass before it read; the seed must be the same.
    ///
    /// - Throws: where an operation fails, naming its node.
    public func backward(seed: UInt64 = 0) throws(ExecutionError) {
        try run(program.forwardCount..<program.steps.count, seed)
    }

    private func run(_ range: Range<Int>, _ seed: UInt64) throws(ExecutionError) {
        pare_set_threads(Int32(program.threads))
        for index in range {
            switch bodies[index] {
            case .call(let call):
                guard pare_call_run(call, stream) else { throw ExecutionError("\(program.steps[index].title) failed") }
            case .kernel(let kernel, let inputs, let outputs, let scratch): kernel.run(inputs, outputs, scratch)
            case .routine(let routine, let pointers): routine(RoutineMemory(pointers: UnsafePointer(pointers), seed: seed))
            }
        }
    }
}
