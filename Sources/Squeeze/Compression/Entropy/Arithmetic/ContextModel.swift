import TensorCore

/// Expects a level to be about as large as its neighbours are, and codes it by that expectation.
///
/// A *level* is a code counted from zero: codes of negative centroids are −1, −2, … downwards, those of positive ones 1, 2, …
/// upwards. A tensor of O × I × K weights (its first extent, its second, the product of the others; extents of 1 in front are
/// left out, and missing ones are 1) is coded row by row, in the order in which it is stored; where a row would be longer than
/// 2²⁰, the tensor is taken as rows of I = 2²⁰ and K = 1, the last one short. For the weight at row o, column
/// i·K + k, all in integers, in 256ths, every quotient rounded down and capped at 2²⁴:
///
///     g     = max(1, 256·(S + 1) / (N + 1))            S: sum of the N magnitudes coded so far
///     row   = (256·Σ + 8g) / (n + 8)                   Σ: sum of the n magnitudes of this row so far
///     in    = (256·Σ + 8g) / (o·K + k + 8)             Σ: of those with this i
///     pos   = (256·Σ + 8g) / (o·I + i + 8)             Σ: of those with this k
///     col   = (256·Σ + 3g) / (o + 3)                   Σ: of those in this column
///     near  = (256·Σ + 2g) / (weights + 2)             Σ: 2 × the one before, 1 × the one before that, 2 × one kernel row
///                                                      (the last extent) before, where k has one, 2 × one i before, 2 × the
///                                                      one above; those that are there, and the weights of those
///     m     = (6·(row·in/g)·pos/g + 5·near + 5·row·col/g) / 16
///     class = 4·e + the two bits below the highest of v = 4m + 256, which is bit e + 8
///
/// Bits: for u = 0, 1, …, 62, whether the magnitude lies above bucket u of `MagnitudeBuckets`, until it does not, under bin
/// min(u, 39); after the first of these, if it is a 1, the sign (1: negative), evenly; at last the place in the bucket, the
/// most significant bit first: the first bit under bin 40 + min(u − 8, 11), the second under bin 52 + min(u − 8, 11), the
/// others evenly. Each class, bin and quantizer of a trellis (0 without one) has an expectation.
///
/// It begins, in parts of 2²² and as if 10 bits had been seen, from a geometric distribution about the class's lower edge
/// M = ((4 + class mod 4)·2^(class div 4)·64 − 256) / 4 + 10: let R₁ = ⌊2²²·M / (M + 256)⌋ and R₂ₙ = ⌊Rₙ² / 2²²⌋; bins of
/// buckets of width n begin at Rₙ, those of halves of width n at ⌊2²²·Rₙ / (2²² + Rₙ)⌋, kept 25,600 away from 0 and 2²².
struct ContextModel {
    let inputs: Int
    let positions: Int
    let kernelWidth: Int
    private let rowLength: Int
    /// One for each class, bin and quantizer.
    private(set) var expectations: [AdaptiveBit]
    private var columnSums: [Int]
    private var inputSums: [Int]
    private var positionSums: [Int]
    private var total = 0
    private var count = 0
    private var row = 0
    /// Magnitudes of the row before and of this one.
    private var above: [Int32]
    private var current: [Int32]

    /// Weights of a row.
    var columns: Int { rowLength }

    static let classCount = 76
    static let binCount = 64
    private static let cap = 1 << 24
    /// The longest row, which bounds what the sums take.
    private static let longestRow = 1 << 20

    init(shape: Shape) {
        // Without weights nothing is coded, and the other extents may be of any size.
        let extents = shape.count == 0 ? [] : Array(shape.dimensions.drop { $0 == 1 })
        let isLong = extents.dropFirst().reduce(1, *) > ContextModel.longestRow
        inputs = isLong ? ContextModel.longestRow : extents.count > 1 ? extents[1] : 1
        positions = isLong ? 1 : extents.dropFirst(2).reduce(1, *)
        kernelWidth = !isLong && extents.count > 2 ? extents[extents.count - 1] : 1
        rowLength = inputs * positions
        expectations = ContextModel.initialExpectations
        columnSums = [Int](repeating: 0, count: rowLength)
        inputSums = [Int](repeating: 0, count: inputs)
        positionSums = [Int](repeating: 0, count: positions)
        above = [Int32](repeating: 0, count: rowLength)
        current = above
    }

    /// Codes the next row, or what is left of it: reads an encoder's levels from `levels`, and leaves there what was coded.
    mutating func codeRow(
        _ levels: UnsafeMutableBufferPointer<Int32>, _ coder: inout some BinaryCoder, _ trellis: inout TrellisCursor
    ) {
        precondition(levels.count <= rowLength)
        swap(&above, &current)
        var rowSum = 0
        var column = 0
        for input in 0..<inputs {
            for position in 0..<positions {
                guard column < levels.count else { return }
                let expected = expectedMagnitude(rowSum, column, input, position)
                let level = codeLevel(levels[column], &coder, expected, trellis.quantizer)
                levels[column] = level
                trellis.pass(level)
                let magnitude = Int(level.magnitude)
                current[column] = Int32(truncatingIfNeeded: magnitude)
                rowSum &+= magnitude
                columnSums[column] &+= magnitude
                inputSums[input] &+= magnitude
                positionSums[position] &+= magnitude
                total &+= magnitude
                count &+= 1
                column &+= 1
            }
        }
        row += 1
    }

