import ArgumentParser
import Basics
import ModelFormats
import PareFile
import Recipes
import Reports
import Workbench

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Decode everything in a .pare file and compare its checksums.",
        discussion: """
            With --original the model is compressed once more by the recipe in the file, and every tensor must come out the same, but for what \
            another kind of processor rounds otherwise where weights were split or fitted, which is told; what was reconstructed takes its data again. Of a fine-tuned file everything but the values of its weights is compared. \
            The exit status is 1 where something differs.
            """)

    @Argument(help: "The compressed file: .pare.", completion: .file(extensions: ["pare"]))
    var input: String

    @Option(help: "The model that the file was made from.", completion: .file())
    var original: String?

    @OptionGroup var activity: ActivityOptions

    @OptionGroup var inputs: InputOptions

    @Option(help: "Data that the file's weights were fitted to, where they were. Default: --data.", completion: .file())
    var calibration: String?

    func run() throws {
        let data = try activity.choice()
        var bar = ProgressBar()
        bar.show(0, "verifying \(input)")
        defer { bar.clear() }
        let reader: PareReader
        do throws(ModelFileError) {
            reader = try PareReader(path: input)
            try reader.verify { bar.show($0, "verifying \(input)") }
        } catch {
            throw Failure(error.message)
        }
        let extent = try original.map { path throws(Failure) in ", \(try compare(reader, with: path, data, bar))" }
        bar.clear()
        Shell.output("\(input): \(NumberText.bytes(reader.fileByteCount)), sound\(extent ?? "")")
    }

    /// What was compared.
    private func compare(
        _ reader: PareReader, with original: String, _ data: DataChoice, _ bar: borrowing ProgressBar
    ) throws(Failure) -> String {
        let model = try Opening.model(original, inputs: inputs, data: data.path)
        bar.show(0, "compressing \(original)")
        let calibration = try MeasuringOptions.readable(calibration).map { DataChoice(path: $0) } ?? (data == .random ? nil : data)
        let found: Verification
        do {
            found = try Verification(reader, against: model, data: calibration ?? data, calibration: calibration) { bar.show($0, "\($1) \(original)") }
        } catch {
            throw Failure(TextReport.words(for: error))
        }
        if let difference = found.difference { throw Failure("\(input): \(difference) (\(original))") }
        let rounding = found.rounding.map {
            "; computed on another kind of processor, which rounds otherwise: at most \(NumberText.percent($0, digits: 5)) of a tensor"
        }
        return "\(found.extent) of \(original)\(rounding ?? "")"
    }
}
