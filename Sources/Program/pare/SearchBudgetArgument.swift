import ArgumentParser
import Basics
import NeuralNetwork
import Search

/// What a search is given: one of four.
struct BudgetOptions: ParsableArguments {
    @Option(help: "Bytes that the compressed file may take, such as 1MB, 800k or 2MiB.")
    var size: String?

    @Option(help: "How many times smaller the compressed file must be than the model's.")
    var ratio: Double?

    @Option(
        parsing: .unconditional,
        help: "Multiply-accumulates for one input: a number such as 500M, or a change such as -50%.")
    var macs: String?

    @Option(
        help: "What may be lost: 1% is one point of accuracy (of agreement, without labels), for texts one percent of the bits, else of the outputs' power.")
    var loss: String?

    func validate() throws {
        let given = [size != nil, ratio != nil, macs != nil, loss != nil].count { $0 }
        guard given == 1 else {
            throw ValidationError("\(given == 0 ? "a budget is missing" : "one budget at a time"): --size, --ratio, --macs or --loss")
        }
        if let ratio, !(ratio >= 1 && ratio.isFinite) { throw ValidationError("--ratio is 1 or more, not \(ratio)") }
        // Whether it is one is known without the model.
        do throws(SearchBudget.TextFailure) { _ = try read(ofBytes: 1 << 40, macs: 1 << 40) } catch { throw ValidationError(error.message) }
    }

    private func read(ofBytes byteCount: Int, macs count: Int?) throws(SearchBudget.TextFailure) -> SearchBudget {
        if let ratio { return .bytes(Int(Double(byteCount) / ratio)) }
        let (option, text, words) = size.map { ("--size", $0, $0) } ?? macs.map { ("--macs", $0, "\($0) MACs") } ?? ("--loss", loss ?? "", loss ?? "")
        let budget = try SearchBudget(parsing: words, ofBytes: byteCount, macs: count)
        switch (option, budget) {
        case ("--size", .bytes) where !text.contains(where: { "xX×".contains($0) }): return budget
        case ("--macs", .macs), ("--loss", .loss): return budget
        default: throw SearchBudget.TextFailure(message: "\(text) says nothing of \(option)")
        }
    }

    /// The budget for a model, and what to call it.
    func budget(of model: Model) throws(Failure) -> (budget: SearchBudget, name: String) {
        if macs != nil, model.macs.count == nil {
            throw Failure("\(model.name): its multiply-accumulates are not known: \(model.macs.reason ?? "no graph")")
        }
        let budget: SearchBudget
        do throws(SearchBudget.TextFailure) { budget = try read(ofBytes: model.fileByteCount, macs: model.macs.count) } catch {
            throw Failure(error.message)
        }
        switch budget {
        case .bytes(let bytes): return (budget, (ratio.map { "a ratio of \($0), " } ?? "") + "\(NumberText.grouped(bytes)) bytes")
        case .macs(let count): return (budget, "\(NumberText.grouped(count)) MACs")
        case .loss(let share): return (budget, "a loss of \(NumberText.percent(share, digits: 2))")
        }
    }
}
