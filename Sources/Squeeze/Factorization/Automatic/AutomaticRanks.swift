/// Ranks that variational Bayes takes for signal, and whether factors of these ranks are worth having.
public struct AutomaticRanks: Sendable, Hashable {
    public let ranks: Ranks
    /// Of the out × (in · window) unfolding; of several groups' the one with the greatest rank. A matrix has one, on both sides.
    public let out: NoiseEstimate
    /// Of the in × (out · window) unfolding.
    public let `in`: NoiseEstimate
    /// Whether the factors hold fewer weights than the layer; it stays whole otherwise.
    public let isWorthwhile: Bool

    /// Ranks from the spectra alone.
    init(_ spectrumOut: Spectrum, _ spectrumIn: Spectrum, _ layout: KernelLayout) {
        out = Self.noise(spectrumOut, rows: layout.out, columns: layout.in * layout.window)
        `in` = layout.isMatrix ? out : Self.noise(spectrumIn, rows: layout.in, columns: layout.out * layout.window)
        ranks = Ranks(out: out.rank, in: `in`.rank)
        isWorthwhile = layout.factorCount(ranks) < layout.count
    }

    /// Every group has the same rank, so it is that of the group which needs the most.
    private static func noise(_ spectrum: Spectrum, rows: Int, columns: Int) -> NoiseEstimate {
        var greatest = NoiseEstimate(singularValues: spectrum.singularValues[0], rows: rows, columns: columns)
        for values in spectrum.singularValues.dropFirst() {
            let estimate = NoiseEstimate(singularValues: values, rows: rows, columns: columns)
            if estimate.rank > greatest.rank { greatest = estimate }
        }
        return greatest
    }
}
