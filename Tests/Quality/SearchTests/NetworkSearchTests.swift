import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Importance
import NeuralNetwork
import PareFile
import Recipes
import TensorCore
import TestNetworks
import Testing

@testable import Search

/// Runs configurations over bars.
private struct BarTrials: SearchTrials {
    let composer: Composer
    let few: Evaluator
    let all: Evaluator

    init(_ composer: Composer) throws {
        self.composer = composer
        func evaluator(_ samples: Int) throws -> Evaluator {
            var options = Evaluator.Options()
            options.tellsDistances = true
            options.sampleLimit = samples
            return try Evaluator(composer.model, data: DataSet(name: "bars", content: .samples(Bars(count: 256))), options: options)
        }
        few = try evaluator(64)
        all = try evaluator(256)
    }

    func measure(_ plans: [LayerPlan], on samples: TrialSamples, cancellation: CancellationToken) throws -> QualityReport {
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        let model = try shapes.applied(plans, cancellation: cancellation)
        var last: QualityReport?
        try (samples == .few ? few : all).measure(
            Configuration(restructured: RestructuredModel(model: model, identity: plans.hashValue)), cancellation: cancellation
        ) { last = $0 }
        return try #require(last)
    }
}

@Suite("Searching for what can go")
struct NetworkSearchTests {
    private func search(
        _ stages: Set<SearchStage>, _ cancellation: CancellationToken = CancellationToken(), of model: Model = Bars.classifier()
    ) throws -> NetworkSearch {
        let composer = Composer(model)
        let importance = try NetworkImportance.measure(
            model, on: NetworkImportance.inputs(of: model, from: DataSet(name: "bars", content: .samples(Bars(count: 96)))))
        return try NetworkSearch(
            composer, importance, SearchScope(of: model), stages: stages,
            trials: BarTrials(composer), cancellation: cancellation
        ) { _, _ in }
    }

    /// Bytes of the file that plans come to, as they are written.
    private func fileSize(_ plans: [LayerPlan], of model: Model = Bars.classifier()) throws -> Int {
        let composer = Composer(model)
        let shapes = try composer.compose(plans, patience: .thorough)
        let figures = try shapes.placedLayers.map { try $0.exactFigures(plans[$0.number]) }
        return try PareWriter(
            PareWriter.Source(
                shapes: shapes, plans: plans, accounts: shapes.accounts(figures, plans: plans) { _ in false },
                recipe: Recipe(describing: plans, model: composer.model).yaml())
        ).fileByteCount
    }

    @Test(
        "What is found keeps to its bytes, to the byte of its file, uses them, and is the same each time",
        arguments: [[.share], [.prune, .share]] as [Set<SearchStage>])
    func bytes(_ stages: Set<SearchStage>) throws {
        let limit = 1_400
        let search = try search(stages)
        var better: [Int] = []
        let found = try search.find(.bytes(limit)) { better.append($0.byteCount) }
        #expect(found.byteCount <= limit && found.byteCount > limit * 9 / 10)
        #expect(try fileSize(found.plans) == found.byteCount)
        #expect(!better.isEmpty && better.allSatisfy { $0 <= limit })
        #expect(try #require(found.predicted) > 0 && found.measured != nil)
        #expect(search.runs <= 3 * 3 + 8)
        #expect(try self.search(stages).find(.bytes(limit)).plans == found.plans)
    }

    @Test(
        "Whatever the limit, what is foretold keeps to it and uses most of it",
        arguments: [[.share], [.prune, .share], [.ranks, .prune, .share]] as [Set<SearchStage>])
    func limits(_ stages: Set<SearchStage>) throws {
        let search = try search(stages)
        let least = try search.cheapest(.bytes).byteCount
        for limit in stride(from: least + 40, through: 2_000, by: 37) {
            let found = try #require(try search.foretold(.bytes, within: limit))
            #expect(found.byteCount <= limit && found.byteCount > limit * 3 / 4, "\(found.byteCount) of \(limit)")
        }
    }

    @Test("A network that knows nothing is no better than one that is half right, however near its answers are")
    func headlines() {
        func report(_ value: Double) -> QualityReport {
            QualityReport(headline: QualityFigure(metric: .topOne, original: 0.9, value: value), samples: 400, total: 400)
        }
        #expect(!report(0.1).losesNoMore(than: report(0.6)) && report(0.6).losesNoMore(than: report(0.1)) && report(0.59).losesNoMore(than: report(0.6)))
    }

    /// The same function with a layer's weights made larger, the next one's smaller.
    private var unbalanced: Model {
        var model = Bars.classifier()
        for (layer, scale) in [(1, Float(16)), (2, 1.0 / 16)] {
            let index = model.layers[layer].weight
            if let tensor = try? model.tensors[index].tensor.read() {
                model.tensors[index].tensor = TensorSource(Tensor(tensor.floats().map { $0 * scale }, shape: tensor.shape))
            }
        }
        return model
    }

