import Basics

/// The order in which channels go when each time the one goes whose absence adds the least squared error.
///
/// With G = X̂ᵀX̂ over the rows of contributions, the error without the channels T is Σ_{s,t ∈ T} G_st, so that taking c away
/// as well adds G_cc + 2 Σ_{t ∈ T} G_ct (Luo et al. 2017, algorithm 1, without its scaling of what stays).
enum GreedyRemoval {
    /// Positions in the order of removal, by channel. `contributions` is rows × channels; ties go to the lower channel.
    ///
    /// - Complexity: O(rows × channels²).
    static func ranks(_ contributions: [Float], channels: Int, cancellation: CancellationToken) throws -> [Int] {
        guard channels > 0 else { return [] }
        precondition(contributions.count % channels == 0, "\(contributions.count) contributions of \(channels) channels")
        let gram = try gram(contributions, channels: channels, cancellation: cancellation)
        var added = (0..<channels).map { gram[$0 * channels + $0] }
        var ranks = [Int](repeating: 0, count: channels)
        var left = Array(0..<channels)
        for rank in 0..<channels {
            try cancellation.check()
            guard let position = left.indices.min(by: { added[left[$0]] < added[left[$1]] }) else { break }
            let gone = left.remove(at: position)
            ranks[gone] = rank
            for channel in left { added[channel] += 2 * gram[gone * channels + channel] }
        }
        return ranks
    }

    /// Sums of products of columns, in double precision between blocks of rows.
    private static func gram(_ rows: [Float], channels: Int, cancellation: CancellationToken) throws -> [Double] {
        var gram = [Double](repeating: 0, count: channels * channels)
        let rowCount = rows.count / channels
        // Columns lie one after the other in a block, so that products run along memory.
        let blockLength = 256
        var columns = [Float](repeating: 0, count: channels * blockLength)
        for start in stride(from: 0, to: rowCount, by: blockLength) {
            let count = min(blockLength, rowCount - start)
            for channel in 0..<channels {
                for row in 0..<blockLength {
                    columns[channel * blockLength + row] = row < count ? rows[(start + row) * channels + channel] : 0
                }
            }
            try columns.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                for first in 0..<channels {
                    try cancellation.check()
                    for second in 0...first {
                        let product = Self.product(base + first * blockLength * 4, base + second * blockLength * 4, blockLength)
                        gram[first * channels + second] += product
                    }
                }
            }
        }
        for first in 0..<channels {
            for second in 0..<first { gram[second * channels + first] = gram[first * channels + second] }
        }
        return gram
    }

    /// Bounds: `count` floats, a multiple of 16, lie at both places.
    @inline(__always)
    private static func product(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Double {
        var sum = SIMD16<Float>.zero
        for offset in stride(from: 0, to: count * 4, by: 64) {
            // No fused step: where the processor is not known to have one, it is a call for each number.
            sum +=
                left.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
                * right.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
        }
        var total = 0.0
        for lane in 0..<16 { total += Double(sum[lane]) }
        return total
    }
}
