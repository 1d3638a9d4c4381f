import Compression
import Evaluation
import Foundation
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports
@testable import Workbench

@Suite("Measured quality as it is reported")
struct EvaluationReportTests {
    @Test("The evaluation as JSON names every key, and null stands where nothing applies")
    func json() throws {
        #expect(try JSONText.of([Double.infinity, -.infinity, .nan]).filter { !" \n".contains($0) } == "[\"Infinity\",\"-Infinity\",\"NaN\"]")
        let model = try #require(try TestApp.withDemo().state.workspace?.model)
        var plans = Array(repeating: LayerPlan(), count: model.layers.count)
        plans[1].prune = .sparsity(0.5)
        let meter = FakeMeter(skipped: 2)
        var rounds: [Int] = []
        let measured = try MeasuredQuality(
            of: model, plans: plans, data: .random, meters: meter.source, progress: { rounds.append($0.samples) })
        #expect(rounds == [64, 256, 1_024, 4_096, 9_998])
        let text = try JSONText.of(EvaluateReport(measured))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
            json.keys.sorted() == [
                "agreement", "ci95", "data", "difference", "difference_ci95", "left_out", "macs_after", "macs_before",
                "measures_learned", "metric", "metrics", "original", "outputs", "samples", "seconds_per_sample", "seconds_per_sample_original", "skipped",
                "total",
                "value",
            ])
        #expect(json["metric"] as? String == "top1")
        #expect(abs((json["difference"] as? Double ?? 0) + 0.05) < 1e-9)
        #expect((json["difference_ci95"] as? [Double])?.count == 2)
        #expect(json["samples"] as? Int == 9_998)
        #expect(json["skipped"] as? Int == 2)
        let metrics = try #require(json["metrics"] as? [[String: Any]])
        #expect(metrics.map { $0["metric"] as? String } == ["top1", "top1_agreement", "output_sqnr_db"])
        #expect(metrics[1]["original"] is NSNull)
        let same = try MeasuredQuality(of: model, plans: model.layers.map { _ in LayerPlan() }, data: .random, meters: meter.source)
        #expect(same.report.headline.differenceInterval == 0...0)
        #expect(try JSONText.of(EvaluateReport(same)).contains("\"sqnr_db\" : null"))
        #expect(TextReport.quality(measured).contains("9,998 of 10,000 samples, 2 could not be read"))
        #expect(TextReport.headline(measured.report) == "top-1 98.9 → 93.9 ±0.5")
    }

    @Test("Data that cannot be read is one line for the command line too")
    func evaluationFailure() throws {
        let model = try #require(try TestApp.withDemo().state.workspace?.model)
        #expect {
            try MeasuredQuality(of: model, plans: model.layers.map { _ in LayerPlan() }, data: .file("/x/bad.npz"), meters: FakeMeter().source)
        } throws: { ($0 as? MeasuredQuality.Failure)?.message.contains("/x/bad.npz: cannot be read: no such file") == true }
    }
}
