import ArgumentParser
import Explorer
import ModelFormats

struct CompressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compress", abstract: "Write a model with a recipe applied, ready to run.",
        discussion: """
            .onnx holds the graph with fewer channels and with factors in the place of layers; .safetensors holds the weights \
            alone, factors under their layer's name with .in, .core and .out behind it.
            """)

    @Argument(help: "The model: .onnx, .safetensors, or a sharded .safetensors.index.json.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "The recipe: a YAML file as the explorer saves it.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(name: .shortAndLong, help: "The file to write: .onnx or .safetensors.", completion: .file(extensions: ["onnx", "safetensors"]))
    var output: String

    @OptionGroup var activity: ActivityOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let opened = try Opening.configuration(model, recipe: recipe)
        let data = try activity.choice()
        let bar = ProgressBar()
        bar.show(0, "compressing \(model)")
        defer { bar.clear() }
        let compressed = try Opening.attempt { try CompressedModel(of: opened.model, plans: opened.plans, data: data) }
        bar.show(0.5, "writing \(output)")
        do throws(ModelWriteError) {
            try ModelFile.write(compressed.model, to: output)
        } catch {
            throw Failure(error.message)
        }
        bar.clear()
        Shell.output(
            json ? try JSONText.of(EstimateReport(compressed, output: output)) : TextReport.compressed(compressed, output: output))
    }
}
