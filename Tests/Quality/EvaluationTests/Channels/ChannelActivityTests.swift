import Basics
import Datasets
import Execution
import Foundation
import ModelFormats
import NeuralNetwork
import Testing

@testable import Evaluation

/// `activity.onnx` on noise, against what `make_activity.py` worked out.
@Suite("What channels do on data")
struct ChannelActivityTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens").standardized
    private let model: Model
    private let data: DataSet
    private let goldens: [String: [Double]]

    static let groups = [
        ReadChannels(
            count: 8,
            readers: [
                .init(node: 2, value: "first", axis: 1, channels: Array(0..<8)),
                .init(node: 6, value: "first", axis: 1, channels: Array(0..<8)),
            ]),
        // Each channel is sixteen inputs of the Gemm.
        ReadChannels(count: 6, readers: [.init(node: 5, value: "flat", axis: 1, channels: (0..<96).map { $0 / 16 })]),
    ]

    init() throws {
        model = try ModelFile.open(path: Self.folder.appending(path: "activity.onnx").path)
        var random = SeededRandom(seed: 5)
        let values = (0..<50 * 270).map { _ in Float(random.uniform() * 2 - 1) }
        data = DataSet(name: "noise", content: .samples(ArraySource(values: values, shape: [3, 10, 9], labels: nil)))
        let text = try String(contentsOf: Self.folder.appending(path: "activity.tsv"), encoding: .utf8)
        var goldens: [String: [Double]] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t")
            goldens["\(fields[0]) \(fields[1])"] = fields[2].split(separator: " ").compactMap { Double($0) }
        }
        self.goldens = goldens
    }

    private func measure(
        _ groups: [ReadChannels] = groups, limit: Int = 1000, seed: UInt64 = 0, data: DataSet? = nil
    ) throws -> [ChannelActivity?] {
        var options = ChannelActivity.Options()
        options.sampleLimit = limit
        options.seed = seed
        return try ChannelActivity.measure(groups, of: model, data: data ?? self.data, options: options)
    }

    @Test("Shares of zeros and energies are those of all samples, and channels go in the order of all outputs")
    func goldenFigures() throws {
        for seed in 0..<3 as Range<UInt64> {
            let found = try measure(seed: seed)
            for (name, activity) in zip(["first", "second"], found) {
                let activity = try #require(activity)
                let shares = try #require(goldens["\(name) shares"])
                let energies = try #require(goldens["\(name) energies"])
                // A number as near to zero as rounding may be one on either side.
                #expect(zip(activity.activeShares, shares).allSatisfy { abs($0 - $1) < 2e-4 })
                #expect(zip(activity.energies, energies).allSatisfy { abs($0 - $1) < 1e-5 * (1 + $1) })
                #expect(activity.removalRanks.map(Double.init) == goldens["\(name) ranks"])
                #expect(activity.scores(by: .thinet) == goldens["\(name) ranks"])
                #expect(activity.scores(by: .l1) == nil)
            }
        }
    }

    @Test("Columns that nearly cancel each other go in the order that trying out every one gives")
    func cancellingColumns() throws {
        var random = SeededRandom(seed: 9)
        var matrix = (0..<480).map { _ in Float(random.uniform() * 2 - 1) }
        for row in 0..<40 {
            matrix[row * 12 + 7] = -matrix[row * 12 + 2]
            matrix[row * 12 + 4] = 0
        }
        let ranks = try GreedyRemoval.ranks(matrix, channels: 12, cancellation: CancellationToken())
        #expect(ranks.map(Double.init) == goldens["matrix ranks"])
        #expect(ranks[4] == 0)
    }

    @Test("The same seed gives the same figures, another one other outputs to look at")
    func seeds() throws {
        #expect(try measure(seed: 4) == measure(seed: 4))
        let few = try measure(limit: 20, seed: 1)
        #expect(try few != measure(limit: 20, seed: 2))
        #expect(try #require(few[0]).energies.count == 8)
    }

    @Test("What is not in the graph, or not as said, has no activity, and other readers' channels go by energy")
    func otherReaders() throws {
        let found = try measure([
            ReadChannels(count: 1, readers: [.init(node: 0, value: "nowhere", axis: 1, channels: [0])]),
            ReadChannels(count: 8, readers: [.init(node: 1, value: "first", axis: 2, channels: Array(0..<8))]),
            ReadChannels(count: 5, readers: [.init(node: 7, value: "c", axis: 1, channels: [4, 3, 2, 1, 0])]),
            ReadChannels(count: 0, readers: []),
        ])
        #expect(found[0] == nil && found[1] == nil && found[3] == nil)
        let pooled = try #require(found[2])
        let byEnergy = pooled.energies.indices.sorted { pooled.energies[$0] < pooled.energies[$1] }
        #expect(byEnergy.map { pooled.removalRanks[$0] } == [0, 1, 2, 3, 4])
        #expect(Set(pooled.activeShares).count == 1)
        let scores = try #require(pooled.scores(by: .apoz))
        #expect(byEnergy == scores.indices.sorted { scores[$0] < scores[$1] })
    }

    @Test("Without data, random inputs serve; cancelled, nothing does")
    func randomInputs() throws {
        let found = try ChannelActivity.measure(Self.groups, of: model, data: nil)
        #expect(try #require(found[0]).activeShares.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(try found == ChannelActivity.measure(Self.groups, of: model, data: nil))
        let token = CancellationToken()
        token.cancel()
        #expect(throws: Cancelled.self) {
            try ChannelActivity.measure(Self.groups, of: model, data: data, cancellation: token)
        }
        // Cancelled on the way.
        let later = CancellationToken()
        #expect(throws: Cancelled.self) {
            try ChannelActivity.measure(Self.groups, of: model, data: data, cancellation: later) { if $0 > 0.3 { later.cancel() } }
        }
    }
}
