/// Channels of which some may go, and the values through which nodes read them.
public struct ReadChannels: Sendable, Hashable {
    /// Number of channels.
    public var count: Int
    public var readers: [Reader]

    /// A value that a node of the graph reads.
    public struct Reader: Sendable, Hashable {
        /// The node that reads, as an index of `Graph.nodes`.
        public var node: Int
        public var value: String
        /// The value's axis along which the channels lie.
        public var axis: Int
        /// For each index along the axis, which channel it is; −1 for none of these.
        public var channels: [Int]

        public init(node: Int, value: String, axis: Int, channels: [Int]) {
            self.node = node
            self.value = value
            self.axis = axis
            self.channels = channels
        }
    }

    public init(count: Int, readers: [Reader]) {
        self.count = count
        self.readers = readers
    }
}
