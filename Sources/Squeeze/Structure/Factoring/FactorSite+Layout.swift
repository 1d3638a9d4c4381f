import Factorization

extension FactorSite {
    /// The weights as the operator reads them, given their shape there; nil where they are no stack of kernels.
    func layout(_ shape: [Int]) -> KernelLayout? {
        switch form {
        case .convolution, .tensor:
            guard shape.count >= 2, shape[0] % groups == 0 else { return nil }
            return KernelLayout(
                groups: groups, out: shape[0] / groups, in: shape[1], window: shape[2...].reduce(1, *), order: .outFirst)
        case .transposedConvolution:
            guard shape.count >= 2, shape[0] % groups == 0 else { return nil }
            return KernelLayout(
                groups: groups, out: shape[1], in: shape[0] / groups, window: shape[2...].reduce(1, *), order: .inFirst)
        case .gemmRight(isTransposed: true), .gemmLeft(isTransposed: false):
            guard shape.count == 2 else { return nil }
            return KernelLayout(out: shape[0], in: shape[1], order: .outFirst)
        case .gemmRight(isTransposed: false), .gemmLeft(isTransposed: true), .embedding:
            guard shape.count == 2 else { return nil }
            return KernelLayout(out: shape[1], in: shape[0], order: .inFirst)
        case .matMulRight:
            guard shape.count >= 2 else { return nil }
            return KernelLayout(
                groups: shape.dropLast(2).reduce(1, *), out: shape[shape.count - 1], in: shape[shape.count - 2],
                order: .inFirst)
        case .matMulLeft:
            guard shape.count >= 2 else { return nil }
            return KernelLayout(
                groups: shape.dropLast(2).reduce(1, *), out: shape[shape.count - 2], in: shape[shape.count - 1],
                order: .outFirst)
        case .recurrentInput:
            guard shape.count == 3 else { return nil }
            return KernelLayout(out: shape[0] * shape[1], in: shape[2], order: .outFirst)
        case .recurrentState:
            guard shape.count == 3 else { return nil }
            return KernelLayout(groups: shape[0], out: shape[1], in: shape[2], order: .outFirst)
        }
    }

    /// The same kernels as they are stored: a transposed matrix has its sides in the other order.
    func storedLayout(_ layout: KernelLayout) -> KernelLayout {
        guard isRearranged else { return layout }
        var stored = layout
        stored.order = layout.order == .outFirst ? .inFirst : .outFirst
        return stored
    }
}

extension KernelLayout {
    /// Why splitting could not make the layer smaller; nil where ranks exist at which it does.
    var obstacle: String? {
        if groups > 1, `in` == 1 || out == 1, window > 1 {
            return "it is depthwise: there is nothing to split between channels"
        }
        if out == 0 || `in` == 0 || window == 0 { return "it holds no weights" }
        return factorCount(Ranks(1)) < count ? nil : "it is too small to be split: at rank 1 it would not shrink"
    }

    /// Ranks as near to the given ones as the kernels allow.
    func clamped(_ ranks: Ranks) -> Ranks {
        if isMatrix { return Ranks(min(max(1, ranks.out), min(out, `in`))) }
        return Ranks(out: min(max(1, ranks.out), out), in: min(max(1, ranks.in), `in`))
    }

    /// Whether ranks leave both sides whole, so that nothing is split.
    func isWhole(_ ranks: Ranks) -> Bool { !isMatrix && ranks.out >= out && ranks.in >= `in` }
}
