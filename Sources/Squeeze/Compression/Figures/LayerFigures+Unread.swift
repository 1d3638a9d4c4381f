import Glibc
import TensorCore

extension LayerFigures {
    /// A layer that is stored as it came; needs no look at the weights, so the signal's power is not known (0).
    public static func asStored(_ weights: TensorSource) -> LayerFigures {
        let bits = weights.byteCount * 8
        return LayerFigures(
            weightCount: weights.count, nonzeros: weights.count, threshold: 0, thresholdInSigma: 0, codebook: nil,
            squaredError: 0, signalPower: 0, stages: StageSizes(original: bits, pruned: bits, shared: bits, coded: bits),
            account: .asStored(weights), exactness: .exact)
    }

    /// A layer that is stored as it came, with its zeros counted in one pass.
    public static func storedAndCounted(_ source: TensorSource) throws(UnreadableTensor) -> LayerFigures {
        var figures = asStored(source)
        guard source.elementType.isReadableAsFloat else { return figures }
        figures.nonzeros = 0
        try source.read().forEachChunk { _, chunk in for weight in chunk where weight != 0 { figures.nonzeros += 1 } }
        return figures
    }

    /// A guess from the plan alone, for weights that were not read yet: Laplace distributed, survivors anywhere.
    public static func guessed(_ plan: LayerPlan, for weights: TensorSource) -> LayerFigures {
        var figures = asStored(weights)
        figures.exactness = .estimated
        let count = Double(weights.count)
        guard count > 0 else { return figures }
        let sparsity: Double =
            switch plan.prune {
            case .sparsity(let fraction): min(1, max(0, fraction))
            case .sigma(let multiple): 1 - exp(-multiple * 2.0.squareRoot())
            case .threshold, nil: 0
            }
        let kept = count * (1 - sparsity)
        let width = Double(weights.elementType.byteCount * 8)
        let codeBits = plan.share.map { $0.step == nil ? min(width, log2(Double($0.clusters) + 1)) : 4 } ?? width
        // Entropy of a geometric gap, a survivor.
        let gapBits = kept > 0 && sparsity > 0 ? -(log2(1 - sparsity) + sparsity / (1 - sparsity) * log2(sparsity)) : 0
        let codebook = Double(plan.share?.clusters ?? 0) * 32
        let original = figures.stages.original
        func bits(_ value: Double) -> Int { min(original, Int(max(0, value.isFinite ? value : 0))) }
        figures.nonzeros = Int(kept)
        figures.stages.pruned = bits(kept * (width + gapBits))
        figures.stages.shared = bits(min(count * codeBits, kept * (codeBits + gapBits)) + codebook)
        // Huffman takes about a tenth off the codes of bell-shaped weights.
        figures.stages.coded = bits(min(count * codeBits, kept * (codeBits * 0.9 + gapBits)) + codebook)
        figures.account.layout = .sparse
        figures.account.codes = bits(kept * codeBits * 0.9)
        figures.account.gaps = bits(kept * gapBits)
        figures.account.codebook = Int(codebook)
        figures.account.byteCount = figures.stages.coded / 8
        figures.account.paperBits = figures.stages.coded
        return figures
    }
}

extension LayerAccount {
    /// A tensor among those that stay as they came.
    public static func asStored(_ weights: TensorSource) -> LayerAccount {
        LayerAccount(
            layout: .raw, coder: .none, gapBits: nil, fillers: 0, codes: weights.byteCount * 8, gaps: 0, codebook: 0, tables: 0,
            byteCount: weights.byteCount, paperBits: weights.byteCount * 8)
    }
}
