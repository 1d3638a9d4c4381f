/// Layers whose filters are the same channels, and so are pruned together.
public struct ChannelGroup: Sendable {
    /// Position in `ChannelAnalysis.groups`.
    public var index: Int
    /// The channels that can go one by one, by number in the whole model; scores and readers follow this order.
    public var channels: [Int]
    /// Layers whose filters they are, as indices of `model.layers`, in order of execution.
    public var producers: [Int]
    /// Layers that read them.
    public var consumers: [Int]
    /// Graph inputs and outputs that only carry a recurrent layer's state, and shrink with it.
    public var states: [String]
    /// Values through which consumers see the channels.
    public var readers: [ChannelReader]
    /// Why no channel can go; nil where some can.
    public var obstacle: String?
    /// Channels that must stay, as positions in `channels`.
    public var fixed: Set<Int>
    /// Why those stay, where others can go.
    public var fixedReason: String?

    /// Number of channels: the filters of the producers, where filters are not tied to each other.
    public var channelCount: Int { channels.count }

    public var isPrunable: Bool { obstacle == nil }
}

/// A value through which a layer sees a group's channels.
public struct ChannelReader: Sendable, Hashable {
    /// The layer that reads, as an index of `model.layers`.
    public var layer: Int
    /// The node that reads, as an index of `model.graph.nodes`.
    public var node: Int
    public var value: String
    /// The value's axis along which the channels lie.
    public var axis: Int
    /// For each index along the axis, its position in the group's `channels`; −1 where it is another group's.
    public var channels: [Int]
}
