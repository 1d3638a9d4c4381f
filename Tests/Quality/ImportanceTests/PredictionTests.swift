import Basics
import Composition
import Compression
import Datasets
import Evaluation
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing

@testable import Importance

@Suite("Predicted losses")
struct PredictionTests {
    private func importance(_ model: Model) throws -> NetworkImportance {
        let data = DataSet(name: "bars", content: .samples(Bars(count: 96)))
        return try NetworkImportance.measure(model, on: CalibrationInputs(model, data: data, samples: 96))
    }

    /// ½ Σ F_o ΔW_o Σ ΔW_oᵀ, number by number.
    private func quadratic(_ layer: LayerImportance, _ changes: [Float]) -> Double {
        var sum = 0.0
        let d = layer.operation.inputs
        for (group, moments) in layer.moments.enumerated() {
            for output in 0..<layer.operation.outputs {
                let row = (0..<d).map { Double(changes[layer.operation.position(group, output, $0)]) }
                var power = 0.0
                for left in 0..<d { for right in 0..<d { power += row[left] * Double(moments.blocks[0][left * d + right]) * row[right] } }
                sum += 0.5 * layer.outputs[group * layer.operation.outputs + output] * power
            }
        }
        return sum
    }

    @Test("What pruning, sharing, factors and dropped filters cost is the quadratic form of what they leave of the weights")
    func plans() throws {
        let model = Bars.classifier()
        let importance = try importance(model)
        let composer = Composer(model)
        for plan in [
            LayerPlan(prune: .sparsity(0.6)), LayerPlan(share: SharePlan(clusters: 5)),
            LayerPlan(factorize: .rank(3), prune: .sparsity(0.3)), LayerPlan(filters: FilterRule(.keep(3))),
        ] {
            for number in 0..<2 where plan.factorize == nil || number == 1 {
                var plans = Array(repeating: LayerPlan(), count: model.layers.count)
                plans[number] = plan
                let placed = try composer.compose(plans, patience: .thorough).placed(number)
                let layer = try #require(importance.layers[number])
                let before = try placed.weights.read().floats()
                let after = try placed.remaining(plan, outputAxis: layer.operation.outputAxis)
                let changes = zip(after, before).map { $0 - $1 }
                let error = changes.reduce(0.0) { $0 + Double($1) * Double($1) }
                let figures = try placed.exactFigures(plan)
                #expect(abs(error - figures.squaredError) <= 1e-3 * error, "\(plan)")
                let loss = try #require(try importance.loss(of: placed, plan))
                let expected = quadratic(layer, changes)
                #expect(expected > 0 && abs(loss.value - expected) <= 1e-3 * expected, "\(plan): \(loss.value), not \(expected)")
                #expect(loss.interval.contains(loss.value))
            }
        }
        #expect(try importance.loss(of: composer.original.placed(0), LayerPlan())?.value == 0)
    }

    @Test("Inputs that another layer gives no more are no change of a layer")
    func droppedInputs() throws {
        let model = Bars.classifier()
        let importance = try importance(model)
        var plans = Array(repeating: LayerPlan(), count: model.layers.count)
        plans[1] = LayerPlan(filters: FilterRule(.keep(10)))
        let shapes = try Composer(model).compose(plans, patience: .thorough)
        #expect(shapes.layers[2].kernel != 0)
        #expect(try importance.loss(of: shapes.placed(2), LayerPlan())?.value == 0)
        #expect(try #require(try importance.loss(of: shapes.placed(1), plans[1])).value > 0)
    }

    @Test("A curve goes through what is exact, and between lies between")
    func curve() {
        let plan = LayerPlan(prune: .sparsity(0.5))
        var curve = LossCurve(lossPerError: 2)
        #expect(curve.loss(error: 3, of: plan).value == 6)
        curve.add(PredictedLoss(1), error: 1, of: plan)
        curve.add(PredictedLoss(16), error: 4, of: plan)
        #expect(curve.loss(error: 1, of: plan).value == 1)
        #expect(abs(curve.loss(error: 4, of: plan).value - 16) < 1e-9)
        #expect(abs(curve.loss(error: 2, of: plan).value - 4) < 1e-9)
        #expect(curve.loss(error: 8, of: plan).value == 32)
        #expect(curve.loss(error: 0.5, of: plan).value == 0.5)
        #expect(curve.loss(error: 0, of: plan).value == 0)
        // What other stages cost says nothing.
        #expect(curve.loss(error: 3, of: LayerPlan(share: SharePlan(clusters: 4))).value == 6)
    }

    @Test("Where a constant takes up the shift of outputs, changes along the inputs' means cost nothing")
    func shifts() throws {
        let layer = try #require(try importance(Bars.classifier()).layers[1])
        let moments = layer.moments[0]
        // The part of Σ that comes of the means, as far as it is known: c cᵀ.
        let along = (0..<layer.operation.inputs).map { moments.common[$0] }
        let power = along.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(power > 0)
        let whole = moments.powers(along)[0]
        let rest = moments.powers(along, aboutMeans: true)[0]
        #expect(rest >= 0 && abs(whole - power * power - rest) <= 1e-3 * whole + 1e-12 || rest == 0)
        #expect(rest < whole)
        #expect(layer.means.count == layer.operation.groups * layer.operation.inputs)
    }
}
