import Compression
import Factorization
import TensorCore

extension Restructuring {
    /// The factors as matrices, from the tensors that a restructured model stores for a layer.
    public func matrices(
        _ tensors: [FactorRole: Tensor], ofLayer layer: Int, layout: KernelLayout, ranks: Ranks
    ) -> FactorMatrices {
        guard case .success(let site) = sites[layer] else { preconditionFailure("layer \(layer) is never split") }
        let groups = layout.groups
        func values(_ role: FactorRole, _ rows: Int, _ columns: Int, window: Int = 1) -> [Float]? {
            guard let stored = tensors[role]?.floats() else { return nil }
            guard site.form.storesTransposed(role, isMatrix: layout.isMatrix) else { return stored }
            return FactorTensors.transposed(stored, groups, columns, rows, window: window)
        }
        return FactorMatrices(
            ranks: ranks, input: values(.input, ranks.in, layout.in),
            core: values(.core, ranks.out, ranks.in, window: layout.window), output: values(.output, layout.out, ranks.out))
    }
}

extension FactorSite.Form {
    /// Whether `FactorChain` stores a factor with its two sides exchanged.
    fileprivate func storesTransposed(_ role: FactorRole, isMatrix: Bool) -> Bool {
        switch self {
        case .convolution, .tensor, .gemmRight, .gemmLeft, .matMulLeft, .recurrentState: false
        case .transposedConvolution: role == (isMatrix ? .output : .core)
        case .matMulRight, .embedding: true
        case .recurrentInput: role == .input
        }
    }
}
