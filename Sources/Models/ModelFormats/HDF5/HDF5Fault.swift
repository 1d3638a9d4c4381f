import Glibc

/// Why an HDF5 file is not read.
enum HDF5Fault: Error, Hashable {
    case noProcess(code: Int32)
    /// The child ended in the middle of a record, by a signal where that is not 0.
    case ended(signal: Int32)
    /// Nothing was heard of the child for long.
    case silent
    /// A record that the child does not send.
    case garbled
    /// What Pare does not read, or the child is kept from; the name is empty where it is the file as a whole.
    case unsupported(String, what: String)
    case damaged(String, found: String)
    case truncated(String, needed: Int, available: Int)

    func described(path: String) -> ModelFileError {
        func place(_ name: String) -> FilePlace { name.isEmpty ? .whole : .tensor(name) }
        func malformed(_ found: String) -> ModelFileError {
            .malformed(path: path, place: .whole, expected: "an HDF5 file", found: found)
        }
        switch self {
        case .noProcess(let code):
            return .unreadable(path: path, reason: "no process can be started to read HDF5 in (system error \(code))")
        case .ended(let signal) where signal == SIGPROF:
            return malformed("one that takes libhdf5 too long")
        case .ended(let signal):
            return malformed(signal == 0 ? "one that libhdf5 gave up on" : "one that libhdf5 fails on (signal \(signal))")
        case .silent: return malformed("one that libhdf5 gives no answer on")
        case .garbled: return malformed("one that confuses libhdf5")
        case .unsupported(let name, let what):
            return .unsupported(
                path: path, place: place(name), what: what, remedy: "Save the model's weights anew with model.save_weights.")
        case .damaged(let name, let found):
            return .malformed(path: path, place: place(name), expected: "what libhdf5 can read", found: found)
        case .truncated(let name, let needed, let available):
            return .truncated(path: path, place: place(name), needed: needed, available: available)
        }
    }
}
