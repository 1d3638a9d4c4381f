import TensorCore

/// What filter pruning and factorization made of a layer's shape.
public struct StructureFigures: Sendable, Hashable {
    /// Σ(w − ŵ)² of what was left out and approximated, before single weights were touched.
    public var squaredError: Double
    /// Whether the layer's errors are final: factors are refined, and what became of their weights is put together again.
    public var hasFinalError: Bool
    /// The tensors that take the layer's place, in the order in which data passes.
    public var parts: [PartFigures]

    public init(squaredError: Double, hasFinalError: Bool, parts: [PartFigures]) {
        self.squaredError = squaredError
        self.hasFinalError = hasFinalError
        self.parts = parts
    }
}

/// One of the tensors that take a layer's place.
public struct PartFigures: Sendable, Hashable {
    /// Nil where the layer was not split.
    public var role: FactorRole?
    public var shape: Shape
    /// Figures of the tensor by itself, its error against what the stages of shape left.
    public var weightCount: Int
    public var nonzeros: Int
    public var threshold: Double
    /// Shared values; nil without weight sharing.
    public var clusters: Int?
    /// What the tensor takes in the file; nil where it is stored as a tensor.
    public var account: LayerAccount?

    public init(
        role: FactorRole?, shape: Shape, weightCount: Int, nonzeros: Int, threshold: Double, clusters: Int?,
        account: LayerAccount?
    ) {
        self.role = role
        self.shape = shape
        self.weightCount = weightCount
        self.nonzeros = nonzeros
        self.threshold = threshold
        self.clusters = clusters
        self.account = account
    }
}

extension LayerFigures {
    /// The figures of a layer whose place other tensors have taken.
    ///
    /// `parts` are the figures of each tensor by itself (with its role, shape, and whether it has an entry of its own in the
    /// file), `original` those of the layer as it was, `filteredBits` its size once filters were dropped.
    public init(
        original: LayerFigures, filteredBits: Int, structureError: Double, squaredError: Double, hasFinalError: Bool,
        parts: [(role: FactorRole?, shape: Shape, hasEntry: Bool, figures: LayerFigures)], exactness: Exactness
    ) {
        func sum(_ number: (LayerFigures) -> Int) -> Int { parts.reduce(0) { $0 + number($1.figures) } }
        let largest = parts.max { $0.figures.weightCount < $1.figures.weightCount }?.figures ?? original
        self = original
        nonzeros = sum(\.nonzeros)
        threshold = largest.threshold
        thresholdInSigma = largest.thresholdInSigma
        codebook = parts.count == 1 ? largest.codebook : nil
        coders = CoderComparison(of: parts.map(\.figures.coders))
        self.squaredError = squaredError
        stages = StageSizes(
            original: original.stages.original, filtered: filteredBits, factorized: sum(\.stages.original),
            pruned: sum(\.stages.pruned), shared: sum(\.stages.shared), coded: sum(\.stages.coded))
        account = largest.account
        account.fillers = sum(\.account.fillers)
        account.codes = sum(\.account.codes)
        account.gaps = sum(\.account.gaps)
        account.codebook = sum(\.account.codebook)
        account.tables = sum(\.account.tables)
        account.byteCount = sum(\.account.byteCount)
        account.paperBits = sum(\.account.paperBits)
        self.exactness = exactness
        structure = StructureFigures(
            squaredError: structureError, hasFinalError: hasFinalError,
            parts: parts.map { part in
                PartFigures(
                    role: part.role, shape: part.shape, weightCount: part.figures.weightCount,
                    nonzeros: part.figures.nonzeros, threshold: part.figures.threshold,
                    clusters: part.figures.codebook?.centroids.count, account: part.hasEntry ? part.figures.account : nil)
            })
    }

    /// Weights that the layer still has, zeros included.
    public var weightsLeft: Int { structure.map { $0.parts.reduce(0) { $0 + $1.weightCount } } ?? weightCount }
}
