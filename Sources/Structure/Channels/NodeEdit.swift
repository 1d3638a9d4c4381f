/// Numbers of a node that follow from how many channels stay.
struct NodeEdit: Sendable {
    enum Place: Sendable, Hashable {
        /// An attribute that holds one integer: `group`, `hidden_size`.
        case integer(String)
        /// An attribute that holds integers: `pads` in older operator sets.
        case integers(String)
        /// A stored vector that the node reads.
        case input(Int)
        /// A stored vector that is a part of what the node reads, joined by the given Concat node.
        case part(input: Int, concat: Int, part: Int)
        /// The value itself: the node is to read only the channels that stay along an axis of it.
        case selection(input: Int, axis: Int)
    }

    var node: Int
    var place: Place
    /// What the place holds, where nothing is stored there.
    var original: [Int]?
    /// Positions in the vector that become the number of these channels that stay (a channel may be listed repeatedly).
    var entries: [(position: Int, channels: [Atom])]
}
