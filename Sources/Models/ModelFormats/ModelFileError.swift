import Basics

/// Why a model file was not opened.
public enum ModelFileError: ExplainedError, Hashable, Sendable {
    /// The system does not give the file; `reason` is in its words.
    case unreadable(path: String, reason: String)
    case isDirectory(path: String)
    case notRegular(path: String)
    case empty(path: String)
    /// A file of another kind: what it is, and what to do about it.
    case otherKind(path: String, kind: String, remedy: String)
    /// Something needs more bytes than the file still has.
    case truncated(path: String, place: FilePlace, needed: Int, available: Int)
    case malformed(path: String, place: FilePlace, expected: String, found: String)
    /// A valid file with something Pare does not read.
    case unsupported(path: String, place: FilePlace, what: String, remedy: String)
    /// A fault of the archive or array file that the model lies in, in the words of the module that reads these; they
    /// follow the path.
    case container(path: String, fault: String)
    /// A file that `place` refers to is not there.
    case missingPart(path: String, place: FilePlace, part: String)

    public var path: String {
        switch self {
        case .unreadable(let path, _), .isDirectory(let path), .notRegular(let path), .empty(let path),
            .otherKind(let path, _, _), .truncated(let path, _, _, _), .malformed(let path, _, _, _),
            .unsupported(let path, _, _, _), .missingPart(let path, _, _), .container(let path, _):
            path
        }
    }

    /// Where in the file the fault is; nil where it is the file as a whole.
    public var place: FilePlace? {
        switch self {
        case .truncated(_, let place, _, _), .malformed(_, let place, _, _), .unsupported(_, let place, _, _),
            .missingPart(_, let place, _):
            place
        default: nil
        }
    }
}

/// A place in a model file.
public enum FilePlace: Hashable, Sendable {
    case byte(Int)
    /// A field of the format, and where it begins.
    case field(String, byte: Int)
    case tensor(String)
    case whole
}
