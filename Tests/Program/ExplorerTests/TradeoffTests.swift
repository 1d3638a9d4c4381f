import Compression
import Evaluation
import Foundation
import Recipes
import Search
import TerminalUI
import TestNetworks
import Testing

@testable import Explorer
@testable import Workbench

@Suite("The trade-off's lines, tree and models")
struct TradeoffTests {
    private func chart(_ app: TestApp) throws -> Rect { TradeoffView.chart(in: try #require(OverlayView(app.state)).inner) }

    private func configuration(_ share: Double, bytes: Int, lost: Double, samples: Int = 10) -> TriedConfiguration {
        TriedConfiguration(
            plans: [LayerPlan(prune: .sparsity(share)), LayerPlan(), LayerPlan()], rule: nil, byteCount: bytes, macs: 5, lost: lost,
            interval: lost...lost + 0.01, samples: samples, origin: .edited)
    }

    @Test("A line of the budget chooses what loses least within it, and is the target of what is adopted")
    func budget() throws {
        let app = try TestApp.withBars()
        app.press("V G ]")
        guard case .cost(let limit)? = try app.tradeoff().bound else { throw TestApp.Absent() }
        let chosen = try #require(app.tradeoff().chosen)
        let points = app.workspace.tradeoffPoints(.bytes, showsDominated: false)
        #expect(chosen.cost <= limit && points.allSatisfy { $0.cost > limit || $0.lost >= chosen.lost })
        #expect(app.screen.contains("within"))
        app.press("enter")
        #expect(app.workspace.target == .bytes(limit) && app.workspace.plans == chosen.plans)
        app.press("V k enter")
        guard case .loss? = app.workspace.target else { throw TestApp.Absent() }
    }

    @Test(
        "The mouse takes a line by its end or on it, and the point follows until the button is let go",
        arguments: [Size(width: 120, height: 34), Size(width: 80, height: 24)])
    func dragging(_ size: Size) throws {
        let app = try TestApp.withBars(size: size)
        app.press("V")
        let chart = try chart(app)
        app.mouse(.press, Point(x: chart.x - 2, y: chart.y + 1))
        app.mouse(.drag, Point(x: chart.x - 2, y: chart.endY - 3))
        guard case .lost(let low)? = try app.tradeoff().bound else { throw TestApp.Absent() }
        app.mouse(.drag, Point(x: chart.x + 4, y: chart.y))
        guard case .lost(let high)? = try app.tradeoff().bound else { throw TestApp.Absent() }
        #expect(high > low)
        app.mouse(.release, Point(x: chart.x + 4, y: chart.y))
        app.mouse(.drag, Point(x: chart.x + 4, y: chart.endY - 1))
        let held = try app.tradeoff()
        #expect(held.bound == .lost(high) && held.held == nil)
        app.mouse(.press, Point(x: chart.x + chart.width / 2, y: chart.endY))
        guard case .cost(let middle)? = try app.tradeoff().bound else { throw TestApp.Absent() }
        app.mouse(.drag, Point(x: chart.x, y: chart.endY))
        guard case .cost(let least)? = try app.tradeoff().bound else { throw TestApp.Absent() }
        let last = try app.tradeoff().chosen
        #expect(least < middle && app.workspace.plans == last?.plans)
        app.mouse(.release, Point(x: chart.x, y: chart.endY))
        // Elsewhere a press chooses the nearest point.
        app.mouse(.press, Point(x: chart.endX - 1, y: chart.y + 1))
        let free = try app.tradeoff()
        #expect(free.bound == nil)
    }

    @Test("What was tried is a tree: what was changed after going back is a branch of its own")
    func tree() throws {
        let app = try TestApp.withBars()
        app.press("4 = '50' enter = '80' enter u = '65' enter")
        let tried = app.workspace.tradeoff.tried
        let tree = TradeoffTree(tried, .bytes)
        #expect(Set(tree.rows.map(\.tried.number)) == Set(tried.map(\.number)) && tree.rows.count == tried.count)
        let ends = tried.suffix(2)
        #expect(Set(ends.map(\.parent)).count == 1 && ends.first?.parent != nil, "\(tried.map { ($0.number, $0.parent) })")
        #expect(app.workspace.tradeoff.current == tried.last?.number)
        let plans = app.workspace.plans
        app.press("V t g")
        #expect(app.screen.contains("#1 as it is") && app.screen.contains("in force"))
        #expect(app.workspace.plans == tree.rows.first?.tried.plans && app.workspace.plans != plans)
        app.press("j j j j j j k")
        #expect(app.workspace.plans == tree.rows[tree.rows.count - 2].tried.plans)
        let chart = try chart(app)
        app.mouse(.press, Point(x: chart.x + 5, y: chart.y))
        #expect(app.workspace.plans == tree.rows.first?.tried.plans)
        app.press("t esc")
        #expect(app.workspace.plans == plans)
    }

    @Test("A long chain does not stand out, and what lost its parent is a root")
    func chains() {
        var tradeoff = Tradeoff()
        for index in 1...2_100 { tradeoff.current = tradeoff.note(configuration(Double(index) / 4_096, bytes: 9_000 - index, lost: 0.1)) }
        let tree = TradeoffTree(tradeoff.tried, .bytes)
        #expect(tree.rows.count == 2_000 && tree.rows.allSatisfy { $0.depth == 0 } && tree.rows.first?.tried.number == 101)
        #expect(tradeoff.note(configuration(0.25, bytes: 1, lost: 0, samples: 50)) == 1_024 && tradeoff.tried.count == 2_000)
        #expect(tree.first(showing: 1_999, height: 10) == 1_990 && tree.first(showing: nil, height: 10) == 0)
    }

    @Test("Networks along the front are written with their recipes and a table, over no other file")
    func models() throws {
        let app = try TestApp.withBars()
        app.press("V X ctrl-u '\(app.folder.path)/front' enter")
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: app.folder.path))
        let table = try String(contentsOfFile: app.folder.path + "/front.csv", encoding: .utf8).split(separator: "\n")
        #expect(table.count == 1 + FrontModels.most && app.footer.contains("wrote"))
        for row in table.dropFirst() {
            let fields = row.split(separator: ",", omittingEmptySubsequences: false)
            let size = try FileManager.default.attributesOfItem(atPath: app.folder.path + "/" + fields[0])[.size] as? Int
            #expect(size.map(String.init) == String(fields[1]))
            let recipe = try RecipeFile.read(app.folder.path + "/" + fields[0].replacing(".pare", with: ".yaml"))
            #expect(try recipe.plans(for: app.workspace.model).contains { !$0.isIdentity } && names.contains(String(fields[0])))
        }
        #expect(app.workspace.changedPlans.isEmpty && !app.workspace.history.canUndo)
        app.press("V X ctrl-u '\(app.folder.path)/front' enter")
        #expect(app.footer.contains("there already"))
    }

