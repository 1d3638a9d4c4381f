import TensorCore

extension OperatorRule {
    /// Attention over sequences, and what goes with it.
    static let attention: [String: OperatorRule] = [
        "Attention": OperatorRule(attentionShapes, macs: attentionMACs), "RotaryEmbedding": sameShape,
        "LinearAttention": OperatorRule(linearAttention), "CausalConvWithState": OperatorRule(causalConvolution),
        "SwiGLU": sameShape,
    ]

    private static let attentionShapes: Shapes = { context throws(ShapeFault) in
        let extents = try AttentionExtents(context)
        let batch = extents.batch
        let result =
            extents.isPacked
            ? [batch, extents.queries, try product([extents.queryHeads, extents.valueSize])]
            : [batch, extents.queryHeads, extents.queries, extents.valueSize]
        return [
            .known(try Shape(inferred: result)),
            .known(try Shape(inferred: [batch, extents.keyHeads, extents.keys, extents.headSize])),
            .known(try Shape(inferred: [batch, extents.keyHeads, extents.keys, extents.valueSize])),
            .known(try Shape(inferred: [batch, extents.queryHeads, extents.queries, extents.keys])),
        ]
    }

    /// A product of queries and keys, and one of the weights and the values.
    private static let attentionMACs: MACs = { context, _ throws(ShapeFault) in
        let extents = try AttentionExtents(context)
        return try product(
            [extents.batch, extents.queryHeads, extents.queries, extents.keys, extents.headSize + extents.valueSize])
    }

    private static let linearAttention: Shapes = { context throws(ShapeFault) in
        let query = try context.shape(0, ranks: 3...3)
        let value = try context.shape(2, ranks: 3...3)
        guard let queryHeads = context.integer("q_num_heads"), let keyHeads = context.integer("kv_num_heads"),
            queryHeads > 0, keyHeads > 0, query[2] % queryHeads == 0, value[2] % keyHeads == 0
        else { throw ShapeFault("q_num_heads or kv_num_heads are missing or do not divide \(query) and \(value)") }
        let (keySize, valueSize) = (query[2] / queryHeads, value[2] / keyHeads)
        return [
            .known(try Shape(inferred: [query[0], query[1], try product([queryHeads, valueSize])])),
            .known(try Shape(inferred: [query[0], keyHeads, keySize, valueSize])),
        ]
    }

    private static let causalConvolution: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 3...3)
        let weight = try context.shape(1, ranks: 3...3)
        guard weight[2] >= 1 else { throw ShapeFault("weights of \(weight) have no width") }
        return [.known(input), .known(try Shape(inferred: [input[0], input[1], weight[2] - 1]))]
    }
}

/// The extents of an Attention node.
public struct AttentionExtents: Sendable {
    public var batch = 0
    public var queryHeads = 0
    public var keyHeads = 0
    public var queries = 0
    /// Keys that the past brings, and all of them.
    public var pastKeys = 0
    public var keys = 0
    public var headSize = 0
    public var valueSize = 0
    /// Whether the heads lie side by side in the last axis of (batch, sequence, heads · size).
    public var isPacked = false

    init(_ context: NodeContext) throws(ShapeFault) {
        let shapes = [try context.shape(0, ranks: 3...4), try context.shape(1, ranks: 3...4), try context.shape(2, ranks: 3...4)]
        let past = context.hasInput(4) ? try context.shape(4, ranks: 4...4) : nil
        guard
            let extents = AttentionExtents(
                shapes, past: past, queryHeads: context.integer("q_num_heads"), keyHeads: context.integer("kv_num_heads"))
        else { throw ShapeFault("queries of \(shapes[0]), keys of \(shapes[1]) and values of \(shapes[2]) do not fit") }
        self = extents
    }

    /// The extents of queries, keys and values of these shapes; nil where they do not fit each other.
    public init?(_ shapes: [Shape], past: Shape?, queryHeads: Int?, keyHeads: Int?) {
        guard shapes.count == 3, shapes.allSatisfy({ $0.rank == shapes[0].rank }) else { return nil }
        let (query, key, value) = (shapes[0], shapes[1], shapes[2])
        isPacked = query.rank == 3
        batch = query[0]
        if isPacked {
            guard let queryHeads, let keyHeads, queryHeads > 0, keyHeads > 0, query[2] % queryHeads == 0,
                key[2] % keyHeads == 0, value[2] % keyHeads == 0
            else { return nil }
            (self.queryHeads, self.keyHeads) = (queryHeads, keyHeads)
            (queries, keys) = (query[1], key[1])
            (headSize, valueSize) = (query[2] / queryHeads, value[2] / keyHeads)
            guard key[2] / keyHeads == headSize, value[1] == keys else { return nil }
        } else {
            guard query.rank == 4 else { return nil }
            (self.queryHeads, self.keyHeads) = (query[1], key[1])
            (queries, keys) = (query[2], key[2])
            (headSize, valueSize) = (query[3], value[3])
            guard key[3] == headSize, value[1] == key[1], value[2] == keys else { return nil }
        }
        guard key[0] == batch, value[0] == batch, self.keyHeads > 0, self.queryHeads % self.keyHeads == 0 else { return nil }
        if let past {
            guard past.rank == 4, past[0] == batch, past[1] == self.keyHeads, past[3] == headSize else { return nil }
            pastKeys = past[2]
            keys += pastKeys
        }
    }
}
