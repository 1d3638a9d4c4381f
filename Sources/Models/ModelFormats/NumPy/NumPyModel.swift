import ArrayFiles
import Basics
import NeuralNetwork

/// Weights that NumPy saved: one array in a `.npy`, or several by name in a `.npz`.
enum NumPyModel {
    /// The arrays of a ZIP archive, in its order.
    static func open(_ archive: ZIPArchive, _ file: MappedFile) throws(ModelFileError) -> Model {
        try TorchArchive.checkInflation(of: archive, file)
        let arrays = NPZFile(archive)
        do throws(ArrayFileError) {
            var tensors: [StoredTensor] = []
            for name in arrays.names { tensors.append(StoredTensor(name: name, tensor: try arrays.array(named: name))) }
            let stored = tensors.reduce(0) { sum, stored in
                // An array that was inflated takes less in the file than in memory.
                sum + min(stored.tensor.byteCount, archive.storedByteCount(of: stored.name + ".npy") ?? 0)
            }
            return model(tensors, file, format: "NumPy npz", storedByteCount: stored)
        } catch { throw ModelFileError(error, path: file.path) }
    }

    /// The array of a `.npy`, which has the file's name without its ending.
    static func open(_ file: MappedFile) throws(ModelFileError) -> Model {
        do throws(ArrayFileError) {
            let tensor = try NPYFile.read(file)
            let name = ModelFile.name(of: file.path)
            let isEnding = name.lowercased().hasSuffix(".npy") && name.count > 4
            let stored = StoredTensor(name: isEnding ? String(name.dropLast(4)) : name, tensor: tensor)
            return model([stored], file, format: "NumPy npy", storedByteCount: tensor.byteCount)
        } catch { throw ModelFileError(error, path: file.path) }
    }

    private static func model(
        _ tensors: [StoredTensor], _ file: MappedFile, format: String, storedByteCount: Int
    ) -> Model {
        Model(
            weightsOnly: tensors, name: ModelFile.name(of: file.path), format: format, fileByteCount: file.byteCount,
            payloadByteCount: storedByteCount, provenance: Provenance())
    }
}
