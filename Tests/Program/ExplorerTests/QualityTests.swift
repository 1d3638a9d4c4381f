import Basics
import Compression
import Evaluation
import Foundation
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

@Suite("Measured quality on the screen")
struct QualityTests {
    private func header(_ app: TestApp) -> String { app.frame().rowText(0) }

    @Test("An open network is measured as it is, then under every change, until all samples are seen")
    func header() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        #expect(header(app).contains("top-1 98.9 (10,000)"))
        app.press("= '50' enter")
        // Half of the first layer's weights cost 0.1 × 0.5; the interval is 1/√10,000 wide.
        #expect(header(app).contains("top-1 98.9 → 93.9 ±0.5 (10,000)"))
        #expect(meter.calls.map(\.layers) == [[], [0]])
        #expect(meter.calls.map(\.rounds) == [meter.rounds, meter.rounds])
        #expect(meter.calls.last?.focus == 0)
    }

    @Test("Figures come after each round, with a sign that more will follow")
    func rounds() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        meter.gate.close()
        app.press("= '50'", last: "enter", until: { header($0).contains("93.9") })
        #expect(header(app).contains("top-1 98.9 → 93.9 ±6.3 ◐ (64/10,000)"))
        meter.gate.open()
        app.settle()
        #expect(header(app).contains("±0.5 (10,000)"))
    }

    @Test("A newer change cancels the older measurement, whose figure is marked as stale until the new one is there")
    func cancelling() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        meter.gate.close()
        app.press("= '50'", last: "enter", until: { header($0).contains("93.9") })
        // At the gate after its first round, the measurement has delivered and can be cancelled.
        app.press("= '80'", last: "enter", until: { header($0).contains("90.9") })
        #expect(meter.calls.last?.wasCancelled == true)
        #expect(meter.calls.last?.rounds == [64])
        #expect(header(app).contains("90.9 ±6.3 ◐ (64/10,000)"))
        meter.gate.open()
        app.settle()
        #expect(header(app).contains("98.9 → 90.9 ±0.5 (10,000)"))
    }

    @Test("In quiet moments the layer that comes on screen is prepared for, once")
    func preparing() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        #expect(meter.prepared == [0])
        app.press("j")
        #expect(meter.prepared == [0, 1])
        app.press("tab tab")
        #expect(meter.prepared == [0, 1])
    }

    @Test("An older figure is marked while the newer one is to come")
    func stale() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        app.press("= '50' enter")
        meter.entrance.close()
        app.press("= '80'", last: "enter", until: { _ in true })
        #expect(app.workspace.plan.prune == .sparsity(0.8))
        #expect(header(app).contains("◌top-1 98.9 → 93.9"))
        meter.entrance.open()
        app.settle()
        #expect(header(app).contains("top-1 98.9 → 90.9"))
        #expect(!header(app).contains("◌"))
    }

    @Test("However fast a slider moves, the figure ends at its last place")
    func flooding() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        app.flood((0..<150).map { .input(.key($0 % 3 == 2 ? "h" : "l")) })
        #expect(app.plan.prune == .sparsity(0.5))
        #expect(header(app).contains("98.9 → 93.9 ±0.5 (10,000)"))
        #expect(app.workspace.quality.isMeasuring(app.workspace.changedPlans) == false)
    }

    @Test("What was measured before is known at once: undo and the coding of a layer need no measurement")
    func knownConfigurations() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        app.press("= '50' enter = '80' enter")
        let count = meter.calls.count
        app.press("u")
        #expect(header(app).contains("98.9 → 93.9 ±0.5 (10,000)"))
        app.press("] ] ] l l")
        #expect(app.plan.code.gapBits == .fixed(2))
        // What was undone is on the trail, too.
        app.press("u u u u u")
        #expect(header(app).contains("top-1 98.9 (10,000)"))
        #expect(meter.calls.count == count)
    }

    @Test("Layers' own effects follow, stand in a column of their own, and sort by what is lost")
    func effects() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        #expect(!app.screen.contains("effect"))
        app.press("= '50' enter j = '80' enter")
        #expect(app.screen.contains("effect"))
        let rows = app.screen.split(separator: "\n").map(String.init)
        #expect(rows.first { $0.contains("conv1") && $0.contains("50.0%") }?.contains("−5.0") == true)
        #expect(rows.first { $0.contains("conv2") && $0.contains("80.0%") }?.contains("−8.0") == true)
        // The first layer was measured by itself on all samples when it was alone; the second one on some.
        #expect(meter.calls.last?.layers == [1])
        #expect(meter.calls.last?.rounds.last == 1_024)
        app.press("s s s s s s s s s")
        #expect(app.workspace.order.key == .effect)
        #expect(app.workspace.rows == [1, 0, 2, 3])
        app.press("S")
        #expect(app.workspace.rows == [3, 2, 0, 1])
        app.resize(80, 24)
        #expect(!app.screen.contains("effect"))
    }

    @Test("Effects give way to a change, and are asked for again")
    func effectsGiveWay() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        app.press("4 '80' enter esc * a")
        #expect((0..<4).allSatisfy { app.workspace.quality.effect(of: $0, under: app.workspace.plans[$0]) != nil })
        #expect(app.workspace.quality.effect(of: 3, under: app.workspace.plans[3])?.samples == 1_024)
        #expect(meter.calls.suffix(4).map(\.layers) == [[0, 1, 2, 3], [1], [2], [3]])
        app.flood([.input(.key("l")), .input(.key("u"))])
        #expect(header(app).contains("(10,000)"))
    }

    @Test("A network that cannot be run shows sizes, and says once why")
    func unsupported() throws {
        let source = MeterSource { _, _ in
            throw EvaluationError("the operator DecodeImage is not supported (DecodeImage at node pre_0), and this line is long enough")
        }
        let app = try TestApp.withDemo(meters: source)
        #expect(header(app).contains("quality –"))
        #expect(app.footer.contains("not measured: the operator DecodeImage"))
        app.press("= '50' enter")
        #expect(!app.footer.contains("DecodeImage"))
        #expect(header(app).contains("quality –"))
        app.press("m")
        #expect(app.screen.contains("quality is not measured:"))
        #expect(app.screen.contains("DecodeImage at node pre_0"))
        #expect(app.screen.contains("long enough"))
    }

    @Test("A measurement that fails ends the measuring, and says why")
    func failing() throws {
        let meter = FakeMeter(failsOnChanges: true)
        let app = try TestApp.withDemo(meters: meter.source)
        #expect(header(app).contains("98.9"))
        app.press("= '50' enter")
        #expect(header(app).contains("quality –"))
        #expect(app.footer.contains("not measured: the disk is on fire"))
        app.press("= '60' enter")
        #expect(meter.calls.count == 2)
    }

    @Test("Weights without a graph are not measured, quietly unless data was named")
    func noGraph() throws {
        let folder = TestFolder()
        let path = try folder.model("net.safetensors", [("a.weight", [8, 8], laplace(64, seed: 3))])
        let meter = FakeMeter()
        let quiet = try TestApp.opening(path, folder: folder, meters: meter.source)
        #expect(header(quiet).contains("quality –"))
        #expect(quiet.state.message == nil)
        let asked = try TestApp.opening(path, data: "/data/x.npz", folder: folder, meters: meter.source)
        #expect(asked.footer.contains("without a graph"))
        #expect(meter.calls.isEmpty)
    }

    @Test("The pin compares quality with its margin")
    func pin() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        app.press("= '50' enter p = '80' enter")
        // Both differences to the original have a margin of half a point; together 0.5·√2.
        #expect(app.screen.contains("top-1 −3.0 ±0.7"))
        app.press("b")
        #expect(app.screen.contains("top-1 +3.0 ±0.7"))
        app.press("b")
        #expect(app.screen.contains("top-1 −3.0 ±0.7"))
    }

    @Test("All measures are in a window, with intervals, outputs and what could not be read")
    func measures() throws {
        let meter = FakeMeter(skipped: 2)
        let app = try TestApp.withDemo(meters: meter.source)
        app.press("= '50' enter m")
        for words in [
            "9,998 samples", "2 could not be read", "top-1", "98.9 %", "93.9 %", "−5.0", "−5.5 … −4.5", "agreement", "95.0 %",
            "SQNR", "13.0 dB", "logits", "conv1 alone",
        ] {
            #expect(app.screen.contains(words), "\(words)")
        }
        #expect(header(app).contains("(9,998, 2 skipped)"))
        app.press("m")
        #expect(app.state.overlay == nil)
        app.resize(60, 16)
        app.press("m")
        #expect(app.screen.contains("−5.5 … −4.5"))
    }

    @Test("Without labels the agreement is shown")
    func agreement() throws {
        let app = try TestApp.withDemo(meters: FakeMeter(metric: .agreement).source)
        app.press("= '50' enter")
        #expect(header(app).contains("agreement 95.0 ±1.0 (10,000)"))
    }

    @Test("Every size draws quality without a trap, and the narrow ones leave out the rest first")
    func sizes() throws {
        let app = try TestApp.withDemo(meters: FakeMeter().source)
        app.press("= '50' enter j = '80' enter p = '90' enter")
        for (width, expected) in [(120, "98.9 → 84.9 ±0.5"), (80, "84.9"), (60, "84.9")] {
            app.resize(width, width == 60 ? 16 : 24)
            #expect(header(app).contains(expected), "\(width)")
        }
        app.press("m")
        var random = SeededRandom(seed: 8)
        for _ in 0..<60 {
            app.resize(Int(random.next() % 250) + 1, Int(random.next() % 80) + 1)
            _ = app.frame()
        }
        app.resize(120, 34)
        let look = Appearance(theme: ThemeLibrary(environment: [:])["pare-dark"], depth: .mono, glyphs: .ascii)
        for scalar in app.frame(look).asciified().text.unicodeScalars { #expect(scalar.isASCII, "\(scalar)") }
    }
}
