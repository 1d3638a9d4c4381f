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

    /// All that answers any pair of ranks, against one pair's answer; half of the runs before TensorLy's, half after.
    private func measureTable(_ kernel: Tensor) throws -> Measurement {
        var squaredError = 0.0
        func measure() throws -> [Double] {
            try Times(runs: 7) { _ in
                squaredError = try EnergyTable(kernel, layout: Self.layout).squaredError(Self.ranks)
            }.sorted
        }
        var seconds = try measure()
        let peer = Result { try tensorly(kernel, iterations: 1, tolerance: 0, runs: 3) }
        seconds += try measure()
        var measurement = Measurement(
            name: "tucker-table-512x512x3x3", pareSeconds: Times(seconds).median,
            bar: "ratio = peer_s / pare_s >= 10, and squared_error within 1e-4 of peer_start_error",
            details: [("squared_error", squaredError)])
        measurement.compare(with: peer) { peer, ratio in
            let start = peer["start_error"] ?? .nan
            return (ratio >= 10 && abs(squaredError - start) <= 1e-4 * start, [("peer_start_error", start)])
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
        let converged = try table.refined(Self.ranks, weights: kernel)
        let peer = Result { try tensorly(kernel, iterations: 100, tolerance: 1e-8, runs: 1) }
        let target = ((try? peer.get()["squared_error"]) ?? converged.squaredError) * (1 + 1e-6)
        var (few, enough) = (0, converged.iterations)
        while few + 1 < enough {
            let middle = (few + enough) / 2
            let error = try table.refined(Self.ranks, weights: kernel, iterations: middle).squaredError
            if error <= target { enough = middle } else { few = middle }
        }
        func measure(iterations: Int) throws -> (seconds: Double, error: Double) {
            var error = Double.nan
            let times = try Times(runs: 3) { _ in
                error = try EnergyTable(kernel, layout: Self.layout)
                    .refined(Self.ranks, weights: kernel, iterations: iterations).squaredError
            }
            return (times.median, error)
        }
        let same = try measure(iterations: enough)
        var measurement = Measurement(
            name: "hooi", pareSeconds: same.seconds,
            bar: "ratio = peer_s / pare_s >= 5, both to peer_squared_error x (1 + 1e-6) or less",
            details: [
                ("squared_error", same.error), ("iterations", Double(enough)),
                ("converged_s", try measure(iterations: 100).seconds), ("converged_squared_error", converged.squaredError),
                ("converged_iterations", Double(converged.iterations)),
            ])
        measurement.compare(with: peer) { peer, ratio in
            (
                ratio >= 5 && same.error <= target,
                ["squared_error", "iterations"].map { ("peer_" + $0, peer[$0] ?? .nan) }
            )
        }
        return measurement
    }

    /// What TensorLy says of the same weights.
    private func tensorly(_ kernel: Tensor, iterations: Int, tolerance: Double, runs: Int) throws -> [String: Double] {
        let shape = kernel.shape.dimensions.map(String.init)
        let settings = [Self.ranks.out, Self.ranks.in, iterations].map(String.init) + ["\(tolerance)", "\(runs)"]
        let peer = try peers.run("partial_tucker.py", on: kernel, arguments: shape + settings, folder: folder)
        guard peer["seconds"] != nil else { throw BenchmarkFailure("partial_tucker.py gave no result") }
        return peer
    }
}

extension Measurement {
    /// Sets the peer, the ratio of its seconds to Pare's, and what `judge` makes of them; or why there is no peer.
    fileprivate mutating func compare(
        with peer: Result<[String: Double], any Error>,
        _ judge: ([String: Double], _ ratio: Double) -> (isMet: Bool, details: [(name: String, value: Double)])
    ) {
        switch peer {
        case .success(let figures):
            let seconds = figures["seconds"] ?? .nan
            let ratio = seconds / pareSeconds
            let verdict = judge(figures, ratio)
            self.peer = ("TensorLy", seconds)
            self.ratio = ratio
            isMet = verdict.isMet
            details += verdict.details
        case .failure(let failure):
            skipped = (failure as? BenchmarkFailure)?.reason ?? "\(failure)"
        }
    }
}
