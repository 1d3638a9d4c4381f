/// One end of a binary arithmetic code. A model drives both ends through the same calls: an encoder codes the bit it is
/// given and answers with it, a decoder ignores what it is given and answers with the bit it found.
protocol BinaryCoder {
    /// Codes a bit, 0 or 1, of which a probability is known, and learns from it.
    mutating func code(_ bit: Int, _ expectation: inout AdaptiveBit) -> Int
    /// Codes a bit, 0 or 1, that is 1 with a probability in parts of 2²², above 0 and below 2²².
    mutating func code(_ bit: Int, probability: UInt32) -> Int
    /// Codes the lower `count` ≤ 24 bits of a number of which nothing is known, the most significant first.
    mutating func codeEvenly(_ bits: Int, count: Int) -> Int
}
