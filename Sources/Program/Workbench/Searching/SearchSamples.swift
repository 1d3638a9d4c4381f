import Basics
import Datasets
import Evaluation
import Importance
import NeuralNetwork
import Recipes
import Reconstruction

/// How the samples of a search are divided: by the first losses are predicted (and weights fitted), the next are there to choose by, and what was
/// found is judged by all others. The order is that in which samples are drawn by seed 0.
public struct SearchSamples: Sendable {
    /// Samples (windows of a text) by which losses are predicted.
    public let predicting: Int
    /// The places of those that are there to choose by; nil where all are drawn at random, as a generator's latents.
    public let choosing: Range<Int>?
    /// The share of the data that is not judged by: what `pare evaluate --calibration-share` leaves out to give the same figures.
    public let share: Double?
    /// How many a trial looks at: a few, and all.
    let trial: (few: Int, all: Int)

    /// Multiply-accumulates that a trial on all samples may take, and one on a few.
    private static let work = (few: 40_000_000_000, all: 200_000_000_000)
    /// What no one waits for: of small networks, which are sure of most answers, a few samples would say little.
    private static let moment = 2_000_000_000

    /// Divides the samples of data; nil data are random inputs.
    ///
    /// - Throws: where there are too few.
    public init(of model: Model, _ data: DataSet?, reconstruct: ReconstructRule?) throws(EvaluationError) {
        let cost = max(1, model.macs.count ?? 1)
        let few = max(min(128, max(32, Self.work.few / cost)), min(1_024, Self.moment / cost))
        let wanted = min(2_048, max(64, Self.work.all / cost))
        guard let data, data.inputs(of: model) != nil else {
            (predicting, choosing, share) = (0, nil, nil)
            trial = (few, min(wanted, 512))
            return
        }
        let total = data.drawableCount
        var seen = NetworkImportance.taken(of: model, from: data)
        predicting = seen
        if let reconstruct {
            let samples = CalibrationSamples(reconstruct, of: model, data: data)
            seen = max(seen, samples.fitted + samples.judging)
        }
        let end = seen + min(wanted, (total - seen) / 2)
        // Written in three digits.
        var thousandths = (end * 1_000 + total - 1) / max(1, total)
        while thousandths < 1_000, Self.count(thousandths, of: total) < end { thousandths += 1 }
        let taken = Self.count(thousandths, of: total)
        guard end > seen, taken < total else {
            throw EvaluationError("\(data.name) holds \(total) samples: too few to predict by some, to choose by others and to judge by the rest")
        }
        choosing = seen..<taken
        share = Double(thousandths) / 1_000
        trial = (min(few, taken - seen), min(wanted, taken - seen))
    }

    private static func count(_ thousandths: Int, of total: Int) -> Int { Int((Double(total) * (Double(thousandths) / 1_000)).rounded()) }
}
