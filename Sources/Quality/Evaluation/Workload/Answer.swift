import NeuralNetwork

/// The output that is a network's answer, as far as a loss goes.
public struct Answer: Sendable, Hashable {
    /// What the numbers of an answer are.
    public enum Form: Sendable, Hashable {
        /// Scores of so many classes, perhaps at several places of a sample.
        case classes(Int)
        /// Chances that each stand for themselves.
        case chances
        /// Numbers that are no scores, as of images.
        case numbers
    }

    /// The output's name.
    public let output: String
    /// What its numbers are.
    public let form: Form

    init(_ network: Network, time: Int?, graph: Graph?) {
        let reading = Reading(network, time: time, graph: graph)
        output = reading.outputs.first.map { network.program.outputs[$0].name } ?? ""
        if graph?.head(of: output) == "Sigmoid" {
            form = .chances
        } else if reading.isClassifying {
            form = .classes(reading.classCount)
        } else if let dense = reading.dense {
            form = .classes(dense.classes)
        } else {
            form = .numbers
        }
    }
}
