import Basics
import Compression
import Evaluation
import Foundation
import ImageMetrics
import ModelFormats
import NeuralNetwork
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

@Suite("The Samples screen")
struct SamplesTests {
    private static let meters = MeterSource.evaluators(sampleLimit: 160, classifier: TinyNetworks.classifier())

    /// An explorer with a network open that was made here.
    private func app(_ model: Model, data: String? = nil, folder: TestFolder = TestFolder()) throws -> TestApp {
        let path = folder.path + "/" + model.name
        try ModelFile.write(model, to: path)
        return try TestApp.opening(path, data: data, folder: folder, meters: Self.meters)
    }

    private func writer() throws -> TestApp {
        let folder = TestFolder()
        var random = SeededRandom(seed: 5)
        let text = String((0..<600).map { _ in "abc\n".randomElement(using: &random)! })
        try text.write(toFile: folder.path + "/text.txt", atomically: true, encoding: .utf8)
        try #"{"a": 0, "b": 1, "c": 2, "\n": 3}"#.write(toFile: folder.path + "/vocabulary.json", atomically: true, encoding: .utf8)
        try "kind: text\ntext: text.txt\nvocabulary: vocabulary.json\n"
            .write(toFile: folder.path + "/text.yaml", atomically: true, encoding: .utf8)
        return try app(TinyNetworks.writer(), data: folder.path + "/text.yaml", folder: folder)
    }

    private func halves(_ app: TestApp) -> (left: [Cell], right: [Cell])? {
        guard let area = app.state.layout?.samples else { return nil }
        let inner = SheetHalves(Frame.inner(of: area).inset(left: 1, right: 1).inset(top: 1))
        let frame = app.frame()
        func cells(_ rect: Rect) -> [Cell] {
            (rect.y..<rect.endY).flatMap { y in (rect.x..<rect.endX).map { frame[$0, y] } }
        }
        return (cells(inner.left), cells(inner.right))
    }

    @Test("A key brings images of both networks in place of weights and map, with the sliders beside them")
    func images() throws {
        let app = try app(TinyNetworks.generator())
        #expect(app.screen.contains("3 Map"))
        app.press("i")
        #expect(app.screen.contains("Samples ─ the same 6 latents"))
        #expect(!app.screen.contains("3 Map") && app.screen.contains("4 Controls"))
        #expect(app.screen.contains("the same: no layer is changed"))
        let before = try #require(halves(app))
        #expect(before.left.contains { $0.glyph == "▀" && $0.style.foreground != $0.style.background })
        #expect(before.left == before.right)
        app.press("= '70' enter")
        let after = try #require(halves(app))
        #expect(after.left == before.left && after.right != before.right)
        #expect(app.screen.contains("SSIM") && app.screen.contains("PSNR") && app.screen.contains("agreement"))
        #expect(app.frame().rowText(0).contains("Fréchet"))
        app.press("u")
        #expect(try #require(halves(app)).right == before.right)
        app.press("i")
        #expect(app.screen.contains("3 Map") && app.state.layout?.samples == nil)
    }

    @Test("The figures on the screen are those of the report")
    func figures() throws {
        let app = try app(TinyNetworks.generator())
        app.press("= '70' enter i")
        let report = try #require(app.workspace.quality.report(of: app.workspace.changedPlans))
        #expect(report.headline.metric == .frechetDistance && report.samples == 160)
        #expect(app.screen.contains("Fréchet \(QualityText.value(report.headline.value, .frechetDistance))"))
        let similarity = try #require(report.others.first { $0.metric == .structuralSimilarity })
        #expect(app.screen.contains("SSIM \(QualityText.value(similarity.value, .structuralSimilarity))"))
        #expect(report.others.contains { $0.metric == .signalToNoise })
    }

    @Test("However fast a slider moves, the images end at its last place")
    func flooding() throws {
        let app = try app(TinyNetworks.generator())
        app.press("i")
        app.flood((0..<60).map { .input(.key($0 % 3 == 2 ? "h" : "l")) })
        #expect(app.workspace.samples.sheet?.request.plans == app.workspace.changedPlans)
        #expect(!app.workspace.areSamplesStale)
        guard case .images(_, let original, let changed)? = app.workspace.samples.sheet?.content else {
            Issue.record("no images")
            return
        }
        #expect(original.count == 16 && changed.count == 16 && original != changed)
    }

    @Test("Sheets of an earlier configuration are marked until the new one is there")
    func stale() throws {
        let app = try app(TinyNetworks.generator())
        app.press("i")
        var state = app.state
        let request = SampleRequest(plans: [0: LayerPlan(prune: .sparsity(0.5))])
        _ = state.update(.model(app.workspace.open, .sampled(.none, of: request)))
        #expect(state.workspace?.areSamplesStale == true)
        #expect(state.workspace?.samples.asked?.plans == [:])
    }

    @Test(
        "Every size and kind of terminal shows images", arguments: [(60, 16), (80, 24), (120, 34), (200, 50)])
    func sizes(_ width: Int, _ height: Int) throws {
        let app = try app(TinyNetworks.generator())
        app.resize(width, height)
        app.press("i = '70' enter")
        let theme = ThemeLibrary(environment: [:])["pare-dark"]
        let ascii = app.frame(Appearance(theme: theme, depth: .mono, glyphs: .ascii))
        #expect(app.screen.contains("Samples") && ascii.text.contains("Samples"))
        let area = try #require(app.state.layout?.samples)
        let inner = Frame.inner(of: area)
        let signs = (inner.y + 1..<inner.endY).map { y in (inner.x..<inner.endX).count { ascii[$0, y].glyph == "#" || ascii[$0, y].glyph == "+" } }
        #expect(signs.contains { $0 > 0 })
        #expect(!ascii.text.unicodeScalars.contains { (0x2580...0x259F).contains($0.value) })
        app.press("tab +")
        #expect(app.screen.contains("Samples"))
    }

