import TerminalUI
import Testing

@testable import Explorer

/// What a step shows comes in one answer: its picture, its figures and its size are of the same plans.
@Suite("One request, one answer for the screen")
struct ScreenTripTests {
    @Test("The frame that shows a step's picture shows the size of the same plans", arguments: ["l", "4 j '8' enter", "4 [ [ [ [ h"])
    func pictureAndSize(keys: String) throws {
        let app = try TestApp.withDemo()
        app.press("j")
        app.hold(keys)
        // What the background has done meanwhile is seen in one batch, as when a picture took longer than the main loop waits.
        app.release()
        #expect(app.workspace.isPictureFresh && app.workspace.isComposed)
        let shown = app.workspace.totals
        app.settle()
        #expect(app.workspace.totals.isExact)
        // Layers whose shapes follow are counted behind it, and the size is marked until then.
        #expect(shown.isExact || keys.hasSuffix("h"))
        if shown.isExact { #expect(shown == app.workspace.totals) }
    }

    @Test("A step of a slider asks once, and is answered once")
    func oneTrip() throws {
        let app = try TestApp.withDemo()
        app.press("j")
        app.hold("l")
        let answers = app.held.filter { if case .model(_, .screen) = $0 { true } else { false } }
        #expect(answers.count == 1)
        app.release(where: { if case .model(_, .screen) = $0 { true } else { false } })
        #expect(!app.state.awaitsPicture && app.workspace.totals.isExact)
        app.release()
        #expect(!app.held.contains { if case .model(_, .screen) = $0 { true } else { false } })
    }

    @Test("Automatic ranks are chosen behind the first answer, and end on screen with their size")
    func automaticRanks() throws {
        let app = try TestApp.withDemo()
        app.press("j j e")
        #expect(app.workspace.composed?.ranks != nil && app.workspace.composed?.isAwaitingRanks == false)
        #expect(app.workspace.isPictureFresh && app.workspace.totals.isExact)
    }
}
