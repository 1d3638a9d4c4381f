import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Importance
import NeuralNetwork
import TestNetworks
import Testing

@testable import Search

@Suite("Which filters go")
struct FilterTests {
    private let composer = Composer(Bars.classifier())

    private func importance() throws -> NetworkImportance {
        try NetworkImportance.measure(
            composer.model, on: NetworkImportance.inputs(of: composer.model, from: DataSet(name: "bars", content: .samples(Bars(count: 96)))))
    }

    private func ladder(_ price: SearchPrice) throws -> FilterLadder {
        try FilterLadder(composer, importance(), price, SearchScope(of: composer.model), cancellation: CancellationToken())
    }

    @Test("More is saved from level to level, nothing of nothing, and no layer loses all", arguments: [SearchPrice.bytes, .macs])
    func rungs(_ price: SearchPrice) throws {
        let ladder = try ladder(price)
        #expect(!ladder.isEmpty && ladder.plans(saving: 0).allSatisfy(\.isIdentity))
        var last = 1.0
        for share in [0.1, 0.3, 0.5, 1] {
            let plans = ladder.plans(saving: share)
            let cost = try ladder.cost(of: plans, price, CancellationToken())
            #expect(cost < last, "\(share)")
            last = cost
            let shapes = try composer.compose(plans, patience: .thorough)
            #expect(shapes.layers.allSatisfy { $0.filtersKept * 4 >= $0.filterCount })
        }
    }

    @Test("A level saves what it says")
    func levels() throws {
        let whole = composer.model.layers.reduce(0) { $0 + ($1.macs.count ?? 0) }
        var levels = FilterLevels(try ladder(.macs), .macs(whole * 7 / 10), composer.model, others: false)
        let level = try #require(levels.next)
        let plans = try levels.plans(at: level, CancellationToken())
        let macs = try composer.compose(plans, patience: .thorough).layers.reduce(0) { $0 + ($1.macs.count ?? 0) }
        #expect(macs <= whole * 7 / 10 && macs > whole / 2)
        levels.add(FoundNetwork(plans: plans, byteCount: 1, macs: macs, predicted: nil), at: level)
        #expect(levels.next == nil)
        #expect(try levels.best.get().macs == macs)
    }

    @Test("Levels near the best are looked at, those that keep to the budget go before those that do not")
    func refining() throws {
        var levels = FilterLevels(try ladder(.bytes), .loss(0.01), composer.model, others: true)
        func found(_ bytes: Int) -> FoundNetwork { FoundNetwork(plans: [], byteCount: bytes, macs: 0, predicted: nil) }
        var looked: [Double] = []
        while let level = levels.next {
            looked.append(level)
            if level > 0.3 {
                levels.add(BudgetOutOfReach(cheapest: found(10)), at: level)
            } else {
                levels.add(found(Int(1_000 * (1 + abs(level - 0.2)))), at: level)
            }
        }
        #expect(looked.count == 6 && looked[4...].allSatisfy { (0.1...0.45).contains($0) })
        #expect(try levels.best.get().byteCount <= 1_050 && !levels.isBest(found(1_060)) && levels.isBest(found(900)))
    }

    @Test("Of a layer's filters more may go for a larger loss, and what the curve says is what the shapes come to")
    func curves() throws {
        let layers = try LayerSensitivity.all(
            of: composer, importance(), stages: [.filters], cancellation: CancellationToken()
        ) { _, _ in }
        #expect(layers.count == 3)
        let inner = layers[1]
        let (little, much) = (inner.limit(.filters, losing: 0.001), inner.limit(.filters, losing: 10))
        #expect(much.byteCount < inner.byteCount && much.byteCount <= little.byteCount)
        var plans = Array(repeating: LayerPlan(), count: 3)
        plans[1] = try #require(much.plan)
        #expect(try composer.compose(plans, patience: .thorough).placed(1).parts[0].weights.byteCount == much.byteCount)
        // The scores of the classes are outputs: none can go.
        #expect(layers[2].limit(.filters, losing: 10).plan == nil)
    }
}
