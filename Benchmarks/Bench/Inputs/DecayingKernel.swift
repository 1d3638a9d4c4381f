import Basics
import Glibc
import TensorCore

/// A kernel as training leaves them: patterns of falling weight, and noise. (Noise alone is what no factorization helps.)
enum DecayingKernel {
    /// out × in × 3 × 3, row-major: `terms` products of an output, an input and a window vector, term k weighing
    /// (k + 1)^−0.7, and normal noise of a tenth of their power.
    static func tensor(out: Int, in inputs: Int, terms: Int = 256) -> Tensor {
        let window = 9
        var random = SeededRandom(seed: 20)
        func normal(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
        let (left, right, windows) = (normal(terms * out), normal(terms * inputs), normal(terms * window))
        let weights = (0..<terms).map { Float(pow(Double($0 + 1), -0.7)) }
        let noise = Float((weights.reduce(0) { $0 + $1 * $1 } / 10).squareRoot())
        var values = normal(out * inputs * window).map { $0 * noise }
        values.withUnsafeMutableBufferPointer { values in
            for s in 0..<out {
                for k in 0..<terms {
                    for d in 0..<window {
                        let factor = weights[k] * left[k * out + s] * windows[k * window + d]
                        for t in 0..<inputs { values[(s * inputs + t) * window + d] += factor * right[k * inputs + t] }
                    }
                }
            }
        }
        return Tensor(values, shape: [out, inputs, 3, 3])
    }
}