    @Test("Tiles are as large as enough of them allow", arguments: [(58, 56, 4), (40, 32, 3), (19, 20, 2)])
    func tiling(_ width: Int, _ pixels: Int, _ across: Int) {
        let area = Rect(x: 0, y: 0, width: width, height: pixels / 2)
        let tiling = ImageSheetView.Tiling(ImageShape(channels: 1, height: 28, width: 28), in: area, wanted: 16)
        #expect(tiling.across == across)
        #expect(tiling.across * (tiling.width + 1) - 1 <= width && tiling.down * tiling.height <= pixels && tiling.height % 2 == 0)
    }

    @Test("A model of characters writes from the same seed; what differs is marked")
    func text() throws {
        let app = try writer()
        app.press("i")
        #expect(app.screen.contains("text from the same seed"))
        #expect(app.screen.contains("all 1,200 characters are the same"))
        #expect(app.frame().rowText(0).contains("bits/char"))
        let marked = ThemeLibrary(environment: [:])["pare-dark"]
        let bad = Appearance(theme: marked)[.bad].foreground
        #expect(try #require(halves(app)).right.allSatisfy { $0.style.foreground != bad })
        app.press("G = '60' enter")
        #expect(app.screen.contains("the same for "))
        #expect(try #require(halves(app)).right.contains { $0.style.foreground == bad })
        guard case .text(let original, let changed)? = app.workspace.samples.sheet?.content else {
            Issue.record("no text")
            return
        }
        #expect(original.count == 1_200 && changed.count == 1_200 && Set(original).isSubset(of: Set("abc\n".unicodeScalars)))
    }

    @Test("Without its text a model of characters says what it needs")
    func withoutText() throws {
        let app = try app(TinyNetworks.writer())
        app.press("i")
        #expect(app.screen.contains("Text is written by models of characters once"))
    }

    @Test("A classifier shows how well each class is told, and the new confusions")
    func classes() throws {
        let app = try TestApp.withDemo(meters: Self.meters)
        app.press("i")
        #expect(app.screen.contains("Samples ─ classes"))
        #expect(app.screen.contains("none"))
        app.press("= '97' enter")
        let table = try #require(app.workspace.quality.report(of: app.workspace.changedPlans)?.classes)
        #expect(table.isLabelled && table.rows.count == 10 && table.rows.reduce(0) { $0 + $1.count } == 160)
        let right = table.rows.reduce(0) { $0 + $1.changed }
        #expect(abs(Double(right) / 160 - (app.workspace.quality.newest?.report.headline.value ?? 0)) < 1e-12)
        let first = try #require(table.confusions.first)
        #expect(table.confusions.allSatisfy { $0.growth > 0 && $0.growth <= first.growth })
        #expect(app.screen.contains("\(first.label) taken for \(first.prediction)"))
        app.resize(80, 24)
        #expect(app.screen.contains("\(first.label) taken for \(first.prediction)"))
    }

    @Test("Esc leaves the screen, as do the keys of the panes it covers; Tab passes it once")
    func leaving() throws {
        let app = try TestApp.withDemo(meters: Self.meters)
        app.press("i esc")
        #expect(app.screen.contains("2 Weights"))
        app.press("i 3")
        #expect(app.workspace.pane == .map && app.screen.contains("3 Map"))
        app.press("i")
        #expect(app.workspace.pane == .weights)
        app.press("tab")
        #expect(app.workspace.pane == .controls)
        app.press("shift-tab shift-tab")
        #expect(app.workspace.pane == .layers)
    }

    @Test("Evaluate tells the same in text and JSON, and by what images were judged")
    func reports() throws {
        let model = TinyNetworks.generator()
        let measured = try MeasuredQuality(
            of: model, plans: [LayerPlan(prune: .sparsity(0.6))], data: .random, meters: .evaluators(sampleLimit: 40))
        let text = TextReport.quality(measured)
        for word in ["Fréchet", "SSIM", "PSNR", "precision", "recall", "classifier agrees", "SQNR"] { #expect(text.contains(word)) }
        #expect(text.contains("judged by 500 features of digits-cnn.onnx (relu1.output)"))
        let json = try JSONSerialization.jsonObject(with: Data(try JSONText.of(EvaluateReport(measured)).utf8)) as? [String: Any]
        #expect(json?["metric"] as? String == "frechet_distance")
        #expect((json?["critic"] as? [String: Any])?["feature_count"] as? Int == 500)
        let metrics = (json?["metrics"] as? [[String: Any]])?.compactMap { $0["metric"] as? String }
        #expect(
            metrics == ["frechet_distance", "ssim", "psnr_db", "precision", "recall", "classifier_agreement", "output_sqnr_db"])
    }

    @Test("Data given to a generator are real images, and the distance from them is the headline")
    func real() throws {
        let measured = try MeasuredQuality(
            of: TinyNetworks.generator(), plans: [LayerPlan(prune: .sparsity(0.6))], data: .demoDigits, meters: Self.meters)
        #expect(measured.report.headline.metric == .frechetDistanceToReal)
        #expect(measured.report.headline.differenceInterval != nil)
        #expect(measured.dataName == "random latents, 2,000 drawn digits as real")
    }
}
