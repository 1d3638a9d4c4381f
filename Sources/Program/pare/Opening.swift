import Basics
import Composition
import Compression
import Datasets
import Evaluation
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import Reports
import Workbench

/// Opening what the arguments name, with errors turned into lines.
enum Opening {
    /// A model with a plan for each layer.
    struct Configuration {
        /// What works plans out on the model.
        var composer: Composer
        var model: Model { composer.model }
        var path: String
        var plans: [LayerPlan]
        /// How the recipe has what is left fitted to the original's outputs.
        var reconstruct: ReconstructRule?
        /// What is probably not meant by the recipe, a line each.
        var warnings: [String] = []
    }

    /// Opens a model and a recipe for it; what is probably not meant by the recipe is said on the standard error. `choosing` is the data that
    /// choices go by, where that is not `data`.
    static func configuration(
        _ path: String, recipe: String?, inputs: InputOptions? = nil, data: String? = nil, choosing: DataChoice? = nil
    ) throws(Failure) -> Configuration {
        let model = try model(path, inputs: inputs, data: data)
        let composer = Composer(model)
        let plans = Array(repeating: LayerPlan(), count: model.layers.count)
        guard let file = recipe else { return Configuration(composer: composer, path: path, plans: plans) }
        return try attempt {
            let recipe = try RecipeFile.read(file)
            let plans = try recipe.plans(for: model)
            // A large file is read through only where a recipe says which it should be.
            let digest = recipe.model?.sha256 == nil ? nil : try? SHA256.hexDigest(ofFile: path)
            let warnings =
                recipe.warnings(for: model, sha256: digest).map(\.message) + (try composer.rankWarnings(plans))
                + composer.dataWarnings(plans, choosing: choosing ?? DataChoice(path: data))
            for warning in warnings { Shell.error("warning: \(warning)") }
            return Configuration(
                composer: composer, path: path, plans: plans, reconstruct: recipe.reconstruct, warnings: warnings)
        }
    }

    /// A model, and the data that it is foretold by what its layers can lose; with a recipe, what is decided of layers before.
    static func foretold(
        _ path: String, recipe: String? = nil, _ inputs: InputOptions, _ measuring: MeasuringOptions
    ) throws -> (Configuration, DataChoice) {
        let data = try measuring.path()
        let opened = try configuration(path, recipe: recipe, inputs: inputs, data: data)
        let choice = DataChoice(path: data)
        guard choice != .random || choice.isNatural(for: opened.model) else {
            throw Failure("what layers can lose is told by samples: name them with --data")
        }
        return (opened, choice)
    }

    /// Measures a configuration, with a bar on a terminal that shows how far it has come.
    static func quality(
        of opened: Configuration, comparedWith original: Model? = nil, data: String?, choosing: DataChoice? = nil, meters: MeterSource, times: Bool = false,
        calibration: Calibration? = nil, behind share: Double? = nil
    ) throws(Failure) -> MeasuredQuality {
        let bar = ProgressBar()
        bar.show(0, "opening \(data ?? opened.path)")
        defer { bar.clear() }
        do throws(MeasuredQuality.Failure) {
            return try MeasuredQuality(
                comparing: original, with: opened.composer, plans: opened.plans, data: DataChoice(path: data), choosing: choosing, meters: meters, times: times,
                calibration: calibration, behind: share, calibrating: { bar.show($0, "reconstructing \($1)") }
            ) { report in
                let seen = "\(NumberText.grouped(report.samples))/\(NumberText.grouped(report.total))"
                bar.show(Double(report.samples + report.skipped) / Double(max(1, report.total)), "\(seen)  \(TextReport.headline(report))")
            }
        } catch {
            throw Failure(error.message)
        }
    }

    /// Does what may fail on a model's weights.
    static func attempt<Result>(_ body: () throws -> Result) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            throw Failure(TextReport.words(for: error))
        }
    }

    /// Opens a model; its inputs get the shapes that the command line gives, or a description of data, or that the data's samples have.
    static func model(_ path: String, inputs: InputOptions? = nil, data: String? = nil) throws(Failure) -> Model {
        let model: Model
        do throws(ModelFileError) { model = try PareReader.openModel(path: path) } catch { throw Failure(error.message) }
        // Options that were not parsed cannot be read.
        let shapes = try inputs?.shapes(data: data) ?? [:]
        do throws(Model.InputShapeFault) {
            // What is wrong with data is told where it is used.
            return try model.given(inputShapes: shapes).counted(on: try? data.map { try DataSet.open(path: $0) })
        } catch {
            throw Failure(error.message)
        }
    }
}
