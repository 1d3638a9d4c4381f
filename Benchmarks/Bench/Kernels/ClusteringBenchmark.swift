import Compression

/// The optimal clustering of a million weights, preparing included, against kmeans1d's.
enum ClusteringBenchmark {
    static let name = "kmeans-optimal-1e6-k32"

    static func run(_ peers: PythonPeers, folder: String) throws -> Measurement {
        let weights = LaplaceWeights.tensor([1_000, 1_000], scale: 0.02)
        let plan = LayerPlan(share: SharePlan(clusters: 32, method: .optimal))
        var squaredError = 0.0
        let times = try Times(runs: 9) { _ in
            let tables = try LayerTables(preparing: weights)
            squaredError = try tables.exactFigures(for: plan, weights: weights).squaredError
        }
        var measurement = Measurement(
            name: name, pareSeconds: times.median,
            bar: "ratio = peer_s / pare_s >= 50, and squared_error <= 1.001 x peer_squared_error",
            details: [("squared_error", squaredError)])
        do {
            let peer = try peers.run("kmeans_optimal.py", on: weights, arguments: ["32"], folder: folder)
            guard let seconds = peer["seconds"], let peerError = peer["squared_error"] else {
                throw BenchmarkFailure("kmeans_optimal.py gave no result")
            }
            let ratio = seconds / times.median
            measurement.peer = ("kmeans1d", seconds)
            measurement.ratio = ratio
            measurement.isMet = ratio >= 50 && squaredError <= 1.001 * peerError
            measurement.details.append(("peer_squared_error", peerError))
        } catch let failure as BenchmarkFailure {
            measurement.skipped = failure.reason
        }
        return measurement
    }
}
