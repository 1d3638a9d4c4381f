import TensorCore

/// Images (channels, height, width) for a network that takes them with channels last.
struct ChannelsLast: SampleSource {
    private let source: any SampleSource
    let shape: Shape

    init(_ source: any SampleSource) {
        precondition(source.shape.rank == 3, "\(source.shape) is no image")
        self.source = source
        shape = [source.shape[1], source.shape[2], source.shape[0]]
    }

    var count: Int { source.count }
    var labels: [Int]? { source.labels }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        let failed = source.read(samples, into: buffer)
        let (channels, pixels) = (shape[2], shape[0] * shape[1])
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, shape.count)) { work in
            for position in samples.indices.map({ $0 - samples.lowerBound }) {
                let image = UnsafeMutableBufferPointer(rebasing: buffer[position * shape.count..<(position + 1) * shape.count])
                _ = work.update(fromContentsOf: image)
                for channel in 0..<channels {
                    for pixel in 0..<pixels { image[pixel * channels + channel] = work[channel * pixels + pixel] }
                }
            }
        }
        return failed
    }
}

extension SampleSource {
    /// Images with their channels last, for networks that take them so.
    public var channelsLast: any SampleSource { ChannelsLast(self) }
}
