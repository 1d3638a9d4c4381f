import ArrayFiles
import Basics
import Compression
import Datasets
import Glibc
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import TensorCore
import TerminalUI
import TextFormats

/// A reader that is given bytes nobody wrote. It may refuse them with an error of one line; it may not trap, hang or take much memory.
enum FuzzTarget: String, CaseIterable {
    case onnx, safetensors, shards, torch, pickle, hdf5, gguf, zip, npz, npy, idx, gzip, entry, container, structure, numbers, recipe, data, theme, json

    func read(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .onnx: model(bytes, ".onnx")
        case .safetensors: model(bytes, ".safetensors")
        case .shards: model(bytes, ".safetensors.index.json")
        case .torch: model(bytes, ".pt")
        case .pickle: model(bytes, ".pth", behind: Self.legacyHead)
        case .hdf5: model(bytes, ".h5")
        case .gguf: model(bytes, ".gguf")
        case .npz: model(bytes, ".npz")
        case .npy:
            attempt { () throws(ArrayFileError) in
                sum(try NPYFile.read(file(bytes, ".npy")))
            } words: {
                $0.message
            }
        case .idx:
            attempt { () throws(ArrayFileError) in
                sum(try IDXArray.read(file(bytes, "-idx3-ubyte")))
            } words: {
                $0.message
            }
        case .gzip:
            attempt { () throws(ArrayFileError) in
                _ = try Gzip.inflate(file(bytes, ".gz"), limit: 1 << 22)
            } words: {
                $0.message
            }
        case .zip:
            attempt { () throws(ArrayFileError) in
                try members(file(bytes, ".zip"))
            } words: {
                $0.message
            }
        case .entry:
            attempt { () throws(StreamError) in
                _ = try decoded(bytes)
            } words: {
                "\($0)"
            }
        case .container:
            attempt { () throws(ModelFileError) in
                try container(bytes)
            } words: {
                $0.message
            }
        case .structure:
            attempt { () throws(ModelFileError) in
                try structure(bytes)
            } words: {
                $0.message
            }
        case .numbers: numbers(bytes)
        case .recipe:
            attempt { () throws(RecipeError) in
                try recipe(bytes)
            } words: {
                $0.message
            }
        case .data: data(bytes)
        case .theme:
            let text = String(decoding: bytes, as: UTF8.self)
            attempt { () throws(ThemeError) in
                _ = try Theme(yaml: text, file: "fuzz.yaml")
            } words: {
                $0.description
            }
        case .json:
            attempt { () throws(StrictJSON.Fault) in
                var json = StrictJSON(bytes)
                try json.skipValue()
                try json.end()
            } words: {
                $0.found + $0.expected
            }
        }
    }

    /// What stands in a legacy file of PyTorch's before the objects.
    private static let legacyHead: [UInt8] =
        [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e, 0x80, 2, 0x4d, 0xe9, 0x03, 0x2e]
        + [0x80, 2, 0x7d, 0x2e]

    // MARK: Readers

    private func model(_ bytes: UnsafeRawBufferPointer, _ ending: String, behind head: [UInt8] = []) {
        let whole = head + Array(bytes)
        whole.withUnsafeBytes { whole in
            attempt { () throws(ModelFileError) in
                let model = try ModelFile.open(file(whole, ending))
                for stored in model.tensors where stored.tensor.byteCount < 1 << 20 { sum(stored.tensor) }
            } words: {
                $0.message
            }
        }
    }

    private func members(_ file: MappedFile) throws(ArrayFileError) {
        let archive = try ZIPArchive(file)
        for name in archive.names where archive.byteCount(of: name) ?? 0 < 1 << 20 {
            try archive.content(of: name).withUnsafeBytes { touch($0) }
        }
    }

    /// An entry says itself how large its layer is, which the container bounds.
    private func decoded(_ bytes: UnsafeRawBufferPointer) throws(StreamError) -> Int {
        let entry = Array(bytes)
        guard try EntryDescription(of: entry).shape.count < 1 << 20 else { return 0 }
        return try DecodedLayer(decoding: entry).values.byteCount
    }

    /// A container whose beginning has the right sizes and checksums, so that what lies behind it is reached.
    private func container(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
        var bytes = Array(bytes)
        if bytes.count > 8 {
            let size = 8 + Int(min(bytes.withUnsafeBytes { UInt64(littleEndian: $0.load(as: UInt64.self)) }, UInt64(bytes.count - 8)))
            if bytes[8..<size].starts(with: "{\"pare.2\":{".utf8) {
                bytes = Self.file(Array(bytes[size...].dropFirst(4)))
            } else {
                Self.sealFirstVersion(&bytes, headerByteCount: size)
            }
        }
        try contents(of: bytes)
    }

    private func contents(of bytes: [UInt8]) throws(ModelFileError) {
        try bytes.withUnsafeBufferPointer { whole throws(ModelFileError) in
            let reader = try PareReader(file(UnsafeRawBufferPointer(whole), ".pare"))
            do throws(ModelFileError) { try reader.verify() } catch { _ = error.message }
            for stored in try reader.model().tensors where stored.tensor.byteCount < 1 << 20 { sum(stored.tensor) }
        }
    }

    /// A file of a body without its head's checksum; the checksums of parts are as they come.
    private static func file(_ body: [UInt8]) -> [UInt8] {
        var (position, sizes) = (0, [Int]())
        while sizes.count < 5, position < body.count {
            var (value, shift) = (0, 0)
            while position < body.count, shift < 35 {
                value |= Int(body[position] & 0x7f) << shift
                (position, shift) = (position + 1, shift + 7)
                if body[position - 1] < 0x80 { break }
            }
            sizes.append(value)
        }
        let head = sizes.count < 5 ? body.count : min(body.count, position + sizes[1] + sizes[3] + sizes[4])
        let checksum = CyclicRedundancy.of(body[..<head])
        let whole = (0..<4).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) } + body
        var text = "{\"pare.2\":{\"dtype\":\"U8\",\"shape\":[\(whole.count)],\"data_offsets\":[0,\(whole.count)]}}"
        while text.utf8.count % 8 != 0 { text += " " }
        return (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> ($0 * 8)) } + Array(text.utf8) + whole
    }

    private static func sealFirstVersion(_ bytes: inout [UInt8], headerByteCount end: Int) {
        let offset = 71
        guard end >= offset + 8 else { return }
        bytes.replaceSubrange(offset..<offset + 8, with: Array("00000000".utf8))
        let digits = String(CyclicRedundancy.of(bytes[..<end]), radix: 16)
        bytes.replaceSubrange(offset + 8 - digits.utf8.count..<offset + 8, with: Array(digits.utf8))
    }

    /// The text of a graph or of names in a file that has nothing behind it: its tensors are empty, or missing.
    private func structure(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
        let (text, plan) = (Array(bytes.prefix(4096)), [UInt8](repeating: 0x73, count: 64) + [0])
        let (structure, letters) = (TextStream.encoded(text), TextStream.encoded(plan))
        var head: [UInt8] = []
        for number in [text.count, structure.count, plan.count, letters.count, 1] {
            var rest = number
            while rest >= 0x80 {
                head.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            head.append(UInt8(rest))
        }
        try contents(of: Self.file(head + [0] + structure + letters))
    }

    /// Tensors of float32 and of bytes, as large as the first two bytes say, from the rest.
    private func numbers(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 2 else { return }
        _ = NumberStream.decoded(Array(bytes[2...]), [(.float32, Int(bytes[0]) * 4), (.int64, Int(bytes[1]) * 8), (.float32, 400)])
    }

    /// What is read can be written and read again, and resolved for a model.
    private func recipe(_ bytes: UnsafeRawBufferPointer) throws(RecipeError) {
        let recipe = try Recipe(yaml: Array(bytes))
        let again = try Recipe(yaml: try recipe.yaml())
        precondition(try! again.yaml() == recipe.yaml(), "a recipe is not what it was")
        _ = try recipe.plans(for: Self.someModel)
    }

    private static let someModel: Model = {
        let names = ["conv1.weight", "layer1.0.conv2.weight", "fc.weight", "re:fc", "a b: c"]
        let header = names.enumerated().map { "\"\($1)\":{\"dtype\":\"F32\",\"shape\":[4,4],\"data_offsets\":[\($0 * 64),\($0 * 64 + 64)]}" }
        let text = Array("{\(header.joined(separator: ","))}".utf8)
        let bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + [UInt8](repeating: 1, count: 64 * names.count)
        let kept = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        kept.copyBytes(from: bytes)
        return try! ModelFile.open(MappedFile(constant: UnsafeRawBufferPointer(kept), name: "some.safetensors"))
    }()

    /// A description names files, so it is read from one.
    private func data(_ bytes: UnsafeRawBufferPointer) {
        // Pipes and devices that a description might name are no findings.
        guard !bytes.contains(UInt8(ascii: "/")) else { return }
        let path = "/dev/shm/pare-fuzz-\(getpid()).yaml"
        guard let file = fopen(path, "wb") else { return }
        fwrite(bytes.baseAddress, 1, bytes.count, file)
        fclose(file)
        attempt { () throws(DataSetError) in
            _ = try DataSet.open(path: path)
        } words: {
            $0.message
        }
        unlink(path)
    }

    // MARK: Looking

    private func file(_ bytes: UnsafeRawBufferPointer, _ ending: String) -> MappedFile {
        MappedFile(constant: bytes, name: "fuzz\(ending)")
    }

    /// What was opened can be read.
    /// Reads a tensor, or is told that it cannot be worked out.
    private func sum(_ tensor: TensorSource) {
        if let tensor = try? tensor.read() { sum(tensor) }
    }

    private func sum(_ tensor: Tensor) { tensor.storage.withUnsafeBytes { touch($0) } }

    private func touch(_ bytes: UnsafeRawBufferPointer) {
        var sum = 0
        for byte in bytes { sum &+= Int(byte) }
        withExtendedLifetime(sum) {}
    }

    private func attempt<Failure: Error>(_ body: () throws(Failure) -> Void, words: (Failure) -> String) {
        do throws(Failure) {
            try body()
        } catch {
            let words = words(error)
            precondition(!words.isEmpty && !words.contains { $0.isNewline }, "an error that is not one line: \(words)")
        }
    }
}
