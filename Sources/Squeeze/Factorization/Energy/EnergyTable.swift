import Basics
import TensorCore

/// The squared error of a kernel stack at every pair of ranks, and the factors to go with it.
///
/// The stack is rotated once into the bases of its higher-order singular value decomposition (De Lathauwer et al. 2000,
/// doi:10.1137/S0895479896305696). Truncation then drops a part of the rotated core, and the squared error is what that part
/// held. The table adds up dropped parts, never differences to the whole: an error of 10⁻⁸ of the power is still within 10⁻⁴
/// of what float64 throughout would give, and full ranks lose exactly nothing.
///
/// Errors are squares of the weights' or, where a `DataNorm` is given, what those cost on data; powers and energies likewise.
public struct EnergyTable: Sendable {
    public let layout: KernelLayout
    /// The squared error of dropping everything: in the weights' norm Σ w².
    public let power: Double
    /// Of the out × (in · window) unfolding; a matrix has one spectrum, on both sides.
    public let spectrumOut: Spectrum
    /// Of the in × (out · window) unfolding.
    public let spectrumIn: Spectrum
    /// What variational Bayes takes for signal; nil in the data's norm, where noise is not alike in all places.
    public let automaticRanks: AutomaticRanks?
    let rotated: RotatedKernel
    /// What errors cost; nil in the weights' norm.
    let norm: DataNorm?
    /// By group, in the data's norm where kernels have a window.
    let windows: [WindowMoments?]
    /// Squared error by rank out (0…out) and rank in (0…in), row-major; of a matrix by rank (0…min(out, in)).
    private let lost: [Double]

    /// Decomposes the weights, on all cores unless the thread's niceness is raised.
    ///
    /// - Complexity: O(n³) for each side of n channels and O(n) for each weight. At its height it needs memory for about
    ///   twice the weights besides the weights themselves, and three matrices of float64 over the larger side.
    public init(
        _ weights: Tensor, layout: KernelLayout, norm: DataNorm? = nil, cancellation: CancellationToken? = nil
    ) throws(FactorizationError) {
        precondition(norm?.fits(layout) ?? true, "the norm is of other kernels")
        precondition(
            weights.count == layout.count && layout.count > 0,
            "\(weights.shape) is not \(layout.groups) × \(layout.out) × \(layout.in) × \(layout.window)")
        guard weights.elementType.isReadableAsFloat else {
            throw .notReadable(elementType: weights.elementType.rawValue)
        }
        self = try weights.withFloats { values throws(FactorizationError) in
            try EnergyTable(values, layout: layout, norm: norm, cancellation: cancellation)
        }
    }

    private init(
        _ values: UnsafeBufferPointer<Float>, layout: KernelLayout, norm: DataNorm?, cancellation: CancellationToken?
    ) throws(FactorizationError) {
        self.layout = layout
        self.norm = norm
        let weightPower = try finitePower(of: values)
        let decomposition = try HigherOrderDecomposition(values, layout: layout, norm: norm, cancellation: cancellation)
        (rotated, windows) = (decomposition.rotated, decomposition.windows)
        spectrumOut = Spectrum(eigenvalues: decomposition.eigenvaluesOut)
        spectrumIn = layout.isMatrix ? spectrumOut : Spectrum(eigenvalues: decomposition.eigenvaluesIn)
        power = norm == nil ? weightPower : spectrumOut.energies.reduce(0, +)
        automaticRanks = norm == nil ? AutomaticRanks(spectrumOut, spectrumIn, layout) : nil
        lost =
            layout.isMatrix
            ? Self.tails(of: spectrumOut.energies)
            : Self.lostEnergies(decomposition.coreEnergies, rows: layout.out, columns: layout.in)
    }

    /// Whether errors are what they cost on data.
    public var isOnData: Bool { norm != nil }

    /// The largest ranks there are: all channels; for a matrix the smaller side's.
    public var fullRanks: Ranks {
        layout.isMatrix ? Ranks(min(layout.out, layout.in)) : Ranks(out: layout.out, in: layout.in)
    }

