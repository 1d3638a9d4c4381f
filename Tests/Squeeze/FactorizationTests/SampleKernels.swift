import Basics
import Factorization
import Glibc
import TensorCore
import Testing

/// Kernels that any language draws alike: what `make_factorization.py` makes of the same seed.
enum SampleKernels {
    /// Normal numbers, SplitMix64 through Box–Muller.
    static func normal(_ count: Int, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in Float(random.normal()) }
    }

    /// Stored order: sums of `terms` separable patterns, term k weighing (k + 1)^−`decay`, and noise.
    static func decaying(_ layout: KernelLayout, terms: Int, decay: Double, noise: Float, seed: UInt64) -> [Float] {
        let (first, second) = layout.order == .outFirst ? (layout.out, layout.in) : (layout.in, layout.out)
        var values: [Float] = []
        for group in 0..<layout.groups {
            let start = seed &+ UInt64(group) &* 1_000
            let left = normal(terms * first, seed: start &+ 1)
            let right = normal(terms * second, seed: start &+ 2)
            let windows = normal(terms * layout.window, seed: start &+ 3)
            let rest = normal(first * second * layout.window, seed: start &+ 4)
            for a in 0..<first {
                for b in 0..<second {
                    for d in 0..<layout.window {
                        var sum = 0.0
                        for k in 0..<terms {
                            sum +=
                                pow(Double(k + 1), -decay) * Double(left[k * first + a]) * Double(right[k * second + b])
                                * Double(windows[k * layout.window + d])
                        }
                        values.append(Float(sum) + noise * rest[(a * second + b) * layout.window + d])
                    }
                }
            }
        }
        return values
    }
}

func tensor(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }

/// Σ (a − b)² in float64.
func squaredDistance(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count)
    var sum = 0.0
    for index in a.indices {
        let difference = Double(a[index]) - Double(b[index])
        sum += difference * difference
    }
    return sum
}

extension KernelLayout: CustomTestStringConvertible {
    public var testDescription: String { "\(groups) × \(out) × \(`in`) × \(window) \(order)" }
}
