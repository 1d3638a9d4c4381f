import Compression
import Foundation
import Recipes
import TerminalUI
import Testing

@testable import Explorer

/// A folder with a model of two layers, and the work that Pares left there.
private struct Desk {
    let folder = TestFolder()
    let model: String

    init() throws {
        model = try folder.model(
            "net.safetensors",
            [
                ("a.weight", [64, 32], laplace(2_048, seed: 1)), ("b.weight", [128, 64], laplace(8_192, seed: 2)),
            ])
    }

    var files: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/state/pare/work")
        return (names ?? []).sorted().map { folder.path + "/state/pare/work/" + $0 }
    }

    func open(recipe: String? = nil) throws -> TestApp { try TestApp.opening(model, recipe: recipe, folder: folder) }

    /// Works on the second layer and dies with the work unsaved, as another process.
    func leaveWork(recipe: String? = nil, keys: String = "j = '85' enter 3 z +") throws -> [LayerPlan] {
        let app = try open(recipe: recipe)
        app.press(keys)
        app.finish()
        try disown()
        return app.workspace.plans
    }

    /// Makes the files those of a process that is gone.
    func disown() throws {
        for (index, file) in files.enumerated() {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let other = text.replacingOccurrences(of: "\"number\":\(getpid())", with: "\"number\":999999999")
            // The next process has a file of its own.
            let name = file.replacingOccurrences(of: "-\(getpid()).json", with: "-99999999\(index).json")
            if name != file { try FileManager.default.removeItem(atPath: file) }
            try other.write(toFile: name, atomically: true, encoding: .utf8)
        }
    }
}

@Suite("Kept work")
struct KeptWorkTests {
    @Test("Work that a Pare did not save is offered, and restored where it was left, as a step that undo takes back")
    func restoring() throws {
        let desk = try Desk()
        let plans = try desk.leaveWork()
        #expect(desk.files.count == 1)
        let app = try desk.open()
        #expect(app.screen.contains("Unsaved work on net.safetensors from "))
        #expect(app.screen.contains("1 layer changed"))
        #expect(!app.screen.contains("has changed since"))
        #expect(app.workspace.plans != plans)
        app.press("enter")
        #expect(app.workspace.plans == plans)
        #expect(app.workspace.selected == 1)
        #expect(app.workspace.pane == .map)
        #expect(app.workspace.isEnlarged)
        #expect(app.workspace.region != MapRegion(all: app.workspace.model.layers[1].matrix))
        #expect(app.workspace.hasUnsavedChanges)
        #expect(app.workspace.totals.isExact)
        app.hangUp()
        // It is this process's now, and still kept.
        #expect(desk.files.count == 1)
        #expect(desk.files.allSatisfy { $0.contains("-\(getpid()).json") })
        app.press("u")
        #expect(app.workspace.plans.allSatisfy { $0.isIdentity })
    }

    @Test("What is to be reached is part of the work")
    func target() throws {
        let desk = try Desk()
        _ = try desk.leaveWork(keys: "= '85' enter y '1 KB' enter")
        let app = try desk.open()
        #expect(app.workspace.target == nil)
        app.press("enter")
        #expect(app.workspace.target == .bytes(1_000))
    }

    @Test("Whether it is to be reconstructed is part of the work")
    func reconstruct() throws {
        let desk = try Desk()
        let recipe = desk.folder.path + "/r.yaml"
        try "pare: 1\nglobal: {prune: {sparsity: 0.5}}\nreconstruct: {samples: 32}\n".write(toFile: recipe, atomically: true, encoding: .utf8)
        _ = try desk.leaveWork(recipe: recipe)
        let app = try desk.open()
        app.press("enter")
        #expect(app.workspace.recovery.rule?.samples == 32 && app.workspace.recovery.savedRule?.samples == 32)
    }

    @Test("Work of a Pare that still runs is not offered, nor that on another model")
    func running() throws {
        let desk = try Desk()
        let app = try desk.open()
        app.press("l")
        app.finish()
        #expect(desk.files.count == 1)
        #expect(try desk.open().state.overlay == nil)
        try desk.disown()
        let other = try desk.folder.model("other.safetensors", [("a.weight", [64, 32], laplace(2_048, seed: 1))])
        #expect(try TestApp.opening(other, folder: desk.folder).state.overlay == nil)
        #expect(try desk.open().state.overlay != nil)
    }

