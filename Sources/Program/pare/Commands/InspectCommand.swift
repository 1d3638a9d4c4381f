import ArgumentParser
import Reports

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "List a model's layers, shapes, parameters and MACs, and what is left out and why.")

    @Argument(help: "The model: ONNX, safetensors (sharded too), PyTorch, NumPy, Keras, GGUF or .pare.", completion: .file())
    var model: String

    @OptionGroup var inputs: InputOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let model = try Opening.model(model, inputs: inputs)
        Shell.output(json ? try JSONText.of(InspectReport(model)) : TextReport.inspect(model, width: Shell.outputWidth))
    }
}
