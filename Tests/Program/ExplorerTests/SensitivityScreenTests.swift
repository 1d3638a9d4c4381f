import Foundation
import Search
import TestNetworks
import Testing

@testable import Explorer
@testable import Workbench

@Suite("The screen of what layers can lose")
struct SensitivityScreenTests {
    private func opened(_ meters: MeterSource = .evaluators(sampleLimit: 24, standsBack: false)) throws -> TestApp {
        let app = try TestApp.withBars(meters)
        app.press("Y")
        return app
    }

    @Test("It lists all layers with what may go by each stage, more for a larger loss")
    func table() throws {
        let app = try opened()
        let layers = app.workspace.sensitivity.layers
        #expect(layers.count == app.workspace.model.layers.count)
        #expect(app.screen.contains("filters") && app.screen.contains("ranks") && app.screen.contains("0.01 nats lost"))
        let share = try #require(layers.last)
        #expect(share.limit(.share, losing: 0.05).byteCount <= share.limit(.share, losing: 0.001).byteCount)
        app.press("l l l")
        #expect(app.screen.contains("0.05 nats lost"))
    }

    @Test("Layers are sorted by each column in turn, and Enter goes to the one that is chosen")
    func order() throws {
        let app = try opened()
        app.press("s")
        let layers = app.workspace.sensitivity.layers
        let most = try #require(layers.max { $0.byteCount < $1.byteCount })
        app.press("enter")
        #expect(app.state.overlay == nil && app.workspace.selected == most.layer)
        for order in [.bytes, .stage(.filters), .stage(.share)] as [SensitivityPlace.Order] {
            var place = SensitivityPlace()
            place.order = order
            #expect(Set(place.rows(layers).map(\.layer)) == Set(layers.map(\.layer)))
        }
        var place = SensitivityPlace()
        for _ in 0..<6 { place.order = place.nextOrder }
        #expect(place.order == .network)
    }

    @Test("The table is written as CSV or JSON, and over no other file")
    func writing() throws {
        let app = try opened()
        let path = app.folder.path + "/table"
        app.press("e ctrl-u '\(path).csv' enter")
        let lines = try String(contentsOfFile: path + ".csv", encoding: .utf8).split(separator: "\n")
        let layers = app.workspace.model.layers.count
        #expect(lines.count == 1 + layers * SearchStage.allCases.count * SensitivityTable.losses.count)
        #expect(lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count >= 8 })
        app.press("Y e ctrl-u '\(path).json' enter")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path + ".json"))) as? [String: Any]
        #expect((json?["layers"] as? [Any])?.count == layers)
        try Data("mine".utf8).write(to: URL(filePath: path + ".csv"))
        app.press("Y e ctrl-u '\(path).csv' enter")
        #expect(app.footer.contains("there already"))
        #expect(try Data(contentsOf: URL(filePath: path + ".csv")) == Data("mine".utf8))
    }

    @Test("Without anybody who weighs layers it says so in words, and all keys do no harm")
    func nothing() throws {
        let app = try opened(FakeMeter().source)
        #expect(app.screen.contains("d chooses some"))
        app.press("e s l h j k enter")
        #expect(app.state.overlay == nil && app.state.prompt == nil)
    }
}
