import Foundation
import TensorCore
import Testing

@testable import Compression

extension SharingMethod: Decodable {}
extension EntropyCoder: Decodable {}
extension LayoutChoice: Decodable {}

/// A layer under a plan as Tests/Generators/make_streams.py accounts for it.
private struct StreamGolden: Decodable, Sendable, CustomTestStringConvertible {
    struct Share: Decodable, Sendable {
        var clusters: Int
        var method: SharingMethod
        enum CodingKeys: String, CodingKey { case clusters, method = "init" }
    }

    var kind: SampleWeights
    var count: Int
    var seed: UInt64
    var prune: [String: Double]?
    var share: Share?
    var entropy: EntropyCoder
    var threshold: Double
    var nonzeros: Int
    var squaredError: Double
    var clusters: Int?
    var centroids: [Float]?
    /// At 1…16 gap bits: fillers, bits of the codes, the gaps and the tables, bytes of the entry.
    var sparse: [[Int]]
    var denseBytes: Int
    var rawBytes: Int
    var layout: LayoutChoice
    var gapBits: Int?
    var bytes: Int

    var testDescription: String { "\(kind) \(count) #\(seed)" }

    var plan: LayerPlan {
        let rule: PruneRule? = prune?.first.map { name, value in
            switch name {
            case "threshold": .threshold(value)
            case "sigma": .sigma(value)
            default: .sparsity(value)
            }
        }
        return LayerPlan(
            prune: rule, share: share.map { SharePlan(clusters: $0.clusters, method: $0.method) },
            code: CodePlan(entropy: entropy))
    }

    static let all: [StreamGolden] = goldens("streams")
}

/// What kmeans1d or scikit-learn reached, see Tests/Generators/make_clustering.py.
private struct ClusteringGolden: Decodable, Sendable, CustomTestStringConvertible {
    var method: SharingMethod
    var count: Int
    var clusters: Int
    var seed: UInt64
    /// What the weights lie about, 0.05 times as far from it as from 0; nil for 0.
    var center: Float?
    var squaredError: Double

    var weights: Tensor {
        var values = SampleWeights.laplace(count: count, seed: seed)
        if let center, center != 0 { values = values.map { center + 0.05 * $0 } }
        return Tensor(values, shape: [count])
    }

    var testDescription: String { "\(method) \(count) k=\(clusters)" }

    static let all: [ClusteringGolden] = goldens("clustering")
}

/// The cases of a golden file; none where it cannot be read, which a test notices.
private func goldens<Case: Decodable>(_ name: String) -> [Case] {
    guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Goldens"),
        let data = try? Data(contentsOf: url)
    else { return [] }
    return (try? JSONDecoder().decode([Case].self, from: data)) ?? []
}

@Suite("Streams and clusters of independent programs")
struct GoldenTests {
    @Test("The golden files are read")
    func arePresent() {
        #expect(StreamGolden.all.count >= 80)
        #expect(ClusteringGolden.all.count == 8)
    }

    @Test("Threshold, nonzeros, clusters and squared error are those of an independent program", arguments: StreamGolden.all)
    private func stages(golden: StreamGolden) throws {
        let weights = golden.kind.tensor(count: golden.count, seed: golden.seed)
        let figures = try LayerTables(preparing: weights).exactFigures(for: golden.plan, weights: weights)
        #expect(abs(figures.threshold - golden.threshold) <= 1e-12 * golden.threshold)
        #expect(figures.nonzeros == golden.nonzeros)
        #expect(figures.codebook?.centroids.count == golden.clusters)
        if let centroids = golden.centroids {
            let found = figures.codebook?.centroids ?? []
            #expect(zip(found, centroids).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) }, "\(found) instead of \(centroids)")
        }
        // Where nothing is lost, what is left is the rounding of single centroids.
        let tolerance = 1e-9 * golden.squaredError + 1e-15 * figures.signalPower
        #expect(abs(figures.squaredError - golden.squaredError) <= tolerance)
    }

    @Test("Fillers, bits and bytes are those of an independent program at every gap width", arguments: StreamGolden.all)
    private func account(golden: StreamGolden) throws {
        let weights = golden.kind.tensor(count: golden.count, seed: golden.seed)
        let tables = try LayerTables(preparing: weights)
        func account(_ layout: LayoutChoice, _ gapBits: GapBits = .automatic) throws -> LayerAccount {
            var plan = golden.plan
            plan.code.layout = layout
            plan.code.gapBits = gapBits
            return try tables.exactFigures(for: plan, weights: weights).account
        }
        for (index, expected) in golden.sparse.enumerated() {
            let found = try account(.sparse, .fixed(index + 1))
            #expect([found.fillers, found.codes, found.gaps, found.tables, found.byteCount] == expected, "b = \(index + 1)")
        }
        #expect(try account(.dense).byteCount == golden.denseBytes)
        #expect(try account(.raw).byteCount == golden.rawBytes)
        let chosen = try account(.automatic)
        #expect(chosen.layout == golden.layout)
        #expect(chosen.gapBits == golden.gapBits)
        #expect(chosen.byteCount == golden.bytes)
    }

    @Test("The optimum is that of kmeans1d", arguments: ClusteringGolden.all.filter { $0.method == .optimal })
    private func optimum(golden: ClusteringGolden) throws {
        let weights = golden.weights
        let tables = try LayerTables(preparing: weights)
        let plan = LayerPlan(share: SharePlan(clusters: golden.clusters, method: .optimal))
        let figures = try tables.exactFigures(for: plan, weights: weights)
        #expect(figures.exactness == .exact)
        #expect(figures.codebook?.centroids.count == golden.clusters)
        let isExact = golden.count <= SurvivingBins.exactLimit
        // Centroids are stored as float32.
        #expect(figures.squaredError <= (isExact ? 1.000_01 : 1.000_3) * golden.squaredError)
        #expect(figures.squaredError >= 0.999_999 * golden.squaredError)
        let values = try tables.values(for: plan, weights: weights).floats()
        let error = zip(values, weights.floats()).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        #expect(abs(error - figures.squaredError) <= 1e-6 * error)
        let encoded = try tables.encode(weights, plan: plan)
        #expect(encoded.bytes.count == figures.account.byteCount)
        #expect(try DecodedLayer(decoding: encoded.bytes).values.floats() == values)
    }

    @Test(
        "With up to 64 clusters the squared error is at most 1.001 times that of kmeans1d and scikit-learn",
        arguments: ClusteringGolden.all.filter { ($0.center ?? 0) == 0 })
    private func clustering(golden: ClusteringGolden) throws {
        let tables = try LayerTables(preparing: golden.weights)
        let plan = LayerPlan(share: SharePlan(clusters: golden.clusters, method: golden.method))
        let found = tables.figures(for: plan).squaredError
        // With hundreds of clusters the bins, 1/128 of their numbers wide, begin to show.
        #expect(found <= (golden.clusters > 64 ? 1.02 : 1.001) * golden.squaredError)
        // An optimum over bins is never better than the optimum over weights.
        if golden.method == .optimal { #expect(found >= 0.999999 * golden.squaredError) }
    }
}
