import COpenBLAS
import Glibc
import Importance
import Synchronization

/// Which weights of a layer stay, decided with the fit: those whose loss the others of their row can make up for least (optimal brain
/// surgeon), not the largest. They go in rounds, and the rest is fitted anew after each.
struct SurvivorChoice {
    let inputs: Int
    let outputs: Int
    /// By group: second moments with their ridge on the diagonal, (inputs, inputs), and what rows are solved for, (outputs, inputs).
    private let seconds: [[Double]]
    private let wanted: [[Double]]
    /// By group, whether a weight was there before.
    private let present: [[Bool]]

    private static let rounds = 3
    /// Floating-point operations that the rounds may take.
    private static let limit = 3e10

    /// Of moments by group and the weights before anything was pruned.
    init(_ moments: [Moments.Group], whole: [[Double]], inputs: Int, outputs: Int, ridge: Double) {
        (self.inputs, self.outputs) = (inputs, outputs)
        var (seconds, wanted): ([[Double]], [[Double]]) = ([], [])
        for (own, weights) in zip(moments, whole) {
            let mean = (0..<inputs).reduce(0) { $0 + own.second[$1 * inputs + $1] } / Double(max(1, inputs))
            var second = own.second
            for index in 0..<inputs { second[index * inputs + index] += max(ridge, 1e-6) * mean }
            seconds.append(second)
            wanted.append(zip(own.cross, weights).map { $0 + max(ridge, 1e-6) * mean * $1 })
        }
        (self.seconds, self.wanted, present) = (seconds, wanted, whole.map { $0.map { $0 != 0 } })
    }

    /// Which `count` of all weights stay, by group; nil where that would take too long, or the moments say nothing.
    func chosen(_ count: Int) -> [[Bool]]? {
        var kept = present
        let total = kept.reduce(0) { $0 + $1.count { $0 } }
        guard 0 < count, count < total else { return nil }
        for round in 1...Self.rounds {
            let left = round == Self.rounds ? count : Int(Double(total) * pow(Double(count) / Double(total), Double(round) / Double(Self.rounds)))
            guard let costs = costs(kept) else { return nil }
            var order = costs.enumerated().flatMap { group, costs in
                costs.indices.compactMap { kept[group][$0] ? (cost: costs[$0], group: group, place: $0) : nil }
            }
            guard order.count > left else { continue }
            order.sort { ($0.cost, $1.group, $1.place) > ($1.cost, $0.group, $0.place) }
            for one in order[left...] { kept[one.group][one.place] = false }
        }
        return kept
    }

    /// What it costs to take each weight away that is left, the others of its row made the best of; zero for those that are gone.
    private func costs(_ kept: [[Bool]]) -> [[Double]]? {
        let isWhole = kept.allSatisfy { $0.allSatisfy { $0 } }
        let supports = kept.map { kept in (0..<outputs).map { row in (0..<inputs).filter { kept[row * inputs + $0] } } }
        let work = supports.reduce(0.0) { $0 + $1.reduce(0.0) { $0 + pow(Double($1.count), 3) } }
        guard isWhole || work <= Self.limit else { return nil }
        let found = Mutex(kept.map { $0.map { _ in 0.0 } })
        let isSound = Mutex(true)
        let rows = isWhole ? 1 : outputs
        Team.each(of: seconds.count * rows) { piece in
            let (group, first) = (piece / rows, piece % rows)
            let support = supports[group][first]
            guard !support.isEmpty else { return }
            guard let factor = Self.factor(seconds[group], support, inputs) else { return isSound.withLock { $0 = false } }
            for row in isWhole ? 0..<outputs : first..<first + 1 {
                let own = Self.costs(factor, support.map { wanted[group][row * inputs + $0] })
                guard !own.contains(where: \.isNaN) else { return isSound.withLock { $0 = false } }
                found.withLock { for (index, input) in support.enumerated() { $0[group][row * inputs + input] = own[index] } }
            }
        }
        return isSound.withLock { $0 } ? found.withLock { $0 } : nil
    }

    /// The inverse of the Cholesky factor of H over some inputs, column by column.
    private static func factor(_ second: [Double], _ support: [Int], _ inputs: Int) -> [Double]? {
        var matrix = support.flatMap { row in support.map { second[row * inputs + $0] } }
        return pare_lapack_inverse_factor(Int32(support.count), &matrix) == 0 ? matrix : nil
    }

    /// w² / [H⁻¹]ᵢᵢ of the weights that solve H w = b, from L⁻¹ with H⁻¹ = L⁻ᵀ L⁻¹.
    private static func costs(_ factor: [Double], _ wanted: [Double]) -> [Double] {
        let n = wanted.count
        var (weights, diagonal) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
        for row in 0..<n {
            var image = 0.0
            for column in 0...row { image += factor[column * n + row] * wanted[column] }
            for column in 0...row {
                weights[column] += factor[column * n + row] * image
                diagonal[column] += factor[column * n + row] * factor[column * n + row]
            }
        }
        return zip(weights, diagonal).map { $1 > 0 ? $0 * $0 / $1 : .infinity }
    }
}
