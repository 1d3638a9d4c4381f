import Basics
import Compression
import Evaluation
import NeuralNetwork
import Search

/// Trials that are not made twice: what a journal knows is not run.
struct RememberingTrials: SearchTrials {
    let trials: ChoosingTrials
    let model: Model
    let journal: SearchJournal?

    func measure(_ plans: [LayerPlan], on samples: TrialSamples, cancellation: CancellationToken) throws -> QualityReport {
        guard let journal else { return try trials.measure(plans, on: samples, cancellation: cancellation) }
        let key = try SearchJournal.key(plans, of: model, on: samples, isFitted: false)
        if let known = journal.entry(key) { return known.outcome }
        let report = try trials.measure(plans, on: samples, cancellation: cancellation)
        try journal.note(report, as: key)
        return report
    }
}
