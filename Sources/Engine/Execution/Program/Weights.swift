import COneDNN
import TensorCore

/// The weights of one configuration, arranged as a program's steps want them. Immutable once made.
public final class Weights: Sendable {
    /// What identifies the values of a replaced tensor; equal versions of a tensor have equal values.
    public typealias Version = Int

    let packs: [AlignedBuffer]
    /// Versions of the tensors that are not as stored.
    public let versions: [Int: Version]

    /// Arranges the stored weights with some replaced: a tensor and its version by index in the model. What another set
    /// of the same program has arranged already is shared.
    ///
    /// - Throws: where memory runs out.
    public init(
        of program: Program, replacing replaced: [Int: (tensor: Tensor, version: Version)] = [:], sharing other: [Weights] = []
    ) throws(ExecutionError) {
        versions = replaced.mapValues(\.version)
        var arranger = Arranger(program: program, replaced: replaced)
        pare_set_threads(Int32(program.threads))
        var packs: [AlignedBuffer] = []
        packs.reserveCapacity(program.packs.count)
        for (index, pack) in program.packs.enumerated() {
            let known = other.first { set in pack.weights.allSatisfy { set.versions[$0] == replaced[$0]?.version } }
            if let known {
                packs.append(known.packs[index])
            } else {
                packs.append(try arranger.arrange(pack))
            }
        }
        self.packs = packs
    }
}

/// Computes what follows from weights, and moves weights into the layouts that steps want.
private struct Arranger {
    let program: Program
    let replaced: [Int: (tensor: Tensor, version: Weights.Version)]
    private var computed: [ValueID: Tensor] = [:]

    init(program: Program, replaced: [Int: (tensor: Tensor, version: Weights.Version)]) {
        self.program = program
        self.replaced = replaced
    }

    mutating func arrange(_ pack: Pack) throws(ExecutionError) -> AlignedBuffer {
        guard let buffer = AlignedBuffer(byteCount: pack.byteCount) else { throw ExecutionError("not enough memory") }
        switch pack.form {
        case .numbers(let numbers):
            numbers.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { buffer.base.copyMemory(from: base, byteCount: bytes.count) }
            }
        case .plain:
            guard let value = pack.value else { break }
            copy(try tensor(value), to: buffer)
        case .arranged(let from, let to, let scale):
            guard let value = pack.value else { break }
            let tensor = try tensor(value)
            guard let plain = AlignedBuffer(byteCount: tensor.count * 4), let operation = Operation.reorder(from: from, to: to)
            else { throw ExecutionError("not enough memory") }
            copy(tensor, to: plain)
            scale?.apply(
                to: UnsafeMutableBufferPointer(
                    start: plain.base.assumingMemoryBound(to: Float.self), count: tensor.count))
            guard operation.runOnce(from: plain, to: buffer) else { throw ExecutionError("weights cannot be rearranged") }
        }
        return buffer
    }

    /// Copies elements as they are, floating-point ones as float32. The buffer has room for all of them.
    private func copy(_ tensor: Tensor, to buffer: AlignedBuffer) {
        guard tensor.elementType.isReadableAsFloat else {
            tensor.storage.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { buffer.base.copyMemory(from: base, byteCount: bytes.count) }
            }
            return
        }
        let floats = buffer.base.assumingMemoryBound(to: Float.self)
        tensor.forEachChunk { offset, chunk in
            if let base = chunk.baseAddress { (floats + offset).update(from: base, count: chunk.count) }
        }
    }

    private mutating func tensor(_ value: ValueID) throws(ExecutionError) -> Tensor {
        switch program.trace.values[value].source {
        case .literal(let tensor): return tensor
        case .weight(let index):
            if let tensor = replaced[index]?.tensor { return tensor }
            return try program.model.tensors[index].read()
        case .derived(let index):
            if let known = computed[value] { return known }
            let derivation = program.trace.derivations[index]
            var inputs: [Tensor?] = []
            for input in derivation.inputs {
                guard let input else {
                    inputs.append(nil)
                    continue
                }
                inputs.append(asRuntime(try tensor(input)))
            }
            guard let results = derivation.kernel.evaluate(inputs) else { throw ExecutionError("not enough memory") }
            computed[value] = results[derivation.output]
            return results[derivation.output]
        case .parameter, .input, .computed: preconditionFailure("a pack of a runtime value")
        }
    }

    private func asRuntime(_ tensor: Tensor) -> Tensor {
        tensor.elementType.isReadableAsFloat && tensor.elementType != .float32
            ? Tensor(tensor.floats(), shape: tensor.shape) : tensor
    }
}

extension Operation {
    /// Runs an operation with one source and one destination on the calling thread.
    func runOnce(from source: AlignedBuffer, to destination: AlignedBuffer) -> Bool {
        var roles: [Int32] = [Role.source.number, Role.destination.number]
        var memory: [UnsafeMutableRawPointer?] = [source.base, destination.base]
        var scratch: AlignedBuffer?
        if let layout = layout(.scratch), layout.byteCount > 0 {
            scratch = AlignedBuffer(byteCount: layout.byteCount)
            roles.append(Role.scratch.number)
            memory.append(scratch?.base)
        }
        guard let stream = pare_stream_create() else { return false }
        defer { pare_stream_free(stream) }
        guard let call = pare_call_create(pointer, Int32(roles.count), roles, memory) else { return false }
        defer { pare_call_free(call) }
        return withExtendedLifetime(scratch) { pare_call_run(call, stream) }
    }
}
