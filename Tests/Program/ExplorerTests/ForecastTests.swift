import Basics
import Compression
import Evaluation
import Foundation
import Importance
import Reports
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

@Suite("What is expected of a configuration before it is measured")
struct ForecastScreenTests {
    private func app(_ size: Size = Size(width: 160, height: 40)) throws -> TestApp {
        try TestApp.withDemo(size: size, meters: .evaluators(sampleLimit: 64, standsBack: false))
    }

    /// The frame of a state in which the configuration in force is not measured yet.
    private func unmeasured(_ app: TestApp) -> String {
        var state = app.state
        let name = state.workspace?.quality.dataName ?? ""
        let before = state.workspace?.quality.report(of: [:])
        state.workspace?.quality.opened(name)
        if let before { state.workspace?.quality.take(before, of: [:], inForce: [:]) }
        return ExplorerView.draw(state, Appearance(theme: ThemeLibrary(environment: [:])["pare-dark"])).rowText(0)
    }

    @Test("It stands in the figure's place until that is measured, with an interval, and beside it then")
    func shown() throws {
        let app = try app()
        #expect(app.workspace.forecast == nil && !app.screen.contains("predicted"))
        app.press("= '60' enter")
        let forecast = try #require(app.workspace.forecast)
        #expect(forecast.metric == .topOne && forecast.interval.contains(forecast.value) && forecast.interval.upperBound > forecast.interval.lowerBound)
        let value = QualityText.value(forecast.value, .topOne)
        #expect(app.frame().rowText(0).contains("predicted ~\(value)"))
        let ends = [forecast.interval.lowerBound, forecast.interval.upperBound].map { QualityText.value($0, .topOne) }
        #expect(unmeasured(app).contains("predicted ~\(value) % (\(ends[0])…\(ends[1]))"))
        app.press("r")
        #expect(app.workspace.forecast == nil)
    }

    @Test("What was measured is learned from once, and what is expected of a configuration stays as it was before that")
    func learning() throws {
        let app = try app()
        app.press("= '60' enter")
        let first = try #require(app.workspace.forecast)
        #expect(app.workspace.forecasts.forecaster?.observations.count == 1)
        app.press("m")
        #expect(app.screen.contains("predicted  top-1") && app.screen.contains("1 configuration measured"))
        app.press("esc")
        #expect(app.workspace.forecast == first)
        app.press("= '80' enter")
        #expect(app.workspace.forecasts.forecaster?.observations.count == 2)
        let learned = try #require(app.workspace.forecasts.forecaster)
        app.press("u u ctrl-r ctrl-r")
        #expect(app.workspace.forecasts.forecaster?.observations.count == 2 && app.workspace.forecasts.forecaster?.table == learned.table)
    }

    @Test("Of a layer that nothing is known of, nothing is foretold, and the window says of which")
    func obstacle() throws {
        let app = try app()
        app.press("= '60' enter")
        var state = app.state
        let layer = app.workspace.selected
        state.workspace?.losses.curves[layer] = nil
        state.workspace?.foretell()
        #expect(state.workspace?.forecast == nil && state.workspace?.forecasts.obstacle == layer)
        state.overlay = .measures(scroll: 0)
        let text = ExplorerView.draw(state, Appearance(theme: ThemeLibrary(environment: [:])["pare-dark"])).text
        #expect(text.contains("not predicted  nothing is known of what \(app.workspace.model.layers[layer].name) loses"))
    }

    @Test("What was learned goes on with work that is kept, on the same data")
    func kept() throws {
        let app = try app()
        app.press("= '60' enter")
        app.press("= '80' enter")
        let kept = try #require(app.workspace.observationsToKeep)
        #expect(kept.observations.count == 2 && kept.samples == 64)
        let text = try JSONEncoder().encode(kept)
        let again = try self.app()
        #expect(again.workspace.observationsToKeep == nil)
        var workspace = again.workspace
        workspace.take(try JSONDecoder().decode(KeptObservations.self, from: text))
        #expect(workspace.forecasts.forecaster?.observations.count == 2)
        var other = kept
        other.samples = 65
        workspace = again.workspace
        workspace.take(other)
        #expect(workspace.forecasts.forecaster?.observations.isEmpty == true)
    }
}
