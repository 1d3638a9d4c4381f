import ArrayFiles
import Basics
import NeuralNetwork
import TensorCore

/// A `.keras` file of Keras 3: a ZIP archive whose member `model.weights.h5` holds the weights.
struct KerasArchive {
    private let file: MappedFile
    private let weights: HDF5File

    private static let member = "model.weights.h5"

    /// Nil where the archive is none.
    init?(_ file: MappedFile, _ archive: ZIPArchive) throws(ModelFileError) {
        guard archive.names.contains(Self.member) else { return nil }
        self.file = file
        let content: TensorStorage
        do throws(ArrayFileError) {
            content = try archive.content(of: Self.member)
        } catch { throw ModelFileError(error, path: file.path) }
        guard case .mapped(let whole, let range) = content else {
            throw .unsupported(
                path: file.path, place: .whole, what: "has its \(Self.member) deflated, which Keras does not do",
                remedy: "Unpack that file and open it.")
        }
        weights = try HDF5File(MappedFile(part: range, of: whole))
    }

    func model() -> Model {
        var model = weights.model()
        model.format = "Keras 3"
        model.structureByteCount += file.byteCount - model.fileByteCount
        model.fileByteCount = file.byteCount
        return model
    }
}
