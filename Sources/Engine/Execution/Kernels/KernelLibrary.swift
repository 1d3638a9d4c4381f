/// The operators that run on plain row-major values.
enum KernelLibrary {
    typealias Maker = @Sendable (KernelContext) throws(KernelFault) -> Kernel

    /// One family a file; no operator is in two.
    static let families: [[String: Maker]] = [
        activations, arithmetic, logic, casts, softmax, statistics, channelNormalization, reshaping, joining, slicing,
        scattering, sequences, ordering,
        padding, gathering, constants, reduction, matrixProducts, pooling, convolution, transposedConvolution,
        resizing, recurrent, attention, quantizing, integerProducts, bitwise, losses, einsum,
        gridSampling, selecting, signals, gating,
    ]

    /// Makers by the name of the operator in the standard domain.
    static let makers = Dictionary(uniqueKeysWithValues: families.joined().map { ($0.key, $0.value) })
}
