import ArgumentParser
import Basics
import ModelFormats
import PyTorchExport
import Reports
import Workbench

struct ScriptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script", abstract: "Write a Python script that applies a recipe to a PyTorch module or checkpoint.",
        discussion: """
            The arrays it needs (masks, codes, codebooks, factors) go into a .safetensors file beside it. The script changes a \
            checkpoint from the command line; imported, it keeps a module's pruned weights at zero and its shared weights equal \
            while it is trained.
            """)

    @Argument(help: "The model, with the names that tensors have in PyTorch.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "The recipe: a YAML file as the explorer saves it.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(name: .shortAndLong, help: "The script to write: .py.", completion: .file(extensions: ["py"]))
    var output: String

    @OptionGroup var activity: ActivityOptions

    @OptionGroup var inputs: InputOptions

    func validate() throws {
        guard output.hasSuffix(".py") else { throw ValidationError("\(output) is no name of a Python script. Name it .py.") }
    }

    func run() throws {
        let data = try activity.choice()
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data.path)
        if opened.reconstruct != nil {
            Shell.error("the recipe reconstructs: the script has the weights before that, pare compress writes those after it")
        }
        let bar = ProgressBar()
        bar.show(0, "applying \(recipe)")
        defer { bar.clear() }
        let script = try Opening.attempt {
            let estimate = try Estimate(with: opened.composer, plans: opened.plans, data: data)
            let source = estimate.source
            return try PyTorchScript(
                PyTorchScript.Source(shapes: source.shapes, plans: source.plans, recipe: source.recipe)
            ) { estimate.layers[$0].refusal != nil }
        }
        bar.show(0.5, "writing \(output)")
        let arrays: String
        do throws(ModelWriteError) { arrays = try script.write(to: output) } catch { throw Failure(error.message) }
        bar.clear()
        Shell.output("\(output) and \(arrays): \(NumberText.grouped(script.changedCount)) tensors")
    }
}
