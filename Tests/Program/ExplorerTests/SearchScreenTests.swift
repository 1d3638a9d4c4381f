import Basics
import Compression
import Evaluation
import Foundation
import ModelFormats
import Recipes
import Search
import TerminalUI
import TestNetworks
import Testing

@testable import Explorer
@testable import Workbench

@Suite("Searching in the explorer, and the trade-off")
struct SearchScreenTests {
    private func points(_ app: TestApp) -> [TradeoffPoint] { app.workspace.tradeoffPoints(.bytes, showsDominated: false) }

    @Test("Without samples that say what layers can lose a search says so, and what is no budget is refused in words")
    func refusing() throws {
        let app = try TestApp.withBars()
        app.press("B 'soon' enter")
        #expect(app.footer.contains("is no target") && app.workspace.search == nil)
        app.press("B ctrl-u '1500' enter")
        #expect(app.footer.contains("d chooses some") && app.workspace.search == nil && app.workspace.changedPlans.isEmpty)
        app.press("M")
        #expect(app.footer.contains("no search is under way"))
    }

    @Test("Where layers are marked, what is in force in the others is kept")
    func marked() throws {
        let app = try TestApp.withBars()
        app.press("l J space")
        var state = app.state
        let marked = try #require(state.workspace?.marked.first)
        let effects = state.search(within: "1500")
        guard case .model(_, .search(let request))? = effects.first else { throw TestApp.Absent() }
        let plans = try #require(state.workspace?.plans)
        #expect(request.scope.kept == Set(plans.indices).subtracting([marked]))
        #expect(request.scope.kept.allSatisfy { plans[$0] == request.scope.base[$0] } && request.scope.base[marked] == LayerPlan())
        #expect(state.searchOrStop().contains { EffectTests.name($0) == "stop search" })
        state.workspace?.marked = []
        state.workspace?.search = nil
        guard case .model(_, .search(let whole))? = state.search(within: "1500").first else { throw TestApp.Absent() }
        #expect(whole.scope.kept.isEmpty)
    }

    @Test("What ends a search of before changes nothing; what was found is one step that undo takes back")
    func taking() throws {
        let app = try TestApp.withBars()
        var state = app.state
        let plans = [LayerPlan](repeating: LayerPlan(prune: .sparsity(0.5)), count: 3)
        let network = FoundNetwork(plans: plans, byteCount: 1_000, macs: 1, predicted: nil)
        state.workspace?.search = SearchRun(number: 2, budget: .bytes(1_500))
        state.take(.found(network, fitted: nil, isWhole: true, note: "for a test"), of: 1)
        #expect(state.workspace?.search != nil && state.workspace?.changedPlans.isEmpty == true)
        state.take(.found(network, fitted: nil, isWhole: false, note: "for a test"), of: 2)
        #expect(state.workspace?.search == nil && state.workspace?.plans == plans)
        #expect(state.message?.text.contains("stopped before its end") == true)
        // Its recipe says how it was found until it is changed.
        let workspace = try #require(state.workspace)
        #expect(RecipeRequest(path: "a.yaml", of: workspace, over: .nothing).found == "for a test")
        state.workspace?.changeSelected(LayerPlan())
        #expect(state.workspace?.origin == nil)
        #expect(state.workspace?.undo() != nil && state.workspace?.origin == "for a test")
        #expect(state.workspace?.recovery.rule == nil)
        #expect(state.workspace?.undo() == "search for \(SearchBudget.bytes(1_500).text)" && state.workspace?.changedPlans.isEmpty == true)
    }

    @Test("Walking along the front puts each point in force; Esc goes back without a trace, Enter is one step")
    func walking() throws {
        let app = try TestApp.withBars()
        app.press("V")
        #expect(points(app).count { $0.kind == .foretold } > 8)
        let before = app.workspace.plans
        app.press("g l l l")
        let middle = app.workspace.plans
        let chosen = try #require(app.tradeoff().chosen)
        #expect(middle != before && middle == chosen.plans)
        app.press("esc")
        #expect(app.workspace.plans == before && !app.workspace.history.canUndo && app.state.overlay == nil)
        app.press("V G enter")
        #expect(app.workspace.plans != before)
        app.press("u")
        #expect(app.workspace.plans == before && !app.workspace.history.canUndo)
    }

    @Test("Writing the points adopts none of them, not even where no name is given")
    func writingAdoptsNothing() throws {
        let app = try TestApp.withBars()
        let before = app.workspace.plans
        app.press("V G e ctrl-c")
        #expect(app.workspace.plans == before && !app.workspace.history.canUndo)
    }

    @Test("What a search finds while a point is looked at stays, as one step")
    func foundBesideTheFront() throws {
        let app = try TestApp.withBars()
        app.press("V G")
        var state = app.state
        let plans = [LayerPlan](repeating: LayerPlan(prune: .sparsity(0.5)), count: 3)
        state.workspace?.search = SearchRun(number: 1, budget: .bytes(1_500))
        state.take(.found(FoundNetwork(plans: plans, byteCount: 1_000, macs: 1, predicted: nil), fitted: nil, isWhole: true, note: "for a test"), of: 1)
        #expect(state.overlay == nil && state.workspace?.plans == plans)
        #expect(state.workspace?.undo() != nil && state.workspace?.changedPlans.isEmpty == true && state.workspace?.history.canUndo == false)
    }

