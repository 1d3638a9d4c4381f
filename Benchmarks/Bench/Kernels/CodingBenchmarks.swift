import Compression
import TensorCore

/// Entries of a layer as large as VGG-16's fc6, written and read back: megabytes of float32 weights a second of one core.
enum CodingBenchmarks {
    static let names = ["encode-102760448", "decode-102760448", "encode-context-2359296", "decode-context-2359296"]

    static func run(_ names: [String], report: (Measurement) -> Void) throws {
        if names.contains(where: { $0.hasSuffix("-102760448") }) {
            // As Deep Compression has it: pruned, shared, gaps and codes in Huffman codes; and with a code for every weight.
            let weights = LaplaceWeights.tensor([4_096, 25_088], scale: 0.0016)
            let tables = try LayerTables(preparing: weights)
            let share = SharePlan(clusters: 32)
            let sparse = LayerPlan(prune: .sparsity(0.9), share: share, code: CodePlan(layout: .sparse))
            let dense = LayerPlan(share: share, code: CodePlan(layout: .dense))
            try measure(weights, tables, [("sparse", sparse), ("dense", dense)], "102760448", bar: 100, names, report)
        }
        if names.contains(where: { $0.hasSuffix("-context-2359296") }) {
            let weights = LaplaceWeights.tensor([512, 512, 3, 3], scale: 0.02)
            let plan = LayerPlan(share: SharePlan(step: 0.01), code: CodePlan(entropy: .context))
            try measure(
                weights, try LayerTables(preparing: weights), [("context", plan)], "context-2359296", bar: nil, names, report)
        }
    }

    /// Measures writing and reading under each plan; the slowest has to clear the bar.
    private static func measure(
        _ weights: Tensor, _ tables: LayerTables, _ plans: [(name: String, plan: LayerPlan)], _ suffix: String, bar: Double?,
        _ names: [String], _ report: (Measurement) -> Void
    ) throws {
        let megabytes = Double(weights.count * 4) / 1e6
        var encoding: [(name: String, value: Double)] = []
        var decoding: [(name: String, value: Double)] = []
        for (name, plan) in plans {
            // Figures are known by then, as they are when a person decides to write the file.
            _ = try tables.exactFigures(for: plan, weights: weights)
            let entry = try tables.encode(weights, plan: plan).bytes
            let writing = try Times(runs: 3, clock: .processor) { _ in keep(try tables.encode(weights, plan: plan)) }
            let reading = try Times(runs: 3, clock: .processor) { _ in keep(try DecodedLayer(decoding: entry)) }
            encoding.append((name, writing.median))
            decoding.append((name, reading.median))
        }
        for (verb, seconds) in [("encode", encoding), ("decode", decoding)] where names.contains("\(verb)-\(suffix)") {
            let slowest = seconds.map(\.value).max() ?? 0
            let rate = megabytes / slowest
            var measurement = Measurement(
                name: "\(verb)-\(suffix)", pareSeconds: slowest, bar: bar.map { "megabytes_per_core_second >= \(Int($0))" } ?? "none",
                isMet: bar.map { rate >= $0 })
            measurement.details = [("megabytes_per_core_second", rate)] + seconds.map { ("\($0.name)_s", $0.value) }
            report(measurement)
        }
    }
}
