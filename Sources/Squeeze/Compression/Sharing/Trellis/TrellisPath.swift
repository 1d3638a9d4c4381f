/// Finds the levels of a block of weights that cost least together, squared error and bits, among all paths of the trellis
/// (Viterbi 1967). Works in steps, so that errors are in squared steps.
struct TrellisPath {
    /// The price of each level in each quantizer, up to a level that is never exceeded; index level · 2 + quantizer.
    private let prices: [Float]
    private let highest: Int
    private let scale: Float
    /// The smallest magnitude, as a pattern, that may be anything but zero.
    private let cutoff: UInt32
    /// For each weight, which of two predecessors each state came from, a bit a state.
    private var origins: [UInt32]
    /// For each weight, the best level of each quantizer and parity: 0 even, 0 odd, 1 even, 1 odd.
    private var candidates: [SIMD4<Int32>]

    /// `bits` are the bits of a level in a quantizer, at level · 2 + quantizer.
    init(step: Float, cutoff: Cutoff, bits: [Double]) {
        prices = bits.map { Float($0 * EntropyConstrained.price) }
        highest = bits.count / 2 - 1
        scale = 1 / step
        self.cutoff = cutoff.pattern
        origins = [UInt32](repeating: 0, count: TrellisCode.blockLength)
        candidates = [SIMD4<Int32>](repeating: .zero, count: TrellisCode.blockLength)
    }

    /// Writes the levels of a block, which begins in state 0. There is room for as many levels as there are weights, and
    /// there are no more weights than a block has.
    mutating func levels(of weights: UnsafeBufferPointer<Float>, into levels: UnsafeMutablePointer<Int16>) {
        precondition(weights.count <= TrellisCode.blockLength)
        // Costs of the states: the even ones, which use quantizer 0, and the odd ones; four times four each.
        var even = FourVectors(.unreachable)
        var odd = FourVectors(.unreachable)
        even.a[0] = 0
        for index in weights.indices {
            let costs = offer(weights[index], at: index)
            // State t < 16 is reached from 2t by an even level, from 2(t ⊕ 4) by an odd one; state 16 + t from 2(t ⊕ 2) + 1
            // and 2(t ⊕ 6) + 1. ⊕ 4 swaps neighbouring vectors, ⊕ 2 the halves of each.
            let low = even.joined(with: even.swapped, costs[0], costs[1])
            let turned = odd.turned
            let high = turned.joined(with: turned.swapped, costs[2], costs[3])
            origins[index] = low.origins | high.origins << 16
            (even, odd) = low.costs.interleaved(with: high.costs)
            if index & 63 == 63 {
                let least = min(even.least, odd.least)
                even.subtract(least)
                odd.subtract(least)
            }
        }
        var state = FourVectors.cheapest(even, odd)
        for index in weights.indices.reversed() {
            let isOdd = Int(origins[index] >> UInt32(state) & 1)
            let quantizer = state >> 4
            let level = candidates[index][quantizer * 2 + isOdd]
            levels[index] = Int16(truncatingIfNeeded: weights[index] < 0 ? -level : level)
            let below = (state ^ (quantizer == 1 ? 18 : 0) ^ (isOdd == 1 ? 4 : 0)) & 15
            state = below << 1 | quantizer
        }
    }

    /// The least cost of each quantizer and parity for a weight; notes the levels.
    @inline(__always)
    private mutating func offer(_ weight: Float, at index: Int) -> SIMD4<Float> {
        let pattern = weight.bitPattern & 0x7fff_ffff
        guard pattern >= cutoff else {
            candidates[index] = .zero
            return SIMD4(prices[0], .unreachable, prices[1], .unreachable)
        }
        let place = Float(bitPattern: pattern) * scale
        var costs = SIMD4<Float>(
            place * place + prices[0], .unreachable, place * place + prices[1], .unreachable)
        var best = SIMD4<Int32>.zero
        prices.withUnsafeBufferPointer { prices in
            for quantizer in 0..<2 {
                let shift: Float = quantizer == 0 ? 0 : 0.5
                let nearest = min(Int(place + shift), highest - 1)
                // Two on either side: for each parity the nearest, and the one nearer to zero.
                for level in max(1, nearest - 1)...max(1, min(nearest + 2, highest)) {
                    let offset = place - (Float(level) - shift)
                    let cost = offset * offset + prices[level * 2 + quantizer]
                    let kind = quantizer * 2 + (level & 1)
                    if cost < costs[kind] {
                        costs[kind] = cost
                        best[kind] = Int32(truncatingIfNeeded: level)
                    }
                }
            }
        }
        candidates[index] = best
        return costs
    }
}

