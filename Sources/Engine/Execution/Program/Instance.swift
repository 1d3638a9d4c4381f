import COneDNN

/// A program with memory of its own to run in.
///
/// Sendable because whoever holds it lets one thread at a time use it.
public final class Instance: @unchecked Sendable {
    public let program: Program
    private let arena: AlignedBuffer
    private let stream: OpaquePointer
    private var bodies: [Body] = []
    /// The weights whose places the calls were last told.
    private var weights: Weights?
    /// Calls that read a pack: step, argument, pack.
    private var bindings: [(step: Int, argument: Int32, pack: Int)] = []
    /// By input: whether somebody has asked for its memory since a run let go of it.
    private var isFilled: [Bool]

    /// A step with its memory.
    private enum Body {
        case call(OpaquePointer)
        case kernel(Kernel, inputs: [(type: ValueType, argument: Argument)?], outputs: [MutableTensorView], scratch: UnsafeMutableRawPointer)
    }

    /// - Throws: where memory runs out.
    public init(_ program: Program, weights: Weights) throws(ExecutionError) {
        guard let arena = AlignedBuffer(byteCount: program.arenaByteCount) else {
            throw ExecutionError("\(program.arenaByteCount >> 20) MB of memory for activations are not there")
        }
        guard let stream = pare_stream_create() else { throw ExecutionError("oneDNN could not be started") }
        self.program = program
        self.arena = arena
        self.stream = stream
        self.weights = weights
        isFilled = Array(repeating: false, count: program.inputs.count)
        pare_set_threads(Int32(program.threads))
        for (index, step) in program.steps.enumerated() {
            switch step.body {
            case .operation(let operation, let arguments):
                let roles = arguments.map { $0.role.number }
                let memory = arguments.map { Optional(pointer($0.argument, weights)) }
                guard let call = pare_call_create(operation.pointer, Int32(roles.count), roles, memory) else {
                    throw ExecutionError("\(step.title) could not be prepared")
                }
                bodies.append(.call(call))
                for (position, argument) in arguments.enumerated() {
                    if case .pack(let pack) = argument.argument { bindings.append((index, Int32(position), pack)) }
                }
            case .kernel(let kernel, let inputs, let outputs, let scratch):
                let views = zip(kernel.outputs, outputs).map {
                    MutableTensorView(type: $0, bytes: pointer($1, weights))
                }
                bodies.append(
                    .kernel(kernel, inputs: inputs, outputs: views, scratch: scratch.map { pointer($0, weights) } ?? arena.base))
            }
        }
    }

    deinit {
        for case .call(let call) in bodies { pare_call_free(call) }
        pare_stream_free(stream)
    }

    private func pointer(_ argument: Argument, _ weights: Weights) -> UnsafeMutableRawPointer {
        switch argument {
        case .slot(let slot): arena.base + program.slots[slot].offset
        case .pack(let pack): weights.packs[pack].base
        }
    }

    /// The memory of an input, to be written before every run: it may be another value's by the time its last reader has run.
    public func input(_ index: Int) -> UnsafeMutableRawBufferPointer {
        isFilled[index] = true
        let slot = program.slots[program.inputSlots[index]]
        return UnsafeMutableRawBufferPointer(start: arena.base + slot.offset, count: slot.byteCount)
    }

    /// The memory of an output after a run.
    public func output(_ index: Int) -> UnsafeRawBufferPointer {
        let port = program.outputs[index]
        guard let weights else { preconditionFailure("an output before a run") }
        let base = pointer(program.outputArguments[index], weights)
        return UnsafeRawBufferPointer(start: base, count: port.shape.count * port.elementType.byteCount)
    }

    /// Runs the steps from `start` up to `end` (by default all of them) with the given weights.
    ///
    /// - Throws: where an operation fails, naming its node, or where an input that is read was not written.
    public func run(_ weights: Weights, from start: Int = 0, to end: Int? = nil) throws(ExecutionError) {
        let end = end ?? program.steps.count
        for (index, slot) in program.inputSlots.enumerated() where !isFilled[index] && program.slots[slot].last >= start {
            throw ExecutionError("nothing was put into the input \(program.inputs[index].name)")
        }
        defer {
            for (index, slot) in program.inputSlots.enumerated() where program.slots[slot].last < end { isFilled[index] = false }
        }
        bind(weights)
        pare_set_threads(Int32(program.threads))
        for index in start..<end {
            let step = program.steps[index]
            guard
                step.conditions.allSatisfy({ condition in
                    (pointer(condition.argument, weights).load(as: UInt8.self) != 0) == condition.expected
                })
            else { continue }
            switch bodies[index] {
            case .call(let call):
                guard pare_call_run(call, stream) else { throw ExecutionError("\(step.title) failed") }
            case .kernel(let kernel, let inputs, let outputs, let scratch):
                let views = inputs.map { input in
                    input.map { TensorView(type: $0.type, bytes: UnsafeRawPointer(pointer($0.argument, weights))) }
                }
                kernel.run(views, outputs, scratch)
            }
        }
    }

    private func bind(_ weights: Weights) {
        guard self.weights !== weights else { return }
        for binding in bindings {
            guard case .call(let call) = bodies[binding.step] else { continue }
            if self.weights?.packs[binding.pack] !== weights.packs[binding.pack] {
                pare_call_move(call, binding.argument, weights.packs[binding.pack].base)
            }
        }
        self.weights = weights
    }

    /// Copies what must be kept to run on from before `step`; `destination` has room for the cut's bytes.
    public func save(cutBefore step: Int, to destination: UnsafeMutableRawPointer) {
        var position = destination
        for slot in program.liveSlots(before: step) {
            let size = program.slots[slot].byteCount
            position.copyMemory(from: arena.base + program.slots[slot].offset, byteCount: size)
            position += (size + 63) & ~63
        }
    }

    /// Puts back what `save` kept, so that a run may start at `step`.
    public func restore(cutBefore step: Int, from source: UnsafeRawPointer) {
        var position = source
        for slot in program.liveSlots(before: step) {
            let size = program.slots[slot].byteCount
            (arena.base + program.slots[slot].offset).copyMemory(from: position, byteCount: size)
            position += (size + 63) & ~63
        }
    }
}
