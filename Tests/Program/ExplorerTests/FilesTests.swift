import Basics
import Compression
import Foundation
import Recipes
import TerminalUI
import Testing

@testable import Explorer

@Suite("Models, recipes and questions")
struct FilesTests {
    @Test("The sizes in the list and what is beside the layers add up to the file")
    func sum() throws {
        let app = try TestApp.withDemo()
        app.press("j j 4 '92' enter X ctrl-u '\(app.folder.path)/a.pare' enter")
        let file = try FileManager.default.attributesOfItem(atPath: app.folder.path + "/a.pare")[.size] as? Int
        let layers = app.workspace.statuses.reduce(0) { $0 + $1.figures.account.byteCount }
        #expect(app.screen.contains("\(NumberText.bytes(try #require(file) - layers)) for graph, names and biases"))
    }

    @Test("A saved recipe opens again with the same figures")
    func saving() throws {
        let folder = TestFolder()
        let path = try folder.model(
            "net.safetensors",
            [
                ("a.weight", [64, 32], laplace(2_048, seed: 1)), ("b.weight", [128, 64], laplace(8_192, seed: 2)),
            ])
        let app = try TestApp.opening(path, folder: folder)
        app.press("= '85' enter ] = '8' enter j = '1.5s' enter")
        #expect(app.workspace.hasUnsavedChanges)
        app.press("w enter")
        let recipe = folder.path + "/net.yaml"
        #expect(FileManager.default.fileExists(atPath: recipe))
        #expect(!app.workspace.hasUnsavedChanges)
        let again = try TestApp.opening(path, recipe: recipe, folder: folder)
        #expect(again.workspace.plans == app.workspace.plans)
        #expect(again.workspace.statuses.map(\.figures) == app.workspace.statuses.map(\.figures))
        #expect(again.workspace.totals == app.workspace.totals)
    }

    @Test("Saving under the name of another file asks first")
    func overwriting() throws {
        let folder = TestFolder()
        let path = try folder.model("net.safetensors", [("a.weight", [8, 8], laplace(64, seed: 3))])
        try Data("keep me".utf8).write(to: URL(filePath: folder.path + "/net.yaml"))
        let app = try TestApp.opening(path, folder: folder)
        app.press("l w enter")
        #expect(app.screen.contains("is there already"))
        app.press("c")
        let kept = try String(contentsOfFile: folder.path + "/net.yaml", encoding: .utf8)
        #expect(kept == "keep me")
        app.press("w enter o")
        let written = try RecipeFile.read(folder.path + "/net.yaml").plans(for: app.workspace.model)
        #expect(written == app.workspace.plans)
    }

    @Test("Quitting with unsaved changes asks; saving quits afterwards, discarding at once, cancelling not at all")
    func quitting() throws {
        let app = try TestApp.withDemo()
        app.press("l q")
        #expect(!app.hasQuit)
        #expect(app.screen.contains("unsaved changes"))
        app.press("c")
        #expect(app.state.overlay == nil)
        app.press("q s ctrl-u '\(app.folder.path)/demo.yaml' enter")
        #expect(app.hasQuit)
        #expect(FileManager.default.fileExists(atPath: app.folder.path + "/demo.yaml"))
        let other = try TestApp.withDemo()
        other.press("l q d")
        #expect(other.hasQuit)
        let clean = try TestApp.withDemo()
        clean.press("q")
        #expect(clean.hasQuit)
    }

    @Test("Weights that are NaN or infinite keep their layer as it is, in words, and others still work")
    func notFinite() throws {
        let folder = TestFolder()
        var bad = laplace(256, seed: 4)
        bad[17] = .nan
        bad[40] = .infinity
        let path = try folder.model(
            "net.safetensors",
            [
                ("bad.weight", [16, 16], bad), ("good.weight", [16, 16], laplace(256, seed: 5)),
            ])
        let app = try TestApp.opening(path, folder: folder)
        app.press("l")
        #expect(app.plan.isIdentity)
        #expect(app.footer.contains("2 weights are NaN or infinite, the first at 17"))
        app.press("j = '50' enter")
        #expect(app.workspace.status?.figures.nonzeros == 128)
        #expect(app.workspace.totals.isExact)
        #expect(app.workspace.totals.unprepared == 0)
    }

    @Test("A model without layers opens and says so")
    func noLayers() throws {
        let folder = TestFolder()
        let path = try folder.model("net.safetensors", [("bias", [4], [1, 2, 3, 4])])
        let app = try TestApp.opening(path, folder: folder)
        #expect(app.footer.contains("holds no layer"))
        app.press("l j space a u p w esc 2 3 4 z + _ q")
        #expect(app.hasQuit)
    }

    @Test("The browser lists models and recipes, descends, and opens what is chosen")
    func browsing() throws {
        let folder = TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/inner", withIntermediateDirectories: true)
        let path = try folder.model("inner/other.safetensors", [("a.weight", [4, 4], laplace(16, seed: 6))])
        let first = try folder.model("net.safetensors", [("b.weight", [4, 4], laplace(16, seed: 7))])
        let app = try TestApp.opening(first, folder: folder)
        app.press("o")
        #expect(app.screen.contains("inner/"))
        #expect(app.screen.contains("net.safetensors"))
        app.press("'inner' enter")
        #expect(app.screen.contains("other.safetensors"))
        app.press("'other' enter")
        #expect(app.workspace.model.name == "other.safetensors")
        #expect(app.workspace.path == path)
    }

    @Test("A file that is no model leaves the open one, and says why")
    func failing() throws {
        let folder = TestFolder()
        let path = try folder.model("net.safetensors", [("b.weight", [4, 4], laplace(16, seed: 7))])
        try Data("not a model".utf8).write(to: URL(filePath: folder.path + "/broken.onnx"))
        let app = try TestApp.opening(path, folder: folder)
        app.press("o 'broken' enter")
        #expect(app.workspace.model.name == "net.safetensors")
        #expect(app.state.message?.kind == .problem)
        #expect(app.state.opening == nil)
    }

    @Test("Opening another model drops the results of the one before")
    func reopening() throws {
        let folder = TestFolder()
        let large = try folder.model("large.safetensors", (0..<12).map { ("l\($0).weight", [256, 256], laplace(65_536, seed: UInt64($0))) })
        _ = try folder.model("small.safetensors", [("a.weight", [4, 4], laplace(16, seed: 9))])
        let app = try TestApp.opening(large, folder: folder)
        app.press("* l a")
        app.press("o 'small' enter d")
        #expect(app.workspace.model.name == "small.safetensors")
        #expect(app.workspace.statuses.count == 1)
        #expect(app.workspace.totals.isExact)
    }
}
