import ArgumentParser
import Basics
import NeuralNetwork
import Search
import Workbench

/// What a search is given: one of five.
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
        parsing: .unconditional,
        help: "What running a sample may take on this machine: a change such as -40%, or a time such as 12ms.")
    var time: String?

    @Option(
        help: "What may be lost: 1% is one point of accuracy (of agreement, without labels), for texts one percent of the bits, else of the outputs' power.")
    var loss: String?

    func validate() throws {
        let given = [size != nil, ratio != nil, macs != nil, time != nil, loss != nil].count { $0 }
        guard given == 1 else {
            throw ValidationError("\(given == 0 ? "a budget is missing" : "one budget at a time"): --size, --ratio, --macs, --time or --loss")
        }
        if let ratio, !(ratio >= 1 && ratio.isFinite) { throw ValidationError("--ratio is 1 or more, not \(ratio)") }
        if let time {
            guard TimeLimit(time) == nil else { return }
            throw ValidationError("\(time) is no limit of time: a change such as -40%, or a time such as 12ms")
        }
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

    /// Whether it is layers' work that is to become less.
    var isOfWork: Bool { macs != nil || time != nil }

    /// What to keep to for a model, and what to call it.
    func goal(of model: Model) throws(Failure) -> (goal: SearchGoal, name: String) {
        if let limit = time.flatMap(TimeLimit.init) { return (.time(limit), limit.text) }
        let (budget, name) = try budget(of: model)
        return (.budget(budget), name)
    }

    private func budget(of model: Model) throws(Failure) -> (budget: SearchBudget, name: String) {
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
