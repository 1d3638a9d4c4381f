import NeuralNetwork
import TensorCore
import Testing

@testable import Compression

/// Weights that are zero before anything is done to them.
@Suite("Zeros that are there already")
struct ZeroTests {
    private static let count = 4096

    /// Nine of ten are zero, both signs of it.
    private static let weights: Tensor = {
        let values = SampleWeights.laplace(count: count, seed: 3).enumerated().map { index, value in
            index % 10 == 0 ? value : index % 2 == 0 ? 0 : -0.0
        }
        return Tensor(values, shape: [64, 64])
    }()
    private static let nonzeros = 410

    private static let plans: [LayerPlan] = [
        LayerPlan(), LayerPlan(prune: .sparsity(0.3)), LayerPlan(prune: .threshold(0)), LayerPlan(prune: .sigma(0)),
        LayerPlan(share: SharePlan(clusters: 16)), LayerPlan(share: SharePlan(clusters: 16, method: .optimal)),
        LayerPlan(prune: .sparsity(0.5), share: SharePlan(clusters: 4, method: .density)),
        LayerPlan(prune: .sparsity(0.5), code: CodePlan(layout: .raw)),
        LayerPlan(share: SharePlan(clusters: 16), code: CodePlan(entropy: .context)),
    ]

    @Test("They are counted as zeros and stay zeros under every plan", arguments: plans)
    func areZeros(plan: LayerPlan) throws {
        let tables = try LayerTables(preparing: Self.weights)
        let encoded = try tables.encode(Self.weights, plan: plan)
        #expect(tables.figures(for: plan).nonzeros == Self.nonzeros)
        #expect(encoded.figures.nonzeros == Self.nonzeros)
        #expect(encoded.figures.exactness == .exact)
        #expect(encoded.bytes.count == encoded.figures.account.byteCount)
        let decoded = try DecodedLayer(decoding: encoded.bytes).values.floats()
        #expect(decoded.filter { $0 != 0 }.count == Self.nonzeros)
        if plan.share == nil { #expect(decoded == Self.weights.floats()) }
        #expect(try tables.values(for: plan, weights: Self.weights).floats() == decoded)
    }

    @Test("A sparsity that they reach alone costs what the smallest threshold costs")
    func sizes() throws {
        let tables = try LayerTables(preparing: Self.weights)
        let few = try tables.exactFigures(for: LayerPlan(prune: .sparsity(0.3)), weights: Self.weights)
        let smallest = try tables.exactFigures(for: LayerPlan(prune: .threshold(1e-30)), weights: Self.weights)
        #expect(few.threshold == 0)
        #expect(few.account == smallest.account)
        #expect(few.account.byteCount < 2_400)
        #expect(tables.sparsity(atThreshold: 0) == 1 - Double(Self.nonzeros) / Double(Self.count))
    }

    @Test("Numbers too small for a bin of their own are told from zeros")
    func subnormal() throws {
        let tiny = 700 * Float.leastNonzeroMagnitude
        let weights = Tensor([0, tiny, -tiny, -0.0, 1, -2, 0, 3], shape: [8])
        let tables = try LayerTables(preparing: weights)
        let encoded = try tables.encode(weights, plan: LayerPlan(prune: .sparsity(0.1)))
        #expect(encoded.figures.nonzeros == 5)
        #expect(try DecodedLayer(decoding: encoded.bytes).values.floats() == weights.floats())
    }

    @Test("Map and histogram leave them out")
    func pictures() throws {
        let tables = try LayerTables(preparing: Self.weights)
        let view = MatrixView(rows: 64, columns: 64)
        let map = try MagnitudeMap(preparing: Self.weights, tables: tables, view: view)
        let viewport = MapViewport(of: view, cellsDown: 1, cellsAcross: 1)
        let expected = Float(Self.nonzeros) / Float(Self.count)
        let exact = try map.maxima.exactDensityMap(viewport, threshold: 0, weights: Self.weights)
        #expect(exact.cells == [expected])
        let maxima = try MagnitudeMaxima(of: Self.weights, tables: tables, view: view)
        #expect(try maxima.exactDensityMap(viewport, threshold: 0, weights: Self.weights) == exact)
        for threshold in [0, 0.5, 1, 2, 4] {
            #expect(maxima.dead(threshold: threshold) == map.maxima.dead(threshold: threshold))
        }
        #expect(abs(map.densityMap(viewport, threshold: 0).cells[0] - expected) < 1e-6)
        let histogram = tables.histogram(binCount: 40, figures: tables.figures(for: LayerPlan()))
        #expect(abs(histogram.survivors.reduce(0, +) - Double(Self.nonzeros)) < 1e-6)
        #expect(abs(histogram.total - Double(Self.count)) < 1e-6)
    }

    @Test("A layer of zeros alone has nothing to share", arguments: SharingMethod.allCases)
    func nothingElse(method: SharingMethod) throws {
        let weights = SampleWeights.zeros.tensor(count: 300, seed: 1)
        let tables = try LayerTables(preparing: weights)
        let encoded = try tables.encode(weights, plan: LayerPlan(share: SharePlan(clusters: 4, method: method)))
        #expect(encoded.figures.nonzeros == 0)
        #expect(try DecodedLayer(decoding: encoded.bytes).values.floats().allSatisfy { $0 == 0 })
    }

    @Test("Values closer to each other than a bin stay as many as they are", arguments: [SharingMethod.optimal, .linear, .density, .random])
    func closeValues(method: SharingMethod) throws {
        for count in [1000, 70_000] {
            let values = (0..<count).map { Float([1, 1.001, 1.002, 1.003][$0 % 4]) }
            let weights = Tensor(values, shape: [count])
            let tables = try LayerTables(preparing: weights)
            let plan = LayerPlan(share: SharePlan(clusters: 16, method: method))
            let figures = try tables.exactFigures(for: plan, weights: weights)
            #expect(figures.codebook?.centroids == [1, 1.001, 1.002, 1.003])
            #expect(figures.squaredError == 0)
            #expect(try tables.values(for: plan, weights: weights).floats() == values)
        }
    }
}
