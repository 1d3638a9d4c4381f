import Composition
import Compression
import Factorization
import NeuralNetwork
import Synchronization
import TensorCore
import Testing

@Suite("Plans applied to a model")
struct ComposerTests {
    private let model = smallNetwork()
    private var plans: [LayerPlan] { Array(repeating: LayerPlan(), count: model.layers.count) }

    @Test("Plans of single weights leave the model as it was opened")
    func untouched() throws {
        var plans = plans
        plans[0].prune = .sparsity(0.5)
        let shapes = try Composer(model).compose(plans, patience: .thorough)
        #expect(shapes.isOriginal)
        #expect(shapes.layers.count(where: \.isUntouched) == model.layers.count)
    }

    @Test("Dropped filters take their consumers' inputs with them, and the multiply-accumulates")
    func filters() throws {
        var plans = plans
        plans[0].filters = FilterRule(.fraction(0.75))
        let shapes = try Composer(model).compose(plans, patience: .none)
        #expect(shapes.layers.map(\.filtersKept) == [6, 12, 10])
        #expect(shapes.layers.map { $0.parts[0].shape } == [[6, 3, 3, 3], [12, 6, 3, 3], [10, 192]])
        #expect(shapes.model.macs == .counted(6 * 27 * 16 + 12 * 54 * 16 + 1920))
    }

    @Test("Filters behind a Flatten take a column for each place with them")
    func flatten() throws {
        var plans = plans
        plans[1].filters = FilterRule(.keep(5), by: .l2)
        let shapes = try Composer(model).compose(plans, patience: .none)
        #expect(shapes.layers[2].parts[0].shape == [10, 80])
    }

    @Test("Figures of a layer in factors are those of its factors together, and the error that of putting them together again")
    func factors() throws {
        let composer = Composer(model)
        var plans = plans
        plans[1].factorize = .tucker(out: 4, in: 3)
        plans[1].prune = .sparsity(0.5)
        plans[1].share = SharePlan(clusters: 4)
        plans[1].factors[.input] = LayerPlan()
        let shapes = try composer.compose(plans, patience: .thorough)
        let layer = shapes.placed(1)
        #expect(layer.parts.map(\.role) == [.input, .core, .output])
        #expect(layer.parts.map(\.shape) == [[3, 8, 1, 1], [4, 3, 3, 3], [12, 4, 1, 1]])
        let figures = try layer.exactFigures(plans[1])
        let parts = try #require(figures.structure?.parts)
        #expect(parts.map(\.nonzeros) == [24, 54, 24])
        #expect(parts.map { $0.account == nil } == [true, false, false])
        #expect(figures.nonzeros == 102)
        #expect(figures.stages.factorized == (24 + 108 + 48) * 32)

        // The error, by hand: each factor decoded, multiplied out, compared.
        let values = try layer.parts.map { try $0.values(plans[1]).floats() }
        let weights = try model.tensors[model.layers[1].weight].tensor.floats()
        var error = 0.0
        for s in 0..<12 {
            for t in 0..<8 {
                for d in 0..<9 {
                    var sum = 0.0
                    for p in 0..<4 {
                        for q in 0..<3 { sum += Double(values[2][s * 4 + p] * values[1][(p * 3 + q) * 9 + d] * values[0][q * 8 + t]) }
                    }
                    let difference = Double(weights[(s * 8 + t) * 9 + d]) - sum
                    error += difference * difference
                }
            }
        }
        #expect(abs(figures.squaredError - error) <= 1e-4 * error)
        #expect(figures.squaredError > figures.structure?.squaredError ?? .infinity)
    }

