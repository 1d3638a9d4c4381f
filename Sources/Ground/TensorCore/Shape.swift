/// The extents of a tensor, outermost first (row-major).
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public let dimensions: [Int]

    /// Number of elements: 1 for a scalar, 0 where an extent is 0.
    public let count: Int

    /// Creates a shape, or nil where an extent is negative or the element count overflows.
    public init?(checking dimensions: [Int]) {
        var product = 1
        for extent in dimensions {
            guard extent >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            product = next
        }
        self.dimensions = dimensions
        self.count = product
    }

    /// Creates a shape whose extents are known to be valid.
    public init(_ dimensions: [Int]) {
        guard let shape = Shape(checking: dimensions) else {
            preconditionFailure("shape \(dimensions) has a negative extent or too many elements")
        }
        self = shape
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    public var rank: Int { dimensions.count }

    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The shape as it is written on the screen: `64·3·7·7`, or `scalar`.
    public var description: String {
        dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "·")
    }
}
