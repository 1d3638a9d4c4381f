import ArgumentParser
import Basics
import ModelFormats
import NeuralNetwork
import PareFile
import Reports

struct DecompressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decompress", abstract: "Bring a model back from a .pare file, ready to run.",
        discussion: """
            The file is verified first. Layers are decoded one at a time. Tensors have the names of the model that was compressed: \
            safetensors.torch.load_file gives a PyTorch module's state dictionary back.
            """)

    @Argument(help: "The compressed file: .pare.", completion: .file(extensions: ["pare"]))
    var input: String

    @Option(name: .shortAndLong, help: "The file to write: .onnx, .safetensors or .npz.", completion: .file(extensions: ["onnx", "safetensors", "npz"]))
    var output: String

    func run() throws {
        var bar = ProgressBar()
        bar.show(0, "reading \(input)")
        defer { bar.clear() }
        let model: Model
        do throws(ModelFileError) {
            let reader = try PareReader(path: input)
            try reader.verify { bar.show($0, "reading \(input)") }
            model = try reader.model(isKept: false)
        } catch {
            throw Failure(error.message)
        }
        do throws(ModelWriteError) { try ModelFile.write(model, to: output) { bar.show($0, "writing \(output)") } } catch { throw Failure(error.message) }
        bar.clear()
        Shell.output("\(output): \(NumberText.grouped(model.parameterCount)) parameters")
    }
}
