import Compression
import Importance

/// What a slider's step needs until the predicted loss of the layer is there: the figures of the plan, then the curve through what
/// exact predictions said. The layer is as large as GoogLeNet's classifier, its largest.
enum LossBenchmark {
    static let name = "loss-of-a-step-1024000"

    static func run() throws -> Measurement {
        let weights = LaplaceWeights.tensor([1_000, 1_024], scale: 0.02)
        let tables = try LayerTables(preparing: weights)
        var curve = LossCurve(lossPerError: 1e-4)
        for step in 1...64 {
            curve.add(PredictedLoss(Double(step) * 1e-4), error: Double(step), of: LayerPlan(share: SharePlan(step: 0.01, method: .entropy)))
        }
        var sum = 0.0
        let times = Times(runs: 99) { run in
            let plan = LayerPlan(share: SharePlan(step: 0.01 + 1e-4 * Double(run), method: .entropy))
            sum += curve.loss(error: tables.figures(for: plan).squaredError, of: plan).value
        }
        var measurement = Measurement(name: name, pareSeconds: times.median, bar: "pare_s <= 0.001", details: [("sum", sum)])
        measurement.isMet = times.median <= 0.001
        return measurement
    }
}
