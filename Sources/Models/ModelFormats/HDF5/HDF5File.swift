import Basics
import CHDF5
import NeuralNetwork
import TensorCore

/// The arrays of an HDF5 file, as Keras saves weights in it (`.h5`, `.hdf5`, the archive in a `.keras`) or h5py any arrays.
///
/// Values that lie in the file as they are needed stay there; chunked, packed and big-endian ones are read at once.
struct HDF5File {
    private let file: MappedFile
    private(set) var tensors: [StoredTensor] = []
    private(set) var isKeras = false
    /// Bytes of the file that tensors lie in.
    private(set) var payloadByteCount = 0

    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

    private static let elementTypes: [UInt32: ElementType] = [
        pare_hdf5_float64.rawValue: .float64, pare_hdf5_float32.rawValue: .float32, pare_hdf5_float16.rawValue: .float16,
        pare_hdf5_bfloat16.rawValue: .bfloat16, pare_hdf5_int64.rawValue: .int64, pare_hdf5_int32.rawValue: .int32,
        pare_hdf5_int16.rawValue: .int16, pare_hdf5_int8.rawValue: .int8, pare_hdf5_uint64.rawValue: .uint64,
        pare_hdf5_uint32.rawValue: .uint32, pare_hdf5_uint16.rawValue: .uint16, pare_hdf5_uint8.rawValue: .uint8,
        pare_hdf5_boolean.rawValue: .boolean,
    ]

    /// Whether the file begins as HDF5 files do.
    static func recognizes(_ file: MappedFile) -> Bool { file.withUnsafeBytes { $0.starts(with: signature) } }

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        do throws(HDF5Fault) {
            try file.withUnsafeBytes { bytes throws(HDF5Fault) in try read(bytes) }
        } catch {
            throw error.described(path: file.path)
        }
        guard !tensors.isEmpty else {
            throw .unsupported(
                path: file.path, place: .whole, what: "is an HDF5 file without arrays of numbers",
                remedy: "Save the model's weights anew with model.save_weights.")
        }
    }

    /// Values that are packed may unpack to this much, or to so many times the file's size.
    private static let freeValues = 1 << 27
    private static let greatestExpansion = 20

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(HDF5Fault) {
        let limit = max(Self.freeValues, bytes.count.saturatingProduct(Self.greatestExpansion))
        var records = try HDF5Records(bytes, valueLimit: limit)
        var names: Set<String> = []
        while true {
            let kind = UInt32(try records.byte())
            switch kind {
            case pare_hdf5_mapped.rawValue, pare_hdf5_streamed.rawValue:
                let name = unique(try records.text(), &names)
                let (shape, type) = try description(&records)
                let byteCount = shape.count * type.byteCount
                let storage: TensorStorage
                if kind == pare_hdf5_mapped.rawValue {
                    storage = .mapped(file, try range(of: name, byteCount, &records))
                    payloadByteCount += byteCount
                } else {
                    guard byteCount <= limit else { throw .garbled }
                    storage = .owned(try values(byteCount, &records))
                }
                tensors.append(
                    StoredTensor(name: name, tensor: Tensor(shape: shape, elementType: type, storage: storage)))
            case pare_hdf5_end.rawValue:
                isKeras = try records.byte() != 0
                return
            default: throw try refusal(kind, &records)
            }
        }
    }

    private func unique(_ name: String, _ names: inout Set<String>) -> String {
        var unique = name
        var number = 2
        while !names.insert(unique).inserted {
            unique = "\(name)#\(number)"
            number += 1
        }
        return unique
    }

    private func description(_ records: inout HDF5Records) throws(HDF5Fault) -> (Shape, ElementType) {
        guard let type = Self.elementTypes[UInt32(try records.byte())] else { throw .garbled }
        var extents: [Int] = []
        for _ in 0..<(try records.byte()) {
            guard let extent = Int(exactly: try records.number(UInt64.self)) else { throw .garbled }
            extents.append(extent)
        }
        guard let shape = Shape(checking: extents), shape.count < 1 << 58 else { throw .garbled }
        return (shape, type)
    }

    /// Where values that were not moved lie.
    private func range(of name: String, _ byteCount: Int, _ records: inout HDF5Records) throws(HDF5Fault) -> Range<Int> {
        let offset = Int(clamping: try records.number(UInt64.self))
        let available = max(0, file.byteCount - offset)
        guard byteCount <= available else { throw .truncated(name, needed: byteCount, available: available) }
        return offset..<offset + byteCount
    }

    private func values(_ byteCount: Int, _ records: inout HDF5Records) throws(HDF5Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        while bytes.count < byteCount {
            let count = Int(try records.number(UInt32.self))
            guard count > 0 else { throw try refusal(UInt32(try records.byte()), &records) }
            guard count <= byteCount - bytes.count else { throw .garbled }
            try records.append(count, to: &bytes)
        }
        return bytes
    }

    private func refusal(_ kind: UInt32, _ records: inout HDF5Records) throws(HDF5Fault) -> HDF5Fault {
        guard kind == pare_hdf5_unsupported.rawValue || kind == pare_hdf5_damaged.rawValue else { return .garbled }
        let name = try records.text()
        let text = try records.text()
        return kind == pare_hdf5_damaged.rawValue ? .damaged(name, found: text) : .unsupported(name, what: text)
    }
}

extension HDF5File {
    /// Whether all arrays are named as Keras 3 names variables: `layers/conv2d/vars/0`.
    private var areKerasVariables: Bool {
        tensors.allSatisfy { $0.name.split(separator: "/").dropLast().last == "vars" }
    }

    func model() -> Model {
        Model(
            weightsOnly: tensors, name: ModelFile.name(of: file.path), format: isKeras ? "Keras, HDF5" : "HDF5",
            fileByteCount: file.byteCount, payloadByteCount: payloadByteCount, provenance: Provenance(),
            filtersAreLast: isKeras || areKerasVariables)
    }
}
