import ArgumentParser
import Basics
import Reports
import Search
import Workbench

struct SensitivityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensitivity", abstract: "Tell of each layer what may go until a loss is reached.",
        discussion: """
            By each stage alone, all other layers as they are: the settings of pare search with their exact bytes, and the loss that is predicted \
            from samples of --data without running the network.
            """)

    @Argument(help: "The model: ONNX, or .pare.", completion: .file())
    var model: String

    @OptionGroup var measuring: MeasuringOptions

    @OptionGroup var inputs: InputOptions

    @Option(help: "The stages, with commas between them: filters, ranks, prune, share. Default: all of them.")
    var stages: StageList?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print comma-separated values, a line for each layer, stage and loss.")
    var csv = false

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv exclude each other") }
    }

    func run() throws {
        let (opened, choice) = try Opening.foretold(model, inputs, measuring)
        let stages = stages?.stages ?? Set(SearchStage.allCases)
        let line = SearchLine()
        defer { line.clear() }
        let layers = try Opening.attempt {
            try SensitivityTable.layers(opened.composer, data: choice, stages: stages, progress: line.show)
        }
        line.clear()
        let (name, order) = (choice.path ?? "random latents", stages.sorted())
        let losses = SensitivityTable.losses
        if csv { return Shell.output(TextReport.sensitivityCSV(layers, of: opened.model, stages: order, losses: losses)) }
        Shell.output(
            json
                ? try JSONText.of(SensitivityReport(layers, of: opened.model, data: name, stages: order, losses: losses))
                : TextReport.sensitivity(layers, of: opened.model, data: name, stages: order, losses: losses))
    }
}
