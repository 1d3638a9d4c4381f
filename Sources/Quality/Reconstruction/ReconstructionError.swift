/// Why a network cannot be reconstructed.
public enum ReconstructionError: Error, Hashable, CustomStringConvertible {
    /// The file holds weights without a graph.
    case noGraph(model: String)
    /// Activations of the calibration samples need more memory than there is.
    case tooManySamples(samples: Int, megabytes: Int)

    public var description: String {
        switch self {
        case .noGraph(let model): "\(model) holds weights but no graph to run, so no layer's outputs are known"
        case .tooManySamples(let samples, let megabytes):
            "activations of \(samples) calibration samples need \(megabytes) MB, more than half of this machine's memory: take fewer"
        }
    }
}
