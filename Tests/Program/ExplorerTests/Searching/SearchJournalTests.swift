import Basics
import Composition
import Compression
import Evaluation
import Foundation
import NeuralNetwork
import Search
import TestNetworks
import Testing

@testable import Workbench

@Suite("Checkpoints of searches")
struct SearchJournalTests {
    private let model = Bars.classifier()

    private func withFile(_ body: (String) throws -> Void) rethrows {
        let path = NSTemporaryDirectory() + "pare-search-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func search(
        _ path: String, resumes: Bool, reconstructs: Bool = false, stages: Set<SearchStage> = [.prune, .share],
        _ cancellation: CancellationToken = CancellationToken()
    ) throws -> RecipeSearch {
        try RecipeSearch(
            Composer(model), data: .random, stages: reconstructs ? [.share] : stages, reconstructs: reconstructs,
            meters: .evaluators(sampleLimit: 64, standsBack: false), checkpoint: path, resumes: resumes, cancellation: cancellation
        ) { _, _ in }
    }

    @Test("A search that was stopped finds with its checkpoint what it would have found, and notes the same", arguments: [false, true])
    func resuming(_ reconstructs: Bool) throws {
        try withFile { whole in
            try withFile { stopped in
                let found = try search(whole, resumes: false, reconstructs: reconstructs).find(.bytes(1_500), seed: 3)
                let token = CancellationToken()
                let first = try search(stopped, resumes: false, reconstructs: reconstructs, token)
                #expect(throws: Cancelled.self) { try first.find(.bytes(1_500), seed: 3) { _ in token.cancel() } }
                let early = try Data(contentsOf: URL(filePath: stopped))
                let again = try search(stopped, resumes: true, reconstructs: reconstructs).find(.bytes(1_500), seed: 3)
                #expect(again.plans == found.plans && again.byteCount == found.byteCount && again.measured == found.measured)
                let (left, right) = (try Data(contentsOf: URL(filePath: whole)), try Data(contentsOf: URL(filePath: stopped)))
                #expect(left == right && early.count < left.count)
            }
        }
    }

    @Test("What a checkpoint knows is not measured again")
    func remembering() throws {
        try withFile { path in
            let journal = try SearchJournal(path, of: "a search", resumes: false)
            let plans = [LayerPlan](repeating: LayerPlan(prune: .sparsity(0.5)), count: model.layers.count)
            var report = QualityReport(
                headline: QualityFigure(metric: .agreement, original: nil, value: 0.25),
                others: [QualityFigure(metric: .signalToNoise, original: nil, value: .infinity)], samples: 3, total: 4, skipped: 1)
            report.distances = [0.1, .leastNonzeroMagnitude, 1e300]
            try journal.note(report, as: try SearchJournal.key(plans, of: model, on: .few, isFitted: false))
            let known = try SearchJournal(path, of: "a search", resumes: true)
            let samples = try SearchSamples(of: model, nil, reconstruct: nil)
            let trials = RememberingTrials(trials: try ChoosingTrials(Composer(model), nil, samples), model: model, journal: known)
            #expect(try trials.measure(plans, on: .few, cancellation: CancellationToken()) == report)
            #expect(try trials.measure(plans, on: .all, cancellation: CancellationToken()) != report)
        }
    }

    @Test("The checkpoint of another search, or of none, is refused; without --resume it is written over")
    func refusing() throws {
        try withFile { path in
            _ = try SearchJournal(path, of: "a search", resumes: false)
            #expect(throws: SearchJournal.Failure.self) { try SearchJournal(path, of: "another", resumes: true) }
            let sound = try #require(String(data: Data(contentsOf: URL(filePath: path)), encoding: .utf8))
            let entry = #""k":{"report":{"distances":"AAAA","figures":[],"samples":1,"skipped":0,"total":1}}"#
            let negative = #""k":{"report":{"distances":"","figures":[{"metric":"top1","value":1}],"samples":0,"skipped":0,"total":-5}}"#
            let damaged = [entry, negative].map { sound.replacing("{}", with: "{\($0)}") }
            for text in ["", "{}", "[1", sound.replacing(", 1", with: ", 2")] + damaged {
                try Data(text.utf8).write(to: URL(filePath: path))
                #expect(throws: SearchJournal.Failure.self, "\(text)") { try SearchJournal(path, of: "a search", resumes: true) }
            }
            _ = try SearchJournal(path, of: "another", resumes: false)
            _ = try SearchJournal(path, of: "another", resumes: true)
            #expect(throws: SearchJournal.Failure.self) { try SearchJournal("/nowhere/at/all", of: "a search", resumes: false) }
        }
    }
}