    @Test("What was tried is kept with the work, and comes back where it is measured on the same data")
    func kept() throws {
        let app = try TestApp.withBars()
        app.press("4 = '50' enter = '80' enter")
        let workspace = app.workspace
        let kept = try #require(KeptTradeoff(workspace.triedToKeep, of: workspace.model))
        let read = try JSONDecoder().decode(KeptTradeoff.self, from: JSONEncoder().encode(kept))
        #expect(read.tried(of: workspace.model) == workspace.tradeoff.tried && !read.configurations.isEmpty)
        let other = try TestApp.withBars()
        var state = other.state
        let data = state.workspace?.quality.data?.path
        state.workspace?.tradeoff = Tradeoff()
        state.workspace?.take(tried: workspace.tradeoff.tried, on: "others.yaml")
        #expect(state.workspace?.tradeoff.tried.isEmpty == true && state.workspace?.triedToKeep?.data == "others.yaml")
        _ = state.forgetTradeoff()
        #expect(state.workspace?.tradeoff.waiting != nil)
        state.workspace?.take(tried: workspace.tradeoff.tried, on: data)
        #expect(state.workspace?.tradeoff.tried == workspace.tradeoff.tried)
        // What a hand or a fault made of the file is left out.
        var damaged = read
        damaged.configurations[0].parent = 7
        damaged.configurations[1].recipe = "pare: 2"
        #expect(damaged.tried(of: workspace.model).count == read.configurations.count - 2)
        #expect(KeptTradeoff(TriedToKeep(data: nil, revision: 1, tried: []), of: workspace.model) == nil)
    }
}
