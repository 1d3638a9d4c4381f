import TensorCore

/// What is known of a value before the network runs.
struct ValueFact {
    /// nil where it is unknown; then `reason` says why.
    var shape: Shape?
    /// The elements, where they follow from the file alone and are few.
    var constant: ConstantValue?
    /// The stored tensor the value is, unchanged.
    var tensor: Int?
    var reason: String?

    static func known(_ shape: Shape) -> ValueFact { ValueFact(shape: shape) }

    static func constant(_ value: ConstantValue) -> ValueFact { ValueFact(shape: value.shape, constant: value) }

    static func unknown(_ reason: String) -> ValueFact { ValueFact(reason: reason) }
}

/// Why the shapes behind a node are not known.
struct ShapeFault: Error {
    var reason: String
    /// Whether a window found too little room, or extents do not meet, which larger symbolic dimensions may mend.
    var isLackOfRoom = false

    init(_ reason: String, isLackOfRoom: Bool = false) {
        self.reason = reason
        self.isLackOfRoom = isLackOfRoom
    }
}

/// The largest extent, stride or padding that is believed; it keeps sums of a few of them within `Int`.
let largestExtent = 1 << 40

/// The largest rank that is believed; real tensors have at most eight axes or so.
let largestRank = 64

/// The product of extents, none negative.
func product(_ extents: some Sequence<Int>) throws(ShapeFault) -> Int {
    var result = 1
    for extent in extents {
        let (next, overflow) = result.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw ShapeFault("a count exceeds 63 bits") }
        result = next
    }
    return result
}

extension Shape {
    /// The shape an operator's rule arrived at.
    init(inferred dimensions: [Int]) throws(ShapeFault) {
        guard dimensions.count <= largestRank, dimensions.allSatisfy({ $0 >= 0 && $0 <= largestExtent }),
            let shape = Shape(checking: dimensions)
        else {
            throw ShapeFault("the shape \(dimensions) is impossible")
        }
        self = shape
    }
}

extension String {
    /// The text as reasons hold it: control characters escaped, and what is long cut off, for both come from the file.
    var asReason: String {
        let limit = 240
        if utf8.count <= limit, utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) { return self }
        var shown = ""
        for scalar in unicodeScalars.prefix(limit) {
            let isControl = scalar.properties.generalCategory == .control
            shown += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return unicodeScalars.count > limit ? shown + "…" : shown
    }
}
