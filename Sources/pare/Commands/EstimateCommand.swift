import ArgumentParser
import Explorer

struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate", abstract: "Account for the size of a model under a recipe, to the byte; nothing is written.")

    @Argument(help: "The model: ONNX, safetensors (sharded too), PyTorch, NumPy, Keras, GGUF or .pare.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "The recipe: a YAML file as the explorer saves it.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @OptionGroup var activity: ActivityOptions

    @OptionGroup var inputs: InputOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let data = try activity.choice()
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data.path)
        if opened.reconstruct != nil { Shell.error("the recipe reconstructs: these figures are of the weights before that") }
        let estimate = try Opening.attempt { try Estimate(of: opened.model, plans: opened.plans, data: data) }
        Shell.output(json ? try JSONText.of(EstimateReport(estimate), warnings: opened.warnings) : TextReport.estimate(estimate))
    }
}
