/// Decodes a canonical Huffman code: one look-up for code words of up to eleven bits, a walk over the lengths above.
struct HuffmanDecoder {
    /// How much of a code word the look-up sees; 8 KiB of table stay in the first-level cache.
    private static let lookupBits = 11

    /// By the next bits: symbol << 8 | length; 0 where the code word is longer or there is none.
    private let lookup: [UInt32]
    /// For each length, the last 64-bit pattern that begins with a code word of that length; 0 where there is none.
    private let limits: [UInt64]
    /// For each length, its first code word and the position of that word's symbol in `symbols`.
    private let firstWords: [UInt64]
    private let firstPositions: [Int]
    /// Symbols in the order of their code words.
    private let symbols: [UInt16]

    /// A decoder for lengths that fill the code space: Kraft's sum is 1, or the code is one word of one bit, or empty.
    init?(lengths: [UInt8]) {
        var population = [Int](repeating: 0, count: HuffmanCode.longestLength + 1)
        for length in lengths where length > 0 {
            guard length <= HuffmanCode.longestLength else { return nil }
            population[Int(length)] += 1
        }
        let used = population.reduce(0, +)
        var room: UInt64 = 1
        for length in 1...HuffmanCode.longestLength {
            // Room beyond what the alphabet could ever fill means that Kraft's sum stays below 1.
            room = min(room * 2, 1 << 40)
            guard room >= population[length] else { return nil }
            room -= UInt64(population[length])
            if room == 0 {
                guard population[(length + 1)...].allSatisfy({ $0 == 0 }) else { return nil }
                break
            }
        }
        guard room == 0 || used == 0 || used == 1 && population[1] == 1 else { return nil }

        var order = [UInt16]()
        var firstWords = [UInt64](repeating: 0, count: HuffmanCode.longestLength + 1)
        var firstPositions = [Int](repeating: 0, count: HuffmanCode.longestLength + 1)
        var limits = [UInt64](repeating: 0, count: HuffmanCode.longestLength + 1)
        var word: UInt64 = 0
        for length in 1...HuffmanCode.longestLength {
            firstWords[length] = word
            firstPositions[length] = order.count
            order.append(contentsOf: repeatElement(0, count: population[length]))
            word += UInt64(population[length])
            // A full code ends at 2⁶⁴, which the shift turns to 0, and the subtraction to the last pattern of all.
            limits[length] = population[length] == 0 ? 0 : (word << UInt64(64 - length)) &- 1
            word <<= 1
        }
        var next = firstPositions
        for (symbol, length) in lengths.enumerated() where length > 0 {
            order[next[Int(length)]] = UInt16(symbol)
            next[Int(length)] += 1
        }
        symbols = order
        self.firstWords = firstWords
        self.firstPositions = firstPositions
        self.limits = limits

        var lookup = [UInt32](repeating: 0, count: 1 << HuffmanDecoder.lookupBits)
        for length in 1...HuffmanDecoder.lookupBits {
            for index in 0..<population[length] {
                let shift = HuffmanDecoder.lookupBits - length
                let start = (Int(firstWords[length]) + index) << shift
                let entry = UInt32(order[firstPositions[length] + index]) << 8 | UInt32(length)
                for pattern in start..<start + 1 << shift { lookup[pattern] = entry }
            }
        }
        self.lookup = lookup
    }

    /// The next symbol, or nil where the bits are no code word.
    @inline(__always)
    func next(_ reader: inout BitReader) -> Int? {
        reader.refill()
        let entry = lookup.withUnsafeBufferPointer { $0[reader.peek(HuffmanDecoder.lookupBits)] }
        if entry != 0 {
            reader.skip(Int(entry & 0xff))
            return Int(entry >> 8)
        }
        return longNext(&reader)
    }

    private func longNext(_ reader: inout BitReader) -> Int? {
        let ahead = reader.ahead
        for length in HuffmanDecoder.lookupBits + 1..<limits.count where limits[length] != 0 && ahead <= limits[length] {
            let offset = ahead >> UInt64(64 - length) - firstWords[length]
            reader.skip(length)
            return Int(symbols[firstPositions[length] + Int(offset)])
        }
        return nil
    }
}
