import NeuralNetwork
import TensorCore

/// Makes stored tensors of what a pickle refers to, from storages that a file's layout gives.
struct PickledTensors {
    let path: String
    let isBigEndian: Bool
    private(set) var tensors: [StoredTensor] = []
    private var names: Set<String> = []
    /// Tensors by what they are views of.
    private var places: [View: Int] = [:]
    /// Bytes that tensors may still have.
    private var allowance: Int

    /// The elements that a tensor is.
    private struct View: Hashable {
        var storage: String
        var type: ElementType
        var extents: [Int]
        var strides: [Int]
        var offset: Int
    }

    /// Tensors may share storages, and views may repeat elements; together they must stay near the size of what is stored.
    private static let freeByteCount = 1 << 26
    private static let greatestSharing = 8

    init(path: String, isBigEndian: Bool, storageByteCount: Int) {
        self.path = path
        self.isBigEndian = isBigEndian
        let (product, overflow) = storageByteCount.multipliedReportingOverflow(by: Self.greatestSharing)
        allowance = overflow ? Int.max : max(product, product &+ Self.freeByteCount)
    }

    /// Appends a tensor, or a further name of one that is the same view of the same storage (`place`, unique in the file);
    /// `content` gives its storage's bytes. A name that comes again gets `#2`.
    mutating func append(
        _ name: String, _ tensor: PickledTensor, place: String, content: (PickledStorage) throws(ModelFileError) -> TensorStorage
    ) throws(ModelFileError) {
        guard case .known(let elementType) = tensor.elements else {
            guard case .other(let type) = tensor.elements else { return }
            throw unsupported(name, "has elements of type \(type), which are not read")
        }
        let stored = try content(tensor.storage)
        let (needed, overflow) = tensor.storage.count.multipliedReportingOverflow(by: tensor.storage.elements.byteCount)
        guard !overflow, needed <= stored.byteCount else {
            throw .truncated(
                path: path, place: .tensor(name), needed: overflow ? Int.max : needed, available: stored.byteCount)
        }
        let view: StoredView
        do throws(StoredView.Fault) {
            view = try StoredView(tensor, elementType: elementType, byteCount: needed)
        } catch {
            throw .malformed(path: path, place: .tensor(name), expected: error.expected, found: error.found)
        }
        let key = View(
            storage: place, type: elementType, extents: tensor.extents, strides: tensor.strides,
            offset: tensor.offset + (tensor.storage.view?.lowerBound ?? 0))
        if let tied = places[key], view.shape.count > 0 {
            guard names.insert(name).inserted else { return }
            return tensors[tied].tiedNames.append(name)
        }
        allowance -= view.shape.count * elementType.byteCount
        guard allowance >= 0 else {
            throw unsupported(
                name, "and others before it repeat the stored numbers too often: together they are far larger than the file")
        }
        var unique = name
        var number = 2
        while !names.insert(unique).inserted {
            unique = "\(name)#\(number)"
            number += 1
        }
        places[key] = tensors.count
        tensors.append(StoredTensor(name: unique, tensor: view.tensor(in: stored, isBigEndian: isBigEndian)))
    }

    private func unsupported(_ name: String, _ what: String) -> ModelFileError {
        .unsupported(path: path, place: .tensor(name), what: what, remedy: "Save the model's state_dict in floating point.")
    }

    /// The model of the tensors, of which there must be one at least.
    func model(format: String, fileByteCount: Int, storedByteCount: Int) throws(ModelFileError) -> Model {
        guard !tensors.isEmpty else {
            throw .unsupported(
                path: path, place: .whole, what: "is a PyTorch file without tensors that Pare finds",
                remedy: "Save the model's weights with torch.save(model.state_dict(), path).")
        }
        return Model(
            weightsOnly: tensors, name: ModelFile.name(of: path), format: format, fileByteCount: fileByteCount,
            payloadByteCount: storedByteCount, provenance: Provenance())
    }
}
