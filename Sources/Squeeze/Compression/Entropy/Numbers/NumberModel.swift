import TensorCore

/// How numbers of float32 are coded without loss: norms, biases, tables. Short ones, such as a recipe's `rest` leaves, take few bits by
/// themselves.
///
/// A tensor says the place of its greatest number's leading bit, of its lowest bit, and the longest number in bits; each number then says how
/// far its leading bit is below the greatest, its sign where the tensor has negative ones, and the bits between the leading and the
/// lowest. All tensors of a file share what is learned.
struct NumberModel {
    private var isBytes = AdaptiveBit.even
    private var isConstant = AdaptiveBit.even
    private var hasNegatives = AdaptiveBit.even
    private var hasNegativeZeros = AdaptiveBit.even
    private var places = [AdaptiveBit](repeating: .even, count: 512)
    private var depths = [AdaptiveBit](repeating: .even, count: 512)
    private var lengths = [AdaptiveBit](repeating: .even, count: 32)
    /// By whether the tensor has negative numbers, and how far the leading bit is below the greatest so far.
    private var falls = [AdaptiveBit](repeating: .even, count: 2 * NumberModel.fallCount)
    private var sign = AdaptiveBit.even
    private var zeroSign = AdaptiveBit.even
    /// The bit behind the leading one, by the fall.
    private var seconds = [AdaptiveBit](repeating: .even, count: NumberModel.fallCount)
    /// Of other types: each byte of an element.
    private var bytes = [AdaptiveBit](repeating: .even, count: 8 * 256)
    /// The last constants, the newest first, and whether one is not among the first so many.
    private var constants = [UInt32](repeating: 0, count: NumberModel.constantCount)
    private var isFarther = [AdaptiveBit](repeating: .even, count: NumberModel.constantCount)

    private static let fallCount = 48
    private static let constantCount = 4
    /// The place of the leading bit of the greatest number, counted from that of the smallest.
    private static let greatestPlace = 276

    /// Codes a tensor's bytes, which a decoder fills; false where it finds what no encoder writes.
    mutating func code(_ values: UnsafeMutableRawBufferPointer, of type: ElementType, _ coder: inout some BinaryCoder, isDecoding: Bool) -> Bool {
        let width = type.byteCount
        guard type == .float32 else { return codeBytes(values, width: width, &coder) }
        let words = values.bindMemory(to: UInt32.self)
        guard let first = words.first else { return true }
        var survey = NumberSurvey()
        if !isDecoding { for word in words { survey.take(UInt32(littleEndian: word)) } }
        if coder.code(survey.isFinite ? 0 : 1, &isBytes) == 1 { return codeBytes(values, width: width, &coder) }
        let isSame = isDecoding ? false : words.allSatisfy { $0 == first }
        if coder.code(isSame ? 1 : 0, &isConstant) == 1 { return codeConstant(words, &coder) }
        return code(words, &survey, &coder, isDecoding: isDecoding)
    }

    private mutating func codeConstant(_ words: UnsafeMutableBufferPointer<UInt32>, _ coder: inout some BinaryCoder) -> Bool {
        let own = UInt32(littleEndian: words[0])
        let wanted = constants.firstIndex(of: own) ?? Self.constantCount
        var place = 0
        while place < Self.constantCount, coder.code(wanted > place ? 1 : 0, &isFarther[place]) == 1 { place += 1 }
        let constant: UInt32
        if place < Self.constantCount {
            constant = constants.remove(at: place)
        } else {
            let upper = coder.codeEvenly(Int(own >> 16), count: 16)
            constant = UInt32(upper << 16 | coder.codeEvenly(Int(own & 0xffff), count: 16))
            constants.removeLast()
        }
        constants.insert(constant, at: 0)
        words.update(repeating: constant.littleEndian)
        return true
    }

