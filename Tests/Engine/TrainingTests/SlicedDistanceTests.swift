import Basics
import TensorCore
import Testing

@testable import Training

@Suite("Sliced distance of samples")
struct SlicedDistanceTests {
    private func samples(_ count: Int, seed: UInt64, shift: Float = 0) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<count * 100).map { _ in Float(random.normal()) + shift }
    }

    @Test("It is nothing between equal samples, small between like ones and large between others")
    func order() {
        let shape: Shape = [1, 10, 10]
        let distance = SlicedDistance(to: samples(200, seed: 1), count: 200, shape: shape)
        #expect(distance.distance(of: samples(200, seed: 1)) == 0)
        let like = distance.distance(of: samples(200, seed: 2))
        let other = distance.distance(of: samples(200, seed: 2, shift: 0.3))
        #expect(like > 0 && like < other / 2, "\(like) \(other)")
        #expect(distance.distance(of: Array(repeating: .nan, count: 20_000)) == .infinity)
    }

    @Test("Along one dimension it is the mean difference of the sorted values")
    func oneDimension() {
        let distance = SlicedDistance(to: [3, 1, 2, 8], count: 4, shape: [1])
        // Every unit direction of a line is 1 or −1.
        #expect(abs(distance.distance(of: [2, 4, 2, 9]) - 0.75) < 1e-6)
    }
}
