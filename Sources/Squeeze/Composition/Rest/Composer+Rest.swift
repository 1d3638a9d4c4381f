import Compression
import NeuralNetwork

extension Composer {
    struct RestKey: Hashable {
        var identity: Int
        var rules: [RestRule?]
    }

    /// A model of some shapes whose numbers beside the layers are kept in few bits.
    struct RoundedModel {
        var identity: Int
        var model: Model
    }

    /// The shapes with a model whose numbers beside the layers are kept in few bits.
    func keeping(_ rules: [RestRule?], _ shapes: ModelShapes) -> ModelShapes {
        guard rules.contains(where: { $0 != nil }) else { return shapes }
        let key = RestKey(identity: shapes.identity, rules: rules)
        var kept = shapes
        if let known = state.withLock({ $0.rounded.use(key) }) {
            (kept.identity, kept.model) = (known.identity, known.model)
            return kept
        }
        let model = shapes.keeping(rules)
        (kept.identity, kept.model) = state.withLock { state in
            if let known = state.rounded.use(key) { return (known.identity, known.model) }
            state.composedCount += 1
            state.rounded.insert(RoundedModel(identity: state.composedCount, model: model), for: key)
            return (state.composedCount, model)
        }
        return kept
    }
}
