import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

@Suite("The demos")
struct DemoTests {
    @Test("The start screen names kind, network, size and accuracy of every demo in columns")
    func startScreen() throws {
        let app = try TestApp()
        let rows = app.screen.split(separator: "\n").map(String.init)
        for demo in Demo.all {
            let row = try #require(rows.first { $0.contains("\(demo.subject) · \(demo.kind)") })
            #expect(row.contains(demo.network) && row.contains(NumberText.bytes(demo.byteCount)))
            #expect((1..<3_000_000).contains(demo.byteCount))
            #expect(demo.accuracy.map { row.contains(NumberText.percent($0)) } ?? true)
        }
        let columns = Demo.all.compactMap { demo in
            rows.first { $0.contains("· \(demo.kind)") }.flatMap { row in
                row.range(of: demo.network).map { row.distance(from: row.startIndex, to: $0.lowerBound) }
            }
        }
        #expect(columns.count == Demo.all.count && Set(columns).count == 1)
        #expect(Demo.all.first?.name == "digits-cnn")
    }

    @Test("Demos that tell digits apart are as accurate as the start screen says", arguments: Demo.all.filter { $0.accuracy != nil })
    func accuracy(_ demo: Demo) throws {
        let bytes = try #require(Asset.named(demo.asset))
        let model = try ModelFile.open(MappedFile(constant: bytes, name: demo.fileName))
        let measured = try MeasuredQuality(
            of: model, plans: model.layers.map { _ in LayerPlan() }, data: .demoDigits,
            meters: .evaluators(cacheByteCount: nil, sampleLimit: nil, standsBack: false))
        #expect(measured.report.samples == 2_000)
        #expect(NumberText.percent(measured.report.headline.value) == NumberText.percent(try #require(demo.accuracy)))
        #expect(measured.report.headline.value >= 0.98)
    }
}
