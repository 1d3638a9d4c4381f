import TensorCore

/// Numbers of a node that follow from how many channels stay.
struct NodeEdit: Sendable {
    enum Place: Sendable {
        /// An attribute that holds one integer: `group`, `hidden_size`.
        case integer(String)
        /// An attribute that holds integers: `pads` in older operator sets.
        case integers(String)
        /// A stored vector that the node reads.
        case input(Int)
        /// A vector that is computed and becomes another one.
        case vector(input: Int, ComputedVector)
        /// A computed vector or scalar that is to stay what it is, whatever becomes of the channels that it was computed of.
        case pinned(input: Int, Tensor, reasons: [Atom])
        /// The node altogether: it is to pick, of an axis of a value, the channels at these places, so far as they stay.
        case pick(source: String, axis: Int, order: [Int], Picked)
        /// A stored tensor that others read as well: the node is to read one of its own, with only the channels that stay along an axis.
        case own(input: Int, tensor: Int, axis: Int)
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

/// What a picking node reads and gives out.
struct Picked: Sendable {
    /// The channels along the axis of what it reads.
    var source: [Atom]
    /// Whether the axis disappears, a single channel being picked.
    var isScalar = false
}

/// How a computed vector is put together anew: what is known beforehand becomes constants.
struct ComputedVector: Sendable {
    /// Positions of elements that follow from what the network is run on.
    var open: Set<Int> = []
    /// Those of them that must grow and shrink with channels, and do not by themselves.
    var scaled: Set<Int> = []
    /// Channels for whose sake it is put together: as long as all stay, the computed vector is right.
    var reasons: [Atom] = []
    /// Values that it is joined of, with their positions in it.
    var parts: [(name: String, positions: Range<Int>)] = []
    var elementType = ElementType.int64
}
