import TerminalUI
import Testing

@testable import Explorer

@Suite("Models without layers")
struct WithoutLayersTests {
    @Test("No key that works on a layer ends the explorer", arguments: ["1", "2", "3", "4"])
    func keys(pane: String) throws {
        let folder = TestFolder()
        let path = try folder.model("empty.safetensors", [("bias", [10], laplace(10, seed: 1))])
        let app = try TestApp.opening(path, folder: folder)
        #expect(app.workspace.model.layers.isEmpty)
        app.press("\(pane) f F e l h H L z Z < > x c space * a A u r R p b s S i i = '5' enter j k G")
        _ = app.frame()
        #expect(!app.hasQuit)
        #expect(app.workspace.marked.isEmpty)
        #expect(!app.workspace.hasUnsavedChanges)
    }
}
