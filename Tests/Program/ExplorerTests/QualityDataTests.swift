import Basics
import Compression
import Evaluation
import Foundation
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

@Suite("The data that quality is measured on")
struct QualityDataTests {
    private func header(_ app: TestApp) -> String { app.frame().rowText(0) }

    @Test("Data is chosen in the browser, measured on, and remembered with the model")
    func choosingData() throws {
        let folder = TestFolder()
        for name in ["digits.npz", "bad.npz", "t10k-images-idx3-ubyte.gz", "notes.md"] {
            try Data("x".utf8).write(to: URL(filePath: folder.path + "/" + name))
        }
        let demo = try #require(Asset.named("models/digits-cnn.onnx"))
        let path = folder.path + "/net.onnx"
        try Data(demo).write(to: URL(filePath: path))
        let meter = FakeMeter()
        let app = try TestApp.opening(path, folder: folder, meters: meter.source)
        #expect(app.workspace.quality.dataName == "random inputs")
        app.press("d")
        #expect(app.screen.contains("digits.npz"))
        #expect(app.screen.contains("t10k-images-idx3-ubyte.gz"))
        #expect(!app.screen.contains("notes.md"))
        #expect(!app.screen.split(separator: "\n").dropFirst().contains { $0.contains("net.onnx") })
        app.press("'digits' enter")
        #expect(app.workspace.quality.dataName == "digits.npz")
        #expect(header(app).contains("top-1 98.9 (10,000)"))
        let memory = Memory(environment: ["XDG_STATE_HOME": folder.path + "/state"])
        #expect(memory.recents.first?.data == folder.path + "/digits.npz")

        // What does not fit leaves what was open.
        app.press("d 'bad' enter")
        #expect(app.footer.contains("bad.npz holds 3·32·32"))
        #expect(app.workspace.quality.dataName == "digits.npz")
        #expect(header(app).contains("top-1 98.9 (10,000)"))
        app.press("= '50' enter")
        #expect(header(app).contains("93.9"))
    }

    @Test("On the start screen data is chosen for the next model")
    func dataAtStart() throws {
        let folder = TestFolder()
        try Data("x".utf8).write(to: URL(filePath: folder.path + "/digits.npz"))
        let demo = try #require(Asset.named("models/digits-cnn.onnx"))
        try Data(demo).write(to: URL(filePath: folder.path + "/net.onnx"))
        let app = try TestApp(folder: folder, meters: FakeMeter().source)
        let place = "'\(NSTemporaryDirectory())' '\(fileName(of: folder.path))' enter"
        app.press("d \(place) 'digits' enter")
        #expect(app.state.start.data == folder.path + "/digits.npz")
        #expect(app.screen.contains("digits.npz"))
        app.press("o \(place) 'net' enter")
        try #require(app.state.workspace != nil)
        #expect(app.workspace.quality.dataName == "digits.npz")
    }
}
