/// The operators that run on plain row-major values.
enum KernelLibrary {
    typealias Maker = @Sendable (KernelContext) throws(KernelFault) -> Kernel

    /// Makers by the name of the operator in the standard domain; one family a file.
    static let makers: [String: Maker] = {
        var makers: [String: Maker] = [:]
        for family in [
            activations, arithmetic, logic, casts, softmax, statistics, channelNormalization, reshaping, joining, slicing,
            scattering, sequences, ordering,
            padding, gathering, constants, reduction, matrixProducts, pooling, convolution, transposedConvolution,
            resizing, recurrent, attention, quantizing, integerProducts, bitwise, losses, einsum,
            gridSampling, selecting, signals, gating,
        ] {
            makers.merge(family) { first, _ in first }
        }
        return makers
    }()
}
