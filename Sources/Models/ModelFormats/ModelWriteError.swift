import Basics

/// Why a model was not written.
public enum ModelWriteError: ExplainedError, Hashable, Sendable {
    /// The system refuses the file; `reason` is in its words.
    case unwritable(path: String, reason: String)
    /// The name's ending is none of a format Pare writes.
    case unknownFormat(path: String)
    /// A format of computations, and a model that has weights only.
    case noGraph(path: String)
    /// Something the format cannot hold, and where it is.
    case inexpressible(path: String, place: String, what: String)
    /// What is to be written cannot be read or worked out.
    case unreadable(path: String, reason: String)
    /// The outcome of a token that was cancelled, no failure.
    case cancelled

    /// One line that says what is wrong, where, and how to mend it.
    public var message: String {
        switch self {
        case .unwritable(let path, let reason):
            "\(path.quoted) cannot be written: \(reason)."
        case .unknownFormat(let path):
            "\(path.quoted) has no ending that says its format. Name it .onnx, .safetensors, .npz or .pare."
        case .noGraph(let path):
            "\(path.quoted) cannot hold a model without a graph. Write it as .safetensors or .npz."
        case .inexpressible(let path, let place, let what):
            "\(path.quoted) cannot be written: \(place) \(what)."
        case .unreadable(let path, let reason):
            "\(path.quoted) cannot be written: \(reason)."
        case .cancelled:
            "Cancelled."
        }
    }
}
