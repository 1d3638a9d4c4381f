import Basics
import Testing

@testable import Compression

@Suite("Huffman codes")
struct HuffmanTests {
    private func randomCounts(_ random: inout SeededRandom) -> [Int] {
        let alphabet = 1 + Int(random.next() % 300)
        let shape = random.next() % 4
        return (0..<alphabet).map { symbol in
            switch shape {
            case 0: Int(random.next() % 1000)
            case 1: random.next() % 10 == 0 ? Int(random.next() % 50) : 0
            case 2: 1 << min(symbol, 36)
            default: 1
            }
        }
    }

    @Test("Code words fill the code space and none begins another", arguments: 0..<100)
    func kraft(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let counts = randomCounts(&random)
        let code = HuffmanCode(counts: counts)
        let used = counts.indices.filter { counts[$0] > 0 }
        #expect(code.lengths.indices.allSatisfy { (code.lengths[$0] > 0) == (counts[$0] > 0) })
        guard used.count > 1 else {
            #expect(used.allSatisfy { code.lengths[$0] == 1 })
            return
        }
        let sum = used.reduce(0.0) { $0 + Double(sign: .plus, exponent: -Int(code.lengths[$1]), significand: 1) }
        #expect(sum == 1)
        let aligned = used.map { code.words[$0] << UInt64(64 - Int(code.lengths[$0])) }
        #expect(Set(aligned).count == used.count)
    }

    @Test("The cost without the code is the cost of the code", arguments: 0..<100)
    func cost(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) + 500)
        let counts = randomCounts(&random)
        let code = HuffmanCode(counts: counts)
        let ascending = counts.filter { $0 > 0 }.sorted()
        let cost = ascending.withUnsafeBufferPointer { HuffmanCost(ascending: $0) }
        #expect(cost.bits == zip(counts, code.lengths).reduce(0) { $0 + $1.0 * Int($1.1) })
        #expect(cost.longest == Int(code.lengths.max() ?? 0))
    }

    @Test("No symbol, one symbol and Fibonacci counts")
    func extremes() {
        #expect(HuffmanCode(counts: [0, 0, 0]).lengths == [0, 0, 0])
        #expect(HuffmanCode(counts: [0, 9, 0]).lengths == [0, 1, 0])
        var fibonacci = [1, 1]
        while fibonacci.count < 46 { fibonacci.append(fibonacci[fibonacci.count - 1] + fibonacci[fibonacci.count - 2]) }
        let code = HuffmanCode(counts: fibonacci)
        #expect(code.lengths.max() == 45)
        #expect(HuffmanDecoder(lengths: code.lengths) != nil)
    }

    @Test("Symbols and lengths come back from the bits", arguments: 0..<100)
    func roundTrip(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 900)
        let code = HuffmanCode(counts: randomCounts(&random))
        let used = code.lengths.indices.filter { code.lengths[$0] > 0 }
        let symbols = used.isEmpty ? [] : (0..<500).map { _ in used[Int(random.next() % UInt64(used.count))] }

        let tableSize = (HuffmanCode.tableBits(of: code.lengths) + 7) / 8
        let streamSize = (symbols.reduce(0) { $0 + Int(code.lengths[$1]) } + 7) / 8
        var bytes = [UInt8](repeating: 0, count: tableSize + streamSize)
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var table = BitWriter(base, byteCount: tableSize)
            CodeLengthTable.write(code.lengths, into: &table)
            var stream = BitWriter(base + tableSize, byteCount: streamSize)
            for symbol in symbols { stream.write(code.words[symbol], count: Int(code.lengths[symbol])) }
            stream.finish()
        }
        bytes.withUnsafeBufferPointer { buffer in
            var table = BitReader(UnsafeBufferPointer(rebasing: buffer[..<tableSize]))
            let lengths = CodeLengthTable.read(alphabet: code.lengths.count, from: &table)
            #expect(lengths == code.lengths)
            #expect(table.isAtPadding)
            let decoder = HuffmanDecoder(lengths: lengths ?? [])
            var stream = BitReader(UnsafeBufferPointer(rebasing: buffer[tableSize...]))
            #expect(symbols.map { _ in decoder?.next(&stream) } == symbols)
            #expect(!stream.isOverrun && stream.isAtPadding)
        }
    }

    @Test("Lengths that leave room or overflow are refused")
    func malformed() {
        #expect(HuffmanDecoder(lengths: [1, 2]) == nil)
        #expect(HuffmanDecoder(lengths: [1, 1, 1]) == nil)
        #expect(HuffmanDecoder(lengths: [2]) == nil)
        #expect(HuffmanDecoder(lengths: [1, 2, 2]) != nil)
        #expect(HuffmanDecoder(lengths: [0, 1]) != nil)
        #expect(HuffmanDecoder(lengths: []) != nil)
        #expect(HuffmanDecoder(lengths: [1, 58, 58]) == nil)
    }
}
