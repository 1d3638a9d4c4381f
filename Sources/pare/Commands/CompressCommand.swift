import ArgumentParser
import Explorer
import ModelFormats
import PareFile

struct CompressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compress", abstract: "Write a model with a recipe applied: as small as it was estimated, or ready to run.",
        discussion: """
            .pare is the compressed file, as large as pare estimate says; pare decompress brings the model back. .onnx holds the \
            graph with fewer channels and with factors in the place of layers; .safetensors and .npz hold the weights alone, \
            factors under their layer's name with .in, .core and .out behind it. A recipe that says reconstruct has the weights that \
            stay fitted to the original's outputs on samples of --data or --calibration first.
            """)

    @Argument(help: "The model: ONNX, safetensors (sharded too), PyTorch, NumPy, Keras, GGUF or .pare.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "The recipe: a YAML file as the explorer saves it.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(
        name: .shortAndLong, help: "The file to write: .pare, .onnx, .safetensors or .npz.",
        completion: .file(extensions: ["pare", "onnx", "safetensors", "npz"]))
    var output: String

    @OptionGroup var activity: ActivityOptions

    @OptionGroup var inputs: InputOptions

    @OptionGroup var calibration: CalibrationOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let data = try activity.choice()
        var opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data.path)
        let original = opened.model
        let calibration = try calibration.choice(opened, data: data.path)
        var bar = ProgressBar()
        bar.show(0, "compressing \(model)")
        defer { bar.clear() }
        var lines: [String] = []
        if let calibration {
            let made = try Opening.attempt {
                try calibration.reconstruct(opened.model, plans: opened.plans) { bar.show($0, "reconstructing \($1)") }
            }
            (opened.model, opened.plans) = (made.model, made.plans)
            lines = ["", TextReport.reconstruction(made)]
        }
        let (estimate, report) = try output.lowercased().hasSuffix(".pare") ? container(opened, data, &bar) : model(opened, data, &bar)
        bar.clear()
        lines.insert(TextReport.compressed(estimate, of: original, output: output), at: 0)
        Shell.output(json ? try JSONText.of(report.compared(with: original), warnings: opened.warnings) : lines.joined(separator: "\n"))
    }

    /// Writes the compressed file.
    private func container(
        _ opened: Opening.Configuration, _ data: DataChoice, _ bar: inout ProgressBar
    ) throws(Failure) -> (Estimate, EstimateReport) {
        let estimate = try Opening.attempt {
            try Estimate(of: opened.model, plans: opened.plans, data: data) { bar.show($0, "reading \(model)") }
        }
        let writer = PareWriter(estimate.source)
        do throws(ModelWriteError) { try writer.write(to: output) { bar.show($0, "writing \(output)") } } catch { throw Failure(error.message) }
        return (estimate, EstimateReport(estimate, written: writer))
    }

    /// Writes a model that any runtime runs.
    private func model(
        _ opened: Opening.Configuration, _ data: DataChoice, _ bar: inout ProgressBar
    ) throws(Failure) -> (Estimate, EstimateReport) {
        let compressed = try Opening.attempt {
            try CompressedModel(of: opened.model, plans: opened.plans, data: data) { bar.show($0, "reading \(model)") }
        }
        do throws(ModelWriteError) { try ModelFile.write(compressed.model, to: output) { bar.show($0, "writing \(output)") } } catch { throw Failure(error.message) }
        return (compressed.estimate, EstimateReport(compressed, output: output))
    }
}
