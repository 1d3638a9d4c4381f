import Basics
import Testing

@testable import Compression

@Suite("Texts")
struct TextStreamTests {
    @Test("A text comes back", arguments: 0..<12 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let words = (0..<8).map { _ in (0..<Int.random(in: 1...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) } }
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0...60, using: &random) { text += words.randomElement(using: &random) ?? [] }
        let stream = TextStream.encoded(text)
        #expect(TextStream.decoded(stream, byteCount: text.count) == text)
    }

    @Test("What is told beforehand takes next to nothing, and what is random little more than itself")
    func sizes() {
        let name = Array("layer1.0.conv1.weight\0".utf8)
        #expect(TextStream.encoded(name).count < 8)
        let names = (0..<200).flatMap { Array("layer\($0 / 20).\($0 % 20).conv1.weight\0".utf8) }
        #expect(TextStream.encoded(names).count < 200)
        var random = SeededRandom(seed: 1)
        let noise = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(TextStream.encoded(noise).count < 2200)
    }

    @Test("A text that is told too well is padded, and a stream may not claim more than it can hold")
    func bounds() throws {
        let text = [UInt8](repeating: 0x61, count: 1 << 16 + 1000)
        let stream = TextStream.encoded(text)
        #expect(TextStream.capacity(of: stream.count) >= text.count)
        #expect(TextStream.decoded(stream, byteCount: text.count) == text)
        #expect(TextStream.decoded([1, 2, 3], byteCount: TextStream.capacity(of: 3) + 1) == nil)
    }

    @Test("Log odds and probabilities fit each other")
    func scale() {
        let points = LogisticScale.points
        var last = 0
        for odds in -LogisticScale.limit...LogisticScale.limit {
            let probability = LogisticScale.probability(odds, points)
            #expect(probability >= last && probability > 0 && probability < 1 << 22)
            #expect(abs(probability + LogisticScale.probability(-odds, points) - 1 << 22) <= 1)
            last = probability
        }
        for part in 1..<4095 {
            let odds = Int(LogisticScale.odds[part])
            #expect(LogisticScale.probability(odds, points) >> 10 >= part)
            #expect(odds == -LogisticScale.limit || LogisticScale.probability(odds - 1, points) >> 10 < part)
        }
    }
}
