/// Why a pickle is not read, at a byte of it.
struct PickleFault: Error, Hashable {
    enum Reason: Hashable {
        case truncated(needed: Int, available: Int)
        case malformed(expected: String, found: String)
        /// It asks for something that runs code.
        case hostile(PickleName)
        case unsupported(String)
    }

    var reason: Reason
    var offset: Int
}

extension PickleFault {
    /// The fault in this module's words; `start` is where the pickle lies in the file, `entry` names it.
    func error(path: String, entry: String) -> ModelFileError {
        let place = FilePlace.field(entry, byte: offset)
        return switch reason {
        case .truncated(let needed, let available):
            .truncated(path: path, place: place, needed: needed, available: available)
        case .malformed(let expected, let found):
            .malformed(path: path, place: place, expected: expected, found: found)
        case .hostile(let name):
            .unsupported(
                path: path, place: place, what: "asks for \(name.text.quoted), which runs code when PyTorch loads it",
                remedy: "Nothing was run. Do not load this file; get the model from somebody you trust.")
        case .unsupported(let what):
            .unsupported(
                path: path, place: place, what: what, remedy: "Save the model's state_dict with a current torch.save.")
        }
    }
}
