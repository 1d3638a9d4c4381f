import Basics
import NeuralNetwork
import TensorCore

/// Makes tensors of ONNX's tensor messages: views of the mapped file wherever the elements lie there as they are used.
struct ONNXTensorReader {
    let file: MappedFile
    /// Files of external data by location.
    private(set) var externalFiles: [String: MappedFile] = [:]
    /// Bytes of tensor data met so far, in the model's file and external ones.
    private(set) var payloadByteCount = 0

    /// Tensors by name of the file that `file` is the structure of; they are what external data stands for.
    private let around: [String: TensorSource]?

    init(file: MappedFile, around: [String: TensorSource]? = nil) {
        self.file = file
        self.around = around
    }

    /// ONNX's number of each element type Pare holds.
    static let elementTypes: [Int32: ElementType] = [
        1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .boolean, 10: .float16,
        11: .float64, 12: .uint32, 13: .uint64, 16: .bfloat16, 17: .float8e4m3, 19: .float8e5m2,
    ]

    /// The tensor, or nil where its element type is one Pare does not hold (strings, complex numbers, 4-bit integers).
    mutating func tensor(_ message: ONNXTensorProto, name: String) throws(ModelFileError) -> TensorSource? {
        let shape = try shape(message, name: name)
        guard let type = Self.elementTypes[message.dataType] else {
            guard (0...1000).contains(message.dataType), message.dataType != 0 else {
                throw malformed(name, expected: "of a known element type", found: "type \(message.dataType)")
            }
            return nil
        }
        let (byteCount, overflow) = shape.count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow else { throw malformed(name, expected: "a tensor that fits in memory", found: "shape \(shape)") }
        if message.dataLocation == 1, let around {
            return try Self.tensor(message, of: shape, type, in: around) { (expected, found) throws(ModelFileError) in
                throw malformed(name, expected: expected, found: found)
            }
        }
        let storage =
            message.dataLocation == 1
            ? try externalStorage(message, name: name, byteCount: byteCount)
            : try storage(message, name: name, shape: shape, type: type, byteCount: byteCount)
        return TensorSource(Tensor(shape: shape, elementType: type, storage: storage))
    }

    func shape(_ message: ONNXTensorProto, name: String) throws(ModelFileError) -> Shape {
        guard message.dims.count <= 64, let shape = Shape(checking: message.dims.map { Int($0) }) else {
            throw malformed(name, expected: "of a possible shape", found: "\(message.dims.prefix(16).map { $0 })")
        }
        return shape
    }

    private func malformed(_ name: String, expected: String, found: String) -> ModelFileError {
        .malformed(path: file.path, place: .tensor(name), expected: expected, found: found)
    }

    // MARK: Around the structure

    /// The tensor that a structure refers to.
    private static func tensor(
        _ message: ONNXTensorProto, of shape: Shape, _ type: ElementType, in around: [String: TensorSource],
        mismatch: (_ expected: String, _ found: String) throws(ModelFileError) -> Never
    ) throws(ModelFileError) -> TensorSource {
        let reference = message.externalData.first { $0.key == "location" }?.value ?? message.name
        guard let tensor = around[reference] else {
            try mismatch("tensor \(reference.quoted) of the file", "none")
        }
        guard tensor.shape == shape, tensor.elementType == type else {
            try mismatch("\(shape) of \(type.rawValue)", "\(tensor.shape) of \(tensor.elementType.rawValue)")
        }
        return tensor
    }

    // MARK: In the model's file

    private mutating func storage(
        _ message: ONNXTensorProto, name: String, shape: Shape, type: ElementType, byteCount: Int
    ) throws(ModelFileError) -> TensorStorage {
        let payloads = message.payload
        payloadByteCount += payloads.reduce(0) { $0 + $1.range.count }
        if let raw = payloads.last(where: { $0.field == ONNXPayload.raw && $0.isPlain }), !raw.range.isEmpty {
            guard raw.range.count == byteCount else {
                throw malformed(
                    name, expected: "\(byteCount.grouped) bytes of \(type.rawValue) for \(shape)",
                    found: raw.range.count.grouped)
            }
            return .mapped(file, raw.range)
        }
        let runs = payloads.filter { $0.field != ONNXPayload.raw && !$0.range.isEmpty }
        guard let field = runs.first?.field else {
            guard byteCount == 0 else {
                throw malformed(name, expected: "\(shape.count.grouped) elements", found: "no data")
            }
            return .owned([])
        }
        guard runs.allSatisfy({ $0.field == field }), ONNXPayload.field(of: type) == field else {
            throw malformed(
                name, expected: "\(type.rawValue) in \(ONNXPayload.name(ofField: ONNXPayload.field(of: type)))",
                found: "data in \(ONNXPayload.name(ofField: field))")
        }
        return try ONNXTypedData(file: file, runs: runs, type: type).storage(count: shape.count) {
            found throws(ModelFileError) in
            throw malformed(name, expected: "\(shape.count.grouped) elements for \(shape)", found: found)
        }
    }

    /// The vector that a long `value_floats` attribute holds in the file.
    mutating func floats(_ runs: [ONNXPayload], name: String) throws(ModelFileError) -> Tensor {
        payloadByteCount += runs.reduce(0) { $0 + $1.range.count }
        let data = ONNXTypedData(file: file, runs: runs, type: .float32)
        let shape: Shape = [try data.elementCount()]
        let storage = try data.storage(count: shape.count) { found throws(ModelFileError) in
            throw malformed(name, expected: "\(shape.count.grouped) elements", found: found)
        }
        return Tensor(shape: shape, elementType: .float32, storage: storage)
    }

    // MARK: In a file of its own

    private mutating func externalStorage(
        _ message: ONNXTensorProto, name: String, byteCount: Int
    ) throws(ModelFileError) -> TensorStorage {
        var entries: [String: String] = [:]
        for entry in message.externalData { entries[entry.key] = entry.value }
        guard let location = entries["location"] else {
            throw malformed(name, expected: "where its external data lies", found: "no location")
        }
        guard ModelFile.isConfined(location) else {
            throw .unsupported(
                path: file.path, place: .tensor(name),
                what: "has its data outside of the model's folder, in \(location.quoted)",
                remedy: "Save the model with its external data beside it.")
        }
        let data = try externalFile(location, name: name)
        guard let offset = Int(entries["offset"] ?? "0"), let length = Int(entries["length"] ?? "\(byteCount)"), offset >= 0,
            length == byteCount
        else {
            throw malformed(
                name, expected: "\(byteCount.grouped) bytes of external data",
                found: "offset \(entries["offset"] ?? "0") and length \(entries["length"] ?? "none")")
        }
        guard offset <= data.byteCount, length <= data.byteCount - offset else {
            throw .truncated(
                path: data.path, place: .tensor(name), needed: length, available: max(data.byteCount - offset, 0))
        }
        payloadByteCount += length
        return byteCount == 0 ? .owned([]) : .mapped(data, offset..<offset + length)
    }

    private mutating func externalFile(_ location: String, name: String) throws(ModelFileError) -> MappedFile {
        if let open = externalFiles[location] { return open }
        let path = ModelFile.folder(of: file.path) + location
        do throws(MappedFile.Failure) {
            let data = try MappedFile(path: path)
            externalFiles[location] = data
            return data
        } catch {
            throw .missingPart(path: file.path, place: .tensor(name), part: path)
        }
    }
}
