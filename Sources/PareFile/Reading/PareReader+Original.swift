import Compression
import ModelFormats

extension PareReader {
    /// The name of the first tensor that is not what a writer would write; nil where all are. Checksums are compared.
    public func firstDifference(from writer: PareWriter, progress: (Double) -> Void = { _ in }) throws(ModelWriteError) -> String? {
        var found: [String: String?] = [:]
        for item in items { found[item.name] = .some(item.checksum) }
        for (tensor, checksum) in zip(opaque, opaqueChecksums) { found[tensor.name] = .some(checksum) }
        for tensor in writer.header.tensors {
            guard let checksum = found.removeValue(forKey: tensor.name) else { return tensor.name }
            let expected = tensor.bytes.isEmpty ? nil : try writer.checksum(of: tensor, path: path).hexadecimal
            guard checksum == expected else { return tensor.name }
            progress(Double(tensor.bytes.upperBound) / Double(max(1, writer.fileByteCount)))
        }
        return found.keys.min()
    }
}
