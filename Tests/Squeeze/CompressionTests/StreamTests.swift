import Basics
import TensorCore
import Testing

@testable import Compression

@Suite("Streams of a layer")
struct StreamTests {
    /// Whether values are what a plan makes of the weights, by its definition: zeros and what is below the exact threshold become
    /// zero, the rest stays, or takes the nearest shared value as far as a bin of the table tells.
    private func isExpected(_ values: [Float], _ weights: [Float], _ figures: LayerFigures) -> Bool {
        for (weight, value) in zip(weights, values) {
            guard weight != 0, Double(abs(weight)) >= figures.threshold else {
                guard value == 0 else { return false }
                continue
            }
            guard let codebook = figures.codebook else {
                guard value == weight else { return false }
                continue
            }
            let bin = WeightBin(index: UInt16(weight.bitPattern >> 16)).magnitudes
            let upper = codebook.centroids.partitioningIndex { $0 >= weight }
            let around = codebook.centroids[max(0, upper - 1)...min(upper, codebook.centroids.count - 1)]
            let nearest = around.map { abs(Double($0) - Double(weight)) }.min() ?? .infinity
            // The bin around zero has both signs.
            let width = (bin.upperBound - bin.lowerBound) * 2
            guard codebook.centroids.contains(value), abs(Double(value) - Double(weight)) <= nearest + width else { return false }
        }
        let ascending = zip(weights, values).filter { $0.1 != 0 }.sorted { $0.0 < $1.0 }.map(\.1)
        return zip(ascending, ascending.dropFirst()).allSatisfy { $0 <= $1 }
    }

    @Test("What was encoded decodes to the plan's values, and the account is the entry's size", arguments: 0..<250)
    func roundTrip(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let kind = SampleWeights.allCases[Int(random.next() % UInt64(SampleWeights.allCases.count))]
        let count = [0, 1, 2, 63, 64, 65, 1000, 5000, 70_000][Int(random.next() % 9)]
        let type: ElementType = [.float32, .float32, .bfloat16, .float16, .float64][Int(random.next() % 5)]
        let weights = kind.tensor(count: count, seed: random.next(), type: type)
        let tables = try LayerTables(preparing: weights)
        let plan = LayerPlan.random(&random, largest: Float(tables.statistics.largestMagnitude))
        let encoded = try tables.encode(weights, plan: plan)
        let account = encoded.figures.account

        #expect(encoded.bytes.count == account.byteCount)
        #expect(encoded.figures.exactness == .exact)
        let decoded = try DecodedLayer(decoding: encoded.bytes, expecting: weights.shape)
        #expect(decoded.elementType == type)
        #expect(decoded.values.elementType == (plan.share == nil ? type : .float32))
        let isOnGrid = plan.share?.method.isOnGrid == true
        let values = decoded.values.floats()
        #expect(try tables.values(for: plan, weights: weights).floats() == values, "\(kind) \(count) \(plan)")
        #expect(isOnGrid || isExpected(values, weights.floats(), encoded.figures), "\(kind) \(count) \(plan)")

        let error = zip(weights.floats(), values).reduce(0.0) { sum, pair in
            sum + (Double(pair.0) - Double(pair.1)) * (Double(pair.0) - Double(pair.1))
        }
        #expect(abs(error - encoded.figures.squaredError) <= 1e-9 * error + 1e-60, "\(kind) \(count) \(plan)")
        if isOnGrid {
            #expect(encoded.figures.nonzeros == values.count { $0 != 0 })
            let threshold = tables.threshold(for: plan.prune)
            #expect(zip(weights.floats(), values).allSatisfy { Double(abs($0)) >= threshold || $1 == 0 })
        } else {
            #expect(
                encoded.figures.nonzeros == weights.floats().count { $0 != 0 && Double(abs($0)) >= encoded.figures.threshold })
        }
        if let codebook = encoded.figures.codebook {
            #expect(codebook.counts.reduce(0, +) == encoded.figures.nonzeros)
            #expect(isOnGrid || codebook.centroids.count <= plan.share?.clusters ?? 0)
            #expect(zip(codebook.centroids, codebook.centroids.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test("Unshared survivors keep their very bytes", arguments: [ElementType.float32, .float64, .float16, .bfloat16])
    func exactBytes(type: ElementType) throws {
        let weights = SampleWeights.product.tensor(count: 3000, seed: 7, type: type)
        let tables = try LayerTables(preparing: weights)
        for layout in LayoutChoice.allCases {
            let plan = LayerPlan(prune: .sparsity(0.8), code: CodePlan(layout: layout))
            let encoded = try tables.encode(weights, plan: plan)
            let decoded = try DecodedLayer(decoding: encoded.bytes).values
            let size = type.byteCount
            decoded.storage.withUnsafeBytes { decoded in
                weights.storage.withUnsafeBytes { original in
                    for (index, weight) in weights.floats().enumerated() {
                        let range = index * size..<(index + 1) * size
                        let isKept = Double(abs(weight)) >= encoded.figures.threshold
                        #expect(decoded[range].elementsEqual(isKept ? Array(original[range]) : Array(repeating: 0, count: size)))
                    }
                }
            }
        }
    }

    @Test("Nothing the automatic layout leaves aside is smaller", arguments: 0..<40)
    func cheapest(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 1000)
        let weights = SampleWeights.product.tensor(count: 1 + Int(random.next() % 4000), seed: random.next())
        let tables = try LayerTables(preparing: weights)
        var plan = LayerPlan.random(&random, largest: 0.5)
        plan.code = CodePlan()
        let best = try tables.exactFigures(for: plan, weights: weights).account
        for layout in [LayoutChoice.sparse, .dense, .raw] {
            for gapBits in 1...16 {
                plan.code = CodePlan(gapBits: .fixed(gapBits), layout: layout)
                let other = try tables.exactFigures(for: plan, weights: weights).account
                #expect(best.byteCount <= other.byteCount)
            }
        }
    }

