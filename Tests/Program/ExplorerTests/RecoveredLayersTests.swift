import Basics
import Compression
import Evaluation
import Foundation
import Recipes
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

/// Rows, controls, histogram and map of a network that was reconstructed.
@Suite("Layers of a recovered network")
struct RecoveredLayersTests {
    /// The demo with a coarse grid in all layers, reconstructed.
    private func reconstructed(size: Size = Size(width: 120, height: 42)) throws -> TestApp {
        let app = try TestApp.withDemo(size: size, meters: .evaluators(sampleLimit: 500))
        app.press("j * 4 j = '12' enter A j = 'entropy' enter A C")
        return app
    }

    @Test("What stands in the rows adds up to the file, and is what the network stores")
    func rows() throws {
        let app = try reconstructed()
        let network = try #require(app.workspace.recovered)
        let plain = app.workspace.statuses.map(\.figures)
        let held = app.workspace.statuses.indices.map { app.workspace.statusInForce($0).figures }
        #expect(zip(plain, held).contains { $0.account != $1.account })
        let estimate = try network.network.estimate()
        #expect(held.map(\.account) == estimate.layers.map(\.figures.account))
        #expect(held.map(\.nonzeros) == estimate.layers.map(\.figures.nonzeros))
        // The error is against the weights as they were opened, not against those that were fitted.
        for (layer, figures) in held.enumerated() where figures.squaredError > 0 {
            let original = try app.workspace.model.tensors[app.workspace.model.layers[layer].weight].tensor.floats()
            let values = try network.learned.values(app.workspace.shapes.placed(layer).parts[0]).floats()
            let error = zip(original, values).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
            #expect(abs(error - figures.squaredError) <= 1e-5 * error)
        }
        #expect(app.screen.contains("without") && app.screen.contains("effect"))
        app.press("C")
        #expect(app.workspace.statuses.indices.map { app.workspace.statusInForce($0).figures.account } == plain.map(\.account))
        #expect(!app.screen.contains("without  "))
    }

    @Test("Each layer has its predicted loss and its effect, with and without; the measures are those of the network in force")
    func figures() throws {
        let app = try reconstructed()
        let network = try #require(app.workspace.recovered)
        let changed = network.layers.indices.filter { network.layers[$0].figures.squaredError > 0 }
        #expect(!changed.isEmpty)
        for layer in changed {
            #expect(try #require(network.layers[layer].loss).value > 0)
            #expect(network.layers[layer].effect != nil)
        }
        let loss = try #require(app.workspace.recovered(app.workspace.selected)?.loss)
        #expect(app.screen.contains(NumberText.weight(loss.value)))
        app.press("m")
        let report = try #require(network.report)
        #expect(app.screen.contains(QualityText.value(report.headline.value, report.headline.metric)) && app.screen.contains("without"))
        app.press("esc")
        app.resize(80, 24)
        #expect(app.screen.contains("\(NumberText.weight(loss.value))  reconstructed"))
    }

    @Test("Histogram and map show what was moved; a key shows what is left; a slider brings the plan's own back")
    func pictures() throws {
        let app = try reconstructed()
        let picture = try #require(app.workspace.currentPicture)
        let recovered = try #require(picture.recovered)
        let comparison = try #require(recovered.comparison)
        #expect(comparison.moved > 0 && comparison.distance > 0 && comparison.changes != nil && comparison.map != nil)
        #expect(abs(recovered.held.reduce(0, +) - Double(recovered.figures.nonzeros)) <= 0.02 * Double(recovered.figures.nonzeros) + 1)
        #expect(recovered.held != recovered.plain)
        #expect(app.screen.contains("reconstructed") && app.screen.contains("without") && app.screen.contains("moved"))
        app.press("D")
        #expect(app.screen.contains("left") && !app.screen.contains(" moved by ") && app.screen.contains("D: moved"))
        app.press("D l")
        let next = try #require(app.workspace.recovered)
        #expect(next.number != app.workspace.recovery.networks.first?.number)
        app.hold("h h")
        #expect(app.workspace.recovered?.number == nil)
        #expect(app.workspace.statusInForce(app.workspace.selected).figures == app.workspace.statuses[app.workspace.selected].figures)
    }

    @Test("Factors are compared one by one")
    func factors() throws {
        let app = try TestApp.withDemo(size: Size(width: 120, height: 42), meters: .evaluators(sampleLimit: 300))
        // Factors in the data's norm leave nothing to fit where no other layer changes.
        app.press("j j 4 k n '40' enter C")
        #expect(app.plan.factorize == .rank(40))
        let network = try #require(app.workspace.recovered)
        let layer = app.workspace.selected
        #expect(app.workspace.composed?.ranks != nil)
        #expect(network.layers[layer].figures.structure?.parts.count == app.workspace.composed?.parts.count)
        #expect(network.layers[layer].figures.squaredError > 0 && network.layers[layer].loss != nil)
        app.press("f")
        let drawsFactors = app.workspace.drawsFactors
        #expect(!drawsFactors)
        #expect(app.workspace.currentPicture?.recovered?.comparison?.moved ?? 0 > 0)
    }
}
