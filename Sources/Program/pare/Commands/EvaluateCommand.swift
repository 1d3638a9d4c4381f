import ArgumentParser
import Reports
import Workbench

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure a model's quality, with its interval, under a recipe or as it is.",
        discussion: """
            Without --data the model is compared with itself under the recipe on seeded random inputs: how often they agree, \
            and how far their outputs are apart. A generator's images are compared at equal latents, as pixels and in the features of \
            a classifier of digits that comes with Pare, or of another one; --data then names real images, and the Fréchet distance \
            from those is told as well. A .pare file is compared with the model that it was made of where --original names it, and never \
            measured on samples that its weights were fitted to or trained on.
            """)

    @Argument(help: "The model: .onnx, or .pare.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "A recipe to measure under.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Option(help: "The model that MODEL was made of, to compare it with. Default: MODEL itself, without the recipe.", completion: .file())
    var original: String?

    @OptionGroup var measuring: MeasuringOptions

    @OptionGroup var inputs: InputOptions

    @OptionGroup var calibration: CalibrationOptions

    @Option(
        help: "A share of --data that is not measured on, fitted or not, so that recipes which look at other numbers of samples compare.")
    var calibrationShare: Double?

    @Option(help: "A classifier in whose features a generator's images are compared. Default: the one of digits.", completion: .file())
    var classifier: String?

    @Option(help: "Samples to look at. Default: all; 1,024 random inputs without --data, 2,048 of a generator.")
    var samples: Int?

    @Flag(help: "Time the original network and the one under the recipe, turn by turn.")
    var time = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let samples, samples < 1 { throw ValidationError("--samples is 1 or more, not \(samples)") }
        if let calibrationShare, !(calibrationShare > 0 && calibrationShare < 1) {
            throw ValidationError("--calibration-share lies between 0 and 1, not at \(calibrationShare)")
        }
    }

    func run() throws {
        let data = try measuring.path()
        let choosing = try calibration.choosing(DataChoice(path: data))
        let opened = try Opening.configuration(model, recipe: recipe, inputs: inputs, data: data, choosing: choosing)
        let measured = try Opening.quality(
            of: opened,
            comparedWith: try original.map { path throws(Failure) in
                try Opening.model(path, inputs: inputs, data: data)
            }, data: data, choosing: choosing,
            meters: measuring.meters(
                samples: samples, standsBack: false, classifier: try classifier.map { path throws(Failure) in try Opening.model(path) }),
            times: time, calibration: try calibration.choice(opened, data: data), behind: calibrationShare)
        Shell.output(json ? try JSONText.of(EvaluateReport(measured), warnings: opened.warnings) : TextReport.quality(measured))
    }
}