extension Float {
    fileprivate static let unreachable: Float = 1e30
}

/// Sixteen costs in four vectors.
private struct FourVectors {
    var a, b, c, d: SIMD4<Float>

    init(_ value: Float) {
        a = SIMD4(repeating: value)
        (b, c, d) = (a, a, a)
    }

    @inline(__always)
    init(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>) {
        (self.a, self.b, self.c, self.d) = (a, b, c, d)
    }

    /// Element t ⊕ 4 at t.
    @inline(__always)
    var swapped: FourVectors { FourVectors(b, a, d, c) }

    /// Element t ⊕ 2 at t.
    @inline(__always)
    var turned: FourVectors {
        @inline(__always)
        func turn(_ v: SIMD4<Float>) -> SIMD4<Float> { SIMD4(lowHalf: v.highHalf, highHalf: v.lowHalf) }
        return FourVectors(turn(a), turn(b), turn(c), turn(d))
    }

    /// The lesser of two ways to each state, and a bit for each that came the other way.
    @inline(__always)
    func joined(with other: FourVectors, _ price: Float, _ otherPrice: Float) -> (costs: FourVectors, origins: UInt32) {
        let lanes = SIMD4<UInt32>(1, 2, 4, 8)
        var gathered = SIMD4<UInt32>.zero
        @inline(__always)
        func join(_ own: SIMD4<Float>, _ others: SIMD4<Float>, _ group: UInt32) -> SIMD4<Float> {
            let (first, second) = (own + price, others + otherPrice)
            let isOther = second .< first
            gathered |= unsafeBitCast(isOther, to: SIMD4<UInt32>.self) & (lanes &<< group)
            return first.replacing(with: second, where: isOther)
        }
        let costs = FourVectors(
            join(a, other.a, 0), join(b, other.b, 4), join(c, other.c, 8), join(d, other.d, 12))
        return (costs, gathered[0] | gathered[1] | gathered[2] | gathered[3])
    }

    /// The even and the odd elements of the thirty-two, of which these are the lower sixteen.
    @inline(__always)
    func interleaved(with high: FourVectors) -> (even: FourVectors, odd: FourVectors) {
        @inline(__always)
        func pair(_ first: SIMD4<Float>, _ second: SIMD4<Float>) -> (SIMD4<Float>, SIMD4<Float>) {
            let both = SIMD8(lowHalf: first, highHalf: second)
            return (both.evenHalf, both.oddHalf)
        }
        let (e0, o0) = pair(a, b)
        let (e1, o1) = pair(c, d)
        let (e2, o2) = pair(high.a, high.b)
        let (e3, o3) = pair(high.c, high.d)
        return (FourVectors(e0, e1, e2, e3), FourVectors(o0, o1, o2, o3))
    }

    var least: Float { min(min(a.min(), b.min()), min(c.min(), d.min())) }

    mutating func subtract(_ value: Float) {
        a -= value
        b -= value
        c -= value
        d -= value
    }

    /// The state of the least cost, the lowest of equals.
    static func cheapest(_ even: FourVectors, _ odd: FourVectors) -> Int {
        var best = (cost: Float.infinity, state: 0)
        for (group, pair) in [(even.a, odd.a), (even.b, odd.b), (even.c, odd.c), (even.d, odd.d)].enumerated() {
            for lane in 0..<4 {
                for (parity, cost) in [pair.0[lane], pair.1[lane]].enumerated() where cost < best.cost {
                    best = (cost, (group * 4 + lane) * 2 + parity)
                }
            }
        }
        return best.state
    }
}
