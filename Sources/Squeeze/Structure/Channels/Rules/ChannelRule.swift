/// How an operator passes channels on, by its name.
enum ChannelRule {
    typealias Rule = @Sendable (inout NodeVisit) -> Void

    /// One family a file; no operator is in two.
    static let families: [[String: Rule]] = [
        convolution, products, recurrent, elementwise, normalization, pooling, reduction, shaping, joining, indexing,
        resizing, shapes, attention, einsum,
    ]

    static let standard = Dictionary(uniqueKeysWithValues: families.joined().map { ($0.key, $0.value) })
}
