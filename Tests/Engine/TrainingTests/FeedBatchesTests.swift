import Basics
import Datasets
import TensorCore
import Testing

@testable import Training

@Suite("Images that are changed on their way into a network")
struct FeedBatchesTests {
    private func images(_ count: Int) -> ArraySource {
        var random = SeededRandom(seed: 4)
        return ArraySource(values: (0..<count * 3 * 5 * 6).map { _ in Float(random.normal()) }, shape: [3, 5, 6])
    }

    private func batch(_ source: any SampleSource, _ shape: Shape, axis: Int) throws -> [Float] {
        let batches = try FeedBatches(
            [SampleFeed(input: "x", source: source, batchAxis: axis)], labels: nil,
            ports: ["x": FeedBatches.Port(elementType: .float32, shape: shape)], batchSize: 4,
            augmentation: Augmentation(shift: 2, flips: true, leastCrop: 0.8), seed: 9)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: shape.count * 4, alignment: 8)
        defer { bytes.deallocate() }
        _ = try batches.read(batch: 1, epoch: 2, into: ["x": bytes])
        return Array(bytes.bindMemory(to: Float.self))
    }

    @Test("With their channels last, or samples along another axis, they are moved, mirrored and cut as with their channels first")
    func layouts() throws {
        let planar = try batch(images(8), [4, 3, 5, 6], axis: 0)
        let plain = try batch(images(8).channelsLast, [4, 5, 6, 3], axis: 0)
        let second = try batch(images(8), [3, 4, 5, 6], axis: 1)
        #expect(Set(planar) != Set(images(8).values(0..<8).values))
        for sample in 0..<4 {
            for channel in 0..<3 {
                for pixel in 0..<30 {
                    let value = planar[(sample * 3 + channel) * 30 + pixel]
                    #expect(plain[(sample * 30 + pixel) * 3 + channel] == value)
                    #expect(second[(channel * 4 + sample) * 30 + pixel] == value)
                }
            }
        }
    }

    @Test("What is no image is refused in words")
    func refused() {
        let numbers = ArraySource(values: Array(repeating: 1, count: 40), shape: [10])
        #expect {
            try batch(numbers, [4, 10], axis: 0)
        } throws: { "\($0)".contains("no images") }
    }
}

extension SampleSource {
    fileprivate func values(_ samples: Range<Int>) -> (values: [Float], failed: [Int]) {
        var values = [Float](repeating: 0, count: samples.count * shape.count)
        let failed = values.withUnsafeMutableBufferPointer { read(samples, into: $0) }
        return (values, failed)
    }
}
