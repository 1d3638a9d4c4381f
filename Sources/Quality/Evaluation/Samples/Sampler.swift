import Basics
import Datasets
import Execution
import ImageMetrics
import Glibc
import NeuralNetwork
import Synchronization

/// Makes what a person can look at: images of a generator, or text of a model of characters, of the original and of a
/// configuration, from the same seed.
///
/// It has a network of its own, so that it waits for no measurement.
public final class Sampler: Sendable {
    public enum Kind: Sendable, Hashable {
        case images(GeneratorForm)
        /// The characters of the symbols.
        case text(symbols: [Unicode.Scalar])
    }

    public let kind: Kind
    private let original: CompiledNetwork
    /// Symbols that a text begins with.
    private let opening: [Int32]
    private let state = Mutex(State())
    /// One run at a time: instances are shared.
    private let gate = Mutex(())

    private struct State {
        var images: [[Float]] = []
        var symbols: [Int32] = []
        var variant: CompiledNetwork?
    }

    private static let seed: UInt64 = 20_26
    private static let largestBatch = 16
    private static let openingCount = 64
    /// Below 1, likely symbols are favoured: what a small network writes then is mostly words.
    private static let temperature = 0.7

    /// Whether a model reads symbols, so that it may write a text that it is given data for.
    public static func takesSymbols(_ model: Model) -> Bool {
        model.graph?.inputs.contains { !($0.elementType?.isReadableAsFloat ?? true) && !($0.dimensions ?? []).isEmpty } ?? false
    }

    /// - Returns: nil for a network that makes neither images nor text.
    /// - Throws: where the network cannot be run.
    public init?(_ model: Model, data: DataSet?) throws(EvaluationError) {
        let network: Network
        if let form = GeneratorForm(model) {
            kind = .images(form)
            opening = []
            network = try Network(model, plan: try InputPlan(model), batchLimit: Self.largestBatch)
        } else if case .text(let text)? = data?.content, !text.symbols.isEmpty {
            kind = .text(symbols: text.symbols)
            opening = Array(text.tokens.prefix(Self.openingCount))
            network = try Network(model, plan: try InputPlan(model, data: data), time: 1, batchLimit: 1)
            // Without a state a symbol follows from nothing but the one before it.
            guard !network.states.isEmpty, network.dataInput != nil else { return nil }
        } else {
            return nil
        }
        original = try CompiledNetwork(model, identity: nil, network: network, runCount: 1, threads: 1)
    }

    /// The first `count` images, each row-major.
    ///
    /// - Throws: `Cancelled`, or where a run fails.
    public func images(
        of configuration: Configuration, count: Int, cancellation: CancellationToken
    ) throws -> (original: [[Float]], changed: [[Float]]) {
        try gate.withLock { _ in
            let known = state.withLock { $0.images }
            let before =
                known.count >= count
                ? known : try images(original, original.stored, count: count, cancellation)
            state.withLock { $0.images = before }
            guard !configuration.isOriginal else { return (before, before) }
            let changed = try compiled(configuration.restructured)
            return (before, try images(changed, try changed.weights(configuration.replaced), count: count, cancellation))
        }
    }

    private func images(
        _ compiled: CompiledNetwork, _ weights: Weights, count: Int, _ cancellation: CancellationToken
    ) throws -> [[Float]] {
        let network = compiled.network
        let instance = compiled.instances[0]
        var images: [[Float]] = []
        for run in 0..<(count + network.batch - 1) / network.batch {
            try cancellation.check()
            network.clearStates(of: instance)
            network.fillRest(instance, seed: Self.seed &+ UInt64(run))
            if let input = network.dataInput { RandomInput.fill(instance.input(input), of: network.program, input, seed: Self.seed &+ UInt64(run)) }
            try Self.run(instance, weights)
            let output = instance.output(0).assumingMemoryBound(to: Float.self)
            let size = output.count / network.batch
            for row in 0..<min(network.batch, count - images.count) { images.append(Array(output[row * size..<(row + 1) * size])) }
        }
        return images
    }

    /// Symbols that follow on the beginning of the text, `length` of them. Both networks draw with the same random
    /// numbers, so they part only where they think differently.
    ///
    /// - Throws: `Cancelled`, or where a run fails.
    public func text(
        of configuration: Configuration, length: Int, cancellation: CancellationToken
    ) throws -> (original: [Int32], changed: [Int32]) {
        try gate.withLock { _ in
            let known = state.withLock { $0.symbols }
            let before = known.count >= length ? known : try text(original, original.stored, length: length, cancellation)
            state.withLock { $0.symbols = before }
            guard !configuration.isOriginal else { return (before, before) }
            let changed = try compiled(configuration.restructured)
            return (before, try text(changed, try changed.weights(configuration.replaced), length: length, cancellation))
        }
    }

    private func text(
        _ compiled: CompiledNetwork, _ weights: Weights, length: Int, _ cancellation: CancellationToken
    ) throws -> [Int32] {
        let network = compiled.network
        let instance = compiled.instances[0]
        var random = SeededRandom(seed: Self.seed)
        var written: [Int32] = []
        network.clearStates(of: instance)
        var next = opening.first ?? 0
        for step in 0..<opening.count + length - 1 {
            if step % 32 == 0 { try cancellation.check() }
            Self.write(next, to: network, instance)
            network.fillRest(instance, seed: Self.seed)
            try Self.run(instance, weights)
            if step + 1 < opening.count {
                next = opening[step + 1]
            } else {
                next = Self.draw(instance.output(0).assumingMemoryBound(to: Float.self), random.uniform())
                written.append(next)
            }
            // An input's place may be that of another output by now, so all are taken out before any is put in.
            let states = network.states.map { Array(instance.output($0.output)) }
            for (state, bytes) in zip(network.states, states) { instance.input(state.input).copyBytes(from: bytes) }
        }
        return written
    }

    private static func write(_ symbol: Int32, to network: Network, _ instance: Instance) {
        guard let input = network.dataInput else { return }
        let bytes = instance.input(input)
        if network.program.inputs[input].elementType == .int64 {
            bytes.storeBytes(of: Int64(symbol), as: Int64.self)
        } else {
            bytes.storeBytes(of: symbol, as: Int32.self)
        }
    }

    /// The symbol at a place 0…1 among the scores' probabilities; the last one where they are no numbers.
    private static func draw(_ scores: UnsafeBufferPointer<Float>, _ place: Double) -> Int32 {
        let isProbability = OutputScale(deciding: scores, classCount: scores.count) == .probabilities
        let logits = scores.map { (isProbability ? log(max(Double($0), 1e-12)) : Double($0)) / temperature }
        let largest = logits.max() ?? 0
        let weights = logits.map { exp($0 - largest) }
        var left = place * weights.reduce(0, +)
        for (symbol, weight) in weights.enumerated() {
            left -= weight
            if left < 0 { return Int32(symbol) }
        }
        return Int32(max(0, scores.count - 1))
    }

    private static func run(_ instance: Instance, _ weights: Weights) throws(EvaluationError) {
        do throws(ExecutionError) { try instance.run(weights) } catch { throw EvaluationError(error.message) }
    }

    /// The network of a configuration; the last one of other shapes is kept.
    private func compiled(_ restructured: RestructuredModel?) throws(EvaluationError) -> CompiledNetwork {
        guard let restructured else { return original }
        if let known = state.withLock({ $0.variant }), known.identity == restructured.identity { return known }
        let variant = try CompiledNetwork(
            restructured.model, identity: restructured.identity,
            network: try Network(like: original.network, restructured.model), runCount: 1, threads: 1)
        state.withLock { $0.variant = variant }
        return variant
    }
}
