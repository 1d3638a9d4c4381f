/// The frequencies of codes, learned as they come, without regard to where they stand: coding with it comes near the
/// zero-order entropy, and stores no table.
///
/// A code 0…k is coded as the path to it in a binary tree: its ⌈log₂(k + 1)⌉ bits, the most significant first, each with an
/// expectation of its own for the bits before it. All begin even.
struct OrderZeroModel {
    private let width: Int
    private var nodes: [AdaptiveBit]

    init(clusters: Int) {
        width = codeFieldWidth(clusters: clusters)
        nodes = [AdaptiveBit](repeating: .even, count: 1 << width)
    }

    /// Codes one code; a decoder's may be above k where the stream is not of this model.
    @inline(__always)
    mutating func code(_ code: Int, _ coder: inout some BinaryCoder) -> Int {
        var node = 1
        for position in stride(from: width &- 1, through: 0, by: -1) {
            node = node << 1 | coder.code(code >> position & 1, &nodes[node])
        }
        return node &- 1 << width
    }
}
