import Basics
import Datasets
import Evaluation
import ModelFormats
import NeuralNetwork

extension ImageCritic {
    /// The classifier that comes with Pare: of handwritten digits, 28 × 28, ink as 1.
    static let bundledAsset = "models/digits-cnn.onnx"

    /// Judges by a classifier's features, or by those of the one that comes with Pare.
    public static func bundled(_ classifier: Model?, real: DataSet?) throws -> ImageCritic {
        if let classifier { return ImageCritic(classifier: classifier, real: real) }
        guard let bytes = Asset.named(bundledAsset) else { throw EvaluationError("\(bundledAsset) is not built in") }
        return ImageCritic(classifier: try ModelFile.open(MappedFile(constant: bytes, name: fileName(of: bundledAsset))), real: real)
    }
}

extension Evaluator {
    /// Compiles a model for data; images given to a generator are what its own are compared with, for it takes none.
    public static func opening(
        _ model: Model, data: DataSet?, options: Options, classifier: Model?
    ) throws -> MeterSource.Opened {
        guard GeneratorForm(model) != nil else {
            return MeterSource.Opened(
                meter: try Evaluator(model, data: data, options: options), dataName: data?.name ?? "random inputs")
        }
        var options = options
        let latents = data?.inputs(of: model)
        let real = latents == nil ? data : nil
        options.critic = try .bundled(classifier, real: real)
        return MeterSource.Opened(
            meter: try Evaluator(model, data: latents, options: options),
            dataName: latents?.name ?? real.map { "random latents, \($0.name) as real" } ?? "random latents")
    }
}