    @Test("Values go where they matter: at equal bytes it loses less than one step in all layers, whatever their scale")
    func division() throws {
        let model = unbalanced
        let plan = LayerPlan(share: SharePlan(step: 0.3, method: .trellis), code: CodePlan(entropy: .context))
        let same = Array(repeating: plan, count: 3)
        let search = try search([.share], of: model)
        let found = try search.find(.bytes(try fileSize(same, of: model)))
        let other = try search.trials.measure(same, on: .all, cancellation: CancellationToken())
        let measured = try #require(found.measured)
        #expect(measured < other.distances.mean, "\(measured), one step \(other.distances.mean)")
    }

    @Test("A loss is not passed, and a larger one takes no more bytes")
    func losses() throws {
        let sizes = try [0.0, 0.02, 0.2].map { loss in
            let found = try search([.prune, .share]).find(.loss(loss))
            #expect(try #require(found.report).lostShare <= loss)
            return found.byteCount
        }
        #expect(sizes[0] >= sizes[1] && sizes[1] >= sizes[2] && sizes[0] > sizes[2], "\(sizes)")
    }

    @Test("Ranks are divided by what they multiply")
    func ranks() throws {
        let search = try search([.ranks])
        let before = Bars.classifier().layers.reduce(0) { $0 + ($1.macs.count ?? 0) }
        let found = try search.find(.macs(before * 95 / 100))
        #expect(found.macs <= before * 95 / 100 && found.plans.contains { $0.factorize != nil })
    }

    @Test("A budget that cannot be met says what can, and an interrupted search ends")
    func outOfReach() throws {
        let error = #expect(throws: BudgetOutOfReach.self) { try search([.share]).find(.bytes(300)) }
        let cheapest = try #require(error?.cheapest)
        #expect(cheapest.byteCount > 300)
        #expect(try search([.share]).find(.bytes(cheapest.byteCount)).byteCount == cheapest.byteCount)
        let token = CancellationToken()
        let stopped = try search([.share], token)
        #expect(throws: Cancelled.self) { try stopped.find(.bytes(1_400)) { _ in token.cancel() } }
    }

    @Test("Of a network that is sure of its answers no layer goes for next to nothing, however small its gradients are")
    func sure() throws {
        var model = Bars.classifier()
        let place = try #require(model.tensors.firstIndex { $0.name == "outer" })
        let values = try model.tensors[place].tensor.read().floats()
        model.tensors[place].tensor = TensorSource(Tensor(values.map { $0 * 40 }, shape: model.tensors[place].tensor.shape))
        let search = try search([.share], of: model)
        let table = search.table
        for (unit, options) in table.options.enumerated() {
            let largest = options.map(\.loss).max() ?? 0
            for option in options where option.figures[0].squaredError >= 0.999 * option.figures[0].signalPower {
                #expect(option.loss > 0.5, "\(unit) \(option.plan) \(largest)")
            }
        }
        let composer = Composer(model)
        let importance = try NetworkImportance.measure(
            model, on: NetworkImportance.inputs(of: model, from: DataSet(name: "bars", content: .samples(Bars(count: 96)))))
        let placed = try composer.compose([LayerPlan(), LayerPlan(), LayerPlan()], patience: .thorough).placed(1)
        let (half, all) = (LayerPlan(prune: .sparsity(0.5)), LayerPlan(prune: .sparsity(1)))
        for plan in [half, all] {
            let plain = try #require(try importance.loss(of: placed, plan)).value
            let cautious = try #require(try importance.cautiousLoss(of: placed, plan))
            #expect(plan == all ? abs(cautious - 1_000 * plain) <= 1e-3 * cautious : cautious > plain && cautious < 10 * plain)
        }
    }

    @Test("The front falls in bytes, and holds what was measured")
    func front() throws {
        let search = try search([.share])
        let found = try search.find(.bytes(1_400))
        let front = try search.front(.bytes)
        #expect(front.count > 10 && zip(front, front.dropFirst()).allSatisfy { $0.byteCount >= $1.byteCount })
        #expect(front.contains { $0.plans == found.plans && $0.measured == found.measured })
        #expect(front.first?.predicted == 0)
    }

    @Test("What a layer can lose rises with the loss that is allowed")
    func sensitivity() throws {
        let model = Bars.classifier()
        let importance = try NetworkImportance.measure(
            model, on: NetworkImportance.inputs(of: model, from: DataSet(name: "bars", content: .samples(Bars(count: 96)))))
        let layers = try LayerSensitivity.all(
            of: Composer(model), importance, stages: [.prune, .share], cancellation: CancellationToken()
        ) { _, _ in }
        #expect(layers.map(\.layer) == [0, 1, 2])
        for layer in layers {
            for stage in [SearchStage.prune, .share] {
                let sizes = [1e-4, 1e-2, 1].map { layer.limit(stage, losing: $0).byteCount }
                #expect(sizes[0] >= sizes[1] && sizes[1] >= sizes[2] && sizes[2] < layer.byteCount)
            }
            #expect(layer.limit(.share, losing: 0).plan == nil)
        }
    }
}
