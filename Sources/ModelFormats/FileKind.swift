import TensorCore

/// The formats Pare opens, told by a file's first bytes and, where these are silent, its name.
enum FileKind {
    case onnx, safetensors, safetensorsIndex

    init(_ file: MappedFile) throws(ModelFileError) {
        let path = file.path
        let lowercased = path.lowercased()
        let head = file.withUnsafeBytes { Array($0.prefix(4096)) }
        // Before the others: a header's length may begin with any byte, so with those of other formats too.
        if FileKind.looksLikeSafetensors(head) {
            self = .safetensors
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

    private static let advice = "Pare opens ONNX (.onnx) and safetensors (.safetensors, .safetensors.index.json)."

    /// Files of other programs, with what to do about them.
    private static func other(head: [UInt8], path: String) -> (kind: String, remedy: String)? {
        let torch = "\(advice) Convert it with torch.onnx.export or safetensors.torch.save_file."
        if head.starts(with: Array("version https://git-lfs".utf8)) {
            return ("a Git LFS pointer, not the model itself", "Fetch the model with git lfs pull.")
        }
        if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) {  // ZIP
            if contains("data.pkl", in: head) || contains("archive/", in: head) { return ("a PyTorch file", torch) }
            if contains(".npy", in: head) {
                return ("a NumPy archive", "\(advice) Convert it with safetensors.numpy.save_file.")
            }
            if path.hasSuffix(".keras") { return ("a Keras file", "\(advice) Convert it with tf2onnx.") }
            if [".pt", ".pth", ".bin", ".ckpt"].contains(where: path.hasSuffix) { return ("a PyTorch file", torch) }
            return ("a ZIP archive", "\(advice) Unpack it and name the model in it.")
        }
        // Pickle, protocol 2 and later: PyTorch before 1.6.
        if head.count > 2, head[0] == 0x80, (2...5).contains(head[1]),
            [0x8a, 0x7d, 0x63, 0x28, 0x5d, 0x95].contains(head[2])
        {
            return ("a PyTorch file", torch)
        }
        if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
            return ("an HDF5 file (Keras)", "\(advice) Convert it with tf2onnx.")
        }
        if head.starts(with: [0x93] + Array("NUMPY".utf8)) {
            return ("a NumPy array", "\(advice) Convert it with safetensors.numpy.save_file.")
        }
        if head.starts(with: Array("GGUF".utf8)) { return ("a GGUF file", advice) }
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
