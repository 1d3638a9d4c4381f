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
        _ plans: [LayerPlan], _ shapes: ComposedModel, keeping limit: Int?, progress: ProgressSink
    ) throws {
        let placed = shapes.placedLayers
        let costs = placed.map(\.weights.byteCount)
        let state = Mutex(
            State(
                layers: Array(repeating: nil, count: costs.count),
                done: WorkProgress(byteCount: costs.reduce(0, +), count: costs.count)))
        progress(state.withLock { $0.done })
        try Workers.available.run(costs: costs, within: LayerBudget.underWay) { layer in
            let (counted, entries) = try Self.count(placed[layer], plans[layer], encodes: limit != nil)
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
        _ layer: PlacedLayer, _ plan: LayerPlan, encodes: Bool
    ) throws -> (Layer, entries: [Int: [UInt8]]) {
        if plan.isIdentity, layer.composed.isUntouched { return (Layer(figures: try .storedAndCounted(layer.weights)), [:]) }
        do {
            guard encodes else { return (Layer(figures: try layer.exactFigures(plan)), [:]) }
            let (figures, entries) = try layer.encoded(plan)
            return (Layer(figures: figures), entries)
        } catch let failure as PreparationFailure {
            let reason = message(for: failure)
            layer.refuse(reason: reason)
            return (Layer(figures: .asStored(layer.weights), refusal: reason), [:])
        }
    }
}
