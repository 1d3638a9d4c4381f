import Basics
import Glibc
import ModelFormats
import NeuralNetwork
import Testing

/// Damaged files throw or open; the process ends a test that traps.
@Suite("Hostile files")
struct HostilityTests {
    static let seeds = [
        "onnx/element-types.onnx", "onnx/branches.onnx", "onnx/convolutions.onnx", "onnx/shapes-opset21.onnx",
        "onnx/shapes-opset7.onnx", "onnx/recurrent.onnx", "onnx/products.onnx", "onnx/constants.onnx",
        "onnx/sparse.onnx", "onnx/everything.onnx", "safetensors/mixed.safetensors", "safetensors/model.safetensors.index.json",
    ]

    /// What opening, and where wanted writing and opening again, came to: the number of layers, or an error in one line.
    static func attempt(_ bytes: [UInt8], _ name: String, in folder: TemporaryFolder, writing: Bool = false) -> String {
        do throws(ModelFileError) {
            let model = try ModelFile.open(path: folder.write(bytes, name))
            // Looking at what was opened must hold as well.
            for layer in model.layers where layer.bias.map({ !model.tensors.indices.contains($0) }) ?? false { return "bad bias" }
            let path = folder.reserve(model.graph == nil ? "again.safetensors" : "again.onnx")
            if writing {
                if let message = writeMessage(model, path) { return "\(message) after all layers, " }
                _ = ModelDescription.lines(of: try ModelFile.open(path: path))
            }
            return "\(model.layers.count) layers, \(model.parameterCount) parameters"
        } catch {
            return error.message
        }
    }

    /// Steps between cuts: every byte of small files, and of larger ones, most of whose bytes are weights, every seventh.
    /// PARE_FUZZ_ROUNDS asks for more flips.
    @Test("A file cut off at any byte throws or opens", arguments: seeds)
    func truncation(seed: String) throws {
        let bytes = try Goldens.bytes(Goldens.folder + seed)
        let name = seed.split(separator: "/").last.map(String.init) ?? seed
        let folder = TemporaryFolder()
        var failures = 0
        let cuts = stride(from: 0, to: bytes.count, by: bytes.count <= 1000 ? 1 : 7)
        for length in cuts {
            let outcome = Self.attempt(Array(bytes[..<length]), name, in: folder)
            #expect(!outcome.contains("\n"))
            if !outcome.contains("layers, ") { failures += 1 }
        }
        // Only a cut behind the last field a model needs can go unnoticed.
        #expect(failures * 10 > Array(cuts).count * 9)
    }

    @Test("Flipped bits throw or open", arguments: seeds)
    func flips(seed: String) throws {
        let bytes = try Goldens.bytes(Goldens.folder + seed)
        let name = seed.split(separator: "/").last.map(String.init) ?? seed
        let folder = TemporaryFolder()
        var random = SeededRandom(seed: 1)
        let rounds = getenv("PARE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 150
        for round in 0..<rounds {
            var damaged = bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: damaged.indices, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: damaged[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 1: damaged[place] = [0x00, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
                case 2: damaged[place] = UInt8.random(in: .min ... .max, using: &random)
                default: damaged.insert(contentsOf: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], at: place)
                }
            }
            // Writing waits for the disk, so that it is tried now and then.
            #expect(!Self.attempt(damaged, name, in: folder, writing: round % 4 == 0).contains("\n"))
        }
    }
}
