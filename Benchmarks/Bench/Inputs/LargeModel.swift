import Basics
import Glibc
import TensorCore

/// A safetensors file of 500 MB, written once.
///
/// Its layers' names differ from their neighbours' in every letter and repeat none: a terminal library sends only the cells
/// that change, and a run of equal letters as one and a count, and the names have to be seen whole in what it sends.
enum LargeModel {
    static let fileName = "large.safetensors"
    static let layerNames = (0..<26).map(name)

    private static func name(ofLayer layer: Int) -> String {
        let letters = (0..<6).map { place in UInt8(ascii: "a") + UInt8((layer + 5 * place) % 26) }
        return String(decoding: letters, as: UTF8.self)
    }

    private static let shape: Shape = [2_200, 2_200]

    /// The file's path within `folder`, where it is written unless it is there already.
    static func path(in folder: String) throws -> String {
        let path = folder + "/" + fileName
        let byteCount = shape.count * 4
        let tensors = layerNames.enumerated().map { index, name in
            """
            "\(name).weight":{"dtype":"F32","shape":[\(shape[0]),\(shape[1])],"data_offsets":[\(index * byteCount),\((index + 1) * byteCount)]}
            """
        }
        var header = Array("{\(tensors.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let expectedSize = 8 + header.count + layerNames.count * byteCount
        if (try? MappedFile(path: path))?.byteCount == expectedSize { return path }

        guard let file = fopen(path, "wb") else { throw BenchmarkFailure("cannot write \(path)") }
        var written = withUnsafeBytes(of: UInt64(header.count).littleEndian) { fwrite($0.baseAddress, 1, $0.count, file) }
        written += fwrite(header, 1, header.count, file)
        for layer in layerNames.indices {
            let weights = LaplaceWeights.tensor(shape, scale: 0.02, seed: UInt64(layer) << 32)
            written += weights.storage.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        }
        guard fclose(file) == 0, written == expectedSize else { throw BenchmarkFailure("cannot write all of \(path)") }
        return path
    }
}

/// Why something could not be measured.
struct BenchmarkFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
