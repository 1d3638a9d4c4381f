import Compression
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

@Suite("Editing plans")
struct EditingTests {
    @Test("A typed sparsity prunes the layer, and its figures are exact once idle")
    func typing() throws {
        let app = try TestApp.withDemo()
        app.press("j j 4 '90' enter")
        #expect(app.plan.prune == .sparsity(0.9))
        let status = try #require(app.workspace.status)
        #expect(status.freshness == .exact)
        #expect(status.figures.nonzeros == 40_000)
        #expect(app.screen.contains("90.0%"))
    }

    @Test(
        "One control takes a sparsity, a multiple of sigma or a threshold",
        arguments: [
            ("90%", PruneRule.sparsity(0.9), PruneUnit.sparsity), ("1.2s", .sigma(1.2), .sigma), (".03t", .threshold(0.03), .threshold),
        ])
    func units(text: String, rule: PruneRule, unit: PruneUnit) throws {
        let app = try TestApp.withDemo()
        app.press("= '\(text)' enter")
        #expect(app.plan.prune == rule)
        #expect(app.workspace.unit == unit)
        app.press("= 'off' enter")
        #expect(app.plan.prune == nil)
    }

    @Test("Figures that a picture was drawn from do not take back how the coders compare")
    func lateFigures() throws {
        let app = try TestApp.withDemo()
        app.press("4 '90' enter ] = '8' enter")
        var workspace = app.workspace
        let compared = try #require(workspace.status)
        #expect(compared.figures.coders?.context != nil)
        var late = compared.figures
        late.coders?.range = nil
        late.coders?.context = nil
        workspace.take(late, of: workspace.selected, generation: compared.generation)
        #expect(workspace.status?.figures == compared.figures)
    }

    @Test("A method on a grid makes zeros, and the table tells how many")
    func zerosOfGrids() throws {
        let app = try TestApp.withDemo()
        let name = try #require(app.workspace.layer).name
        func row() -> String { app.screen.split(separator: "\n").first { $0.contains(name) && $0.contains("8") }.map(String.init) ?? "" }
        app.press("] = '8' enter")
        #expect(!row().contains("%"))
        app.press("] = 'entropy' enter")
        #expect(try #require(app.plan.share).method == .entropy)
        #expect(row().contains("%"))
    }

    @Test("A value that is no number changes nothing and says what to type")
    func badValue() throws {
        let app = try TestApp.withDemo()
        app.press("= '101' enter")
        #expect(app.plan.isIdentity)
        #expect(app.footer.contains("sparsity ends at 100 %"))
        app.press("] = '70000' enter")
        #expect(app.plan.share == nil)
        #expect(app.footer.contains("1…65535"))
    }

    @Test("A key press is one step of the history; a drag is one, however many places it passed")
    func dragging() throws {
        let app = try TestApp.withDemo()
        app.press("l l")
        #expect(app.plan.prune == .sparsity(0.02))
        let layout = try #require(app.state.layout)
        let place = try #require(app.workspace.controls.firstIndex(of: .prune))
        let row = try #require(layout.controls).y + 1 + place
        let columns = (0..<120).filter { x in
            ControlsView(app.state, layout.controls!).hit(at: Point(x: x, y: row))?.position != nil
        }
        let first = try #require(columns.first)
        app.mouse(.press, Point(x: first + 2, y: row))
        for x in [4, 6, 9, 11] { app.mouse(.drag, Point(x: first + x, y: row)) }
        let dragged = app.plan
        app.mouse(.release, Point(x: first + 11, y: row))
        #expect(dragged.prune != .sparsity(0.02))
        app.press("u")
        #expect(app.plan.prune == .sparsity(0.02))
        app.press("ctrl-r")
        #expect(app.plan == dragged)
        app.press("u u u u")
        #expect(app.plan.isIdentity)
        #expect(app.footer.contains("nothing to undo"))
    }

    @Test("The threshold can be dragged in the histogram")
    func draggingThreshold() throws {
        let app = try TestApp.withDemo()
        let layout = try #require(app.state.layout)
        let chart = try #require(PicturePlaces(layout).chart)
        let zero = try #require((chart.x..<chart.endX).min { abs(value(app, $0)) < abs(value(app, $1)) })
        app.mouse(.press, Point(x: zero + 6, y: chart.y + 1))
        app.mouse(.release, Point(x: zero + 6, y: chart.y + 1))
        guard case .threshold(let threshold) = app.plan.prune else {
            Issue.record("no threshold was set: \(app.plan)")
            return
        }
        #expect(abs(threshold - value(app, zero + 6)) < 0.01 * abs(value(app, zero + 6)))
    }

    private func value(_ app: TestApp, _ column: Int) -> Double {
        PicturePlaces(app.state.layout!).weight(atColumn: column, in: app.state) ?? .nan
    }

    @Test("A plan is applied to the marked layers, whole or one slider of it, and undone at once")
    func applying() throws {
        let app = try TestApp.withDemo()
        app.press("4 '80' enter j '16' enter esc * a")
        #expect(app.workspace.plans.allSatisfy { $0.prune == .sparsity(0.8) && $0.share?.clusters == 16 })
        app.press("u")
        #expect(app.workspace.plans.filter(\.isIdentity).count == 3)
        app.press("A")
        #expect(app.workspace.plans.dropFirst().allSatisfy { $0.prune == nil && $0.share?.clusters == 16 })
        app.press("R")
        #expect(app.workspace.plans.allSatisfy { $0.isIdentity })
    }

    @Test("Applying with nothing marked says how to mark")
    func applyingToNothing() throws {
        let app = try TestApp.withDemo()
        app.press("l a")
        #expect(app.footer.contains("Space marks"))
    }

    @Test("A pin keeps a configuration, and swapping brings it back")
    func pinning() throws {
        let app = try TestApp.withDemo()
        app.press("= '50' enter p = '90' enter")
        let pinned = try #require(app.workspace.pin)
        #expect(pinned.plans[0].prune == .sparsity(0.5))
        #expect(app.workspace.totals.compressedByteCount < pinned.totals.compressedByteCount)
        app.press("b")
        #expect(app.plan.prune == .sparsity(0.5))
        #expect(app.workspace.totals.compressedByteCount == pinned.totals.compressedByteCount)
        app.press("b")
        #expect(app.plan.prune == .sparsity(0.9))
    }

    @Test("However fast the slider moves, the figures end at its last place")
    func flooding() throws {
        let app = try TestApp.withDemo()
        app.flood((0..<300).map { .input(.key($0 % 3 == 2 ? "h" : "l")) })
        guard case .sparsity(let sparsity) = app.plan.prune else {
            Issue.record("no sparsity was set: \(app.plan)")
            return
        }
        #expect(sparsity > 0.95)
        let status = try #require(app.workspace.status)
        #expect(status.freshness == .exact)
        #expect(app.workspace.isPictureFresh)
        let estimate = try Estimate(of: app.workspace.model, plans: app.workspace.plans)
        #expect(status.figures.nonzeros == estimate.layers[0].figures.nonzeros)
    }

    @Test("The header's total is that of the estimate, exactly, once idle")
    func totals() throws {
        let app = try TestApp.withDemo()
        app.press("= '92' enter ] = '32' enter")
        app.press("j = '16' enter")
        #expect(app.workspace.totals.isExact)
        let estimate = try Estimate(of: app.workspace.model, plans: app.workspace.plans)
        #expect(app.workspace.totals.compressedByteCount == estimate.account.compressedByteCount)
        #expect(app.workspace.totals.originalByteCount == estimate.account.originalByteCount)
    }
}
