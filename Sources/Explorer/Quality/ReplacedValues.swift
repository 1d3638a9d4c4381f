import Compression
import Evaluation
import Synchronization
import TensorCore

/// The values of changed layers, kept for the plans that were last measured.
final class ReplacedValues: Sendable {
    fileprivate struct Key: Hashable {
        var layer: Int
        var plan: LayerPlan
    }

    fileprivate struct State {
        var values: [Key: Tensor] = [:]
        /// The least recently used first.
        var order: [Key] = []
        var byteCount = 0
    }

    private let byteLimit: Int
    private let state = Mutex(State())

    /// Keeps up to `byteLimit` bytes beyond what is in use.
    init(byteLimit: Int = 256 << 20) { self.byteLimit = byteLimit }

    /// The values of a layer under a plan, worked out by `make` where they are not kept.
    func values(of layer: Int, under plan: LayerPlan, _ make: () throws -> Tensor) rethrows -> Tensor {
        let key = Key(layer: layer, plan: plan)
        if let known = state.withLock({ $0.use(key) }) { return known }
        let made = try make()
        state.withLock { $0.insert(made, for: key, limit: byteLimit) }
        return made
    }
}

extension ReplacedValues.State {
    fileprivate mutating func use(_ key: ReplacedValues.Key) -> Tensor? {
        guard let tensor = values[key] else { return nil }
        order.removeAll { $0 == key }
        order.append(key)
        return tensor
    }

    fileprivate mutating func insert(_ tensor: Tensor, for key: ReplacedValues.Key, limit: Int) {
        guard values.updateValue(tensor, forKey: key) == nil else { return }
        order.append(key)
        byteCount += tensor.byteCount
        while byteCount > limit, order.count > 1 {
            byteCount -= values.removeValue(forKey: order.removeFirst())?.byteCount ?? 0
        }
    }
}
