import ArrayFiles
import Basics

/// What formats tell their files by: the first bytes, and the name in lower case.
struct FileHead {
    let file: MappedFile
    let path: String
    let bytes: [UInt8]

    init(_ file: MappedFile) {
        self.file = file
        path = file.path.lowercased()
        bytes = file.withUnsafeBytes { Array($0.prefix(4096)) }
    }

    /// Whether a JSON object follows a header length below 4 GiB.
    var looksLikeSafetensors: Bool {
        bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[4...7].allSatisfy { $0 == 0 }
    }

    /// Whether the text is JSON that lists shards; other JSON is an error of its own.
    func looksLikeSafetensorsIndex() throws(ModelFileError) -> Bool {
        guard bytes.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) == UInt8(ascii: "{") else { return false }
        guard path.hasSuffix(".json") || contains("\"weight_map\"") else {
            throw .otherKind(path: file.path, kind: "JSON", remedy: ModelFormat.advice)
        }
        return true
    }

    /// Whether the bytes begin as a pickle does: of protocol 2 and later, or in a PyTorch file's name of any.
    var looksLikePickle: Bool {
        guard let first = bytes.first, !ZIPArchive.isArchive(file) else { return false }
        if first == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) {
            return bytes.count == 2 || [0x8a, 0x7d, 0x63, 0x28, 0x5d, 0x95, 0x8c, 0x58, 0x29].contains(bytes[2])
        }
        return [0x28, 0x63, 0x5d, 0x7d].contains(first)
            && [".pt", ".pth", ".th", ".pkl", ".pickle", ".ckpt", ".pth.tar"].contains(where: path.hasSuffix)
    }

    /// Whether the name says so, or the bytes begin as ONNX's outermost message does: a field it has, of the right wire type.
    var looksLikeONNX: Bool {
        if path.hasSuffix(".onnx") { return true }
        // ir_version and model_version are varints; producer, version, domain, doc_string, graph and opset_import have a length.
        return bytes.first.map { [0x08, 0x28, 0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42].contains($0) } ?? false
    }

    /// Files of other programs, with what to do about them.
    var otherProgram: (kind: String, remedy: String)? {
        let advice = ModelFormat.advice
        if bytes.starts(with: Array("version https://git-lfs".utf8)) {
            return ("a Git LFS pointer, not the model itself", "Fetch the model with git lfs pull.")
        }
        if bytes.count > 8, Array(bytes[4..<8]) == Array("TFL3".utf8) {
            return ("a TensorFlow Lite file", "\(advice) Convert it with tf2onnx --tflite.")
        }
        if bytes.starts(with: [0x1f, 0x8b]) { return ("gzip-compressed", "Unpack it with gunzip first.") }
        if bytes.count > 262, Array(bytes[257..<262]) == Array("ustar".utf8) {
            return ("a tar archive", "Unpack it and name the model in it.")
        }
        if bytes.first == UInt8(ascii: "<") { return ("a web page or XML", "Download the model itself. \(advice)") }
        return nil
    }

    private func contains(_ text: String) -> Bool {
        let pattern = Array(text.utf8)
        guard let first = pattern.first, bytes.count >= pattern.count else { return false }
        return (0...bytes.count - pattern.count).contains {
            bytes[$0] == first && bytes[$0..<$0 + pattern.count].elementsEqual(pattern)
        }
    }
}
