import Basics
import Datasets
import Evaluation
import Foundation
import ModelFormats
import Testing

/// What the shared models score on the shared data, by ONNX Runtime.
struct Baseline: Sendable, CustomTestStringConvertible {
    var model: String
    var data: String
    var metric: String
    var value: Double
    var samples: Int

    var testDescription: String { "\(model) \(data)" }

    static var folder: String { ProcessInfo.processInfo.environment["PARE_TEST_DATA"] ?? "../shared" }

    static let all: [Baseline] = {
        guard let text = try? String(contentsOfFile: folder + "/BASELINES.tsv", encoding: .utf8) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count == 5, let value = Double(fields[3]), let samples = Int(fields[4]) else { return nil }
            return Baseline(model: fields[0], data: fields[1], metric: fields[2], value: value, samples: samples)
        }
    }()
}

@Suite("Baselines", .enabled(if: !Baseline.all.isEmpty, "the shared models are not there (PARE_TEST_DATA)"))
struct BaselineTests {
    @Test("Every model scores what it scores in ONNX Runtime", arguments: Baseline.all)
    func scores(_ baseline: Baseline) throws {
        let model = try ModelFile.open(path: Baseline.folder + "/" + baseline.model)
        let evaluator = try Evaluator(model, data: try DataSet.open(path: Baseline.folder + "/" + baseline.data))
        var last: QualityReport?
        try evaluator.measure(Configuration(), cancellation: CancellationToken()) { last = $0 }
        let report = try #require(last)
        #expect(report.samples == baseline.samples)
        #expect(report.isComplete)
        #expect(report.headline.metric.rawValue == baseline.metric)
        let tolerance = baseline.metric == "top1" ? 0.0005 : 0.002
        #expect(abs(report.headline.value - baseline.value) <= tolerance)
    }
}