    /// m of the weight at a place, in 256ths.
    @inline(__always)
    func expectedMagnitude(_ rowSum: Int, _ column: Int, _ input: Int, _ position: Int) -> Int {
        func capped(_ value: Int) -> Int { min(value, ContextModel.cap) }
        let overall = capped(max(1, (256 &* (total &+ 1)) / (count &+ 1)))
        let inRow = capped((256 &* rowSum &+ 8 &* overall) / (column &+ 8))
        let ofInput = capped((256 &* inputSums[input] &+ 8 &* overall) / (row &* positions &+ position &+ 8))
        let ofPosition = capped((256 &* positionSums[position] &+ 8 &* overall) / (row &* inputs &+ input &+ 8))
        let ofColumn = capped((256 &* columnSums[column] &+ 3 &* overall) / (row &+ 3))
        let apart = capped(capped(inRow &* ofInput / overall) &* ofPosition / overall)
        let crossed = capped(inRow &* ofColumn / overall)

        var sum = 0
        var weights = 2
        if column >= 1 {
            sum &+= 2 &* Int(current[column &- 1])
            weights &+= 2
        }
        if column >= 2 {
            sum &+= Int(current[column &- 2])
            weights &+= 1
        }
        if kernelWidth > 1, position >= kernelWidth {
            sum &+= 2 &* Int(current[column &- kernelWidth])
            weights &+= 2
        }
        if positions > 1, input >= 1 {
            sum &+= 2 &* Int(current[column &- positions])
            weights &+= 2
        }
        if row >= 1 {
            sum &+= 2 &* Int(above[column])
            weights &+= 2
        }
        let near = capped((256 &* sum &+ 2 &* overall) / weights)
        return (6 &* apart &+ 5 &* near &+ 5 &* crossed) &>> 4
    }

    /// The class of an expected magnitude in 256ths: below `classCount`, for no more than 2²⁴ is expected.
    @inline(__always)
    static func magnitudeClass(_ expected: Int) -> Int {
        let scaled = 4 &* expected &+ 256
        let exponent = 55 &- scaled.leadingZeroBitCount
        return 4 &* exponent &+ (scaled &>> (exponent &+ 6) & 3)
    }

    /// The expectation of a class's first bin; those of its other bins follow, each for both quantizers.
    @inline(__always)
    static func firstBin(_ magnitudeClass: Int, _ quantizer: Int) -> Int { (magnitudeClass &* binCount) &* 2 &+ quantizer }

    /// Takes the row of before as the one above, and back: between the two calls, what is expected of a row that is not coded yet can be
    /// asked for, `assume` having said what it holds.
    mutating func turn() { swap(&above, &current) }

    /// What the row that is looked at holds at a column, as far as it is asked about from there on.
    mutating func assume(_ magnitude: Int32, at column: Int) { current[column] = magnitude }

    @inline(__always)
    private mutating func codeLevel(
        _ level: Int32, _ coder: inout some BinaryCoder, _ expected: Int, _ quantizer: Int
    ) -> Int32 {
        let base = ContextModel.firstBin(ContextModel.magnitudeClass(expected), quantizer)
        let magnitude = Int(level.magnitude)
        let starts = MagnitudeBuckets.starts
        var isNegative = 0
        var bucket = 0
        while bucket < 63 {
            let isAbove = magnitude >= starts[bucket &+ 1] ? 1 : 0
            guard coder.code(isAbove, &expectations[base &+ 2 &* min(bucket, 39)]) != 0 else { break }
            if bucket == 0 { isNegative = coder.codeEvenly(level < 0 ? 1 : 0, count: 1) }
            bucket &+= 1
        }
        var found = starts[bucket]
        let bits = MagnitudeBuckets.widthBits(bucket)
        if bits > 0 {
            let place = magnitude &- found
            let kind = min(bucket &- 8, 11)
            var read = coder.code(place >> (bits &- 1) & 1, &expectations[base &+ 2 &* (40 &+ kind)])
            if bits > 1 {
                read = read << 1 | coder.code(place >> (bits &- 2) & 1, &expectations[base &+ 2 &* (52 &+ kind)])
            }
            if bits > 2 {
                read = read << (bits &- 2) | coder.codeEvenly(place & (1 << (bits &- 2) &- 1), count: bits &- 2)
            }
            found &+= read
        }
        return Int32(truncatingIfNeeded: isNegative != 0 ? -found : found)
    }

    private static let initialExpectations: [AdaptiveBit] = {
        let one = UInt64(AdaptiveBit.one)
        var all = [AdaptiveBit](repeating: .even, count: classCount * binCount * 2)
        for magnitudeClass in 0..<classCount {
            let edge = ((4 + UInt64(magnitudeClass & 3)) << UInt64(magnitudeClass >> 2) * 64 - 256) / 4 + 10
            // powers[b] is the chance of lying 2^b above where one lies at least.
            var powers = [one * edge / (edge + 256)]
            for _ in 1...14 { powers.append(powers[powers.count - 1] * powers[powers.count - 1] / one) }
            func set(_ bin: Int, _ probability: UInt64) {
                let kept = UInt32(min(max(probability, 25_600), one - 25_600))
                for quantizer in 0..<2 {
                    all[(magnitudeClass * binCount + bin) * 2 + quantizer] = AdaptiveBit(probability: kept, count: 10)
                }
            }
            for bucket in 0...39 { set(bucket, powers[MagnitudeBuckets.widthBits(bucket)]) }
            for kind in 0...11 {
                let bits = MagnitudeBuckets.widthBits(kind + 8)
                set(40 + kind, one * powers[bits - 1] / (one + powers[bits - 1]))
                if bits > 1 { set(52 + kind, one * powers[bits - 2] / (one + powers[bits - 2])) }
            }
        }
        return all
    }()
}
