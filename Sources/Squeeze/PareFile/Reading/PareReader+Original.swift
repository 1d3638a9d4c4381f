import Basics
import Compression
import ModelFormats

extension PareReader {
    /// The name of the first tensor that is not what a writer would write; nil where all are. Checksums are compared.
    public func firstDifference(from writer: PareWriter, progress: ProgressSink = { _ in }) throws(ModelWriteError) -> String? {
        var found: [String: UInt32?] = [:]
        for item in items { found[item.name] = .some(item.checksum) }
        for (tensor, checksum) in opaque { found[tensor.name] = .some(checksum) }
        var done = WorkProgress(byteCount: writer.fileByteCount, count: writer.items.count)
        if let graph, try graph.checksum != writer.graphChecksum(path: path) { return "pare.graph" }
        for item in writer.items {
            progress(done)
            guard let checksum = found.removeValue(forKey: item.name) else { return item.name }
            guard try checksum == writer.checksum(of: item, path: path) else { return item.name }
            done.doneByteCount += item.byteCount
            done.doneCount += 1
        }
        return found.keys.min()
    }
}
