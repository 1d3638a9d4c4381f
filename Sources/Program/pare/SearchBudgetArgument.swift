import ArgumentParser
import Basics
import NeuralNetwork
import Search

/// A number of multiply-accumulates, or a change of them, as it is written on the command line: `500M`, `-50%`.
struct MACLimit: ExpressibleByArgument {
    private enum Form {
        case count(Int)
        case share(Double)
    }

    private let form: Form

    init?(argument: String) {
        if argument.hasSuffix("%") {
            guard let percent = Double(argument.dropLast()), percent.isFinite, percent > -100, percent < 0 else { return nil }
            form = .share(1 + percent / 100)
        } else {
            guard let count = ByteCount(argument: argument), count.bytes > 0, !argument.lowercased().hasSuffix("b") else { return nil }
            form = .count(count.bytes)
        }
    }

    func count(of before: Int) -> Int {
        switch form {
        case .count(let count): count
        case .share(let share): Int(Double(before) * share)
        }
    }
}

/// A part in percent: `1%`, `0.5%`.
struct Percentage: ExpressibleByArgument {
    let share: Double

    init?(argument: String) {
        guard argument.hasSuffix("%"), let percent = Double(argument.dropLast()), percent >= 0, percent <= 100 else { return nil }
        share = percent / 100
    }
}

/// What a search is given: one of four.
struct BudgetOptions: ParsableArguments {
    @Option(help: "Bytes that the compressed file may take, such as 1MB, 800k or 2MiB.")
    var size: ByteCount?

    @Option(help: "How many times smaller the compressed file must be than the model's.")
    var ratio: Double?

    @Option(
        parsing: .unconditional,
        help: "Multiply-accumulates for one input: a number such as 500M, or a change such as -50%.")
    var macs: MACLimit?

    @Option(
        help: "What may be lost: 1% is one point of accuracy (of agreement, without labels), for texts one percent of the bits, else of the outputs' power.")
    var loss: Percentage?

    func validate() throws {
        let given = [size != nil, ratio != nil, macs != nil, loss != nil].count { $0 }
        guard given == 1 else {
            throw ValidationError("\(given == 0 ? "a budget is missing" : "one budget at a time"): --size, --ratio, --macs or --loss")
        }
        if let ratio, !(ratio >= 1 && ratio.isFinite) { throw ValidationError("--ratio is 1 or more, not \(ratio)") }
        if let size, size.bytes < 1 { throw ValidationError("--size is 1 byte or more") }
    }

    /// The budget for a model, and what to call it.
    func budget(of model: Model) throws(Failure) -> (budget: SearchBudget, name: String) {
        if let size { return (.bytes(size.bytes), "\(NumberText.grouped(size.bytes)) bytes") }
        if let ratio {
            let bytes = Int(Double(model.fileByteCount) / ratio)
            return (.bytes(bytes), "a ratio of \(ratio), \(NumberText.grouped(bytes)) bytes")
        }
        if let macs {
            guard let before = model.macs.count else {
                throw Failure("\(model.name): its multiply-accumulates are not known: \(model.macs.reason ?? "no graph")")
            }
            let count = macs.count(of: before)
            return (.macs(count), "\(NumberText.grouped(count)) MACs")
        }
        return (.loss(loss?.share ?? 0), "a loss of \(NumberText.percent(loss?.share ?? 0, digits: 2))")
    }
}
