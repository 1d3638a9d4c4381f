import Composition
import Compression
import Datasets
import Evaluation
import Factorization
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Importance

@Suite("Choices by data")
struct DataChoiceTests {
    private let data = DataSet(name: "bars", content: .samples(Bars(count: 96)))

    private func plans(_ model: Model, _ changes: [Int: LayerPlan]) -> [LayerPlan] {
        model.layers.indices.map { changes[$0] ?? LayerPlan() }
    }

    /// What changed weights of a layer give that they did not, squared and added up, a mean over the places that it reads.
    private func error(_ changes: [Float], _ layer: LayerImportance) -> Double {
        let d = layer.operation.inputs
        var sum = 0.0
        for (group, moments) in layer.plainMoments.enumerated() {
            for output in 0..<layer.operation.outputs {
                let row = (0..<d).map { Double(changes[layer.operation.position(group, output, $0)]) }
                for left in 0..<d { for right in 0..<d { sum += row[left] * Double(moments.blocks[0][left * d + right]) * row[right] } }
            }
        }
        return sum
    }

    /// What the factors in force of a layer cost.
    private func cost(
        _ composer: Composer, _ changes: [Int: LayerPlan], of layer: Int, _ importance: NetworkImportance
    ) throws -> (value: Double, placed: PlacedLayer) {
        let plans = plans(composer.model, changes)
        try composer.measureData(for: plans, on: data)
        let placed = try composer.compose(plans, patience: .thorough).placed(layer)
        #expect(placed.composed.ranks != nil && placed.composed.remark == nil)
        _ = try placed.exactFigures(plans[layer])
        let before = try placed.weights.read().floats()
        let after = try placed.remaining(plans[layer], outputAxis: 0)
        return (error(zip(after, before).map { $0 - $1 }, try #require(importance.layers[layer])), placed)
    }

    @Test("Factors in the data's norm cost less than those of the weights' own, and what the table says")
    func norms() throws {
        let model = Bars.classifier()
        let importance = try NetworkImportance.measure(model, on: NetworkImportance.inputs(of: model, from: data))
        let composer = Composer(model)
        for rank in [2, 4, 8] {
            let plain = try cost(composer, [1: LayerPlan(factorize: .rank(rank))], of: 1, importance)
            let own = try cost(composer, [1: LayerPlan(factorize: .rank(rank, norm: .data))], of: 1, importance)
            #expect(own.value < plain.value)
            let table = try #require(try own.placed.preparedEnergyTable(.data))
            #expect(table.isOnData)
            let expected = table.squaredError(Ranks(rank))
            #expect(abs(expected - own.value) <= 0.02 * own.value + 1e-3 * table.power)
            let kept = try #require(own.placed.energyKept)
            #expect(abs(kept - table.energyKept(Ranks(rank))) < 1e-6)
            // Both are there at once, and are different tensors.
            #expect(own.placed.composed.kernel != plain.placed.composed.kernel)
            #expect(try #require(try own.placed.preparedEnergyTable(.weights)).isOnData == false)
        }
    }

    @Test("The energy that is kept is the data's, once filters before and of the layer are gone")
    func selected() throws {
        let model = Bars.classifier()
        let importance = try NetworkImportance.measure(model, on: NetworkImportance.inputs(of: model, from: data))
        let composer = Composer(model)
        let changes = [
            0: LayerPlan(filters: FilterRule(.keep(4))), 1: LayerPlan(filters: FilterRule(.keep(15)), factorize: .rank(5, norm: .data)),
        ]
        let own = try cost(composer, changes, of: 1, importance)
        // Without the factors only the filters are gone.
        var whole = plans(model, changes)
        whole[1].factorize = nil
        let placed = try composer.compose(whole, patience: .thorough).placed(1)
        let before = try placed.remaining(whole[1], outputAxis: 0)
        let after = try own.placed.remaining(plans(model, changes)[1], outputAxis: 0)
        let layer = try #require(importance.layers[1])
        let cost = error(zip(after, before).map { $0 - $1 }, layer)
        let table = try #require(try own.placed.preparedEnergyTable(.data))
        #expect(table.layout.out == 15 && table.layout.in == 36)
        let expected = table.squaredError(Ranks(5))
        #expect(abs(expected - cost) <= 0.02 * cost + 1e-3 * table.power)
    }

    @Test("Until the data was asked a layer waits; of other data it is asked anew")
    func waiting() throws {
        let model = Bars.classifier()
        let composer = Composer(model)
        let plans = plans(model, [1: LayerPlan(factorize: .energy(0.8, norm: .data))])
        #expect(composer.layersAwaitingNorm(plans) == [1])
        #expect(try composer.compose(plans, patience: .thorough).layers[1].isAwaitingRanks)
        try composer.measureData(for: plans, on: data)
        #expect(composer.layersAwaitingNorm(plans).isEmpty)
        let first = try composer.compose(plans, patience: .thorough)
        #expect(first.layers[1].ranks != nil && !first.isProvisional)
        let stale = composer.dataCount
        composer.forgetActivity()
        #expect(composer.layersAwaitingNorm(plans) == [1])
        composer.keep(.unknown(reason: "late"), of: 1, measuredOn: stale)
        #expect(composer.norm(of: 1) == nil)
        try composer.measureData(for: plans, on: DataSet(name: "dim", content: .samples(Bars(count: 96, brightness: 0.1))))
        #expect(try composer.compose(plans, patience: .thorough).layers[1].kernel != first.layers[1].kernel)
    }

    @Test("A layer of which the data says nothing is split in the weights' norm, and says so")
    func unknown() throws {
        let model = Bars.classifier()
        let composer = Composer(model)
        let plans = plans(model, [1: LayerPlan(factorize: .rank(4, norm: .data))])
        composer.keep(.unknown(reason: "nobody asked"), of: 1, measuredOn: composer.dataCount)
        let composed = try composer.compose(plans, patience: .thorough).layers[1]
        #expect(composed.ranks == Ranks(4) && composed.remark == "split in the weights' norm: nobody asked")
        let plain = try composer.compose(self.plans(model, [1: LayerPlan(factorize: .rank(4))]), patience: .thorough)
        #expect(composed.kernel == plain.layers[1].kernel)
    }

    @Test("Filters go by what the answers are predicted to lose without them")
    func fisher() throws {
        let model = Bars.classifier()
        let importance = try NetworkImportance.measure(model, on: NetworkImportance.inputs(of: model, from: data))
        let composer = Composer(model)
        let plans = plans(model, [1: LayerPlan(filters: FilterRule(.keep(7), by: .fisher))])
        #expect(composer.groupsAwaitingData(plans).count == 1)
        try composer.measureData(for: plans, on: data)
        #expect(composer.groupsAwaitingData(plans).isEmpty)
        let layer = try #require(importance.layers[1])
        let weights = try composer.weights(of: 1).read().floats()
        let losses = (0..<24).map { filter in
            layer.loss(ofChanges: weights.enumerated().map { $0.offset / 54 == filter ? -$0.element : 0 })
        }
        let kept = try #require(try composer.selections(plans)[1].kept(along: 0))
        #expect(kept == losses.indices.sorted { losses[$0] > losses[$1] }.prefix(7).sorted())
    }
}
