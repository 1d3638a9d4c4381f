import Digits
import Foundation
import Workbench

/// The files that a soak plays with, in a folder of its own: nothing is read or written beside it, real models are copied.
struct Material {
    let folder: String
    /// Names of files in the folder.
    var models: [String] = []
    /// What only looks like a model: the explorer says so, the command line ends.
    var unreadable: [String] = []
    var recipes: [String] = []
    /// Names, or paths of real data that is only read.
    var data: [String] = []

    /// Real models beyond this many bytes are left out.
    private static let largestModel = 6 << 20

    /// Writes the material; `real` is a folder with `models` and `data`, as PARE_TEST_DATA names one.
    init(in folder: String, real: String?) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for demo in Demo.all {
            guard let bytes = Asset.named(demo.asset) else { continue }
            try write(Data(bytes), demo.fileName)
            models.append(demo.fileName)
        }
        try IDXFile.write(DigitSet(count: 300, seed: 5), images: folder + "/digits-images", labels: folder + "/digits-labels")
        try write(Data("kind: idx\nimages: digits-images\nlabels: digits-labels\nscale: 0.00392156862745098\n".utf8), "digits.yaml")
        try write(Data("kind: idx\nimages: missing\nlabels: digits-labels\n".utf8), "broken.yaml")
        data = ["digits.yaml"]
        try write(Data("pare: 1\nglobal: {prune: {sparsity: 0.6}, share: {clusters: 16}}\n".utf8), "shared.yaml")
        try write(Data("pare: 1\nglobal: {filters: {fraction: 0.5}, share: {clusters: 16, init: trellis}}\n".utf8), "doubtful.yaml")
        recipes = ["shared.yaml", "doubtful.yaml"]
        for (name, shapes) in [
            ("small.safetensors", ["fc": [64, 64], "conv": [8, 3, 3, 3]]), ("flat.safetensors", ["one": [1, 1], "row": [1, 500], "column": [500, 1]]),
            ("empty.safetensors", ["bias": [10]]),
        ] { try writeTensors(name, shapes) { Float(Double(($0 &* 37) % 101 - 50) / 50) } }
        try writeTensors("wild.safetensors", ["nan": [16, 16], "same": [32, 8]]) { $0 == 5 ? .nan : 1 }
        try writeTensors("huge-values.safetensors", ["huge": [16, 16]]) { $0 % 3 == 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude }
        try write(Data((0..<3000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }), "noise.onnx")
        unreadable += ["noise.onnx", "broken.yaml"]
        if let real { try takeReal(real) }
    }

    private mutating func takeReal(_ real: String) throws {
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: real + "/models").sorted() {
            let path = real + "/models/" + name
            let size = (try files.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? .max
            guard [".onnx", ".pth", ".h5", ".npz"].contains(where: name.hasSuffix), size <= Self.largestModel, name.count < 40 else { continue }
            try files.copyItem(atPath: path, toPath: folder + "/" + name)
            models.append(name)
        }
        data += try files.contentsOfDirectory(atPath: real + "/data").filter { $0.hasSuffix(".yaml") }.sorted().map { real + "/data/" + $0 }
    }

    private func write(_ data: Data, _ name: String) throws { try data.write(to: URL(fileURLWithPath: folder + "/" + name)) }

    /// A safetensors file whose weights are made by their number.
    private mutating func writeTensors(_ name: String, _ shapes: [String: [Int]], _ value: (Int) -> Float) throws {
        var entries: [String] = []
        var values: [Float] = []
        for (tensor, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            let count = shape.reduce(1, *)
            entries.append("\"\(tensor)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(values.count * 4),\((values.count + count) * 4)]}")
            values += (0..<count).map(value)
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        values.withUnsafeBytes { bytes += $0 }
        try write(Data(bytes), name)
        models.append(name)
    }
}
