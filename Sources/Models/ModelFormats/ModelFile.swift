import Basics
import Glibc
import NeuralNetwork

/// Opens and writes trained models.
public enum ModelFile {
    /// Opens the model at `path`, in the format its content shows. Only headers are read; tensors stay in the mapped file.
    public static func open(path: String) throws(ModelFileError) -> Model {
        try open(try map(path))
    }

    /// Opens a model that is built into the program.
    public static func open(_ file: MappedFile) throws(ModelFileError) -> Model {
        guard file.byteCount > 0 else { throw .empty(path: file.path) }
        return try ModelFormat.open(file)
    }

    /// Replaces the file at `path` by the model, in the format of the name's ending: `.onnx`, `.safetensors` or `.npz`.
    ///
    /// Whatever fails leaves the old file as it was. Tensors are read one at a time.
    public static func write(
        _ model: Model, to path: String, cancellation: CancellationToken? = nil, progress: ProgressSink = { _ in }
    ) throws(ModelWriteError) {
        let name = name(of: path).lowercased()
        if name.hasSuffix(".onnx") {
            guard let writer = ONNXWriter(model) else { throw .noGraph(path: path) }
            try writer.write(to: path, cancellation: cancellation, progress: progress)
        } else if name.hasSuffix(".safetensors") {
            try SafetensorsWriter(model).write(to: path, cancellation: cancellation, progress: progress)
        } else if name.hasSuffix(".npz") {
            try NPZWriter(model, path: path).write(to: path, cancellation: cancellation, progress: progress)
        } else {
            throw .unknownFormat(path: path)
        }
    }

    /// Maps a file, with the failure in this module's words.
    public static func map(_ path: String) throws(ModelFileError) -> MappedFile {
        do throws(MappedFile.Failure) {
            return try MappedFile(path: path)
        } catch {
            switch error {
            case .isDirectory(let path): throw .isDirectory(path: path)
            case .notRegular(let path): throw .notRegular(path: path)
            case .cannotOpen(let path, let code):
                throw .unreadable(path: path, reason: describe(code))
            }
        }
    }

    /// A system error in words; `strerror` would answer in the language of the locale.
    private static func describe(_ code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "there is no such file"
        case EACCES, EPERM: "reading it is not permitted"
        case EMFILE, ENFILE: "too many files are open"
        case ENOMEM: "there is no memory left to map it"
        case ENAMETOOLONG: "the path is too long"
        case ELOOP: "its symbolic links form a loop"
        default: "it cannot be read (system error \(code))"
        }
    }

    /// The path's last component.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The folder part of the path, with its final slash; empty for a bare name.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// Whether a name from a file stays in the model's folder: relative, and never upwards.
    static func isConfined(_ location: String) -> Bool {
        !location.isEmpty && !location.hasPrefix("/") && !location.contains("\0")
            && !location.split(separator: "/").contains("..")
    }
}
