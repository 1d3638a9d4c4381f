import Basics
import Evaluation
import Search
import TerminalUI
import Testing

@testable import Explorer

@Suite("A target, and what is left to it")
struct TargetTests {
    private func app(_ size: Size = Size(width: 160, height: 40)) throws -> TestApp { try TestApp.withDemo(size: size, meters: FakeMeter().source) }
    private func header(_ app: TestApp) -> String { app.frame().rowText(0) }

    @Test("The header says how far the file is from it, and that it is reached; an empty line ends it")
    func bytes() throws {
        let app = try app()
        app.press("y '20 KB' enter")
        let left = app.workspace.totals.compressedByteCount - 20_000
        #expect(left > 0 && header(app).contains("target 20.0 KB: \(NumberText.bytes(left)) to go"))
        app.press("* = '99' enter a")
        let now = app.workspace.totals.compressedByteCount
        #expect(header(app).contains(now <= 20_000 ? "to spare" : "to go"))
        app.press("y")
        #expect(app.footer.contains("20000"))
        app.press("ctrl-u enter")
        #expect(app.workspace.target == nil && !header(app).contains("target"))
    }

    @Test("What is no target is refused, and the one before stays")
    func refusal() throws {
        let app = try app()
        app.press("y '2 %' enter")
        app.press("y ctrl-u 'three' enter")
        #expect(app.footer.contains("three is no target"))
        #expect(app.workspace.target == .loss(0.02))
    }

    @Test("Of a loss it says what is to spare, and how many more samples would tell where the interval is wider")
    func loss() throws {
        let app = try app()
        app.press("= '50' enter")
        app.press("y '30 %' enter")
        #expect(header(app).contains("target 30.0 % lost: ") && header(app).contains("to spare"))
        let figure = QualityFigure(metric: .topOne, original: 0.9, value: 0.89, interval: 0.85...0.93, differenceInterval: -0.03...0.01)
        let report = QualityReport(headline: figure, samples: 1_000, total: 1_000)
        // Half of the interval is two points: four times the samples for one.
        #expect(report.samplesLacking(for: 0.01) == 3_000)
        #expect(report.samplesLacking(for: 0.02) == nil && report.samplesLacking(for: 0) == nil)
    }

    @Test("At 80 columns what is left stays, and so do effects and MACs")
    func small() throws {
        let app = try app(Size(width: 80, height: 24))
        app.press("= '50' enter")
        app.press("y '20 KB' enter")
        #expect(header(app).contains("target: ") && header(app).contains("to go"))
        #expect(["size", "MACs", "effect"].allSatisfy { app.frame().rowText(2).contains($0) })
    }

    @Test("Everything that was tried is on the trail, though it was undone before another change")
    func trail() throws {
        let app = try app()
        app.press("= '50' enter")
        app.press("= '70' enter")
        let tried = app.plan
        app.press("u")
        let before = app.plan
        app.press("= '30' enter")
        app.press("u")
        #expect(app.plan == before)
        app.press("u")
        #expect(app.plan == tried)
        app.press("u u")
        #expect(app.plan.isIdentity)
        app.press("u")
        #expect(app.footer.contains("nothing"))
    }
}
