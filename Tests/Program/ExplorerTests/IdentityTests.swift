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

    @Test("Changes that are made while the next model loads are kept, and offered when theirs opens again", arguments: [false, true])
    func changesBeforeOpened(inOneBatch: Bool) throws {
        let (app, folder) = try between()
        app.hold("enter")
        if inOneBatch {
            app.release(behind: "G l", where: isOpened)
        } else {
            app.hold("G l")
            app.release(where: isOpened)
        }
        app.settle()
        #expect(app.workspace.model.name == "small.safetensors")
        #expect(app.footer.contains("the changes made to large.safetensors meanwhile are kept"))
        // Work on the second model does not take the place of that on the first.
        app.press("l")
        let changed = app.workspace.plans
        app.press("o 'large' enter d")
        #expect(app.workspace.plans.count == 6 && changed.count == 1)
        #expect(app.screen.contains("Unsaved work on large.safetensors"))
        app.press("enter")
        #expect(!app.workspace.plans[5].isIdentity && app.workspace.plans[..<5].allSatisfy { $0.isIdentity })
        #expect(app.workspace.hasUnsavedChanges)
        app.finish()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/pare/work").count == 1)
    }

    @Test("What was discarded is not kept as if it had been changed meanwhile")
    func discardedBeforeOpened() throws {
        let (app, folder) = try between()
        app.press("esc l o 'small'")
        app.hold("enter")
        app.hold("d")
        app.settle()
        #expect(app.workspace.model.name == "small.safetensors" && app.state.message?.text.contains("kept") != true)
        app.finish()
        #expect(((try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/pare/work")) ?? []).isEmpty)
    }

    @Test("Letters that are typed into a prompt as another model opens do nothing to that model", arguments: ["/", "W", "X", "="])
    func promptGone(prompt: String) throws {
        let (app, _) = try between()
        app.hold("enter")
        app.hold("\(prompt) '5'")
        app.release(where: isOpened)
        #expect(app.workspace.model.name == "small.safetensors")
        app.settle()
        app.press("'llCRe'")
        #expect(app.workspace.plans.allSatisfy { $0.isIdentity } && app.workspace.recovery.rule == nil)
        #expect(app.workspace.pane == .layers && app.state.overlay == nil)
        #expect(app.footer.contains("was for large.safetensors"))
        app.press("enter")
        #expect(app.state.prompt == nil && app.state.overlay == nil)
        app.press("l")
        #expect(!app.workspace.plans[0].isIdentity)
    }

    @Test("Windows that are no model's stay when another opens, and what is typed into them")
    func windowsStay() throws {
        for (keys, typed) in [("o", "'larl'"), (":", "'lll'"), ("? /", "'lll'"), ("t", "j"), ("d", "'lll'")] {
            let (app, _) = try between()
            app.hold("enter")
            app.hold(keys)
            app.release(where: isOpened)
            app.hold(typed)
            app.settle()
            #expect(app.workspace.model.name == "small.safetensors")
            #expect(app.workspace.plans.allSatisfy { $0.isIdentity } && app.state.overlay != nil, "\(keys)")
        }
    }

    @Test("A question that comes while something is typed waits until that is done")
    func questionWaits() throws {
        let folder = TestFolder()
        let large = try folder.model("large.safetensors", [("a.weight", [4, 4], laplace(16, seed: 9))])
        try Data("keep me".utf8).write(to: URL(filePath: folder.path + "/large.pare"))
        let app = try TestApp.opening(large, folder: folder)
        app.press("l")
        app.hold("X enter")
        app.hold("/ 'c'")
        app.settle()
        app.press("'onv'")
        #expect(app.state.prompt?.field.text == "conv" && app.state.overlay == nil)
        #expect(try String(contentsOfFile: folder.path + "/large.pare", encoding: .utf8) == "keep me")
        app.press("enter")
        #expect(app.screen.contains("large.pare is there already"))
        app.press("o")
        #expect(app.footer.contains("wrote"))
    }
}
