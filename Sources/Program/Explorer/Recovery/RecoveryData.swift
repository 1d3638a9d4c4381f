import Basics
import Datasets
import Evaluation
import NeuralNetwork
import Recipes
import Reconstruction
import Reports
import Workbench

/// What a training learns from; what is left of the measuring data judges it.
struct RecoveryData {
    /// Nil for random inputs.
    var taught: DataSet?
    /// For the file that holds what comes of it.
    var record: LearningRecord
    /// What is learnt from, in words.
    var name: String

    /// Of quality measured on a file's data, the part that fine-tuning learns from.
    private static let share = 0.8

    /// Data of its own where some was chosen, else the first four fifths of what quality is measured on, in the order that reconstruction
    /// draws from too; drawn digits for the demos. Generators learn from random latents what they did before: images only tell how good
    /// theirs are.
    init(measuring data: DataChoice, _ settings: FinetuningSettings, of model: Model) throws {
        let all: DataSet?
        let isOwn = settings.data != nil && settings.data != data.path
        switch data {
        case _ where isOwn: all = try DataChoice.file(settings.data ?? "").open(for: model)
        case .random: all = nil
        case .demoDigits: all = DemoDigits.tuning()
        case .file: all = try data.open(for: model)
        }
        guard let all, all.inputs(of: model) != nil else {
            name = all == nil ? DataSet.randomInputs : DataSet.randomLatents
            record = LearningRecord(data: name, taken: 0, of: 0)
            record.original = try LearningRecord.digest(of: model)
            return
        }
        let isWhole = isOwn || data == .demoDigits
        let draw = SampleDraw(isWhole ? all.drawableCount : Int((Double(all.drawableCount) * Self.share).rounded()))
        taught = all.drawn(draw)
        record = try LearningRecord(of: all, draw, training: model)
        name = isOwn ? all.name : data == .demoDigits ? "other drawn digits" : "\(NumberText.percent(Self.share, digits: 0)) of \(all.name)"
    }
}
