import Compression
import TensorCore

/// What a slider needs of one layer as large as VGG-16's fc6: 4096 × 25088 weights.
enum LayerBenchmarks {
    static let names = ["prepare-102760448", "slider-102760448", "gaps-102760448"]

    /// Measures those of `names`; the layer is drawn, and prepared, once.
    static func run(_ names: [String], report: (Measurement) -> Void) throws {
        let weights = LaplaceWeights.tensor([4_096, 25_088], scale: 0.0016)
        if names.contains("prepare-102760448") { report(try prepare(weights)) }
        guard names.contains("slider-102760448") || names.contains("gaps-102760448") else { return }
        let tables = try LayerTables(preparing: weights)
        if names.contains("slider-102760448") { report(slide(tables)) }
        if names.contains("gaps-102760448") { report(try countGaps(tables, weights)) }
    }

    private static func prepare(_ weights: Tensor) throws -> Measurement {
        var total: Float = 0
        let reading = Times(runs: 7) { _ in total += SummingRead.sum(of: weights) }
        let preparing = try Times(runs: 7) { _ in keep(try LayerTables(preparing: weights)) }
        keep(total)
        let ratio = preparing.median / reading.median
        return Measurement(
            name: "prepare-102760448", pareSeconds: preparing.median,
            peer: ("one-thread vector sum of the same memory", reading.median), ratio: ratio,
            bar: "ratio = pare_s / peer_s <= 8", isMet: ratio <= 8)
    }

    private static func slide(_ tables: LayerTables) -> Measurement {
        // Every step is a plan that was not asked for before: by turns a new threshold and a new number of clusters.
        let times = Times(runs: 200, warmUps: 20) { run in
            let plan = LayerPlan(
                prune: .threshold(0.0012 + 0.000_02 * Double(run / 2)),
                share: SharePlan(clusters: 8 + (run + 1) / 2))
            keep(tables.figures(for: plan))
        }
        return Measurement(
            name: "slider-102760448", pareSeconds: times.median, bar: "median pare_s <= 0.001", isMet: times.median <= 0.001,
            details: [("p95_s", times.quantile(0.95)), ("max_s", times.quantile(1))])
    }

    private static func countGaps(_ tables: LayerTables, _ weights: Tensor) throws -> Measurement {
        // Near a tenth kept, each time at another threshold, for what was counted once is remembered.
        let times = try Times(runs: 9) { run in
            let plan = LayerPlan(prune: .threshold(tables.threshold(for: .sparsity(0.9)) * (1 + 0.003 * Double(run))))
            keep(try tables.exactFigures(for: plan, weights: weights))
        }
        return Measurement(
            name: "gaps-102760448", pareSeconds: times.median, bar: "pare_s <= 0.1", isMet: times.median <= 0.1,
            details: [("max_s", times.quantile(1))])
    }
}

/// Keeps the optimizer from dropping a result that nothing else looks at.
@inline(never)
func keep<Value>(_ value: Value) {
    withExtendedLifetime(value) {}
}
