import Basics
import TensorCore
import Testing

@testable import Compression

@Suite("Numbers beside the layers")
struct NumberStreamTests {
    private static func tensors(_ seed: UInt64) -> [Tensor] {
        var random = SeededRandom(seed: seed)
        return (0..<Int.random(in: 1...8, using: &random)).map { _ in
            let count = Int.random(in: 1...40, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: return Tensor([Float](repeating: Float(random.normal()), count: count), shape: [count])
            case 1: return Tensor((0..<count).map { _ in Float(random.normal()) }, shape: [count])
            case 2: return Tensor((0..<count).map { _ in Float((random.normal() * 40).rounded()) * 0.125 }, shape: [count])
            case 3:
                // Every pattern of bits there is: denormals, infinities, numbers that are none.
                return Tensor((0..<count).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random)) }, shape: [count])
            case 4: return Tensor((0..<count).map { _ in Float(bitPattern: UInt32.random(in: 0...99, using: &random) << 3) }, shape: [count])
            case 5: return Tensor((0..<count).map { _ in [0, -0.0, 1, -3][Int.random(in: 0..<4, using: &random)] }, shape: [count])
            default:
                let bytes = (0..<count * 8).map { $0 % 8 == 0 ? UInt8.random(in: 0...3, using: &random) : 0 }
                return Tensor(shape: [count], elementType: .int64, storage: .owned(bytes))
            }
        }
    }

    @Test("Tensors come back bit for bit", arguments: 0..<60 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let tensors = Self.tensors(seed)
        var encoder = NumberEncoder()
        for tensor in tensors { encoder.append(tensor) }
        let stream = encoder.finish()
        let found = try #require(NumberStream.decoded(stream, tensors.map { ($0.elementType, $0.byteCount) }))
        for (tensor, bytes) in zip(tensors, found) { #expect(tensor.storage.withUnsafeBytes { Array($0) } == bytes) }
    }

    @Test("Extremes of float32 come back")
    func extremes() throws {
        let numbers: [Float] = [.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0, -0.0, 1, -.pi]
        var encoder = NumberEncoder()
        encoder.append(Tensor(numbers, shape: [7]))
        let found = try #require(NumberStream.decoded(encoder.finish(), [(.float32, 28)]))
        #expect(found == [numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }])
    }

    @Test("Short numbers take few bits, and constants next to none")
    func sizes() {
        var random = SeededRandom(seed: 3)
        var encoder = NumberEncoder()
        encoder.append(Tensor((0..<1000).map { _ in Float((random.normal() * 20).rounded()) / 64 }, shape: [1000]))
        // The entropy of such numbers is log₂(20 √(2πe)) = 6.4 bits.
        #expect(encoder.finish().count < 1000 * 7 / 8)
        encoder = NumberEncoder()
        for _ in 0..<50 { encoder.append(Tensor([Float](repeating: 0.5, count: 100), shape: [100])) }
        #expect(encoder.finish().count < 50)
    }

    @Test("A stream may not claim more than it can hold, and noise is read or refused")
    func hostile() {
        #expect(NumberStream.decoded([1, 2, 3], [(.float32, 1 << 30), (.float32, 1 << 30)]) == nil)
        #expect(NumberStream.decoded([], [(.float32, -4)]) == nil)
        var random = SeededRandom(seed: 9)
        for _ in 0..<200 {
            let noise = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = NumberStream.decoded(noise, [(.float32, 400), (.int64, 80), (.float32, 4)])
        }
    }
}
