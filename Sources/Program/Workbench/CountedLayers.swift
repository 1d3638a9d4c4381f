import Basics
import Composition
import Compression
import Synchronization

/// The exact figures of all layers under plans, worked out side by side in bounded memory.
struct CountedLayers {
    struct Layer {
        var figures: LayerFigures
        /// Why the plan was not followed: the weights hold NaN or infinity.
        var refusal: String?
    }

    let layers: [Layer]
    /// Entries of the compressed file, by the composed model's layers.
    let entries: [Int: [UInt8]]

    private struct State {
        var layers: [Layer?]
        var entries: [Int: [UInt8]] = [:]
        var entryByteCount = 0
        var done: WorkProgress
    }

    /// `limit` is for the bytes of entries that are made with the figures and kept; nil makes none. `progress` is called by one thread at a
    /// time.
    init(
        _ composer: Composer, _ plans: [LayerPlan], _ shapes: ComposedModel, keeping limit: Int?, progress: ProgressSink
    ) throws {
        let costs = shapes.layers.indices.map { composer.weights(of: $0).byteCount }
        let state = Mutex(
            State(
                layers: Array(repeating: nil, count: costs.count),
                done: WorkProgress(byteCount: costs.reduce(0, +), count: costs.count)))
        progress(state.withLock { $0.done })
        try Workers.available.run(costs: costs, within: LayerBudget.underWay) { layer in
            let (counted, entries) = try Self.count(layer, composer, plans[layer], shapes, encodes: limit != nil)
            state.withLock { state in
                state.layers[layer] = counted
                for (part, bytes) in entries where state.entryByteCount + bytes.count <= limit ?? 0 {
                    state.entries[part] = bytes
                    state.entryByteCount += bytes.count
                }
                state.done.doneByteCount += costs[layer]
                state.done.doneCount += 1
                progress(state.done)
            }
        }
        (layers, entries) = state.withLock { ($0.layers.compactMap(\.self), $0.entries) }
    }

    private static func count(
        _ layer: Int, _ composer: Composer, _ plan: LayerPlan, _ shapes: ComposedModel, encodes: Bool
    ) throws -> (Layer, entries: [Int: [UInt8]]) {
        let composed = shapes.layers[layer]
        let weights = composer.weights(of: layer)
        if plan.isIdentity, composed.isUntouched { return (Layer(figures: try .storedAndCounted(weights)), [:]) }
        do {
            guard encodes else {
                return (Layer(figures: try composer.exactFigures(of: layer, composed, plan, in: shapes)), [:])
            }
            let (figures, entries) = try composer.encoded(layer, composed, plan, in: shapes)
            return (Layer(figures: figures), entries)
        } catch let failure as PreparationFailure {
            composer.refuse(layer, reason: message(for: failure))
            return (Layer(figures: .asStored(weights), refusal: message(for: failure)), [:])
        }
    }
}
