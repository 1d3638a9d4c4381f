/// Dependent quantization: two interleaved quantizers take turns, and what was chosen before decides which one is next
/// (Schwarz et al. 2021, as in ISO/IEC 15938-17), so that the values one may choose from lie twice as dense as the bits tell.
///
/// Quantizer 0 holds the multiples of the step; quantizer 1 zero and the odd multiples of half a step. Level l is
/// step · l in the first and step · (l − sign(l)/2) in the second. A machine of 32 states reads the parity of each level:
///
///     next state = state div 2 ⊕ (18 where the state is odd) ⊕ (4 where the level is odd)
///
/// (Ungerboeck's code of 32 states); an odd state uses quantizer 1. Every 65,536 weights, in the order in which they are
/// stored, it begins again in state 0.
enum TrellisCode {
    static let stateCount = 32
    /// Weights between two starts.
    static let blockLength = 1 << 16

    @inline(__always)
    static func next(_ state: Int, _ level: Int32) -> Int {
        state &>> 1 ^ (state & 1 != 0 ? 18 : 0) ^ (level & 1 != 0 ? 4 : 0)
    }

    @inline(__always)
    static func quantizer(_ state: Int) -> Int { state & 1 }

    /// What a level stands for: the product is formed in double precision.
    @inline(__always)
    static func value(_ level: Int32, _ quantizer: Int, step: Float) -> Float {
        let halves = 2 &* Int(level) &- (quantizer == 1 ? Int(level.signum()) : 0)
        return Float(Double(step) * 0.5 * Double(halves))
    }
}
