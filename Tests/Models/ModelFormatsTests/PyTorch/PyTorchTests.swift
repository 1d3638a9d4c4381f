import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@Suite("PyTorch and NumPy")
struct PyTorchTests {
    static let formats = [
        "state.pt": "PyTorch, zip", "deflated.pt": "PyTorch, zip", "big-endian.pt": "PyTorch, zip",
        "state-legacy.pth": "PyTorch, legacy", "protocol5.pth": "PyTorch, legacy", "untyped.pt": "PyTorch, zip",
        "checkpoint.pth.tar": "PyTorch, zip", "pair.pt": "PyTorch, zip", "module.pt": "PyTorch, zip",
        "module-legacy.pt": "PyTorch, legacy", "script.pt": "TorchScript", "stored.npz": "NumPy npz",
        "deflated.npz": "NumPy npz", "single.npy": "NumPy npy", "torch-module.pt": "PyTorch, zip",
        "torch-module-legacy.pt": "PyTorch, legacy", "torch-checkpoint.pt": "PyTorch, zip", "torch-script.pt": "TorchScript",
    ]

    /// A tensor's elements as numbers.
    static func numbers(_ tensor: Tensor) -> [Double] {
        let size = tensor.elementType.byteCount
        return tensor.storage.withUnsafeBytes { bytes in
            (0..<tensor.count).map { index in
                func load<Element>(_: Element.Type) -> Element {
                    bytes.loadUnaligned(fromByteOffset: index * size, as: Element.self)
                }
                return switch tensor.elementType {
                case .float64: load(Double.self)
                case .int64: Double(load(Int64.self))
                case .uint64: Double(load(UInt64.self))
                case .uint32: Double(load(UInt32.self))
                case .int32: Double(load(Int32.self))
                case .int16: Double(load(Int16.self))
                case .int8: Double(load(Int8.self))
                case .uint16: Double(load(UInt16.self))
                case .uint8, .boolean: Double(load(UInt8.self))
                default: Double(tensor.floats()[index])
                }
            }
        }
    }

    @Test("Every tensor is the one that was saved, under its name", arguments: formats.keys.sorted())
    func cases(file: String) throws {
        let rows = try ["cases", "torch-cases"].flatMap { try Goldens.rows("pytorch/\($0).tsv") }.filter { $0[0] == file }
        let model = try ModelFile.open(path: Goldens.folder + "pytorch/" + file)
        #expect(model.format == Self.formats[file])
        #expect(model.tensors.flatMap(\.names).sorted() == rows.map { $0[1] }.sorted())
        for row in rows {
            let tensor = try #require(model.tensors.first { $0.names.contains(row[1]) }, "\(row[1])").tensor
            #expect(tensor.elementType.rawValue == row[2], "\(row[1])")
            #expect(tensor.shape.description == row[3], "\(row[1])")
            #expect(try Self.numbers(tensor.read()) == row[4].split(separator: ",").map { Double($0) }, "\(row[1])")
        }
    }

    @Test("Weights of two dimensions and more are layers, with their biases")
    func layers() throws {
        let model = try ModelFile.open(path: Goldens.folder + "pytorch/checkpoint.pth.tar")
        #expect(model.layers.map(\.name) == ["0.weight"])
        #expect(model.layers[0].bias.map { model.tensors[$0].name } == "0.bias")
    }

    @Test("Tensors that are tied have one storage, both names wherever they are written, and one rule", arguments: ["state.pt", "state-legacy.pth"])
    func tied(file: String) throws {
        let model = try ModelFile.open(path: Goldens.folder + "pytorch/" + file)
        let tied = try #require(model.tensors.first { $0.name == "tied.a" })
        #expect(tied.tiedNames == ["tied.b"])
        #expect(model.layers.first { $0.name == "tied.a" }?.otherNames == ["tied.b"])
        for ending in ["safetensors", "npz"] {
            let folder = TemporaryFolder()
            let path = folder.reserve("out.\(ending)")
            var plain = model
            plain.tensors.removeAll { $0.tensor.elementType == .bfloat16 }
            try ModelFile.write(plain, to: path)
            let again = try ModelFile.open(path: path)
            #expect(again.tensors.flatMap(\.names).sorted() == plain.tensors.flatMap(\.names).sorted())
            for name in tied.names {
                let stored = again.tensors.first { $0.names.contains(name) }
                #expect(try stored?.tensor.floats() == tied.tensor.floats(), "\(name)")
            }
            // Safetensors have metadata to remember it by.
            if ending == "safetensors" { #expect(again.parameterCount == plain.parameterCount) }
        }
    }

    @Test("Stored tensors are views of the file")
    func views() throws {
        for file in ["state.pt", "state-legacy.pth", "stored.npz"] {
            let model = try ModelFile.open(path: Goldens.folder + "pytorch/" + file)
            let first = try #require(model.tensors.first)
            guard case .stored(.mapped) = first.tensor.bytes else {
                Issue.record("\(file) was copied")
                continue
            }
        }
    }
}

@Suite("Real PyTorch and NumPy models", .enabled(if: sharedModels != nil, "set PARE_TEST_DATA to the folder that holds models/"))
struct SharedPyTorchTests {
    /// How often each matrix or kernel is there, by shape and bits; names differ between the formats.
    static func weights(_ model: Model) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for stored in model.tensors where stored.tensor.elementType == .float32 && stored.tensor.shape.rank >= 2 {
            counts[try key(stored.tensor), default: 0] += 1
        }
        return counts
    }

