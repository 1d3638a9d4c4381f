import ArgumentParser
import Reports
import Workbench

struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate", abstract: "Account for the size of a model under a recipe, to the byte; nothing is written.",
        discussion: """
            A recipe that says reconstruct is followed to its end where --data or --calibration names samples, as pare compress does; \
            without, the figures are of the weights before that.
            """)

    @Argument(help: "The model: ONNX, safetensors (sharded too), PyTorch, NumPy, Keras, GGUF or .pare.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "The recipe: a YAML file as the explorer saves it.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @OptionGroup var activity: ActivityOptions

    @OptionGroup var calibration: CalibrationOptions

    @OptionGroup var inputs: InputOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let data = try activity.choice()
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data.path)
        let calibration = try calibration.known(opened, data: data.path)
        let isBefore = opened.reconstruct != nil && calibration == nil
        if isBefore {
            Shell.error("the recipe reconstructs: these figures are of the weights before that; name samples with --data for those after it")
        }
        let bar = ProgressBar()
        defer { bar.clear() }
        let (network, estimate) = try Opening.attempt {
            let network = try RecipeNetwork(with: opened.composer, plans: opened.plans, calibration: calibration, data: data) {
                bar.show($0, "reconstructing \($1)")
            }
            return (network, try network.estimate())
        }
        bar.clear()
        guard !json else {
            let report = EstimateReport(estimate, of: network)
            return Shell.output(try JSONText.of(isBefore ? report.beforeReconstruction : report, warnings: opened.warnings))
        }
        Shell.output(TextReport.estimate(estimate, of: network))
        if let made = network.reconstruction { Shell.output("\n" + TextReport.reconstruction(made)) }
    }
}