    private mutating func code(
        _ words: UnsafeMutableBufferPointer<UInt32>, _ survey: inout NumberSurvey, _ coder: inout some BinaryCoder, isDecoding: Bool
    ) -> Bool {
        let isSigned = coder.code(survey.hasNegatives ? 1 : 0, &hasNegatives)
        let signsZeros = coder.code(survey.hasNegativeZeros ? 1 : 0, &hasNegativeZeros)
        let top = Self.code(survey.top, width: 9, &places, &coder)
        let depth = Self.code(survey.top - survey.bottom, width: 9, &depths, &coder)
        let length = Self.code(survey.length, width: 5, &lengths, &coder)
        guard top <= Self.greatestPlace, depth <= top, length <= 23 else { return false }
        for index in words.indices {
            let number = isDecoding ? NumberParts(0) : NumberParts(UInt32(littleEndian: words[index]))
            let wanted = number.isZero ? depth + 1 : top - number.place
            var fall = 0
            let base = isSigned * Self.fallCount
            while fall <= depth, coder.code(wanted > fall ? 1 : 0, &falls[base + min(fall, Self.fallCount - 1)]) == 1 { fall += 1 }
            if fall > depth {
                let isNegative = signsZeros == 1 ? coder.code(number.isNegative ? 1 : 0, &zeroSign) : 0
                words[index] = (UInt32(isNegative) << 31).littleEndian
                continue
            }
            let isNegative = isSigned == 1 ? coder.code(number.isNegative ? 1 : 0, &sign) : 0
            let count = min(length, depth - fall)
            var bits = number.fraction >> (23 - count)
            if count > 0 {
                let second = coder.code(bits >> (count - 1) & 1, &seconds[min(fall, Self.fallCount - 1)])
                let others = coder.codeEvenly(bits & (1 << (count - 1) - 1), count: count - 1)
                bits = second << (count - 1) | others
            }
            words[index] = NumberParts(place: top - fall, fraction: bits << (23 - count), isNegative: isNegative == 1).word.littleEndian
        }
        return true
    }

    private mutating func codeBytes(_ values: UnsafeMutableRawBufferPointer, width: Int, _ coder: inout some BinaryCoder) -> Bool {
        for index in values.indices {
            let base = index % width * 256
            var node = 1
            for position in stride(from: 7, through: 0, by: -1) {
                node = node << 1 | coder.code(Int(values[index]) >> position & 1, &bytes[base + node])
            }
            values[index] = UInt8(truncatingIfNeeded: node)
        }
        return true
    }

    /// A number of a few bits, the most significant first, each with an expectation for those before it.
    private static func code(_ value: Int, width: Int, _ nodes: inout [AdaptiveBit], _ coder: inout some BinaryCoder) -> Int {
        var node = 1
        for position in stride(from: width - 1, through: 0, by: -1) {
            node = node << 1 | coder.code(value >> position & 1, &nodes[node])
        }
        return node - 1 << width
    }
}

/// A float32 as a leading bit and those behind it.
struct NumberParts {
    var isZero: Bool
    var isNegative: Bool
    /// Of the leading bit: 0 is 2⁻¹⁴⁹.
    var place = 0
    /// The 23 bits behind the leading one.
    var fraction = 0
    /// The place of the lowest bit that is set.
    var lowest = 0

    init(_ word: UInt32) {
        let exponent = Int(word >> 23 & 0xff)
        let stored = Int(word & 0x7f_ffff)
        isNegative = word >> 31 == 1
        isZero = word & 0x7fff_ffff == 0
        guard !isZero else { return }
        if exponent > 0 {
            place = exponent + 22
            fraction = stored
        } else {
            place = stored.bitWidth - 1 - stored.leadingZeroBitCount
            fraction = stored << (23 - place) & 0x7f_ffff
        }
        lowest = place - (fraction == 0 ? 0 : 23 - fraction.trailingZeroBitCount)
    }

    init(place: Int, fraction: Int, isNegative: Bool) {
        isZero = false
        self.isNegative = isNegative
        self.place = place
        self.fraction = fraction
    }

    /// Bits below what a small number holds are dropped.
    var word: UInt32 {
        let sign: UInt32 = isNegative ? 1 << 31 : 0
        if isZero { return sign }
        if place >= 23 { return sign | UInt32(place - 22) << 23 | UInt32(fraction) }
        return sign | UInt32((1 << 23 | fraction) >> (23 - place))
    }
}

/// What a tensor says of all its numbers.
private struct NumberSurvey {
    var isFinite = true
    var hasNegatives = false
    var hasNegativeZeros = false
    var top = 0
    var bottom = 0
    /// The most bits that a number has behind its leading one.
    var length = 0
    private var isEmpty = true

    mutating func take(_ word: UInt32) {
        guard word >> 23 & 0xff < 0xff else { return isFinite = false }
        let number = NumberParts(word)
        if number.isZero { return hasNegativeZeros = hasNegativeZeros || number.isNegative }
        hasNegatives = hasNegatives || number.isNegative
        top = isEmpty ? number.place : max(top, number.place)
        bottom = isEmpty ? number.lowest : min(bottom, number.lowest)
        length = max(length, number.place - number.lowest)
        isEmpty = false
    }
}
