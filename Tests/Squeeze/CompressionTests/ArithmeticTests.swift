import Basics
import Glibc
import TensorCore
import Testing

@testable import Compression

@Suite("Arithmetic codes")
struct ArithmeticTests {
    @Test("Bits of any expectation come back, and counting a stream gives its length", arguments: 0..<60)
    func bits(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let count = [0, 1, 7, 300, 20_000][seed % 5]
        // Bits that are nearly certain push long runs of 255 before a carry.
        let odds = [0.5, 0.9, 0.001, 0.99999][Int(random.next() % 4)]
        let bits = (0..<count).map { _ in random.uniform() < odds ? 1 : 0 }
        let numbers = (0..<count).map { _ in Int(random.next() & 0xff_ffff) }
        var streams: [(bytes: [UInt8], count: Int)] = []
        for keepsBytes in [true, false] {
            var encoder = RangeEncoder(keepsBytes: keepsBytes)
            var expectations = [AdaptiveBit](repeating: .even, count: 3)
            for index in 0..<count {
                _ = encoder.code(bits[index], &expectations[index % 3])
                if index % 5 == 0 { _ = encoder.codeEvenly(numbers[index], count: 1 + index % 24) }
            }
            encoder.finish()
            streams.append((encoder.bytes, encoder.byteCount))
        }
        #expect(streams[0].bytes.count == streams[0].count && streams[1].count == streams[0].count)
        #expect(streams[1].bytes.isEmpty && streams[0].bytes.last != 0)
        streams[0].bytes.withUnsafeBufferPointer { bytes in
            var decoder = RangeDecoder(bytes)
            var expectations = [AdaptiveBit](repeating: .even, count: 3)
            for index in 0..<count {
                #expect(decoder.code(0, &expectations[index % 3]) == bits[index])
                guard index % 5 == 0 else { continue }
                let width = 1 + index % 24
                #expect(decoder.codeEvenly(0, count: width) == numbers[index] & (1 << width - 1))
            }
            #expect(decoder.isAtEnd)
        }
    }

    @Test("The range coder comes within one part in a hundred of the zero-order entropy")
    func zeroOrder() throws {
        let weights = Tensor(SampleWeights.laplace(count: 200_000, seed: 5), shape: [200, 1000])
        let tables = try LayerTables(preparing: weights)
        for (plan, entropy) in [
            (LayerPlan(prune: .sparsity(0.95), share: SharePlan(clusters: 16)), EntropyCoder.range),
            (LayerPlan(share: SharePlan(clusters: 64)), .range),
            (LayerPlan(share: SharePlan(step: 0.2, method: .trellis)), .range),
        ] {
            var plan = plan
            plan.code.entropy = entropy
            let figures = try tables.exactFigures(for: plan, weights: weights)
            let coders = try #require(figures.coders)
            let size = Double(try #require(coders.range))
            #expect(size >= 0.999 * coders.entropy && size <= 1.01 * coders.entropy)
            #expect(figures.account.codes == coders.range)
            #expect(coders.entropy <= Double(coders.huffman))
        }
    }

    @Test("The context coder profits from filters of different scale, and loses little where there is nothing to know")
    func contexts() throws {
        let flat = SampleWeights.laplace(count: 64 * 32 * 9, seed: 9)
        let scaled = flat.enumerated().map { index, weight in weight * exp(Float(index / (32 * 9) % 7 - 3) / 2) }
        func ratio(_ values: [Float]) throws -> Double {
            let weights = Tensor(values, shape: [64, 32, 3, 3])
            let plan = LayerPlan(share: SharePlan(step: 0.3), code: CodePlan(entropy: .context))
            let coders = try #require(try LayerTables(preparing: weights).exactFigures(for: plan, weights: weights).coders)
            return Double(try #require(coders.context)) / coders.entropy
        }
        #expect(try ratio(scaled) < 0.95)
        #expect(try ratio(flat) < 1.02)
    }

    @Test("Comparing the coders tells of both, and the automatic choice is the smallest")
    func comparison() throws {
        let weights = SampleWeights.product.tensor(count: 6000, seed: 3)
        let tables = try LayerTables(preparing: weights)
        var plan = LayerPlan(prune: .sparsity(0.6), share: SharePlan(clusters: 20))
        #expect(tables.figures(for: plan).coders?.context == nil)
        let figures = try tables.compareCoders(for: plan, weights: weights)
        let coders = try #require(figures.coders)
        let (range, context) = (try #require(coders.range), try #require(coders.context))
        plan.code.entropy = .automatic
        let best = try tables.exactFigures(for: plan, weights: weights).account
        #expect(best.codes + best.gaps <= min(range, context))
        for coder in EntropyCoder.allCases {
            plan.code.entropy = coder
            #expect(try best.byteCount <= tables.exactFigures(for: plan, weights: weights).account.byteCount)
        }
    }

    @Test("Layers of every rank and of great magnitudes come back through the context coder")
    func shapes() throws {
        for dimensions in [[], [1], [40], [1, 1, 40], [3, 50], [1, 4, 7, 5], [6, 1, 5, 5], [4, 3, 2, 2, 3]] {
            let shape = try #require(Shape(checking: dimensions))
            let weights = Tensor(SampleWeights.laplace(count: shape.count, seed: 2).map { $0 * 20 }, shape: shape)
            let tables = try LayerTables(preparing: weights)
            for method in [SharingMethod.entropy, .trellis] {
                let plan = LayerPlan(share: SharePlan(step: 0.05, method: method), code: CodePlan(entropy: .context))
                let bytes = try tables.encode(weights, plan: plan).bytes
                let values = try tables.values(for: plan, weights: weights).floats()
                #expect(try DecodedLayer(decoding: bytes, expecting: shape).values.floats() == values)
            }
        }
    }
}