    @Test("Filters are dropped before a layer is split, and the error counts both")
    func composition() throws {
        let composer = Composer(model)
        var plans = plans
        plans[0].filters = FilterRule(.keep(5))
        plans[1].factorize = .tucker(out: 6, in: 5)
        let shapes = try composer.compose(plans, patience: .thorough)
        let layer = shapes.placed(1)
        // Five inputs are all there are: that side stays whole.
        #expect(layer.parts.map(\.shape) == [[6, 5, 3, 3], [12, 6, 1, 1]])
        let figures = try layer.exactFigures(plans[1])
        #expect(figures.stages.original == 12 * 8 * 9 * 32)
        #expect(figures.stages.filtered == 12 * 5 * 9 * 32)
        #expect(figures.stages.factorized == (6 * 45 + 72) * 32)
        // What went with three inputs is lost whatever the ranks.
        plans[1].factorize = nil
        let filtered = try composer.compose(plans, patience: .thorough)
        let lost = try filtered.placed(1).exactFigures(plans[1]).squaredError
        #expect(lost > 0)
        #expect(figures.squaredError > lost)
    }

    @Test("Equal shapes are the same composed model, whatever the plans of single weights")
    func identity() throws {
        let composer = Composer(model)
        var plans = plans
        plans[2].factorize = .rank(3)
        let first = try composer.compose(plans, patience: .thorough)
        plans[2].prune = .sparsity(0.9)
        plans[2].factorize = .tucker(out: 3, in: 7)
        #expect(try composer.compose(plans, patience: .thorough).identity == first.identity)
        #expect(try composer.compose(self.plans, patience: .thorough).isOriginal)
        // Numbers of another composer's models mean nothing here.
        #expect(composer.original == composer.original)
        #expect(composer.original != Composer(model).original)
    }

    @Test("Factors that cannot be made are no zeros: whoever reads them is told why")
    func noFactors() throws {
        struct Refusal: Error {}
        let isBroken = Mutex(false)
        var broken = model
        let place = broken.layers[1].weight
        let weights = try broken.tensors[place].tensor.read()
        broken.tensors[place].tensor = TensorSource(
            shape: weights.shape, elementType: weights.elementType,
            deferred: DeferredBytes(byteCount: weights.byteCount, isKept: false) {
                if isBroken.withLock({ $0 }) { throw Refusal() }
                return weights.storage.withUnsafeBytes { Array($0) }
            })
        var plans = plans
        plans[1].factorize = .tucker(out: 4, in: 3)
        let composer = Composer(broken)
        // The weights are known to be finite.
        _ = try composer.original.placed(1).exactFigures(LayerPlan(prune: .sparsity(0.5)))
        isBroken.withLock { $0 = true }
        let shapes = try composer.compose(plans, patience: .none)
        #expect(shapes.layers[1].parts.count == 3)
        for part in shapes.placed(1).parts {
            let reason = #expect(throws: UnreadableTensor.self) { try part.weights.read() }
            #expect(reason?.message.contains("Refusal") == true)
        }
        #expect(throws: UnreadableTensor.self) { try shapes.placed(1).exactFigures(plans[1]) }
        #expect(throws: UnreadableTensor.self) { try composer.compose(plans, patience: .thorough) }
        isBroken.withLock { $0 = false }
        #expect(try shapes.placed(1).exactFigures(plans[1]).exactness == .exact)
    }

    @Test("Weights that are not finite leave a layer whole, with the reason")
    func notFinite() throws {
        var broken = model
        var values = try broken.tensors[2].tensor.floats()
        values[7] = .nan
        broken.tensors[2].tensor = TensorSource(Tensor(values, shape: broken.tensors[2].tensor.shape))
        var plans = plans
        plans[1].factorize = .automatic
        let shapes = try Composer(broken).compose(plans, patience: .thorough)
        #expect(shapes.isOriginal)
        #expect(shapes.layers[1].objection?.contains("not a number") == true)
    }

    @Test("The accounts of parts come in the order of the composed model's layers")
    func accounts() throws {
        let composer = Composer(model)
        var plans = plans
        plans[0].factorize = .tucker(out: 2, in: 2)
        plans[0].prune = .sparsity(0.5)
        plans[2].prune = .sparsity(0.5)
        let shapes = try composer.compose(plans, patience: .thorough)
        let figures = try shapes.placedLayers.map { try $0.exactFigures(plans[$0.number]) }
        let accounts = shapes.accounts(figures, plans: plans) { _ in false }
        #expect(accounts.map { $0 == nil } == [false, false, false, true, false])
        #expect(accounts[4]?.byteCount == figures[2].account.byteCount)
    }
}
