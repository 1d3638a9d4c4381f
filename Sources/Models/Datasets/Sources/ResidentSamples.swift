import TensorCore

/// Samples that are read once and kept, where they fit into memory.
public struct ResidentSamples: SampleSource {
    private let source: any SampleSource
    private let values: [Float]?
    private let unreadable: Set<Int>

    private static let byteLimit = 1 << 30

    public init(_ source: any SampleSource) {
        self.source = source
        let size = source.shape.count
        guard source.count * size * 4 <= Self.byteLimit else {
            (values, unreadable) = (nil, [])
            return
        }
        var failed: Set<Int> = []
        values = [Float](unsafeUninitializedCapacity: source.count * size) { buffer, initialized in
            var start = 0
            while start < source.count {
                let end = min(start + 256, source.count)
                failed.formUnion(
                    source.read(start..<end, into: UnsafeMutableBufferPointer(rebasing: buffer[start * size..<end * size])))
                start = end
            }
            initialized = source.count * size
        }
        unreadable = failed
    }

    public var count: Int { source.count }
    public var shape: Shape { source.shape }
    public var labels: [Int]? { source.labels }

    public func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        guard let values else { return source.read(samples, into: buffer) }
        let size = shape.count
        values.withUnsafeBufferPointer { values in
            _ = buffer.update(
                fromContentsOf: UnsafeBufferPointer(rebasing: values[samples.lowerBound * size..<samples.upperBound * size]))
        }
        return unreadable.isEmpty ? [] : samples.filter { unreadable.contains($0) }
    }
}
