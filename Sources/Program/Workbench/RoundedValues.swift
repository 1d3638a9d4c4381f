import NeuralNetwork
import PareFile
import TensorCore

/// How far a compressed file's values are from those that its recipe makes here, where some were computed by linear algebra or by running
/// the network: processors of another kind round such sums otherwise, in the seventh digit.
enum RoundedValues {
    /// As a part of a tensor's norm; what is nearer is the same but for rounding. Other weights, ranks or samples are thousands of times as far.
    static let limit = 1e-3

    /// The greatest distance of a tensor from its counterpart, as a part of its norm; nil where they differ in more than values.
    static func distance(of found: Model, from expected: Model) throws -> Double? {
        let tensors = Dictionary(found.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        guard tensors.count == Set(expected.tensors.map(\.name)).count else { return nil }
        var greatest = 0.0
        for stored in expected.tensors {
            guard let own = tensors[stored.name], own.shape == stored.tensor.shape, own.elementType == stored.tensor.elementType else {
                return nil
            }
            let (left, right) = (try own.read(), try stored.tensor.read())
            guard own.elementType.isReadableAsFloat else {
                let isEqual = left.storage.withUnsafeBytes { left in right.storage.withUnsafeBytes { left.elementsEqual($0) } }
                guard isEqual else { return nil }
                continue
            }
            let distance = relativeDistance(left.floats(), right.floats())
            guard distance <= limit else { return nil }
            greatest = max(greatest, distance)
        }
        return greatest
    }

    /// ‖a − b‖ / ‖b‖; 0 where both are the same to the bit, and infinite where one is no number.
    private static func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
        var (difference, norm) = (0.0, 0.0)
        for (a, b) in zip(a, b) where a.bitPattern != b.bitPattern {
            difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
        }
        guard difference != 0 else { return 0 }
        for b in b { norm += Double(b) * Double(b) }
        let distance = (difference / norm).squareRoot()
        return distance.isNaN ? .infinity : distance
    }
}
