/// How an operator passes channels on, by its name.
enum ChannelRule {
    typealias Rule = @Sendable (inout NodeVisit) -> Void

    static let standard: [String: Rule] = {
        var rules: [String: Rule] = [:]
        for family in [
            convolution, products, recurrent, elementwise, normalization, pooling, reduction, shaping, joining, indexing,
            resizing, shapes, attention, einsum,
        ] {
            rules.merge(family) { first, _ in first }
        }
        return rules
    }()
}