    @Test("Discarded work is gone, work that was put off is offered again")
    func answers() throws {
        let desk = try Desk()
        _ = try desk.leaveWork()
        let first = try desk.open()
        first.press("esc")
        #expect(first.state.overlay == nil)
        #expect(desk.files.count == 1)
        let second = try desk.open()
        #expect(second.screen.contains("Unsaved work"))
        second.press("d")
        #expect(second.workspace.plans.allSatisfy { $0.isIdentity })
        #expect(desk.files.isEmpty)
        #expect(try desk.open().state.overlay == nil)
    }

    @Test("Work that was saved, undone or discarded is not kept")
    func ending() throws {
        let desk = try Desk()
        for keys in ["l w enter q", "l u q", "l q d"] {
            let app = try desk.open()
            app.press("l")
            app.finish()
            #expect(desk.files.count == 1, "before \(keys)")
            app.press(keys)
            #expect(app.hasQuit == (keys != "l u q"), "\(keys)")
            if keys == "l u q" { app.press("d") }
            app.finish()
            #expect(desk.files.isEmpty, "after \(keys)")
        }
    }

    @Test("A recipe the work began with is what it is compared with after it was restored")
    func recipe() throws {
        let desk = try Desk()
        let recipe = desk.folder.path + "/r.yaml"
        try "pare: 1\nglobal: {prune: {sparsity: 0.5}}\n".write(toFile: recipe, atomically: true, encoding: .utf8)
        let plans = try desk.leaveWork(recipe: recipe)
        let app = try desk.open()
        #expect(app.screen.contains("1 layer changed against r.yaml"))
        app.press("enter")
        #expect(app.workspace.plans == plans)
        #expect(app.workspace.recipePath == recipe)
        app.press("w")
        #expect(app.state.overlay == nil)
        #expect(try RecipeFile.read(recipe).plans(for: app.workspace.model) == plans)
        #expect(!app.workspace.hasUnsavedChanges)
    }

    @Test("A model that was changed meanwhile is told, and one that the work does not fit any more")
    func changedModel() throws {
        let desk = try Desk()
        _ = try desk.leaveWork()
        let weights = [("a.weight", [64, 32], laplace(2_048, seed: 3)), ("b.weight", [128, 64], laplace(8_192, seed: 4))]
        _ = try desk.folder.model("net.safetensors", weights + [("c.weight", [4, 4], laplace(16, seed: 5))])
        let app = try desk.open()
        #expect(app.screen.contains("The model's file has changed since then."))
        app.press("esc")
        _ = try desk.folder.model("net.safetensors", [("z.weight", [4, 4], laplace(16, seed: 5))])
        let other = try desk.open()
        #expect(other.state.overlay == nil)
        #expect(other.footer.contains("does not fit it any more"))
        #expect(desk.files.count == 1)
    }

    @Test("A damaged file is put aside and told once, wherever it was cut off or changed")
    func damaged() throws {
        let desk = try Desk()
        _ = try desk.leaveWork()
        let file = try #require(desk.files.first)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
        let works = WorkFolder(Memory(environment: ["XDG_STATE_HOME": desk.folder.path + "/state"]))
        for end in stride(from: 0, to: bytes.count - 1, by: 13) {
            try Data(bytes[..<end]).write(to: URL(filePath: file))
            #expect(works.abandoned().problem != nil)
            #expect(works.abandoned().problem == nil)
            try FileManager.default.removeItem(atPath: file + ".damaged")
        }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            var changed = bytes
            changed[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            try Data(changed).write(to: URL(filePath: file))
            _ = try desk.open()
            try? FileManager.default.removeItem(atPath: file + ".damaged")
        }
        try Data("{}".utf8).write(to: URL(filePath: file))
        #expect(try desk.open().footer.contains("kept work cannot be read and is ignored"))
        #expect(try desk.open().state.message == nil)
    }

    @Test("The start screen lists work that was not saved, and takes it up at once")
    func startScreen() throws {
        let desk = try Desk()
        let plans = try desk.leaveWork()
        let works = Memory(environment: ["XDG_STATE_HOME": desk.folder.path + "/state"]).abandonedWork.works
        #expect(works.count == 1)
        let app = try TestApp(folder: desk.folder, works: works)
        #expect(app.screen.contains("Unsaved"))
        #expect(app.screen.contains("pare-test"))
        app.press("enter")
        #expect(app.state.overlay == nil)
        #expect(app.workspace.plans == plans)
        #expect(app.state.start.works.isEmpty)
    }
}

/// Numbers from a seed.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
