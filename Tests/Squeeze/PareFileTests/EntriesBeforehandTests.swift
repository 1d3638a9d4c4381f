import Basics
import Composition
import Compression
import NeuralNetwork
import PareFile
import TensorCore
import Testing

@Suite("Entries that are made with the figures")
struct EntriesBeforehandTests {
    @Test("They are those that the writer makes, and so are the figures", arguments: 0..<40 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let model = randomNetwork(seed: seed)
        let plans = randomPlans(count: model.layers.count, using: &random)
        let afterwards = try Configuration(model, plans)
        let shapes = try Composer(model).compose(plans, patience: .thorough)
        var entries: [Int: [UInt8]] = [:]
        var refused: Set<Int> = []
        let figures = try shapes.placedLayers.map { layer in
            do {
                let made = try layer.encoded(plans[layer.number])
                entries.merge(made.entries) { first, _ in first }
                return made.figures
            } catch is PreparationFailure {
                refused.insert(layer.number)
                return LayerFigures.asStored(layer.weights)
            }
        }
        let accounts = shapes.accounts(figures, plans: plans) { refused.contains($0) }
        #expect(accounts == afterwards.accounts)
        let expected = try afterwards.bytes()
        // All are there, or every other one is made when it is written.
        for kept in [entries, entries.filter { $0.key % 2 == 0 }] {
            let file = TemporaryFile()
            let source = PareWriter.Source(
                shapes: shapes, plans: plans, accounts: accounts, recipe: afterwards.recipe, entries: kept)
            try PareWriter(source).write(to: file.path)
            #expect(try file.bytes() == expected)
        }
    }
}
