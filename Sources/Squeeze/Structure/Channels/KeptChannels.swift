/// Which channels of a model stay.
public struct KeptChannels: Sendable, Hashable {
    /// A bit for each channel that goes.
    private var dropped: [UInt64]
    /// How many have gone.
    public private(set) var droppedCount: Int
    /// Filters that stay of each layer.
    private var filterCounts: [Int]

    /// All of `count` channels stay; the layers have so many filters.
    init(all count: Int, filterCounts: [Int]) {
        dropped = [UInt64](repeating: 0, count: (count + 63) / 64)
        droppedCount = 0
        self.filterCounts = filterCounts
    }

    /// Whether nothing was dropped.
    public var isEverything: Bool { droppedCount == 0 }

    /// Whether a channel, by its number in the model, stays; −1 stands for what always does.
    public func contains(_ channel: Int) -> Bool {
        channel < 0 || dropped[channel >> 6] & (1 << UInt64(channel & 63)) == 0
    }

    /// Filters that stay of a layer, by its index in `model.layers`.
    public func count(ofLayer layer: Int) -> Int { filterCounts[layer] }

    /// Drops a channel that is one filter, or several, of some layers.
    mutating func drop(_ channel: Int, filters: [(layer: Int, count: Int)]) {
        precondition(contains(channel), "channel \(channel) was dropped already")
        dropped[channel >> 6] |= 1 << UInt64(channel & 63)
        droppedCount += 1
        for (layer, count) in filters { filterCounts[layer] -= count }
    }

    public static func == (left: KeptChannels, right: KeptChannels) -> Bool { left.dropped == right.dropped }

    public func hash(into hasher: inout Hasher) { hasher.combine(dropped) }
}
