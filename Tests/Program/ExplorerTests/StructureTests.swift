import Compression
import Factorization
import ModelFormats
import NeuralNetwork
import Recipes
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

@Suite("Filters and ranks in the explorer")
struct StructureTests {
    /// The demo, a LeNet-5, at its first connected layer (500 × 800), with the controls focused on a slider.
    private func demo(_ control: Control, meters: MeterSource? = nil) throws -> TestApp {
        let app = try TestApp.withDemo(meters: meters)
        app.press("j j 4")
        #expect(app.workspace.layer?.name == "fc1")
        for _ in 0..<4 where app.workspace.control != control { app.press("k") }
        #expect(app.workspace.control == control)
        return app
    }

    @Test("Filters of a layer go with what reads them, and size and multiply-accumulates follow")
    func filters() throws {
        let app = try demo(.filters)
        app.press("'150' enter")
        #expect(app.plan.filters == FilterRule(.keep(150)))
        let layers = app.workspace.shapes.layers
        #expect(layers[2].filtersKept == 150)
        #expect(layers[3].parts[0].shape == [10, 150])
        #expect(app.workspace.shapes.model.macs == .counted(24 * 24 * 500 + 8 * 8 * 25_000 + 800 * 150 + 150 * 10))
        #expect(app.workspace.statuses[3].figures.stages.filtered == 10 * 150 * 32)
        #expect(app.workspace.totals.isExact)
        #expect(app.screen.contains("150/500"))
        #expect(app.screen.contains("MACs 2.01 M"))
    }

    @Test("What a layer's filters go with is told beside the slider and marked in the table")
    func relations() throws {
        let app = try demo(.filters)
        #expect(app.screen.contains("feeds "))
        #expect(app.screen.contains("\u{2192} "))
        // The last layer's outputs are the graph's.
        app.press("esc G 4")
        #expect(app.workspace.obstacle(of: .filters) != nil)
        app.press("h")
        #expect(app.footer.contains("filters:"))
        #expect(app.plan.filters == nil)
    }

    @Test("A rank splits a layer; the pictures turn to its spectrum, and to its factors' weights")
    func ranks() throws {
        let app = try demo(.rankOut)
        #expect(app.workspace.drawsFactors)
        #expect(app.screen.contains("Spectrum"))
        #expect(app.screen.contains("Energy kept"))
        app.press("'40' enter")
        #expect(app.plan.factorize == .rank(40))
        #expect(app.workspace.composed?.parts.map(\.shape) == [[40, 800], [500, 40]])
        #expect(app.workspace.status?.figures.stages.factorized == 40 * (800 + 500) * 32)
        #expect(app.workspace.status?.freshness == .exact)
        #expect(app.screen.contains("40 of 500"))
        app.press("f")
        #expect(app.screen.contains("in 1/2"))
        app.press("F")
        #expect(app.screen.contains("out 2/2"))
        #expect(app.workspace.subject?.matrix == MatrixView(rows: 500, columns: 40))
        app.press("u")
        #expect(app.plan.factorize == nil)
        #expect(app.workspace.shapes.isOriginal)
    }

    @Test("Automatic ranks are chosen in the background, and shown")
    func automatic() throws {
        let app = try demo(.rankOut)
        app.press("e")
        #expect(app.plan.factorize == .automatic)
        let ranks = try #require(app.workspace.composed?.ranks)
        #expect((1..<500).contains(ranks.out))
        #expect(app.screen.contains("auto \(ranks.out)"))
        app.press("e")
        #expect(app.plan.factorize == nil)
    }

    @Test("Ranks that hold a part of the energy are typed, shown and kept in the recipe")
    func energy() throws {
        let app = try demo(.rankOut)
        app.press("= '60%' enter")
        #expect(app.plan.factorize == .energy(0.6))
        let ranks = try #require(app.workspace.composed?.ranks)
        #expect((1..<250).contains(ranks.out))
        #expect(app.screen.contains("\(ranks.out) (60%)"))
        app.press("W ctrl-u '\(app.folder.path)/demo.yaml' enter")
        let saved = try String(contentsOfFile: app.folder.path + "/demo.yaml", encoding: .utf8)
        #expect(saved.contains("factorize: {ranks: {energy: 0.6}}"))
    }

    @Test("A click into the map of energies sets the rank under it")
    func map() throws {
        let app = try demo(.rankOut)
        let layout = try #require(app.state.layout?.map)
        app.mouse(.press, Point(x: layout.x + layout.width / 2, y: layout.y + 2))
        app.mouse(.release, Point(x: layout.x + layout.width / 2, y: layout.y + 2))
        guard case .rank(let rank) = app.plan.factorize?.ranks else {
            Issue.record("\(String(describing: app.plan.factorize))")
            return
        }
        #expect((170...330).contains(rank))
    }

    @Test("All five stages work on one layer, and the recipe brings them back")
    func stages() throws {
        let app = try demo(.filters)
        app.press("'200' enter j j '30' enter j '50' enter j '16' enter")
        let plan = app.plan
        #expect(plan.filters == FilterRule(.keep(200)))
        #expect(plan.factorize == .rank(30))
        #expect(plan.prune == .sparsity(0.5))
        #expect(plan.share?.clusters == 16)
        let stages = try #require(app.workspace.status?.figures.stages)
        #expect(stages.original > stages.filtered)
        #expect(stages.filtered > stages.factorized)
        #expect(stages.factorized > stages.pruned)
        #expect(stages.pruned > stages.shared)
        #expect(stages.shared > stages.coded)
        let size = app.workspace.totals.compressedByteCount
        let recipe = try Recipe(yaml: recipeText(of: app.workspace.plans, for: app.workspace.model))
        #expect(try recipe.plans(for: app.workspace.model) == app.workspace.plans)
        #expect(try Estimate(of: app.workspace.model, plans: app.workspace.plans).account.compressedByteCount == size)
    }

    @Test("Quality is measured on the smaller network, and it is timed")
    func quality() throws {
        let meter = FakeMeter()
        let app = try demo(.filters, meters: meter.source)
        app.press("'100' enter")
        #expect(meter.calls.last?.isRestructured == true)
        #expect(app.workspace.timing?.changed == 0.001)
        #expect(meter.calls.first?.isRestructured == false)
    }

    @Test("Filters chosen by activations are chosen by them, once the network has run")
    func activations() throws {
        let app = try demo(.filters)
        app.press("'150' enter")
        let byWeights = app.workspace.composed?.kernel
        app.press("j 'l' esc")
        app.press("enter 'apoz' enter")
        #expect(app.plan.filters == FilterRule(.keep(150), by: .apoz))
        #expect(app.workspace.composed?.isAwaitingData == false)
        #expect(app.workspace.composed?.kernel != byWeights)
        #expect(app.workspace.composed?.filtersKept == 150)
    }
}
