import Testing

@testable import Compression

@Suite("Weight sharing")
struct SharingPropertyTests {
    @Test("The optimum's squared error falls with every cluster more", arguments: [SampleWeights.product, .positive, .lattice, .tiny])
    func errorFalls(kind: SampleWeights) throws {
        let weights = kind.tensor(count: 2000, seed: 11)
        let tables = try LayerTables(preparing: weights)
        var previous = Double.infinity
        for clusters in 1...40 {
            let plan = LayerPlan(share: SharePlan(clusters: clusters, method: .optimal))
            let figures = tables.figures(for: plan)
            #expect(figures.squaredError <= previous * (1 + 1e-9), "\(clusters) clusters")
            previous = figures.squaredError
        }
    }

    @Test("No start ends below the optimum", arguments: SharingMethod.clusteringCases)
    func optimumIsLowest(method: SharingMethod) throws {
        for kind in [SampleWeights.product, .positive, .lattice] {
            let tables = try LayerTables(preparing: kind.tensor(count: 3000, seed: 5))
            for clusters in [1, 2, 5, 16, 64] {
                func error(_ method: SharingMethod) -> Double {
                    let share = SharePlan(clusters: clusters, method: method, seed: 3)
                    return tables.figures(for: LayerPlan(prune: .sparsity(0.5), share: share)).squaredError
                }
                #expect(error(.optimal) <= error(method) * (1 + 1e-9), "\(kind) \(clusters)")
            }
        }
    }

    @Test("As many clusters as distinct bins or more give one centroid a bin")
    func manyClusters() throws {
        let weights = SampleWeights.lattice.tensor(count: 500, seed: 2)
        let tables = try LayerTables(preparing: weights)
        for method in SharingMethod.clusteringCases {
            for clusters in [16, 17, 1000, 65_535] {
                let plan = LayerPlan(share: SharePlan(clusters: clusters, method: method))
                let encoded = try tables.encode(weights, plan: plan)
                #expect(encoded.figures.codebook?.centroids == (-8...8).filter { $0 != 0 }.map { Float($0) / 64 })
                #expect(encoded.figures.squaredError == 0)
                #expect(try DecodedLayer(decoding: encoded.bytes).values.floats() == weights.floats())
            }
        }
    }

    @Test("The same plan gives the same bytes, whatever was asked before", arguments: SharingMethod.allCases)
    func determinism(method: SharingMethod) throws {
        let weights = SampleWeights.product.tensor(count: 5000, seed: 9)
        let share = SharePlan(clusters: 16, method: method, seed: 42)
        let plan = LayerPlan(prune: .sparsity(0.7), share: share)
        let first = try LayerTables(preparing: weights).encode(weights, plan: plan)
        let tables = try LayerTables(preparing: weights)
        for sparsity in [0.1, 0.69, 0.71, 0.9] {
            _ = try tables.exactFigures(for: LayerPlan(prune: .sparsity(sparsity)), weights: weights)
        }
        let second = try tables.encode(weights, plan: plan)
        #expect(first.bytes == second.bytes)
        #expect(first.figures == second.figures)
    }

    @Test("Pruning everything leaves an entry of zeros", arguments: LayoutChoice.allCases)
    func everythingPruned(layout: LayoutChoice) throws {
        let weights = SampleWeights.patterns.tensor(count: 1000, seed: 4)
        let tables = try LayerTables(preparing: weights)
        for share in [nil, SharePlan(clusters: 8)] {
            let plan = LayerPlan(prune: .sparsity(1), share: share, code: CodePlan(layout: layout))
            let encoded = try tables.encode(weights, plan: plan)
            #expect(encoded.figures.nonzeros == 0)
            #expect(encoded.bytes.count == encoded.figures.account.byteCount)
            #expect(try DecodedLayer(decoding: encoded.bytes).values.floats().allSatisfy { $0 == 0 })
        }
    }
}

extension SharingMethod {
    /// The ways of k-means.
    fileprivate static let clusteringCases = allCases.filter { !$0.isOnGrid }
}
