import TensorCore

/// How an output holds one score a class: (outer, classes, inner).
public struct ClassLayout: Sendable, Hashable {
    public var outer: Int
    public var classes: Int
    public var inner: Int

    /// `axis` nil is the second axis of a batch of vectors or images, the last one elsewhere (sequences).
    public init(_ shape: Shape, axis: Int? = nil) {
        let axis = axis ?? (shape.rank == 2 || shape.rank == 4 ? 1 : max(0, shape.rank - 1))
        outer = shape.dimensions.prefix(axis).reduce(1, *)
        classes = shape.rank > axis ? shape[axis] : 1
        inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    }

    /// The layout of the first elements of an output, which end with a whole vector.
    public func leading(_ elements: Int) -> ClassLayout {
        var part = self
        let block = classes * inner
        precondition(block == 0 || elements % block == 0, "\(elements) elements end within a vector of scores")
        part.outer = block > 0 ? elements / block : 0
        return part
    }

    /// Vectors of scores: one a label.
    public var count: Int { outer * inner }

    /// Where a vector's first score lies; the next are `inner` elements apart.
    func start(_ position: Int) -> Int { position / inner * classes * inner + position % inner }
}

/// What a loss says of one batch.
public struct LossValue: Sendable, Hashable {
    /// The mean over what was looked at.
    public var loss: Double
    /// Labels that were the largest score, and labels that were looked at; 0 where there are none.
    public var correct: Int
    public var labelled: Int

    public init(loss: Double, correct: Int = 0, labelled: Int = 0) {
        self.loss = loss
        self.correct = correct
        self.labelled = labelled
    }
}
