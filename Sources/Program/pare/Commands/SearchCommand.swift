import ArgumentParser
import Basics
import Composition
import Reports
import Search
import Synchronization
import Workbench

struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find the recipe that loses least within a budget of bytes, MACs or loss.",
        discussion: """
            The weights that are left are fitted to the original's outputs on samples of --data: values are shared at the price of a bit that \
            keeps to the budget. With other stages, and with --no-reconstruct, it is predicted from samples what each layer would lose under many \
            settings, without running the network; the best division of the budget among all layers follows from exact bytes and these losses. \
            Without reconstruction it is run on other samples, losses are corrected by what that says, and it is divided anew. What is found is \
            judged by the samples that are left, none of which anything was chosen by. Followed by pare compress with the same --data, the recipe \
            gives a file of exactly the bytes that are told. An interruption (Ctrl-C) keeps the best so far.
            """)

    @Argument(help: "The model: ONNX, or .pare.", completion: .file())
    var model: String

    @OptionGroup var budget: BudgetOptions

    @OptionGroup var measuring: MeasuringOptions

    @OptionGroup var inputs: InputOptions

    @Option(help: "Stages that may be used, with commas between them: filters, ranks, prune, share. Default: share; filters and ranks under --macs and --time.")
    var stages: StageList?

    @OptionGroup var decided: DecidedOptions

    @Flag(inversion: .prefixedNo, help: "Fit the weights that are left to the original's outputs: much smaller at equal quality, and slower to find.")
    var reconstruct = true

    @Option(help: "Moves between layers are drawn by it, where nothing is reconstructed.")
    var seed: UInt64 = 0

    @OptionGroup var kept: CheckpointOptions

    @Option(help: "Write the whole front as CSV: bytes, MACs, predicted loss, and what was measured.", completion: .file(extensions: ["csv"]))
    var front: String?

    @Option(name: .shortAndLong, help: "The recipe to write. Default: it is printed.", completion: .file(extensions: ["yaml", "yml"]))
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let (opened, choice) = try Opening.foretold(model, recipe: decided.recipe, inputs, measuring)
        let (wanted, name) = try budget.goal(of: opened.model)
        let used = stages?.stages ?? (budget.isOfWork ? [.filters, .ranks] : [.share])
        for path in [output, front] { if let path { try RescuedFile.check(path) } }
        Interruption.install()
        let line = SearchLine()
        defer { line.clear() }
        var best: FoundNetwork?
        do {
            let search = try RecipeSearch(
                opened.composer, data: choice, stages: used, scope: decided.scope(of: opened), reconstructs: reconstruct,
                meters: measuring.meters(standsBack: false),
                checkpoint: kept.checkpoint, resumes: kept.resume, cancellation: Interruption.token, progress: line.show)
            var isWhole = true
            let network: FoundNetwork
            do {
                network = try search.find(wanted, seed: seed) { best = $0 }
            } catch is Cancelled {
                guard let best else { throw Cancelled() }
                (network, isWhole) = (best, false)
            }
            let found = try FoundRecipe(network, by: search, budget: name, seed: seed, isWhole: isWhole, times: budget.time != nil, progress: line.show)
            line.clear()
            let text = try found.text(of: opened.model, saying: comments(found))
            if let output { try AtomicFile.write(Array(text.utf8), to: output) }
            if let front { try AtomicFile.write(Array(TextReport.front(try search.front(budget.isOfWork ? .macs : .bytes)).utf8), to: front) }
            if json {
                Shell.output(try JSONText.of(SearchReport(found), warnings: isWhole ? [] : ["the search was interrupted"]))
            } else {
                Shell.output(TextReport.search(found))
                if output == nil { Shell.output("\n" + text) }
            }
            if !isWhole { Shell.error("the search was interrupted: this is the best so far") }
        } catch let failure as Failure {
            throw failure
        } catch let outOfReach as BudgetOutOfReach {
            throw Failure(TextReport.words(for: outOfReach, budget.isOfWork ? .macs : .bytes, named: name, used, of: model))
        } catch let outOfReach as TimeOutOfReach {
            throw Failure(TextReport.words(for: outOfReach, named: name, used, of: model))
        } catch is Cancelled {
            throw Failure("stopped before there was anything to keep")
        } catch {
            throw Failure(TextReport.words(for: error))
        }
    }

    private func words(_ loss: Double?) -> String { loss.map(NumberText.weight) ?? "-" }

    /// What it came to, for whoever reads the recipe.
    private func comments(_ found: FoundRecipe) -> [String] {
        var lines = [
            "\(NumberText.grouped(found.account.compressedByteCount)) bytes; loss of an answer predicted \(words(found.network.predicted)), measured \(words(found.network.measured))."
        ]
        let headline = TextReport.headline(found.quality.report)
        var judged = "\(headline) on \(NumberText.grouped(found.quality.report.samples)) samples of \(found.quality.dataName) that nothing was chosen by"
        if let share = found.samples.share { judged += ": pare evaluate --calibration-share \(share)" }
        lines.append(judged + ".")
        return lines
    }
}

/// Stages as they are written on the command line.
struct StageList: ExpressibleByArgument {
    let stages: Set<SearchStage>

    init?(argument: String) {
        let words = argument.split(separator: ",").map { $0.trimmingPrefix(" ") }
        let known = words.compactMap { SearchStage(rawValue: String($0)) }
        guard !known.isEmpty, known.count == words.count else { return nil }
        stages = Set(known)
    }
}

/// The progress bar, for whoever tells from several threads.
final class SearchLine: Sendable {
    private let bar = Mutex(ProgressBar())

    func show(_ fraction: Double, _ words: String) { bar.withLock { $0.show(fraction, words) } }

    func clear() { bar.withLock { $0.clear() } }
}
