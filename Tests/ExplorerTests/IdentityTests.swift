import Foundation
import TerminalUI
import Testing

@testable import Explorer

/// Results and answers that come after another model was opened: none of them may touch it.
@Suite("What belongs to which model")
struct IdentityTests {
    private func isOpened(_ event: Event) -> Bool {
        if case .program(.opened) = event { true } else { false }
    }

    /// The demo with four layers open, and the model of one layer chosen, whose opening was not seen yet.
    private func between() throws -> (app: TestApp, folder: TestFolder) {
        let folder = TestFolder()
        _ = try folder.model("small.safetensors", [("a.weight", [4, 4], laplace(16, seed: 9))])
        let large = try folder.model("large.safetensors", (0..<6).map { ("l\($0).weight", [32, 32], laplace(1_024, seed: UInt64($0))) })
        let app = try TestApp.opening(large, folder: folder)
        app.press("o 'small'")
        return (app, folder)
    }

    @Test("Layers that become ready in the moment in which another model opens are not counted on it")
    func preparedAndOpened() throws {
        let folder = TestFolder()
        _ = try folder.model("small.safetensors", [("a.weight", [4, 4], laplace(16, seed: 9))])
        _ = try folder.model("large.safetensors", (0..<6).map { ("l\($0).weight", [32, 32], laplace(1_024, seed: UInt64($0))) })
        let app = try TestApp.opening(folder.path + "/large.safetensors", folder: folder)
        app.press("j j = '50' enter o 'large'")
        app.hold("enter d")
        app.release(where: isOpened)
        #expect(app.workspace.statuses.allSatisfy { $0.isPending })
        app.hold("o")
        app.release { if case .program(.listed) = $0 { true } else { false } }
        app.hold("'small' enter")
        app.release()
        #expect(app.workspace.model.name == "small.safetensors")
        app.settle()
        #expect(app.workspace.statuses.count == 1 && app.workspace.statuses[0].isReady)
        #expect(app.workspace.totals.isExact)
    }

    @Test("Keys that come before the next model is seen change the one on screen")
    func keysBeforeOpened() throws {
        let (app, folder) = try between()
        app.hold("enter")
        app.hold("esc G l")
        app.finish()
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/pare/work")
        #expect(kept.count == 1)
        #expect(app.workspace.plans.count == 6 && !app.workspace.plans[5].isIdentity)
        app.settle()
        #expect(app.workspace.model.name == "small.safetensors")
        #expect(app.workspace.plans.allSatisfy { $0.isIdentity })
    }

    @Test("A question about the model before is not asked any more")
    func questions() throws {
        let folder = TestFolder()
        _ = try folder.model("small.safetensors", [("a.weight", [4, 4], laplace(16, seed: 9))])
        let large = try folder.model("large.safetensors", (0..<6).map { ("l\($0).weight", [32, 32], laplace(1_024, seed: UInt64($0))) })
        try Data("keep me".utf8).write(to: URL(filePath: folder.path + "/large.pare"))
        try Data("keep me".utf8).write(to: URL(filePath: folder.path + "/large.yaml"))
        for keys in ["X enter", "W enter"] {
            let app = try TestApp.opening(large, folder: folder)
            app.press("l")
            app.hold(keys)
            #expect(app.held.count == 1)
            let question = app.held
            app.press("o 'small' enter d")
            #expect(app.workspace.model.name == "small.safetensors")
            #expect(question.count == 1)
            app.release()
            #expect(app.state.overlay == nil)
            app.press("o")
            app.press("esc")
            for file in ["/large.pare", "/large.yaml"] {
                #expect(try String(contentsOfFile: folder.path + file, encoding: .utf8) == "keep me")
            }
        }
    }
}
