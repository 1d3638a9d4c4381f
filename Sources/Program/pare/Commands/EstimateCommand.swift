import ArgumentParser
import Reports
import Workbench

struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate", abstract: "Account for the size of a model under a recipe, to the byte; nothing is written.",
        discussion: """
            A recipe that says reconstruct is followed to its end where --data or --calibration names samples, as pare compress does; \
            without, the figures are of the weights before that. Where it says no such thing, the loss that each layer's plan is expected \
            to cost is predicted from them.
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
        let choosing = try calibration.choosing(data)
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data.path, choosing: choosing)
        let known = try calibration.known(opened, data: data.path)
        let isBefore = opened.reconstruct != nil && known == nil
        if isBefore {
            Shell.error("the recipe reconstructs: these figures are of the weights before that; name samples with --data for those after it")
        }
        let bar = ProgressBar()
        defer { bar.clear() }
        let (network, estimate, losses) = try Opening.attempt {
            let network = try RecipeNetwork(with: opened.composer, plans: opened.plans, calibration: known, data: choosing) {
                bar.show($0, "reconstructing \($1)")
            }
            return (network, try network.estimate(), try predicted(network, choosing) { bar.show(0, $0) })
        }
        bar.clear()
        guard !json else {
            var report = EstimateReport(estimate, of: network)
            if let losses { report = report.with(losses, of: network.original) }
            return Shell.output(try JSONText.of(isBefore ? report.beforeReconstruction : report, warnings: opened.warnings))
        }
        Shell.output(TextReport.estimate(estimate, of: network, losses: losses))
        if let made = network.reconstruction { Shell.output("\n" + TextReport.reconstruction(made)) }
    }

    /// What the plans are expected to cost, where samples are named to tell it from.
    private func predicted(_ network: RecipeNetwork, _ data: DataChoice, progress: (String) -> Void) throws -> PredictedLosses? {
        guard calibration.calibration != nil || data != .random else { return nil }
        progress("looking at gradients")
        return try PredictedLosses(of: network, on: try data.open(for: network.original))
    }
}
