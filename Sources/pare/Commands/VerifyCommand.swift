import ArgumentParser
import Explorer
import ModelFormats
import PareFile
import Recipes

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Decode everything in a .pare file and compare its checksums.",
        discussion: """
            With --original the model is compressed once more by the recipe in the file, and every tensor must come out the same. \
            The exit status is 1 where something differs.
            """)

    @Argument(help: "The compressed file: .pare.", completion: .file(extensions: ["pare"]))
    var input: String

    @Option(help: "The model that the file was made from.", completion: .file())
    var original: String?

    @OptionGroup var activity: ActivityOptions

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
        if let original { try compare(reader, with: original, data, &bar) }
        bar.clear()
        Shell.output("\(input): \(NumberText.bytes(reader.fileByteCount)), sound\(original.map { ", as the recipe makes it of \($0)" } ?? "")")
    }

    private func compare(
        _ reader: PareReader, with original: String, _ data: DataChoice, _ bar: inout ProgressBar
    ) throws(Failure) {
        let model = try Opening.model(original)
        bar.show(0, "compressing \(original)")
        let difference = try Opening.attempt {
            let plans = try Recipe(yaml: reader.recipe).plans(for: model)
            let estimate = try Estimate(of: model, plans: plans, data: data) { bar.show($0, "compressing \(original)") }
            return try reader.firstDifference(from: PareWriter(estimate.source)) { bar.show($0, "comparing \(original)") }
        }
        guard let difference else { return }
        throw Failure("\(input): tensor “\(difference)” is not what the file's recipe makes of \(original)")
    }
}