    @Test("What was measured is a point, once, and the line of what may be lost chooses the cheapest below it")
    func measured() throws {
        let app = try TestApp.withBars()
        app.press("4 = '50' enter")
        app.press("= '90' enter")
        let tried = app.workspace.tradeoff.tried
        #expect(Set(tried.map(\.byteCount)).count == tried.count && tried.count >= 2)
        app.press("V k")
        guard case .lost(let allowed)? = try app.tradeoff().bound else { throw TestApp.Absent() }
        let selected = try #require(app.tradeoff().chosen)
        #expect(selected.lost <= allowed)
        #expect(points(app).allSatisfy { $0.kind != .foretold || $0.lost > allowed || $0.cost >= selected.cost })
        #expect(app.screen.contains("Trade-off") && app.screen.contains("at most"))
    }

    @Test("Of answers that are numbers twice of what is foretold is lost, the error's share of their power")
    func numbers() throws {
        let bytes = try #require(Asset.named("models/digits-gan.onnx"))
        let app = try TestApp.opening(
            ModelFile.open(MappedFile(constant: bytes, name: "gan.onnx")), path: "/nowhere/gan.onnx",
            meters: .evaluators(sampleLimit: 8, standsBack: false))
        #expect(app.workspace.forecasts.forecaster?.table.metric == .signalToNoise)
        var workspace = app.workspace
        workspace.tradeoff.fronts[.bytes] = [0.01, 0.25].enumerated().map { index, loss in
            FoundNetwork(plans: workspace.plans, byteCount: 1_000 - index, macs: 1, predicted: loss)
        }
        let foretold = workspace.tradeoffPoints(.bytes, showsDominated: false).filter { $0.kind == .foretold }
        #expect(foretold.map(\.lost) == [0.02, 0.5])
    }

    @Test("What was fitted is adopted with its fit, what was measured on more samples takes its place, and other data forgets all")
    func fits() throws {
        let app = try TestApp.withBars()
        var state = app.state
        let plans = [LayerPlan](repeating: LayerPlan(prune: .sparsity(0.25)), count: 3)
        func network(_ samples: Int) -> FoundNetwork {
            FoundNetwork(
                plans: plans, byteCount: 10, macs: 1, predicted: nil,
                report: QualityReport(headline: QualityFigure(metric: .agreement, original: nil, value: 0.75), samples: samples, total: samples))
        }
        let rule = ReconstructRule(samples: 7, ridge: 0.5)
        for samples in [10, 20, 5] { state.workspace?.note(network(samples), fitted: rule) }
        let found = state.workspace?.tradeoff.tried.filter { $0.origin == .found }
        #expect(found?.map(\.samples) == [20])
        _ = state.showTradeoff()
        for key in [Key.end, .enter] { _ = state.update(.input(.key(key))) }
        #expect(state.workspace?.plans == plans && state.workspace?.recovery.rule == rule)
        _ = state.workspace?.undo()
        #expect(state.workspace?.changedPlans.isEmpty == true && state.workspace?.recovery.rule == nil)
        _ = state.workspace?.redo()
        #expect(state.workspace?.recovery.rule == rule)
        // A point that was foretold, or measured without a fit, is looked at without one; Esc brings the fit back.
        _ = state.showTradeoff()
        _ = state.update(.input(.key(.home)))
        #expect(state.workspace?.recovery.rule == nil)
        _ = state.update(.input(.key(.escape)))
        #expect(state.workspace?.plans == plans && state.workspace?.recovery.rule == rule)
        _ = state.forgetTradeoff()
        #expect(state.workspace?.tradeoff.tried.isEmpty == true)
    }

    @Test("A click chooses the nearest point, MACs have a front of their own, and small screens hold it")
    func axes() throws {
        let app = try TestApp.withBars(size: Size(width: 80, height: 24))
        app.press("V")
        let window = try #require(OverlayView(app.state))
        let chart = TradeoffView.chart(in: window.inner)
        app.mouse(.press, Point(x: chart.endX - 1, y: chart.y + 1))
        #expect(try app.tradeoff().chosen?.cost == points(app).first?.cost)
        app.press("m")
        #expect(app.workspace.tradeoff.fronts[.macs] != nil)
        #expect(app.workspace.tradeoffPoints(.macs, showsDominated: false).contains { $0.kind == .foretold })
        app.press("d p g G j k esc")
        #expect(app.state.overlay == nil)
    }

    @Test("The points are written as CSV, JSON and a picture, and over no other file", arguments: ["csv", "json", "svg"])
    func writing(_ kind: String) throws {
        let app = try TestApp.withBars()
        let path = app.folder.path + "/points." + kind
        app.press("V e ctrl-u '\(path)' enter")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        switch kind {
        case "csv": #expect(text.split(separator: "\n").count == 1 + app.workspace.tradeoffPoints(.bytes, showsDominated: true).count)
        case "json": #expect((try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])?.isEmpty == false)
        default: #expect(text.contains("<svg") && text.contains("lost against"))
        }
        app.press("V e ctrl-u '\(path)' enter")
        #expect(app.footer.contains("there already"))
    }
}
