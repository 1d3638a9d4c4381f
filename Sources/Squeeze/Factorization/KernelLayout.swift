/// How a stored tensor is read as a stack of kernels: groups × out × in × window.
///
/// Convolutions and everything that is a matrix (products, embeddings, recurrent weights) are read this way, so that one
/// algorithm factorizes them all: Tucker-2 over out and in, which for a window of 1 is the singular value decomposition.
public struct KernelLayout: Sendable, Hashable {
    public enum Order: Sendable, Hashable {
        /// [groups · out, in, window]: Conv, Gemm with transB, LSTM and GRU matrices.
        case outFirst
        /// [groups · in, out, window]: ConvTranspose, MatMul, Gemm without transB, embeddings (in: the vocabulary).
        case inFirst
    }

    public var groups: Int
    /// Output channels of a group.
    public var out: Int
    /// Input channels of a group.
    public var `in`: Int
    /// Elements of the window: 9 for 3 × 3, 1 for a matrix.
    public var window: Int
    public var order: Order

    public init(groups: Int = 1, out: Int, in: Int, window: Int = 1, order: Order) {
        self.groups = groups
        self.out = out
        self.in = `in`
        self.window = window
        self.order = order
    }

    /// Number of weights.
    public var count: Int { groups * out * `in` * window }

    /// Where the first weight of the window of an output and an input of a group is stored.
    public func position(group: Int, out output: Int, in input: Int) -> Int {
        let place = order == .outFirst ? (group * out + output) * `in` + input : (group * `in` + input) * out + output
        return place * window
    }

    /// The group, output and input of a stored weight.
    public func place(ofPosition position: Int) -> (group: Int, out: Int, in: Int) {
        let pair = position / window
        let (group, inside) = (pair / (out * `in`), pair % (out * `in`))
        return order == .outFirst ? (group, inside / `in`, inside % `in`) : (group, inside % out, inside / out)
    }

    /// Whether the layer has one rank rather than two.
    public var isMatrix: Bool { window == 1 }
}

/// Ranks of the two sides; equal for a matrix.
public struct Ranks: Sendable, Hashable {
    public var out: Int
    public var `in`: Int

    public init(out: Int, in: Int) {
        self.out = out
        self.in = `in`
    }

    /// The rank of a matrix.
    public init(_ rank: Int) { self.init(out: rank, in: rank) }
}

/// The factors of a layer as matrices, each group after the other; a side that is left whole has none.
///
///     weights(g)[s, t, d] ≈ Σ_pq output(g)[s, p] · core(g)[p, q, d] · input(g)[q, t]
///
/// A matrix (window 1) has `input` and `output` only, the singular values divided among both by their square roots.
public struct FactorMatrices: Sendable {
    public var ranks: Ranks
    /// groups × rank in × in; nil where that side is whole.
    public var input: [Float]?
    /// groups × rank out × rank in × window; nil for a matrix.
    public var core: [Float]?
    /// groups × out × rank out; nil where that side is whole.
    public var output: [Float]?

    public init(ranks: Ranks, input: [Float]?, core: [Float]?, output: [Float]?) {
        self.ranks = ranks
        self.input = input
        self.core = core
        self.output = output
    }
}

extension KernelLayout {
    /// Weights of the factors at given ranks, whole sides left out.
    public func factorCount(_ ranks: Ranks) -> Int {
        if isMatrix { return groups * ranks.out * (out + `in`) }
        let input = ranks.in < `in` ? ranks.in * `in` : 0
        let output = ranks.out < out ? ranks.out * out : 0
        return groups * (input + ranks.out * ranks.in * window + output)
    }
}
