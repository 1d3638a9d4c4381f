import ArrayFiles
import Basics
import NeuralNetwork

/// A file format of models that Pare opens.
///
/// To add one, write its reader and its row in `all`: what tells its files, what the explorer's browser lists and what errors advise
/// follow from the row.
public struct ModelFormat: Sendable {
    /// How a format's files are told and opened.
    enum Reader: Sendable {
        /// By a signature: `recognizes` is certain, by the first bytes.
        case file(recognizes: @Sendable (FileHead) -> Bool, open: @Sendable (MappedFile) throws(ModelFileError) -> Model)
        /// By weaker signs, such as a name's ending, which are looked for after all signatures and after other programs' files.
        case likely(recognizes: @Sendable (FileHead) throws(ModelFileError) -> Bool, open: @Sendable (MappedFile) throws(ModelFileError) -> Model)
        /// By the members of a ZIP archive: nil where it is none of this format.
        case archive(@Sendable (MappedFile, ZIPArchive) throws(ModelFileError) -> Model?)
    }

    /// What people call it.
    let name: String
    /// Endings of its files' names, in lower case; a signature needs none.
    let endings: [String]
    let reader: Reader

    private init(_ name: String, _ endings: [String], _ reader: Reader) {
        self.name = name
        self.endings = endings
        self.reader = reader
    }

    /// All formats: signatures are tried in this order, then archives, then weaker signs.
    static let all: [ModelFormat] = [
        // First of the signatures: a header's length may begin with any byte, so with those of other formats too.
        ModelFormat("safetensors", [".safetensors"], .file(recognizes: \.looksLikeSafetensors, open: openSafetensors)),
        ModelFormat("safetensors", [".safetensors"], .likely(recognizes: { $0.path.hasSuffix(".safetensors") }, open: openSafetensors)),
        ModelFormat(
            "safetensors", [".safetensors.index.json"],
            .likely(recognizes: { head throws(ModelFileError) in try head.looksLikeSafetensorsIndex() }) { file throws(ModelFileError) in
                try SafetensorsIndex(file).model()
            }),
        ModelFormat(
            "PyTorch", [".pt", ".pth"], .archive { file, archive throws(ModelFileError) in try TorchArchive(file, archive)?.model() }),
        // PyTorch before 1.6.
        ModelFormat(
            "PyTorch", [".pth.tar", ".th"],
            .file(recognizes: \.looksLikePickle) { file throws(ModelFileError) in try LegacyTorchFile(file).model() }),
        ModelFormat(
            "NumPy", [".npz"],
            .archive { file, archive throws(ModelFileError) in
                archive.names.contains { $0.hasSuffix(".npy") } ? try NumPyModel.open(archive, file) : nil
            }),
        ModelFormat(
            "NumPy", [".npy"], .file(recognizes: { NPYFile.isNPY($0.file) }) { file throws(ModelFileError) in try NumPyModel.open(file) }),
        ModelFormat(
            "Keras", [".h5", ".hdf5"],
            .file(recognizes: { HDF5File.recognizes($0.file) }) { file throws(ModelFileError) in try HDF5File(file).model() }),
        ModelFormat("Keras", [".keras"], .archive { file, archive throws(ModelFileError) in try KerasArchive(file, archive)?.model() }),
        ModelFormat(
            "GGUF", [".gguf"],
            .file(recognizes: { GGUFFile.recognizes($0.file) }) { file throws(ModelFileError) in try GGUFFile(file).model() }),
        // Last: its messages begin with fields that much else begins with.
        ModelFormat("ONNX", [".onnx"], .likely(recognizes: { $0.looksLikeONNX }) { file throws(ModelFileError) in try ONNXReader(file).model() }),
    ]

    /// Endings of names of files that may hold models.
    public static let endings: [String] = all.flatMap(\.endings)

    /// What can be opened, as errors say it: `Pare opens ONNX (.onnx), safetensors (.safetensors, .safetensors.index.json), … and GGUF (.gguf).`
    static let advice: String = {
        var names: [String] = []
        var endings: [String: [String]] = [:]
        for format in all {
            if !names.contains(format.name) { names.append(format.name) }
            for ending in format.endings where endings[format.name]?.contains(ending) != true { endings[format.name, default: []].append(ending) }
        }
        let listed = names.map { "\($0) (\(endings[$0, default: []].joined(separator: ", ")))" }
        return "Pare opens \(listed.dropLast().joined(separator: ", ")) and \(listed.last ?? "nothing")."
    }()

    private static let openSafetensors: @Sendable (MappedFile) throws(ModelFileError) -> Model = { file throws(ModelFileError) in
        try SafetensorsFile(file).model()
    }

    /// Opens a file in the format that its content shows and, where it is silent, its name.
    static func open(_ file: MappedFile) throws(ModelFileError) -> Model {
        let head = FileHead(file)
        for case .file(let recognizes, let open) in all.map(\.reader) where recognizes(head) { return try open(file) }
        if ZIPArchive.isArchive(file) { return try openArchive(file) }
        if let (kind, remedy) = head.otherProgram { throw .otherKind(path: file.path, kind: kind, remedy: remedy) }
        for case .likely(let recognizes, let open) in all.map(\.reader) where try recognizes(head) { return try open(file) }
        throw .otherKind(path: file.path, kind: "no model file that Pare knows", remedy: advice)
    }

    private static func openArchive(_ file: MappedFile) throws(ModelFileError) -> Model {
        let archive: ZIPArchive
        do throws(ArrayFileError) {
            archive = try ZIPArchive(file)
        } catch { throw ModelFileError(error, path: file.path) }
        for case .archive(let open) in all.map(\.reader) {
            if let model = try open(file, archive) { return model }
        }
        throw .otherKind(path: file.path, kind: "a ZIP archive", remedy: "\(advice) Unpack it and name the model in it.")
    }
}
