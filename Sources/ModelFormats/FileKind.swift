import ArrayFiles
import TensorCore

/// The formats Pare opens, told by a file's first bytes and, where these are silent, its name.
enum FileKind {
    case onnx, safetensors, safetensorsIndex
    /// A PyTorch file or NumPy arrays, as the archive's members show.
    case zip
    /// A pickle outside of an archive: PyTorch before 1.6.
    case pickle
    case npy
    case hdf5, gguf

    init(_ file: MappedFile) throws(ModelFileError) {
        let path = file.path
        let lowercased = path.lowercased()
        let head = file.withUnsafeBytes { Array($0.prefix(4096)) }
        // Before the others: a header's length may begin with any byte, so with those of other formats too.
        if FileKind.looksLikeSafetensors(head) {
            self = .safetensors
            return
        }
        if ZIPArchive.isArchive(file) {
            self = .zip
            return
        }
        if FileKind.looksLikePickle(head, path: lowercased) {
            self = .pickle
            return
        }
        if NPYFile.isNPY(file) {
            self = .npy
            return
        }
        if HDF5File.recognizes(file) {
            self = .hdf5
            return
        }
        if GGUFFile.recognizes(file) {
            self = .gguf
            return
        }
        if let (kind, remedy) = FileKind.other(head: head, path: lowercased) {
            throw .otherKind(path: path, kind: kind, remedy: remedy)
        }
        if lowercased.hasSuffix(".safetensors") {
            self = .safetensors
        } else if head.first(where: { !Self.isSpace($0) }) == UInt8(ascii: "{") {
            guard lowercased.hasSuffix(".json") || FileKind.contains("\"weight_map\"", in: head) else {
                throw .otherKind(path: path, kind: "JSON", remedy: FileKind.advice)
            }
            self = .safetensorsIndex
        } else if lowercased.hasSuffix(".onnx") || FileKind.looksLikeModelMessage(head) {
            self = .onnx
        } else {
            throw .otherKind(path: path, kind: "no model file that Pare knows", remedy: FileKind.advice)
        }
    }

    /// Whether a JSON object follows a header length below 4 GiB.
    private static func looksLikeSafetensors(_ head: [UInt8]) -> Bool {
        head.count > 8 && head[8] == UInt8(ascii: "{") && head[4...7].allSatisfy { $0 == 0 }
    }

    private static let advice =
        "Pare opens ONNX (.onnx), safetensors (.safetensors, .safetensors.index.json), PyTorch (.pt, .pth), "
        + "NumPy (.npz, .npy), Keras (.h5, .keras) and GGUF (.gguf)."

    /// Why an archive that is neither PyTorch's nor NumPy's is not opened.
    static func otherArchive(path: String) -> ModelFileError {
        return .otherKind(path: path, kind: "a ZIP archive", remedy: "\(advice) Unpack it and name the model in it.")
    }

    /// Files of other programs, with what to do about them.
    private static func other(head: [UInt8], path: String) -> (kind: String, remedy: String)? {
        if head.starts(with: Array("version https://git-lfs".utf8)) {
            return ("a Git LFS pointer, not the model itself", "Fetch the model with git lfs pull.")
        }
        if head.count > 8, Array(head[4..<8]) == Array("TFL3".utf8) {
            return ("a TensorFlow Lite file", "\(advice) Convert it with tf2onnx --tflite.")
        }
        if head.starts(with: [0x1f, 0x8b]) { return ("gzip-compressed", "Unpack it with gunzip first.") }
        if head.count > 262, Array(head[257..<262]) == Array("ustar".utf8) {
            return ("a tar archive", "Unpack it and name the model in it.")
        }
        if head.first == UInt8(ascii: "<") { return ("a web page or XML", "Download the model itself. \(advice)") }
        return nil
    }

    /// Whether the bytes begin as a pickle does: of protocol 2 and later, or in a PyTorch file's name of any.
    private static func looksLikePickle(_ head: [UInt8], path: String) -> Bool {
        guard let first = head.first else { return false }
        if first == 0x80, head.count > 1, (2...5).contains(head[1]) {
            return head.count == 2 || [0x8a, 0x7d, 0x63, 0x28, 0x5d, 0x95, 0x8c, 0x58, 0x29].contains(head[2])
        }
        return [0x28, 0x63, 0x5d, 0x7d].contains(first)
            && [".pt", ".pth", ".th", ".pkl", ".pickle", ".ckpt", ".pth.tar"].contains(where: path.hasSuffix)
    }

    /// Whether the bytes begin as ONNX's outermost message does: a field it has, of the right wire type.
    private static func looksLikeModelMessage(_ head: [UInt8]) -> Bool {
        guard let first = head.first else { return false }
        // ir_version and model_version are varints; producer, version, domain, doc_string, graph and opset_import have
        // a length.
        return [0x08, 0x28].contains(first) || [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42].contains(first)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }

    private static func contains(_ text: String, in bytes: [UInt8]) -> Bool {
        let pattern = Array(text.utf8)
        guard let first = pattern.first, bytes.count >= pattern.count else { return false }
        return (0...bytes.count - pattern.count).contains {
            bytes[$0] == first && bytes[$0..<$0 + pattern.count].elementsEqual(pattern)
        }
    }
}
