import Compression
import TensorCore

/// Rounds numbers to few bits. What comes out is short by itself: whoever codes it needs no scale.
struct RestRounding: Sendable, Hashable {
    /// How an error counts.
    enum Measure: Sendable, Hashable {
        /// By itself: biases, tables. All numbers are multiples of one step, a power of two, of which the greatest has `bits` bits with its sign.
        case absolute
        /// As a part of the number: scales. Each has three bits less behind its leading one.
        case relative
    }

    var rule: RestRule
    var measure: Measure

    /// Numbers are left as they are where one is not finite.
    func rounded(_ numbers: [Float]) -> [Float] {
        guard rule.rounds, numbers.allSatisfy(\.isFinite) else { return numbers }
        switch measure {
        case .relative: return numbers.map { Self.rounded($0, behindLeading: max(1, rule.bits - 3)) }
        case .absolute:
            let greatest = numbers.reduce(0) { max($0, abs($1)) }
            guard greatest > 0 else { return numbers.map { _ in 0 } }
            let lowest = Int(greatest.exponent) - (rule.bits - 2)
            return numbers.map { Self.rounded($0, toMultiplesOf: lowest) }
        }
    }

    /// The nearest number with so many bits behind its leading one.
    private static func rounded(_ number: Float, behindLeading bits: Int) -> Float {
        number == 0 ? 0 : rounded(number, toMultiplesOf: Int(number.exponent) - bits)
    }

    /// The nearest multiple of a power of two; of two as near, the even one.
    private static func rounded(_ number: Float, toMultiplesOf power: Int) -> Float {
        let step = Double(sign: .plus, exponent: power, significand: 1)
        let made = Float((Double(number) / step).rounded(.toNearestOrEven) * step)
        // What would be beyond the greatest number there is stays, and no zero is negative.
        return made.isFinite ? made + 0 : number
    }
}
