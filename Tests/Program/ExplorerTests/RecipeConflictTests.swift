import Basics
import Compression
import Foundation
import Recipes
import TerminalUI
import Testing

@testable import Explorer

@Suite("Recipes that others change")
struct RecipeConflictTests {
    private let folder = TestFolder()
    private let model: String
    private let recipe: String

    init() throws {
        model = try folder.model(
            "net.safetensors",
            [
                ("a.weight", [64, 32], laplace(2_048, seed: 1)), ("b.weight", [128, 64], laplace(8_192, seed: 2)),
            ])
        recipe = folder.path + "/r.yaml"
        try edit("pare: 1\nlayers:\n  a.weight: {prune: {sparsity: 0.5}}\n")
    }

    private func edit(_ text: String) throws { try text.write(toFile: recipe, atomically: true, encoding: .utf8) }
    private var text: String { get throws { try String(contentsOfFile: recipe, encoding: .utf8) } }
    private func open() throws -> TestApp { try TestApp.opening(model, recipe: recipe, folder: folder) }

    @Test("A recipe that was changed since it was read is not written over until the person says so")
    func overwriting() throws {
        let app = try open()
        let others = "pare: 1\nlayers:\n  b.weight: {share: {clusters: 8}}\n"
        try edit(others)
        app.press("l w")
        #expect(app.screen.contains("r.yaml was changed by somebody else."))
        app.press("d")
        #expect(app.screen.contains("−   b.weight: {share: {clusters: 8}}"))
        #expect(app.screen.contains("+   a.weight: {prune: {sparsity: 0.5"))
        app.press("esc")
        #expect(app.screen.contains("changed by somebody else"))
        app.press("c")
        #expect(try text == others)
        #expect(app.workspace.hasUnsavedChanges)
        app.press("w o")
        #expect(app.state.overlay == nil)
        #expect(try RecipeFile.read(recipe).plans(for: app.workspace.model) == app.workspace.plans)
        app.press("l w")
        #expect(app.state.overlay == nil)
    }

    @Test("Two Pares on one recipe: the second to save is asked, and may save under another name")
    func two() throws {
        let (first, second) = (try open(), try open())
        first.press("l w")
        #expect(first.state.overlay == nil)
        second.press("H w")
        #expect(second.screen.contains("changed by somebody else"))
        second.press("n ctrl-u '\(folder.path)/mine.yaml' enter")
        #expect(second.workspace.recipePath == folder.path + "/mine.yaml")
        #expect(try RecipeFile.read(recipe).plans(for: first.workspace.model) == first.workspace.plans)
        #expect(try RecipeFile.read(folder.path + "/mine.yaml").plans(for: first.workspace.model) == second.workspace.plans)
        // Who saves the same as the other is not in anybody's way.
        first.press("l w")
        #expect(first.state.overlay == nil)
    }

    @Test("A recipe that was only touched, or removed, is written without a question")
    func harmless() throws {
        let app = try open()
        try edit(try text)
        app.press("l w")
        #expect(app.state.overlay == nil)
        try FileManager.default.removeItem(atPath: recipe)
        app.press("l w")
        #expect(app.state.overlay == nil)
        #expect(FileManager.default.fileExists(atPath: recipe))
    }

    @Test("Quitting by saving does not quit over a recipe that somebody changed")
    func quitting() throws {
        let app = try open()
        app.press("l")
        try edit("pare: 1\n")
        app.press("q s")
        #expect(!app.hasQuit)
        #expect(app.screen.contains("changed by somebody else"))
        app.press("o")
        #expect(app.hasQuit)
    }

    @Test("A saved recipe names the model's SHA-256, and one of another model is told")
    func digests() throws {
        let app = try open()
        app.press("l w")
        var digest = SHA256()
        digest.update([UInt8](try Data(contentsOf: URL(filePath: model))))
        #expect(try RecipeFile.read(recipe).model == ModelReference(path: "net.safetensors", sha256: digest.hexDigest()))
        #expect(try open().state.message?.kind == .note)
        try edit("pare: 1\nmodel: {path: net.safetensors, sha256: \(String(repeating: "0", count: 64))}\n")
        #expect(try open().footer.contains("was made for another net.safetensors: its sha256 differs"))
    }
}