    static func key(_ tensor: TensorSource) throws -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for value in try tensor.floats() { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
        return "\(tensor.shape) \(hash)"
    }

    @Test(
        "Weights equal those of the same model in ONNX, bit by bit",
        arguments: [
            ("lenet5.npz", "lenet5.onnx"), ("lenet5.pth", "lenet5.onnx"), ("mnist-cnn.pt", "mnist-cnn.onnx"),
            ("resnet20.th", "resnet20.onnx"), ("resnet56.th", "resnet56.onnx"),
            ("dcgan-generator.pth", "dcgan-generator.onnx"), ("squeezenet.safetensors", "squeezenet.onnx"),
        ])
    func sameWeights(file: String, onnx: String) throws {
        let folder = try #require(sharedModels)
        let found = try Self.weights(ModelFile.open(path: folder + file))
        let expected = try Self.weights(ModelFile.open(path: folder + onnx))
        #expect(!found.isEmpty)
        #expect(found == expected)
    }

    @Test(
        "Biases, norms and statistics equal those of the same model in ONNX too, under the same names where exporters keep them",
        arguments: [
            ("lenet5.npz", "lenet5.pth"), ("lenet5.pth", "lenet5.npz"), ("squeezenet.safetensors", "squeezenet.onnx"),
            ("resnet20.th", "resnet20.onnx"), ("resnet56.th", "resnet56.onnx"), ("mnist-cnn.pt", "mnist-cnn.onnx"),
            ("lenet5.pth", "lenet5.onnx"), ("dcgan-generator.pth", "dcgan-generator.onnx"),
        ])
    func sameTensors(file: String, other: String) throws {
        let folder = try #require(sharedModels)
        let model = try ModelFile.open(path: folder + file)
        let known = try ModelFile.open(path: folder + other)
        let expected = try Set(known.tensors.filter(\.isParameter).map { try Self.key($0.tensor) })
        let tensors = model.tensors.filter(\.isParameter)
        #expect(tensors.count > 5)
        for stored in tensors { #expect(try expected.contains(Self.key(stored.tensor)), "\(stored.name)") }
    }

    @Test(
        "Every real model says its format and has layers",
        arguments: [
            ("lenet5.onnx", "ONNX, opset"), ("lenet5.npz", "NumPy npz"), ("lenet5.pth", "PyTorch, "), ("mnist-cnn.onnx", "ONNX, opset"),
            ("mnist-cnn.pt", "PyTorch, zip"), ("squeezenet.onnx", "ONNX, opset"), ("squeezenet.safetensors", "safetensors"),
            ("resnet20.onnx", "ONNX, opset"), ("resnet20.th", "PyTorch, "), ("resnet56.onnx", "ONNX, opset"), ("resnet56.th", "PyTorch, "),
            ("dcgan-generator.onnx", "ONNX, opset"), ("dcgan-generator.pth", "PyTorch, "), ("resnet8.onnx", "ONNX, opset"),
            ("resnet8.h5", "Keras, HDF5"), ("distiller-resnet20.pth.tar", "PyTorch, legacy"), ("dcgan-discriminator.pth", "PyTorch, legacy"),
        ])
    func formats(file: String, format: String) throws {
        let model = try ModelFile.open(path: try #require(sharedModels) + file)
        #expect(model.format.hasPrefix(format), "\(model.format)")
        #expect(model.layers.count >= 4)
    }

    @Test(
        "Checkpoints open with their parameters",
        arguments: [
            ("distiller-resnet20.pth.tar", 274_042, "PyTorch, legacy"), ("dcgan-discriminator.pth", 662_016, "PyTorch, legacy"),
            ("mnist-cnn.pt", 376_938, "PyTorch, zip"),
        ])
    func parameters(file: String, count: Int, format: String) throws {
        let model = try ModelFile.open(path: try #require(sharedModels) + file)
        #expect(model.format == format)
        #expect(model.parameterCount == count)
        #expect(model.tensors.allSatisfy { !$0.name.hasPrefix("module.") })
        #expect(model.structureByteCount < model.fileByteCount / 10)
    }
}
