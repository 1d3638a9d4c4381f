import Compression

extension ErrorNorm {
    /// What errors are judged by, in words.
    var words: String {
        switch self {
        case .weights: "the weights"
        case .data: "what they give on the data"
        }
    }
}
