import Factorization
import TensorCore

/// What factorizing a layer costs, against TensorLy's Tucker decomposition of the same kernel.
struct FactorizationBenchmarks {
    static let names = ["tucker-table-512x512x3x3", "rank-slider", "hooi"]

    let peers: PythonPeers
    let folder: String

    private static let layout = KernelLayout(out: 512, in: 512, window: 9, order: .outFirst)
    private static let ranks = Ranks(out: 128, in: 128)

    /// Measures those of `names`; the kernel is drawn once.
    func run(_ names: [String], report: (Measurement) -> Void) throws {
        let kernel = DecayingKernel.tensor(out: 512, in: 512)
        if names.contains("tucker-table-512x512x3x3") { report(try measureTable(kernel)) }
        if names.contains("rank-slider") { report(try measureSlider(kernel)) }
        if names.contains("hooi") { report(try measureRefinement(kernel)) }
    }

    /// All that answers any pair of ranks, against one pair's answer.
    private func measureTable(_ kernel: Tensor) throws -> Measurement {
        var squaredError = 0.0
        let times = try Times(runs: 9) { _ in
            squaredError = try EnergyTable(kernel, layout: Self.layout).squaredError(Self.ranks)
        }
        var measurement = Measurement(
            name: "tucker-table-512x512x3x3", pareSeconds: times.median,
            bar: "ratio = peer_s / pare_s >= 10, and squared_error within 1e-4 of peer_start_error",
            details: [("squared_error", squaredError)])
        try compare(&measurement, kernel, iterations: 1, tolerance: 0, runs: 3) { peer in
            let ratio = (peer["seconds"] ?? .nan) / times.median
            let start = peer["start_error"] ?? .nan
            return (ratio, ratio >= 10 && abs(squaredError - start) <= 1e-4 * start, [("peer_start_error", start)])
        }
        return measurement
    }

    /// Every step asks for ranks that were not asked for before.
    private func measureSlider(_ kernel: Tensor) throws -> Measurement {
        let layout = Self.layout
        let table = try EnergyTable(kernel, layout: layout)
        let answers = 1_000
        let times = Times(runs: 200, warmUps: 20) { run in
            var sum = 0.0
            for step in 0..<answers {
                let place = run * answers + step
                let ranks = Ranks(out: 1 + place * 37 % 512, in: 1 + place * 101 % 512)
                sum += table.squaredError(ranks) + Double(layout.factorCount(ranks))
            }
            keep(sum)
        }
        let factors = Times(runs: 40, warmUps: 2) { run in keep(table.factors(Ranks(out: 96 + run, in: 160 - run))) }
        return Measurement(
            name: "rank-slider", pareSeconds: times.median / Double(answers), bar: "median pare_s <= 0.0001",
            isMet: times.median / Double(answers) <= 0.0001,
            details: [("max_s", times.quantile(1) / Double(answers)), ("factors_s", factors.median)])
    }

    /// From the weights to factors with the squared error that TensorLy ends with, or less; the rounds that takes are found first.
    private func measureRefinement(_ kernel: Tensor) throws -> Measurement {
        let table = try EnergyTable(kernel, layout: Self.layout)
        func refine(_ rounds: Int) throws -> RefinedFactors {
            try table.refined(Self.ranks, weights: kernel, iterations: rounds)
        }
        let converged = try refine(100)
        var measurement = Measurement(
            name: "hooi", pareSeconds: .nan,
            bar: "ratio = peer_s / pare_s >= 5, both to peer_squared_error x (1 + 1e-6) or less")
        var rounds = converged.iterations
        try compare(&measurement, kernel, iterations: 100, tolerance: 1e-8, runs: 1) { peer in
            let target = (peer["squared_error"] ?? .nan) * (1 + 1e-6)
            var (few, enough) = (0, rounds)
            while few + 1 < enough {
                let middle = (few + enough) / 2
                if try refine(middle).squaredError <= target { enough = middle } else { few = middle }
            }
            rounds = enough
            return (.nan, converged.squaredError <= target, [
                ("peer_squared_error", peer["squared_error"] ?? .nan), ("peer_iterations", peer["iterations"] ?? .nan),
            ])
        }
        func seconds(_ rounds: Int) throws -> (median: Double, error: Double) {
            var error = Double.nan
            let times = try Times(runs: 3) { _ in
                error = try EnergyTable(kernel, layout: Self.layout)
                    .refined(Self.ranks, weights: kernel, iterations: rounds).squaredError
            }
            return (times.median, error)
        }
        let same = try seconds(rounds)
        measurement.pareSeconds = same.median
        measurement.ratio = measurement.peer.map { $0.seconds / same.median }
        measurement.isMet = measurement.ratio.map { $0 >= 5 && measurement.isMet == true }
        measurement.details += [
            ("squared_error", same.error), ("iterations", Double(rounds)),
            ("converged_s", try seconds(100).median), ("converged_squared_error", converged.squaredError),
            ("converged_iterations", Double(converged.iterations)),
        ]
        return measurement
    }

    /// Runs TensorLy on the same weights and adds what it says to the measurement.
    private func compare(
        _ measurement: inout Measurement, _ kernel: Tensor, iterations: Int, tolerance: Double, runs: Int,
        _ judge: ([String: Double]) throws -> (ratio: Double, isMet: Bool, details: [(name: String, value: Double)])
    ) throws {
        do {
            let shape = kernel.shape.dimensions.map(String.init)
            let settings = [Self.ranks.out, Self.ranks.in, iterations].map(String.init) + ["\(tolerance)", "\(runs)"]
            let peer = try peers.run("partial_tucker.py", on: kernel, arguments: shape + settings, folder: folder)
            guard let seconds = peer["seconds"] else { throw BenchmarkFailure("partial_tucker.py gave no result") }
            let verdict = try judge(peer)
            measurement.peer = ("TensorLy", seconds)
            measurement.ratio = verdict.ratio
            measurement.isMet = verdict.isMet
            measurement.details += verdict.details
        } catch let failure as BenchmarkFailure {
            measurement.skipped = failure.reason
        }
    }
}
