import Basics
import Glibc
import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@Suite("HDF5")
struct HDF5Tests {
    static let folder = Goldens.folder + "hdf5/"

    @Test(
        "Every array is the one that h5py wrote, under the name that Keras gives it",
        arguments: [
            ("keras.h5", "Keras, HDF5"), ("weights.hdf5", "Keras, HDF5"), ("keras3.keras", "Keras 3"), ("arrays.h5", "HDF5"),
        ])
    func cases(file: String, format: String) throws {
        let model = try ModelFile.open(path: Self.folder + file)
        #expect(model.format == format)
        try GoldenTensors("hdf5/cases.tsv").check(model, file: file)
        #expect(model.fileByteCount == (try Goldens.bytes(Self.folder + file).count))
    }

    @Test("Weights are in the order of the model's layers, and the optimizer's are left out")
    func order() throws {
        let model = try ModelFile.open(path: Self.folder + "keras.h5")
        #expect(model.tensors.map(\.name) == (try GoldenTensors("hdf5/cases.tsv").names(of: "keras.h5")))
        let archive = try ModelFile.open(path: Self.folder + "keras3.keras")
        #expect(!archive.tensors.contains { $0.name.contains("optimizer") })
    }

    @Test("The last axis of Keras' kernels is that of the filters")
    func filters() throws {
        let model = try ModelFile.open(path: Self.folder + "keras.h5")
        let kernel = try #require(model.layers.first { $0.name == "conv2d/kernel:0" })
        #expect(kernel.matrix == MatrixView(rows: 18, columns: 5))
        #expect(kernel.bias.map { model.tensors[$0].name } == "conv2d/bias:0")
        let arrays = try ModelFile.open(path: Self.folder + "arrays.h5")
        #expect(arrays.layers.first { $0.name == "packed/deflated" }?.matrix == MatrixView(rows: 70, columns: 30))
    }

    @Test("What lies in the file as it is needed stays there, the rest is converted")
    func mapping() throws {
        let model = try ModelFile.open(path: Self.folder + "arrays.h5")
        func isMapped(_ name: String) throws -> Bool {
            if case .stored(.mapped) = try #require(model.tensors.first { $0.name == name }).tensor.bytes { true } else { false }
        }
        for name in ["types/f4le", "types/f2le", "types/i8le", "scalar"] { #expect(try isMapped(name), "\(name)") }
        for name in ["types/f4be", "packed/deflated", "compact"] { #expect(try !isMapped(name), "\(name)") }
    }

    @Test(
        "Other files, unknown filters, loops and bombs are refused in one line that names the array",
        arguments: [
            ("external-link.h5", "tensor “elsewhere” lies in another file, which Pare does not open."),
            ("external-storage.h5", "tensor “elsewhere” lies in another file, which Pare does not open."),
            ("virtual.h5", "tensor “elsewhere” is made up of other files, which Pare does not open."),
            ("filter.h5", "tensor “packed” is packed by HDF5's filter 32000."),
            ("bomb.h5", "tensor “large” says that 0 stored bytes stand for 4294967296."),
            ("loop.h5", "tensor “b” is a link to somewhere else, which Pare does not follow."),
            ("texts.h5", "the file is an HDF5 file without arrays of numbers."),
        ])
    func refusals(file: String, expected: String) throws {
        let path = Self.folder + file
        let line = message { () throws(ModelFileError) in try ModelFile.open(path: path) }
        #expect(line == "“\(path)”: \(expected) Save the model's weights anew with model.save_weights.")
    }

    @Test("A file cut off anywhere, or with any byte changed, throws or opens", arguments: ["keras.h5", "arrays.h5", "weights.hdf5"])
    func damage(file: String) throws {
        let bytes = try Goldens.bytes(Self.folder + file)
        let folder = TemporaryFolder()
        var failures = 0
        var random = SeededRandom(seed: 11)
        for round in 0..<(getenv("PARE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 120) {
            var damaged = bytes
            if round % 3 == 0 {
                damaged.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            } else {
                // Most of what says where things are is at the front.
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 8..<(round % 3 == 1 ? min(4096, bytes.count) : bytes.count), using: &random)
                    damaged[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let result = HostilityTests.attempt(damaged, "damaged.h5", in: folder)
            #expect(!result.contains("\n"))
            if !result.contains("layers, ") { failures += 1 }
        }
        #expect(failures > 10)
    }
}

@Suite("Real Keras models", .enabled(if: sharedModels != nil, "set PARE_TEST_DATA to the folder that holds models/"))
struct SharedHDF5Tests {
    @Test("ResNet-8's weights equal those of its ONNX file bit by bit, once axes are in the other order")
    func resnet() throws {
        let folder = try #require(sharedModels)
        let keras = try ModelFile.open(path: folder + "resnet8.h5")
        let onnx = try ModelFile.open(path: folder + "resnet8.onnx")
        #expect(keras.format == "Keras, HDF5")
        #expect(keras.parameterCount == onnx.parameterCount)
        let names = ["kernel": "weight", "gamma": "weight", "beta": "bias", "bias": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"]
        #expect(keras.tensors.count == 48)
        for stored in keras.tensors {
            let parts = stored.name.dropLast(2).split(separator: "/").map(String.init)
            let name = "\(parts[0]).\(try #require(names[parts[1]]))"
            let other = try #require(onnx.tensors.first { $0.name == name }, "\(name)").tensor
            #expect(try filtersFirst(stored.tensor.read()).map(\.bitPattern) == other.floats().map(\.bitPattern), "\(name)")
        }
    }

    /// Height, width, in, out → out, in, height, width; in, out → out, in.
    private func filtersFirst(_ tensor: Tensor) -> [Float] {
        let values = tensor.floats()
        guard tensor.shape.rank > 1 else { return values }
        let (outs, ins) = (tensor.shape[tensor.shape.rank - 1], tensor.shape[tensor.shape.rank - 2])
        let window = tensor.shape.count / outs / ins
        return (0..<outs).flatMap { out in
            (0..<ins).flatMap { input in (0..<window).map { values[($0 * ins + input) * outs + out] } }
        }
    }
}