    @Test("A truncated or damaged entry throws and never traps", arguments: 0..<24)
    func damage(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) + 2000)
        let weights = SampleWeights.product.tensor(count: 300, seed: random.next())
        let tables = try LayerTables(preparing: weights)
        let plan = LayerPlan.random(&random, largest: 0.5)
        let bytes = try tables.encode(weights, plan: plan).bytes
        // Every byte string is an arithmetic code of something; that one was cut off is told by the file's checksums.
        let isArithmetic = try tables.exactFigures(for: plan, weights: weights).account.coder.isArithmetic
        for end in bytes.indices {
            let cut = Array(bytes[..<end])
            if isArithmetic {
                _ = try? DecodedLayer(decoding: cut)
            } else {
                #expect(throws: StreamError.self) { try DecodedLayer(decoding: cut) }
            }
        }
        #expect(throws: StreamError.self) { try DecodedLayer(decoding: bytes + [0]) }
        for _ in 0..<1000 {
            var damaged = bytes
            let position = Int(random.next() % UInt64(bytes.count))
            damaged[position] ^= 1 << UInt8(random.next() % 8)
            // Damage to values alone goes unnoticed here (the file keeps checksums); a huge shape must not be allocated.
            _ = try? DecodedLayer(decoding: damaged, expecting: weights.shape)
        }
    }

    @Test("An entry of another shape is refused before anything is allocated")
    func shapeMismatch() throws {
        let header = EntryHeader(
            layout: .sparse, entropy: .huffman, elementType: .float32, gapBits: 4, shape: [1 << 16, 1 << 16],
            clusters: nil, entries: 0, codeByteCount: 0, isShared: false, grid: nil)
        #expect(throws: StreamError.shapeMismatch(expected: [2, 2], found: [1 << 16, 1 << 16])) {
            try DecodedLayer(decoding: header.bytes, expecting: [2, 2])
        }
        var oversized = header
        oversized.shape = [1 << 17, 1 << 16]
        #expect(throws: StreamError.self) { try DecodedLayer(decoding: oversized.bytes) }
    }

    @Test("A layer without weights has no context, however large its other extents are")
    func emptyContext() throws {
        let vast = [UInt8](repeating: 0x80, count: 6) + [1]
        // Version, dense codes through the context coder on a grid, float32, no gaps; then the shape.
        for shape in [[vast, [0], vast], [[0], vast, vast], [vast, vast, [0]]] {
            let head: [UInt8] = [1, 0x3d, 0, 0, 3] + shape.flatMap { $0 }
            #expect(throws: StreamError.self) { try DecodedLayer(decoding: head + [0xff]) }
            _ = try? DecodedLayer(decoding: head + [0, 0, 0, 0, 0, 0, 0, 0])
        }
        #expect(ContextModel(shape: Shape([1 << 40, 0, 1 << 40])).columns == 1)
        let found: [UInt8] = [
            0x01, 0x7d, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x03, 0x01, 0x70, 0x80, 0x6e, 0x63, 0x65, 0x51, 0x5c, 0x67, 0x0e, 0x00, 0x00, 0x03,
            0x01, 0x70, 0x74, 0x69, 0x6f, 0x43, 0x98, 0x9e, 0x8d, 0x9e, 0x9c, 0x8b, 0x9a, 0x55, 0xb4, 0xbf, 0xca, 0x65, 0x51, 0x5c, 0xf6,
        ]
        _ = try? DecodedLayer(decoding: found)
    }

    @Test("Checking an entry finds what decoding finds, whatever the shape takes")
    func checking() throws {
        // Sparse, gaps of 16 bits, 2¹⁶ × 2¹⁶ weights, no entry: 16 GiB where they are kept.
        try DecodedLayer.check([1, 2, 0, 16, 2, 0x80, 0x80, 4, 0x80, 0x80, 4, 0, 0])
        // Dense, shared, 2³² − 1 weights in two bytes.
        #expect(throws: StreamError.self) {
            try DecodedLayer.check([1, 9, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0, 0, 0, 0x80, 0x3f, 0, 0])
        }
        var random = SeededRandom(seed: 3)
        for _ in 0..<20_000 {
            var entry: [UInt8] = [1, UInt8.random(in: 0...15, using: &random), 0, UInt8.random(in: 0...3, using: &random), 1, 6]
            for _ in 0..<Int.random(in: 0...24, using: &random) { entry.append(UInt8.random(in: 0...9, using: &random)) }
            let decoded: StreamError?
            do throws(StreamError) { decoded = (try DecodedLayer(decoding: entry), nil).1 } catch { decoded = error }
            let checked: StreamError?
            do throws(StreamError) { checked = (try DecodedLayer.check(entry), nil).1 } catch { checked = error }
            #expect(decoded == checked)
        }
    }
}