    /// Σ (w − ŵ)² of the stack truncated to these ranks (1…`fullRanks`). O(1).
    public func squaredError(_ ranks: Ranks) -> Double {
        let full = fullRanks
        precondition(
            (0...full.out).contains(ranks.out) && (0...full.in).contains(ranks.in),
            "ranks \(ranks.out)·\(ranks.in) are not within \(full.out)·\(full.in)")
        return layout.isMatrix ? lost[min(ranks.out, ranks.in)] : lost[ranks.out * (layout.in + 1) + ranks.in]
    }

    /// The fraction of `power` that these ranks keep; 1 for weights that are all zero.
    public func energyKept(_ ranks: Ranks) -> Double {
        power > 0 ? max(0, 1 - squaredError(ranks) / power) : 1
    }

    /// Σ over all from each index on.
    private static func tails(of energies: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: energies.count + 1)
        for index in energies.indices.reversed() { result[index] = result[index + 1] + energies[index] }
        return result
    }

    /// What lies below row `r` or right of column `c`, for every r and c: Σ of whole rows from r on, plus what rows above r
    /// have from c on.
    private static func lostEnergies(_ energies: [Double], rows: Int, columns: Int) -> [Double] {
        let width = columns + 1
        return [Double](unsafeUninitializedCapacity: (rows + 1) * width) { lost, count in
            // Bounds: row and column stay within 0...rows and 0...columns; `energies` is rows × columns.
            for column in 0..<width { lost[column] = 0 }
            for row in 0..<rows {
                var tail = 0.0
                lost[(row + 1) * width + columns] = 0
                for column in (0..<columns).reversed() {
                    tail += energies[row * columns + column]
                    lost[(row + 1) * width + column] = lost[row * width + column] + tail
                }
            }
            // So far row r holds what the rows above it have from each column on.
            for column in (0..<columns).reversed() {
                lost[rows * width + column] = max(lost[rows * width + column], lost[rows * width + column + 1])
            }
            var below = 0.0
            for row in (0..<rows).reversed() {
                below += energies[row * columns..<(row + 1) * columns].reduce(0, +)
                for column in (0..<width).reversed() {
                    let index = row * width + column
                    // Neither rounding, nor cores that are fitted with less than full trust, may let a greater rank lose more.
                    lost[index] = max(lost[index] + below, lost[index + width], column < columns ? lost[index + 1] : 0)
                }
            }
            count = (rows + 1) * width
        }
    }
}

/// Σ w²; throws where a weight is not finite, or where float32 would not hold the products of the weights.
private func finitePower(of values: UnsafeBufferPointer<Float>) throws(FactorizationError) -> Double {
    var lanes = SIMD8<Double>.zero
    let whole = values.count / 8 * 8
    for index in stride(from: 0, to: whole, by: 8) {
        var part = SIMD8<Float>.zero
        for lane in 0..<8 { part[lane] = values[index + lane] }
        let wide = SIMD8<Double>(part)
        lanes += wide * wide
    }
    var power = lanes.sum()
    for value in values[whole...] { power += Double(value) * Double(value) }
    guard power.isFinite else {
        throw .notFinite(index: values.firstIndex { !$0.isFinite } ?? 0)
    }
    guard power < 1e70 else { throw .tooLarge }
    return power
}

extension Tensor {
    /// All elements as float32, without a copy where they are stored so.
    func withFloats<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws(FactorizationError) -> Result
    ) throws(FactorizationError) -> Result {
        var result: Swift.Result<Result, FactorizationError>?
        if elementType == .float32 {
            storage.withUnsafeBytes { bytes in
                guard UInt(bitPattern: bytes.baseAddress) % 4 == 0 else { return }
                // Bounds: float32 storage holds exactly `count` elements (checked when the tensor was made).
                let floats = bytes.assumingMemoryBound(to: Float.self)
                result = Swift.Result { () throws(FactorizationError) in try body(floats) }
            }
        }
        if let result { return try result.get() }
        return try floats().withUnsafeBufferPointer(body)
    }
}
