import Glibc

/// What is signal and what is noise in a matrix, from its singular values alone: the global solution of empirical variational
/// Bayesian matrix factorization (Nakajima, Sugiyama, Babacan, Tomioka 2013, https://jmlr.org/papers/v14/nakajima13a.html).
public struct NoiseEstimate: Sendable, Hashable {
    /// Singular values above the cut; never below 1, for a layer of rank 0 would answer nothing.
    public let rank: Int
    /// σ²: of one element of the matrix.
    public let noiseVariance: Double
    /// √(M σ² x̄): the singular value up to which all is taken for noise.
    public let cut: Double

    /// - Parameters:
    ///   - singularValues: descending; those past the smaller extent are zero and not looked at.
    ///   - rows: of the matrix; whether it is wider or higher makes no difference.
    public init(singularValues: [Double], rows: Int, columns: Int) {
        let (l, m) = (min(rows, columns), max(rows, columns))
        precondition(singularValues.count >= l && l > 0, "\(singularValues.count) singular values are too few for \(rows)×\(columns)")
        // Measured in the matrix's own power, tolerances mean the same for weights of any size.
        let squares = singularValues[..<l].map { $0 * $0 }
        let power = squares.reduce(0, +)
        guard power > 0 else {
            (rank, noiseVariance, cut) = (1, 0, 0)
            return
        }
        let energy = FreeEnergy(squares: squares.map { $0 / power }, columns: m)
        let variance = boundedMinimum(in: energy.bounds, tolerance: 1e-9) { energy.value(variance: $0) }.argument
        let square = Double(m) * variance * energy.criticalSquare
        rank = max(1, energy.squares.prefix { $0 > square }.count)
        noiseVariance = variance * power
        cut = (square * power).squareRoot()
    }
}

/// The free energy of an L × M matrix, L ≤ M, as a function of its noise's variance; every other unknown is solved for.
private struct FreeEnergy {
    /// Squared singular values, descending; L of them.
    let squares: [Double]
    let alpha: Double
    /// x̄ = (1 + τ̄)(1 + α/τ̄): the square, in units of M σ², from which a component is signal.
    let criticalSquare: Double
    let bounds: ClosedRange<Double>
    private let m: Double

    init(squares: [Double], columns: Int) {
        self.squares = squares
        m = Double(columns)
        alpha = Double(squares.count) / m
        let tau = 2.5129 * alpha.squareRoot()  // τ̄, the approximation the paper gives
        criticalSquare = (1 + tau) * (1 + alpha / tau)
        // At most that many components are signal; the variance is at least what makes the next one noise, and at least
        // the mean of the rest; at most that of the whole matrix.
        let first = max(0, min(Int((Double(squares.count) / (1 + alpha)).rounded(.up)) - 1, squares.count - 1))
        let rest = squares[first...]
        let lower = max(squares[first] / (m * criticalSquare), rest.reduce(0, +) / (Double(rest.count) * m))
        let upper = squares.reduce(0, +) / (Double(squares.count) * m)
        bounds = min(lower, upper)...upper
    }

    func value(variance: Double) -> Double {
        guard variance > 0 else { return .infinity }
        var sum = 0.0
        for square in squares {
            let x = square / (m * variance)
            if x > criticalSquare {
                let shifted = x - (1 + alpha)
                let tau = 0.5 * (shifted + (shifted * shifted - 4 * alpha).squareRoot())
                sum += x - tau + log((tau + 1) / x) + alpha * log(tau / alpha + 1)
            } else if square > 0 {
                sum += x - log(x)
            } else {
                sum += log(variance)  // what is left of −log x when x's own part, infinite and constant, is dropped
            }
        }
        return sum
    }
}
