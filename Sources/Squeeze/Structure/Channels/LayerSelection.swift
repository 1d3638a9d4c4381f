/// Which indices of a layer's stored weights stay along each axis: equal selections leave equal weights.
public struct LayerSelection: Sendable, Hashable {
    /// By axis, one bit an index; axes that keep everything are missing.
    private let axes: [Int: [UInt64]]

    /// Whether something goes.
    public var isPartial: Bool { !axes.isEmpty }

    init(axes: [Int: [UInt64]]) { self.axes = axes }

    /// The indices that stay along an axis, rising; nil where all do.
    public func kept(along axis: Int) -> [Int]? {
        axes[axis].map { bits in
            (0..<bits.count * 64).filter { bits[$0 >> 6] & (1 << UInt64($0 & 63)) != 0 }
        }
    }
}

extension Restructuring {
    /// What stays of a layer's weights.
    public func selection(ofLayer layer: Int, kept: KeptChannels) -> LayerSelection {
        guard !kept.isEverything else { return LayerSelection(axes: [:]) }
        var axes: [Int: [UInt64]] = [:]
        for axis in model.layers[layer].shape.dimensions.indices {
            guard let list = channels.stored[StoredAxis(tensor: model.layers[layer].weight, axis: axis)],
                list.contains(where: { !kept.contains($0) })
            else { continue }
            var bits = [UInt64](repeating: 0, count: (list.count + 63) / 64)
            for (index, channel) in list.enumerated() where kept.contains(channel) { bits[index >> 6] |= 1 << UInt64(index & 63) }
            axes[axis] = bits
        }
        return LayerSelection(axes: axes)
    }
}
