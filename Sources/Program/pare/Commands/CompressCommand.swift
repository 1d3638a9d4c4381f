import ArgumentParser
import ModelFormats
import PareFile
import Reports
import Workbench

struct CompressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compress", abstract: "Write a model with a recipe applied: as small as it was estimated, or ready to run.",
        discussion: """
            .pare is the compressed file, as large as pare estimate says; pare decompress brings the model back. .onnx holds the \
            graph with fewer channels and with factors in the place of layers; .safetensors and .npz hold the weights alone, \
            factors under their layer's name with .in, .core and .out behind it. A recipe that says reconstruct has the weights that \
            stay fitted to the original's outputs on samples of --data or --calibration first; where that comes out worse it is not used. \
            The same recipe, model and data give the same file on any number of cores, and the explorer's; another kind of processor may round \
            the seventh digit of weights that were split or fitted otherwise.
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
        let choosing = try calibration.choosing(data)
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data.path, choosing: choosing)
        let calibration = try calibration.choice(opened, data: data.path)
        let isContainer = output.lowercased().hasSuffix(".pare")
        var bar = ProgressBar()
        bar.show(0, "compressing \(model)")
        defer { bar.clear() }
        let (network, estimate) = try Opening.attempt {
            let network = try RecipeNetwork(with: opened.composer, plans: opened.plans, calibration: calibration, data: choosing) {
                bar.show($0, "reconstructing \($1)")
            }
            return (network, try network.estimate(for: isContainer ? .writing : .figures) { bar.show($0, "compressing \(model)") })
        }
        let report = try isContainer ? container(estimate, of: network, &bar) : runnable(estimate, of: network, &bar)
        bar.clear()
        guard !json else { return Shell.output(try JSONText.of(report, warnings: opened.warnings)) }
        var lines = [TextReport.compressed(estimate, of: network, output: output, report: report)]
        if let made = network.reconstruction { lines += ["", TextReport.reconstruction(made)] }
        Shell.output(lines.joined(separator: "\n"))
    }

    /// Writes the compressed file.
    private func container(_ estimate: Estimate, of network: RecipeNetwork, _ bar: inout ProgressBar) throws(Failure) -> EstimateReport {
        let writer = estimate.writer
        do throws(ModelWriteError) { try writer.write(to: output) { bar.show($0, "writing \(output)") } } catch { throw Failure(error.message) }
        return EstimateReport(estimate, of: network, written: writer)
    }

    /// Writes a model that any runtime runs.
    private func runnable(_ estimate: Estimate, of network: RecipeNetwork, _ bar: inout ProgressBar) throws(Failure) -> EstimateReport {
        let compressed = CompressedModel(estimate)
        do throws(ModelWriteError) { try ModelFile.write(compressed.model, to: output) { bar.show($0, "writing \(output)") } } catch {
            throw Failure(error.message)
        }
        return EstimateReport(compressed, of: network, output: output)
    }
}
