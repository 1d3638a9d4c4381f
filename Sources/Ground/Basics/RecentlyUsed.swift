/// Values by key of which those used longest ago make room for newer ones.
public struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: (value: Value, cost: Int)] = [:]
    /// The least recently used first.
    private var order: [Key] = []
    private var cost = 0
    private let limit: Int

    /// Keeps values of at most `limit` together, but the newest whatever its cost.
    public init(limit: Int) { self.limit = limit }

    /// The value of a key, which counts as used now.
    public mutating func use(_ key: Key) -> Value? {
        guard let found = values[key] else { return nil }
        if order.last != key {
            order.removeAll { $0 == key }
            order.append(key)
        }
        return found.value
    }

    /// Keeps a value as the newest, in place of an older one of the same key.
    public mutating func insert(_ value: Value, for key: Key, cost: Int = 1) {
        if let old = values.updateValue((value, cost), forKey: key) {
            self.cost -= old.cost
            order.removeAll { $0 == key }
        }
        order.append(key)
        self.cost += cost
        while self.cost > limit, order.count > 1 {
            self.cost -= values.removeValue(forKey: order.removeFirst())?.cost ?? 0
        }
    }
}
