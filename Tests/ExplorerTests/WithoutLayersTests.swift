import TerminalUI
import Testing

@testable import Explorer

@Suite("Models without layers")
struct WithoutLayersTests {
    @Test("No key in no pane ends the explorer", arguments: [Size(width: 120, height: 40), Size(width: 80, height: 24), Size(width: 24, height: 7)])
    func everyKey(size: Size) throws {
        let folder = TestFolder()
        let path = try folder.model("empty.safetensors", [("bias", [10], laplace(10, seed: 1))])
        let app = try TestApp.opening(path, folder: folder)
        app.resize(size.width, size.height)
        #expect(app.workspace.model.layers.isEmpty)
        let leaving: Set<Command> = [.quit, .suspend, .open, .data, .start, .save, .saveAs, .export]
        for pane in ["1", "2", "3", "4"] {
            for command in Command.allCases where !leaving.contains(command) {
                for key in Keymap.keys(for: command) {
                    app.press(pane)
                    app.press(key.description)
                    _ = app.frame()
                    app.press("5 enter esc esc")
                }
            }
        }
        for y in stride(from: 0, to: size.height, by: 3) {
            for x in stride(from: 0, to: size.width, by: 7) {
                app.mouse(.press, Point(x: x, y: y))
                app.mouse(.wheelDown, Point(x: x, y: y))
            }
        }
        #expect(!app.hasQuit)
        #expect(app.workspace.marked.isEmpty)
        #expect(!app.workspace.hasUnsavedChanges)
    }
}
