import Datasets
import Digits
import Evaluation
import NeuralNetwork

/// What a recovery learns from, and what of the measuring data is left to judge it by.
struct RecoveryData {
    /// Nil for random inputs.
    var taught: DataSet?
    /// The share of the measuring data, from its beginning, that is looked at; 0 where the recovery learns from other data.
    var share = 0.0
    /// What is learnt from, in words.
    var name: String

    /// Of quality measured on a file's data, the part that fine-tuning learns from.
    private static let finetuningShare = 0.8
    /// Calibration takes half of the data at most.
    private static let largestCalibrationShare = 0.5

    /// Data of its own where some was chosen, else the beginning of what quality is measured on; drawn digits for the demos. Generators
    /// learn from random latents what they did before: images only tell how good theirs are.
    init(measuring data: DataChoice, for task: RecoveryRequest.Task, of model: Model) throws {
        try self.init(measuring: data, for: task)
        guard let taught, taught.inputs(of: model) == nil else { return }
        (self.taught, share, name) = (nil, 0, "random latents")
    }

    private init(measuring data: DataChoice, for task: RecoveryRequest.Task) throws {
        switch (data, task) {
        case (_, .finetune(let settings, _)) where settings.data != nil && settings.data != data.path:
            let opened = try DataSet.open(path: settings.data ?? "")
            (taught, name) = (opened, opened.name)
        case (.random, _): name = "random inputs"
        case (.demoDigits, .finetune): (taught, name) = (DemoDigits.tuning(), "other drawn digits")
        case (.demoDigits, .reconstruct(let rule)):
            (taught, name) = (DemoDigits.tuning(rule.samples), "other drawn digits")
        case (.file, .finetune):
            let all = try data.open()
            share = Self.finetuningShare
            taught = all?.part(from: 0, to: share)
            name = "the first \(NumberText.percent(share, digits: 0)) of \(all?.name ?? "")"
        case (.file, .reconstruct(let rule)):
            let all = try data.open()
            share = min(Self.largestCalibrationShare, Double(rule.samples) / Double(max(1, all?.sampleCount ?? 1)))
            taught = all?.part(from: 0, to: share)
            name = all?.name ?? ""
        }
    }

    /// What is measured on where a part was learnt from.
    var rest: String? { share > 0 ? "the last \(NumberText.percent(1 - share, digits: share < 0.1 ? 1 : 0)) of the data" : nil }
}

extension DataSet {
    /// Samples, or windows of a text.
    fileprivate var sampleCount: Int {
        switch content {
        case .samples(let source): source.count
        // What reconstruction looks at of a text: a window a sample.
        case .text(let text): text.tokens.count / 64
        }
    }
}
