/// Everything the screen and the reports say of one layer under one plan.
public struct LayerFigures: Sendable, Hashable {
    /// Elements of the layer.
    public var weightCount: Int
    /// Weights that are not zero: those that were not before and have |w| ≥ `threshold`.
    public var nonzeros: Int
    /// The magnitude below which weights are dropped; 0 without pruning.
    public var threshold: Double
    /// `threshold` in population standard deviations of the original weights.
    public var thresholdInSigma: Double
    /// The shared values in ascending order; nil without weight sharing.
    public var codebook: Codebook?
    /// Σ(w − ŵ)² over all weights, dropped ones included.
    public var squaredError: Double
    /// Σw² of the original weights.
    public var signalPower: Double
    /// Size after each stage, in bits.
    public var stages: StageSizes
    /// What the layer takes in the compressed file.
    public var account: LayerAccount
    /// What the codes of all weights take by each coder; nil where nothing is shared.
    public var coders: CoderComparison?
    /// Whether the figures that depend on the positions of the weights were counted or estimated.
    public var exactness: Exactness
    /// What became of the layer's shape; nil where it is as it was.
    public var structure: StructureFigures?

    /// Creates figures from their parts.
    public init(
        weightCount: Int, nonzeros: Int, threshold: Double, thresholdInSigma: Double, codebook: Codebook?,
        squaredError: Double, signalPower: Double, stages: StageSizes, account: LayerAccount, exactness: Exactness,
        structure: StructureFigures? = nil
    ) {
        self.weightCount = weightCount
        self.nonzeros = nonzeros
        self.threshold = threshold
        self.thresholdInSigma = thresholdInSigma
        self.codebook = codebook
        self.squaredError = squaredError
        self.signalPower = signalPower
        self.stages = stages
        self.account = account
        self.exactness = exactness
        self.structure = structure
    }

    /// Fraction of the weights that are zeros.
    public var sparsity: Double { weightCount == 0 ? 0 : 1 - Double(nonzeros) / Double(weightCount) }

    /// Coded bits for each original weight.
    public var bitsPerWeight: Double { weightCount == 0 ? 0 : Double(account.weightBits) / Double(weightCount) }
}

public enum Exactness: Sendable, Hashable {
    case exact, estimated
}

/// The centroids of a layer and how many weights each stands for.
public struct Codebook: Sendable, Hashable {
    /// Ascending; code i + 1 stands for `centroids[i]`, code 0 for zero.
    public var centroids: [Float]
    public var counts: [Int]

    public init(centroids: [Float], counts: [Int]) {
        self.centroids = centroids
        self.counts = counts
    }
}

/// The waterfall: bits of the weights after each stage, each in the cheapest layout available to that stage.
public struct StageSizes: Sendable, Hashable {
    public var original: Int
    /// Without the dropped filters, and what consumed them.
    public var filtered: Int
    public var factorized: Int
    public var pruned: Int
    public var shared: Int
    public var coded: Int

    /// The sizes of a layer; without `filtered` and `factorized` its shape is as it was.
    public init(original: Int, filtered: Int? = nil, factorized: Int? = nil, pruned: Int, shared: Int, coded: Int) {
        self.original = original
        self.filtered = filtered ?? original
        self.factorized = factorized ?? filtered ?? original
        self.pruned = pruned
        self.shared = shared
        self.coded = coded
    }
}

/// Bits of one layer in the compressed file, to the bit; each stream is padded to a byte of its own.
public struct LayerAccount: Sendable, Hashable {
    /// Layout that was chosen: never `automatic`.
    public var layout: LayoutChoice
    /// Coder that was chosen: never `automatic`.
    public var coder: EntropyCoder
    /// Width of a gap field that was chosen; nil outside the sparse layout.
    public var gapBits: Int?
    /// Filler entries of the sparse layout.
    public var fillers: Int
    /// Bits of the code stream (of the values where nothing is shared).
    public var codes: Int
    /// Bits of the gap stream.
    public var gaps: Int
    /// Bits of the codebook.
    public var codebook: Int
    /// Bits of the code lengths and of the fields that describe the streams.
    public var tables: Int
    /// Bytes of the layer's entry in the file: everything above, each stream padded to a byte.
    public var byteCount: Int
    /// Streams and codebook only, as Han et al. 2016 count: the paper account, in bits.
    public var paperBits: Int

    public init(
        layout: LayoutChoice, coder: EntropyCoder, gapBits: Int?, fillers: Int, codes: Int, gaps: Int, codebook: Int,
        tables: Int, byteCount: Int, paperBits: Int
    ) {
        self.layout = layout
        self.coder = coder
        self.gapBits = gapBits
        self.fillers = fillers
        self.codes = codes
        self.gaps = gaps
        self.codebook = codebook
        self.tables = tables
        self.byteCount = byteCount
        self.paperBits = paperBits
    }

    /// Bits the layer's weights take in the file, padding included.
    public var weightBits: Int { byteCount * 8 }
}

/// What the codes of a layer's weights take, coded densely, in bits: one coder beside the other.
public struct CoderComparison: Sendable, Hashable {
    /// The zero-order entropy, which no coder passes that looks at one code at a time.
    public var entropy: Double
    /// The cheapest words and fields, gaps included.
    public var huffman: Int
    /// The arithmetic coders; nil until the weights were coded with them.
    public var range: Int?
    public var context: Int?

    public init(entropy: Double, huffman: Int, range: Int? = nil, context: Int? = nil) {
        self.entropy = entropy
        self.huffman = huffman
        self.range = range
        self.context = context
    }

    /// Of several tensors together; nil where nothing is shared in one of them.
    init?(of parts: [CoderComparison?]) {
        guard let first = parts.first, var total = first else { return nil }
        for part in parts.dropFirst() {
            guard let part else { return nil }
            total.entropy += part.entropy
            total.huffman += part.huffman
            total.range = total.range.flatMap { sum in part.range.map { sum + $0 } }
            total.context = total.context.flatMap { sum in part.context.map { sum + $0 } }
        }
        self = total
    }
}
