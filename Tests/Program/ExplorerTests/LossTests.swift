import Basics
import Compression
import Importance
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

@Suite("Predicted losses on the screen")
struct LossTests {
    @Test("What a layer's plan is expected to cost stands beside its error, exact once the slider rests, and goes with the plan")
    func shown() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 24, standsBack: false))
        #expect(!app.screen.contains("loss"))
        app.press("= '50' enter")
        let mild = try #require(app.workspace.loss(of: app.workspace.selected))
        #expect(mild.isExact && mild.value.value > 0)
        #expect(app.screen.contains("  loss ") && app.screen.contains("likely "))
        app.press("= '95' enter")
        let harsh = try #require(app.workspace.loss(of: app.workspace.selected))
        #expect(harsh.isExact && harsh.value.value > mild.value.value)
        app.press("r")
        #expect(app.workspace.loss(of: app.workspace.selected) == nil)
        #expect(!app.screen.contains("  loss "))
    }

    @Test("While a plan is newer than what was looked at, its loss follows from its error, marked")
    func estimated() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 24, standsBack: false))
        app.press("= '50' enter")
        var workspace = app.workspace
        let layer = workspace.selected
        let exact = try #require(workspace.loss(of: layer))
        // Figures of another plan, which nobody has looked at.
        workspace.statuses[layer].generation += 1
        workspace.statuses[layer].figures.squaredError *= 2
        let estimated = try #require(workspace.loss(of: layer))
        #expect(!estimated.isExact && abs(estimated.value.value - 2 * exact.value.value) <= 1e-9 * exact.value.value)
    }

    @Test("Where nobody weighs the layers nothing is predicted")
    func unknown() throws {
        let app = try TestApp.withDemo(meters: FakeMeter().source)
        app.press("= '50' enter")
        #expect(app.workspace.loss(of: 0) == nil && !app.screen.contains("  loss "))
    }

    @Test("On a small screen the loss stands in the frame of the controls, and so does how far the looking is")
    func small() throws {
        let app = try TestApp.withDemo(size: Size(width: 80, height: 24), meters: .evaluators(sampleLimit: 24, standsBack: false))
        app.press("= '50' enter")
        let loss = try #require(app.workspace.loss(of: app.workspace.selected))
        #expect(app.screen.contains("loss \(NumberText.weight(loss.value.value)) nats, likely "))
        var state = app.state
        state.workspace?.losses.weighing = 0.42
        let text = ExplorerView.draw(state, Appearance(theme: ThemeLibrary(environment: [:])["pare-dark"])).text
        #expect(text.contains("predicting ") && text.contains(" 42 %  E ends "))
    }

    @Test("A key leaves looking at the data, and takes it up again")
    func weighing() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 24, standsBack: false))
        #expect(app.workspace.losses.weighing == nil && !app.workspace.losses.curves.isEmpty)
        app.press("E")
        #expect(app.footer.contains("predicted already"))
        var state = app.state
        state.workspace?.losses = LossScreen()
        state.workspace?.losses.weighing = 0.5
        #expect(state.update(.input(.key("E"))).map(EffectTests.name) == ["stop weighing"])
        #expect(state.workspace?.losses.weighing == nil)
        #expect(state.update(.input(.key("E"))).map(EffectTests.name) == ["weigh"])
    }
}
