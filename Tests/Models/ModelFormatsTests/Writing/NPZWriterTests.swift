import ArrayFiles
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@Suite("Writing NPZ")
struct NPZWriterTests {
    @Test("Tensors of every type come back, mapped at multiples of 64 bytes")
    func types() throws {
        let types: [ElementType] = [
            .float64, .float32, .float16, .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .boolean,
        ]
        let tensors =
            types.map { type in
                let bytes = (0..<6 * type.byteCount).map { type == .boolean ? UInt8($0 % 2) : UInt8($0 * 7 % 120) }
                return StoredTensor(name: "\(type)/ä", tensor: Tensor(shape: [2, 3], elementType: type, storage: .owned(bytes)))
            } + [
                StoredTensor(name: "scalar", tensor: Tensor([7], shape: [])), StoredTensor(name: "row", tensor: Tensor([1, 2], shape: [2])),
                StoredTensor(name: "empty", tensor: Tensor([], shape: [0, 4])), StoredTensor(name: "row", tensor: Tensor([3], shape: [1])),
            ]
        let model = Model(
            weightsOnly: tensors, name: "m", format: "f", fileByteCount: 1, payloadByteCount: 1, provenance: Provenance())
        let folder = TemporaryFolder()
        let path = folder.reserve("out.npz")
        try ModelFile.write(model, to: path)
        let again = try ModelFile.open(path: path)
        #expect(again.tensors.map(\.name) == tensors.map(\.name).dropLast() + ["row#2"])
        for (found, expected) in zip(again.tensors, tensors) {
            #expect(found.tensor.elementType == expected.tensor.elementType)
            #expect(found.tensor.shape == expected.tensor.shape)
            #expect(try ModelDescription.hash(found.tensor.read().storage) == ModelDescription.hash(expected.tensor.read().storage))
            guard case .stored(.mapped(_, let range)) = found.tensor.bytes else {
                Issue.record("\(found.name) is not stored")
                continue
            }
            #expect(range.lowerBound % 64 == 0)
        }
        // The reader does not look at checksums of what is stored; the library's own tools do.
        #expect(try Goldens.bytes(path).starts(with: [0x50, 0x4b, 3, 4]))
    }

    @Test("bfloat16 is widened, and what NumPy does not have is refused")
    func otherTypes() throws {
        func model(_ type: ElementType) -> Model {
            let tensor = Tensor(shape: [2], elementType: type, storage: .owned(Array(repeating: 0x40, count: 2 * type.byteCount)))
            return Model(
                weightsOnly: [StoredTensor(name: "w", tensor: tensor)], name: "m", format: "f", fileByteCount: 1,
                payloadByteCount: 1, provenance: Provenance())
        }
        let widened = try written(model(.bfloat16), as: "out.npz")
        #expect(widened.tensors[0].tensor.elementType == .float32)
        #expect(try widened.tensors[0].tensor.floats() == model(.bfloat16).tensors[0].tensor.floats())
        #expect(
            writeMessage(model(.float8e4m3), "/tmp/x.npz")
                == "“/tmp/x.npz” cannot be written: tensor “w” is of type float8e4m3, which NumPy does not have.")
    }

    @Test("A model with a graph is written as the tensors that its nodes read")
    func graph() throws {
        let model = try ModelFile.open(path: Goldens.folder + "onnx/convolutions.onnx")
        func contents(_ model: Model) throws -> [String] {
            try model.tensors.map { "\($0.name) \($0.tensor.shape) \(try ModelDescription.hash($0.tensor.read().storage))" }.sorted()
        }
        #expect(try contents(try written(model, as: "out.npz")) == contents(written(model, as: "out.safetensors")))
    }
}
