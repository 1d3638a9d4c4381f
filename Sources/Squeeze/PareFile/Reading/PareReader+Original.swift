import Basics
import Compression
import ModelFormats

extension PareReader {
    /// The name of the first tensor that is not what a writer would write; nil where all are. Checksums are compared.
    public func firstDifference(from writer: PareWriter, progress: ProgressSink = { _ in }) throws(ModelWriteError) -> String? {
        var found: [String: String?] = [:]
        for item in items { found[item.name] = .some(item.checksum) }
        for (tensor, checksum) in zip(opaque, opaqueChecksums) { found[tensor.name] = .some(checksum) }
        var done = WorkProgress(byteCount: writer.fileByteCount, count: writer.header.tensors.count)
        for tensor in writer.header.tensors {
            progress(done)
            guard let checksum = found.removeValue(forKey: tensor.name) else { return tensor.name }
            let expected = tensor.bytes.isEmpty ? nil : try writer.checksum(of: tensor, path: path).hexadecimal
            guard checksum == expected else { return tensor.name }
            done.doneByteCount += tensor.bytes.count
            done.doneCount += 1
        }
        return found.keys.min()
    }
}
