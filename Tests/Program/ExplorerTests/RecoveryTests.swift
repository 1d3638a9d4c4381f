import Basics
import Compression
import Datasets
import Digits
import Evaluation
import Foundation
import ModelFormats
import Recipes
import Reconstruction
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

@Suite("Bringing quality back")
struct RecoveryTests {
    /// The demo with most of its largest layer gone, measured by running it.
    private func pruned() throws -> TestApp {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 500))
        app.press("j j = '99.5%' enter")
        return app
    }

    private func accuracy(_ app: TestApp) throws -> (oneShot: Double, recovered: Double?) {
        let report = try #require(app.workspace.quality.report(of: app.workspace.changedPlans))
        return (report.headline.value, app.workspace.recovered?.report?.headline.value)
    }

    /// A few hundred digits in files, with a description of them.
    private func digits(_ count: Int, in folder: TestFolder, labelled: Bool = true) throws -> String {
        let set = DigitSet(count: count, seed: 7)
        try IDXFile.write(set, images: folder.path + "/d-images-idx3-ubyte", labels: folder.path + "/d-labels-idx1-ubyte")
        let labels = labelled ? "labels: d-labels-idx1-ubyte\n" : ""
        let text = "kind: idx\nimages: d-images-idx3-ubyte\n\(labels)scale: 0.00392156862745098\n"
        let path = folder.path + "/digits.yaml"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    @Test("A key reconstructs, again wherever a slider moves, and goes into the recipe")
    func reconstruction() throws {
        let app = try pruned()
        app.press("C")
        let (oneShot, recovered) = try accuracy(app)
        let value = try #require(recovered)
        #expect(value > oneShot + 0.02)
        #expect(app.screen.contains("reconstructed"))
        let first = try #require(app.workspace.recovered)
        app.press("l")
        let second = try #require(app.workspace.recovered)
        #expect(second.number != first.number && second.plans == app.workspace.plans)
        app.press("W ctrl-u '\(app.folder.path)/demo.yaml' enter")
        let saved = try RecipeFile.read(app.folder.path + "/demo.yaml")
        #expect(saved.reconstruct == ReconstructRule())
        #expect(!app.workspace.hasUnsavedChanges)
        app.press("C")
        #expect(app.workspace.recovered == nil)
        #expect(app.workspace.hasUnsavedChanges)
    }

    @Test("Against the pin, what was recovered is compared with what was recovered")
    func pin() throws {
        let app = try pruned()
        app.press("C p l")
        let (now, pin) = (try #require(app.workspace.recovered), try #require(app.workspace.pin))
        let (report, before) = (try #require(now.report), try #require(pin.recovered?.report))
        #expect(pin.recovered?.number != now.number)
        let change = try #require(report.headline.change(from: before.headline))
        #expect(app.workspace.qualityAgainstPin?.text == change.text)
        let delta = NumberText.byteDelta(now.byteCount - (pin.recovered?.byteCount ?? 0))
        #expect(app.screen.contains("file \(delta)") && app.frame().rowText(0).contains(delta))
    }

    @Test("Fine-tuning begins with what was reconstructed, is better than it, and is written as it was measured")
    func finetuning() throws {
        let app = try pruned()
        let data = try digits(700, in: app.folder)
        app.press("C T d '\(data)' enter")
        #expect(app.workspace.recovery.settings.data == data)
        app.press("enter")
        let run = try #require(app.workspace.recovery.run)
        #expect(run.kind == .finetuning && run.state == .finished)
        #expect(run.heldOut.count == 3 && !run.losses.isEmpty)
        let network = try #require(app.workspace.recovered)
        #expect(network.kind == .finetuning)
        let (oneShot, recovered) = try accuracy(app)
        let value = try #require(recovered)
        #expect(value > oneShot + 0.02)
        #expect(app.screen.contains("fine-tuned"))
        app.press("w ctrl-u '\(app.folder.path)/demo.pare' enter")
        let attributes = try FileManager.default.attributesOfItem(atPath: app.folder.path + "/demo.pare")
        #expect(attributes[.size] as? Int == network.byteCount)
        #expect(app.workspace.recovery.unwritten == nil)
        // What was trained is of these plans; those before have none.
        app.press("u")
        #expect(app.workspace.recovered == nil)
        app.press("ctrl-r")
        #expect(app.workspace.recovered?.number == network.number)
    }

    @Test("Training waits for the reconstruction under way, and nothing is reconstructed again behind it")
    func trainingNext() throws {
        let app = try pruned()
        let data = try digits(300, in: app.folder)
        app.press("T d '\(data)' enter esc")
        app.press("", last: "C") { $0.workspace.recovery.run?.isUnderWay == true }
        app.press("T enter")
        let run = try #require(app.workspace.recovery.run)
        #expect(run.kind == .finetuning && run.state == .finished)
        let network = try #require(app.workspace.recovered)
        #expect(network.kind == .finetuning && network.report?.isComplete == true)
        #expect(app.workspace.recovery.start(of: app.workspace.plans) != nil)
        // What is trained and in no file is not lost to the key that reconstructs.
        app.press("esc C C")
        #expect(app.workspace.recovered?.number == network.number)
    }

    @Test("A training that waits is not begun for another configuration")
    func trainingForgotten() throws {
        let app = try pruned()
        app.press("", last: "C") { $0.workspace.recovery.run?.isUnderWay == true }
        app.press("", last: "T") { _ in true }
        app.press("", last: "enter") { _ in true }
        app.press("esc l")
        #expect(app.workspace.recovered?.kind == .reconstruction)
        #expect(app.workspace.recovery.run?.kind == .reconstruction && !app.workspace.recovery.trainsNext)
    }

    @Test("A training that is stopped keeps its best, and goes on where it was")
    func stopping() throws {
        let app = try pruned()
        app.press("T")
        let data = try digits(700, in: app.folder)
        app.press("d '\(data)' enter k k k k")
        for _ in 0..<20 { app.press("l") }
        let epochs = app.workspace.recovery.settings.epochs
        app.press("", last: "enter") { ($0.workspace.recovery.run?.heldOut.count ?? 0) >= 2 }
        app.press("c")
        #expect(app.workspace.recovery.run?.state == .finished)
        let first = try #require(app.workspace.recovered)
        let done = try #require(app.workspace.recovery.run?.heldOut.count)
        #expect(done < epochs)
        app.press("", last: "enter") { ($0.workspace.recovery.run?.heldOut.count ?? 0) >= 1 && $0.workspace.recovery.run!.number != first.number }
        let resumed = try #require(app.workspace.recovery.run?.heldOut.first)
        #expect(resumed.place > Double(done) / Double(epochs) - 0.01)
        app.press("c")
    }

    @Test("A pause holds a training until it goes on")
    func pausing() throws {
        let app = try pruned()
        app.press("T")
        let data = try digits(700, in: app.folder)
        app.press("d '\(data)' enter")
        app.press("", last: "enter") { !($0.workspace.recovery.run?.losses.isEmpty ?? true) }
        app.press("", last: "space") { _ in true }
        #expect(app.workspace.recovery.run?.state == .paused)
        #expect(app.screen.contains("paused"))
        app.press("space")
        #expect(app.workspace.recovery.run?.state == .finished)
    }

    @Test("Quitting asks about a trained network that is in no file")
    func quitting() throws {
        let app = try pruned()
        let data = try digits(300, in: app.folder)
        app.press("W ctrl-u '\(app.folder.path)/demo.yaml' enter T d '\(data)' enter enter esc q")
        #expect(app.screen.contains("in no file yet"))
        app.press("c")
        #expect(!app.hasQuit)
        app.press("q w ctrl-u '\(app.folder.path)/demo.onnx' enter")
        #expect(app.hasQuit)
        let written = try ModelFile.open(path: app.folder.path + "/demo.onnx")
        #expect(written.layers.count == 4)
    }

    @Test("Data without labels teaches by the original's outputs")
    func unlabelled() throws {
        let app = try pruned()
        let data = try digits(300, in: app.folder, labelled: false)
        app.press("T d '\(data)' enter enter")
        #expect(app.workspace.recovery.run?.state == .finished)
        #expect(app.workspace.recovered?.kind == .finetuning)
    }

    @Test("A generator learns from latents, not from the images its own are compared with")
    func generators() throws {
        let bytes = try #require(Asset.named("models/digits-gan.onnx"))
        let model = try ModelFile.open(MappedFile(constant: bytes, name: "digits-gan.onnx"))
        let data = try RecoveryData(measuring: .demoDigits, FinetuningSettings(), of: model)
        #expect(data.taught == nil && data.record.sha256 == nil && data.name == "random latents")
        let samples = CalibrationSamples(ReconstructRule(samples: 4), of: model, data: .drawnDigits(4, seed: 1))
        #expect(samples.draw == nil && samples.record.data == "random latents")
        let inputs = try CalibrationInputs(model, data: .drawnDigits(4, seed: 1), samples: 4)
        #expect(inputs.sampleCount == 4)
        #expect(inputs.runs[0].inputs["latent"]?.shape.dimensions.last == 1)
    }

    @Test("What is written while it is being reconstructed is reconstructed, whatever is changed meanwhile", arguments: ["", "l"])
    func writingMeanwhile(then: String) throws {
        let app = try pruned()
        app.press("", last: "C") { $0.workspace.recovery.run?.isUnderWay == true }
        let plans = app.workspace.plans
        #expect(app.workspace.recovered == nil)
        app.hold("X ctrl-u '\(app.folder.path)/a.pare' enter \(then)")
        app.settle()
        #expect(app.footer.contains("wrote") && app.footer.contains("reconstructed"))
        if then == "l" { app.press("u") }
        let network = try #require(app.workspace.recovered)
        #expect(network.plans == plans)
        app.press("X ctrl-u '\(app.folder.path)/b.pare' enter")
        let written = try Data(contentsOf: URL(filePath: app.folder.path + "/a.pare"))
        #expect(try written == Data(contentsOf: URL(filePath: app.folder.path + "/b.pare")))
        #expect(written.count == network.byteCount)
    }

    @Test("What is written before quality is known is reconstructed too, and a training under way is told as left out")
    func writingBeforeMeasured() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 500))
        app.press("j j C")
        app.hold("= '99.5%' enter X ctrl-u '\(app.folder.path)/a.pare' enter")
        app.settle()
        let network = try #require(app.workspace.recovered)
        #expect(try Data(contentsOf: URL(filePath: app.folder.path + "/a.pare")).count == network.byteCount)
        let data = try digits(300, in: app.folder)
        app.press("T d '\(data)' enter")
        app.press("", last: "enter") { $0.workspace.recovery.run?.kind == .finetuning && !($0.workspace.recovery.run?.losses.isEmpty ?? true) }
        app.press("", last: "space") { _ in true }
        // A training that is held never comes to rest.
        app.press("esc X ctrl-u '\(app.folder.path)/b.pare'", last: "enter") { $0.footer.contains("wrote") }
        #expect(app.state.message?.text.contains("reconstructed, without the fine-tuning that is under way") == true)
        app.press("T", last: "space") { $0.workspace.recovery.run?.state == .finished }
    }

    @Test("A note that nobody asked for does not cover a warning")
    func warningStays() throws {
        let folder = TestFolder()
        let model = folder.path + "/digits.onnx"
        try AtomicFile.write(Array(try #require(Asset.named("models/digits-cnn.onnx"))), to: model)
        let recipe = folder.path + "/r.yaml"
        let digest = String(repeating: "0", count: 64)
        try AtomicFile.write(
            Array("pare: 1\nmodel: {path: digits.onnx, sha256: \(digest)}\nglobal: {prune: {sparsity: 0.9}}\nreconstruct: {samples: 64}\n".utf8),
            to: recipe)
        let app = try TestApp.opening(
            model, recipe: recipe, data: try digits(400, in: folder), folder: folder, meters: .evaluators(standsBack: false))
        #expect(app.workspace.recovered != nil)
        #expect(app.footer.contains("made for another digits.onnx"))
        app.press("l")
        #expect(app.footer.contains("reconstructed: 64"))
    }

    @Test("Nothing is trained where nothing was changed, and nothing is written under a name that says no format")
    func refusals() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 100))
        app.press("T enter")
        #expect(app.workspace.recovery.run == nil)
        #expect(app.screen.contains("change a layer first"))
        app.press("esc X ctrl-u 'model.zip' enter")
        #expect(app.footer.contains(".pare, .onnx, .safetensors or .npz"))
        app.press("X ctrl-u '\(app.folder.path)/a.onnx' enter")
        app.press("X ctrl-u '\(app.folder.path)/a.onnx' enter")
        #expect(app.screen.contains("is there already"))
        #expect(!app.screen.contains("writing"))
        app.press("o")
        #expect(app.footer.contains("wrote"))
    }
}
