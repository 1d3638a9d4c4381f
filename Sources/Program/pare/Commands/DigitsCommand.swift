import ArgumentParser
import Digits

struct DigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits", abstract: "Draw synthetic handwritten digits as a pair of IDX files.", shouldDisplay: false)

    @Option(name: .shortAndLong, help: "How many digits.")
    var count = 2_000

    @Option(name: .shortAndLong, help: "The seed; the same one draws the same digits. The default is the test digits'.")
    var seed = DigitSet.testSeed

    @Option(name: .shortAndLong, help: "Where the files' names begin.", completion: .file())
    var output: String

    func validate() throws {
        guard (0...10_000_000).contains(count) else { throw ValidationError("--count is 0…10,000,000, not \(count)") }
    }

    func run() throws {
        do throws(IDXFile.Failure) {
            try IDXFile.write(
                DigitSet(count: count, seed: seed), images: output + "-images-idx3-ubyte", labels: output + "-labels-idx1-ubyte")
        } catch { throw Failure(error.message) }
    }
}
