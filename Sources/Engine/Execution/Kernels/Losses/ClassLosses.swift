import Glibc
import NeuralNetwork
import TensorCore

extension KernelLibrary {
    /// Losses of class scores (N, C, d…) against classes (N, d…), perhaps weighted by class.
    static let losses: [String: Maker] = [
        "NegativeLogLikelihoodLoss": loss(normalizes: false), "SoftmaxCrossEntropyLoss": loss(normalizes: true),
    ]

    private enum Reduction: String { case none, sum, mean }

    private static func loss(normalizes: Bool) -> Maker {
        { context throws(KernelFault) in
            let scores = try context.floatShape(0)
            guard scores.rank >= 2 else { throw KernelFault("scores of \(scores) have no classes") }
            let places = Shape([scores[0]] + scores.dimensions[2...])
            let isWide = try Self.isWide(context, 1)
            guard try context.shape(1) == places else { throw KernelFault("classes of \(try context.shape(1)) do not fit \(scores)") }
            let (outer, classes, inner) = scores.split(at: 1)
            try context.checkVector(2, count: classes)
            let name = context.text("reduction", default: "mean")
            guard let reduction = Reduction(rawValue: name) else { throw KernelFault("reduction \"\(name)\" is not supported") }
            let ignored = context.integer("ignore_index")
            let output = ValueType(elementType: .float32, shape: reduction == .none ? places : [])
            return Kernel(outputs: [output, ValueType(elementType: .float32, shape: scores)]) { inputs, outputs, _ in
                let logarithms = outputs[1].floatPointer
                logarithms.update(from: inputs.floats(0), count: scores.count)
                if normalizes { takeLogSoftmax(logarithms, outer, classes, inner) }
                let (targets, weights) = (inputs.given(1).bytes, inputs.optionalFloats(2))
                var (sum, weightSum): (Double, Double) = (0, 0)
                for place in 0..<outer * inner {
                    let target =
                        isWide
                        ? Int(targets.loadUnaligned(fromByteOffset: place * 8, as: Int64.self))
                        : Int(targets.loadUnaligned(fromByteOffset: place * 4, as: Int32.self))
                    var (value, weight): (Float, Float) = (0, 0)
                    // A class that is not there costs nothing, like one to ignore.
                    if target != ignored, target >= 0, target < classes {
                        weight = weights?[target] ?? 1
                        value = -logarithms[(place / inner * classes + target) * inner + place % inner] * weight
                    }
                    if reduction == .none { outputs[0].floatPointer[place] = value }
                    sum += Double(value)
                    weightSum += Double(weight)
                }
                switch reduction {
                case .none: break
                case .sum: outputs[0].floatPointer[0] = Float(sum)
                case .mean: outputs[0].floatPointer[0] = Float(sum / weightSum)
                }
            }
        }
    }

    private static func takeLogSoftmax(_ values: UnsafeMutablePointer<Float>, _ outer: Int, _ classes: Int, _ inner: Int) {
        for block in 0..<outer {
            for column in 0..<inner {
                let line = values + block * classes * inner + column
                var largest = -Float.infinity
                for index in 0..<classes { largest = max(largest, line[index * inner]) }
                var sum: Float = 0
                for index in 0..<classes { sum += expf(line[index * inner] - largest) }
                let shift = logf(sum)
                for index in 0..<classes { line[index * inner] = line[index * inner] - largest - shift }
            }
        }
    }
}
