import Basics
import TensorCore

/// How a tensor is filled before training.
enum InitialWeights {
    case constant(Float)
    case normal(deviation: Double)
    /// Between −bound and bound.
    case uniform(bound: Double)
    /// A number by its place.
    case each(@Sendable (Int) -> Float)

    /// For layers before a rectifier: a normal distribution of variance 2 / inputs (He, Zhang, Ren, Sun 2015).
    static func he(inputs: Int) -> InitialWeights { .normal(deviation: (2 / Double(inputs)).squareRoot()) }

    /// Caffe's `xavier`: uniform, of variance 1 / inputs (Glorot and Bengio 2010, without the outputs).
    static func xavier(inputs: Int) -> InitialWeights { .uniform(bound: (3 / Double(inputs)).squareRoot()) }

    /// Numbers of a shape, from a seeded source.
    func values(_ shape: Shape, using random: inout SeededRandom) -> Tensor {
        let values: [Float] =
            switch self {
            case .constant(let value): Array(repeating: value, count: shape.count)
            case .normal(let deviation): (0..<shape.count).map { _ in Float(random.normal() * deviation) }
            case .uniform(let bound): (0..<shape.count).map { _ in Float(random.uniform(-bound, bound)) }
            case .each(let value): (0..<shape.count).map(value)
            }
        return Tensor(values, shape: shape)
    }
}
