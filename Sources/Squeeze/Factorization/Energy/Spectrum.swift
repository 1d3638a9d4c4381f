import Glibc

/// The singular values of one unfolding of a kernel stack.
public struct Spectrum: Sendable, Hashable {
    /// Of each group, descending; one for each channel of the side (for a matrix: of its smaller side).
    public let singularValues: [[Double]]
    /// Σ σ² over the groups, by rank: what another rank of this side adds where the other side is whole.
    public let energies: [Double]

    /// From eigenvalues of the groups' Gram matrices, descending.
    init(eigenvalues: [[Double]]) {
        singularValues = eigenvalues.map { $0.map { $0.squareRoot() } }
        var sums = [Double](repeating: 0, count: eigenvalues.first?.count ?? 0)
        for group in eigenvalues { for (rank, value) in group.enumerated() { sums[rank] += value } }
        energies = sums
    }

    /// Heights of bars for drawing, 0…1: the largest singular value (root of the summed energy) among the ranks each stands for.
    public func heights(columns: Int) -> [Float] {
        guard let first = energies.first, first > 0, columns > 0 else { return [Float](repeating: 0, count: max(0, columns)) }
        return (0..<columns).map { column in
            let rank = min(column * energies.count / columns, energies.count - 1)
            return Float((energies[rank] / first).squareRoot())
        }
    }

    /// The bar before which a cut after so many ranks is drawn; `columns` where all ranks are kept.
    public func column(ofCutAfter rank: Int, columns: Int) -> Int {
        guard !energies.isEmpty else { return 0 }
        return (min(max(rank, 0), energies.count) * columns + energies.count - 1) / energies.count
    }
}
