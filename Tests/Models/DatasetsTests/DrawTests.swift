import Datasets
import TensorCore
import Testing

@Suite("Samples that are drawn")
struct DrawTests {
    /// Samples of one number, their own, with it as label too.
    private struct Numbers: SampleSource {
        var count: Int
        var shape: Shape { [1] }
        var labels: [Int]? { Array(0..<count) }

        func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
            for (place, sample) in samples.enumerated() { buffer[place] = Float(sample) }
            return samples.filter { $0 == 13 }
        }
    }

    private func numbers(_ data: DataSet?) throws -> [Int] {
        let data = try #require(data)
        guard case .samples(let source) = data.content else { return [] }
        var read = [Float](repeating: -1, count: source.count)
        let failed = read.withUnsafeMutableBufferPointer { source.read(0..<source.count, into: $0) }
        #expect(source.labels == read.map { Int($0) })
        #expect(failed == read.indices.filter { read[$0] == 13 })
        return read.map { Int($0) }
    }

    @Test("A draw and its rest are all samples once, the same for the same seed, and not the first ones stored")
    func division() throws {
        let all = DataSet(name: "numbers", content: .samples(Numbers(count: 100)))
        let draw = SampleDraw(30, seed: 4)
        let drawn = try numbers(all.drawn(draw))
        let rest = try numbers(all.rest(behind: [draw]))
        #expect(drawn.count == 30 && Set(drawn).union(rest) == Set(0..<100) && rest == rest.sorted() && rest.count == 70)
        #expect(drawn == (try numbers(all.drawn(draw))) && drawn != Array(0..<30))
        #expect(drawn != (try numbers(all.drawn(SampleDraw(30, seed: 5)))))
        // A larger draw begins with the smaller one.
        #expect(try numbers(all.drawn(SampleDraw(60, seed: 4))).prefix(30) == drawn[...])
        #expect(try numbers(all.drawn(10..<30, seed: 4)) == Array(drawn[10...]))
        #expect(try numbers(all.rest(behind: [draw, SampleDraw(60, seed: 4)])).count == 40)
    }

    @Test("Where everything is drawn nothing is left, and more than there is cannot be drawn")
    func limits() throws {
        let all = DataSet(name: "numbers", content: .samples(Numbers(count: 5)))
        #expect(all.rest(behind: [SampleDraw(5)]).map(\.name) == nil && all.rest(behind: [SampleDraw(9)]).map(\.name) == nil)
        #expect(try numbers(all.drawn(SampleDraw(9))).count == 5)
        #expect(try numbers(all.rest(behind: [])).count == 5)
        #expect(try numbers(all.rest(behind: [SampleDraw(0)])).count == 5)
    }

    @Test("Of a text the beginning is drawn, in windows, each with the symbol that follows it")
    func texts() throws {
        let length = TokenText.windowLength
        let text = TokenText(tokens: (0..<Int32(10 * length + 1)).map { $0 }, vocabularyCount: 1000)
        let all = DataSet(name: "text", content: .text(text))
        #expect(all.drawableCount == 10)
        func tokens(_ data: DataSet?) -> [Int32] { if case .text(let text)? = data?.content { text.tokens } else { [] } }
        #expect(tokens(all.drawn(SampleDraw(3, seed: 9))) == Array(text.tokens[...(3 * length)]))
        #expect(tokens(all.drawn(3..<4, seed: 9)) == Array(text.tokens[3 * length...4 * length]))
        #expect(tokens(all.rest(behind: [SampleDraw(4)])) == Array(text.tokens[(4 * length)...]))
        #expect(all.rest(behind: [SampleDraw(10)]).map(\.name) == nil)
    }
}
