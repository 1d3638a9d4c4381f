import TensorCore

/// Samples of unsigned bytes that lie in files or in memory, one behind the other or in records.
struct ByteSource: SampleSource {
    /// Equal records of one storage.
    struct Records: Sendable {
        /// Bounds: holds `count × stride` bytes, and a sample ends within its record.
        var storage: TensorStorage
        var count: Int
        var stride: Int
        /// Bytes of a record in front of its sample.
        var offset: Int
    }

    private let records: [Records]
    /// The first sample of each of `records`, and behind the last the number of all.
    private let firstSamples: [Int]
    private let pipeline: SamplePipeline
    let labels: [Int]?

    init(_ records: [Records], pipeline: SamplePipeline, labels: [Int]?) {
        for part in records {
            precondition(part.storage.byteCount >= part.count * part.stride)
            precondition(part.offset + pipeline.storedCount <= part.stride)
        }
        self.records = records
        self.pipeline = pipeline
        self.labels = labels
        firstSamples = records.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    var count: Int { firstSamples[firstSamples.count - 1] }
    var shape: Shape { pipeline.shape }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        precondition(samples.lowerBound >= 0 && samples.upperBound <= count && buffer.count == samples.count * shape.count)
        guard let output = buffer.baseAddress else { return [] }
        for (index, part) in records.enumerated() {
            let held = (firstSamples[index]..<firstSamples[index + 1]).clamped(to: samples)
            guard !held.isEmpty else { continue }
            part.storage.withUnsafeBytes { bytes in
                guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
                for sample in held {
                    pipeline.write(
                        base + (sample - firstSamples[index]) * part.stride + part.offset,
                        to: output + (sample - samples.lowerBound) * shape.count)
                }
            }
        }
        return []
    }
}
