import Compression
import Factorization
import NeuralNetwork
import Synchronization
import TensorCore

/// The factors of one layer, worked out when the first of them is read.
final class DeferredFactors: Sendable {
    private enum Content: Sendable {
        case awaited(@Sendable () throws -> FactorMatrices)
        case ready(FactorMatrices)
    }

    private let content: Mutex<Content>

    init(_ make: @escaping @Sendable () throws -> FactorMatrices) { content = Mutex(.awaited(make)) }

    func matrices() throws -> FactorMatrices {
        try content.withLock { content in
            switch content {
            case .ready(let matrices): return matrices
            case .awaited(let make):
                let matrices = try make()
                content = .ready(matrices)
                return matrices
            }
        }
    }
}

/// Makes the tensors of a layer's factors in the orders that operators want.
struct FactorTensors {
    let layout: KernelLayout
    let ranks: Ranks
    let elementType: ElementType
    let factors: DeferredFactors

    var hasInput: Bool { layout.isMatrix || ranks.in < layout.in }
    var hasOutput: Bool { layout.isMatrix || ranks.out < layout.out }

    /// groups × rank × in, or with the last two exchanged.
    func input(shape: [Int], isTransposed: Bool = false) -> TensorSource {
        let (groups, rows, columns) = (layout.groups, ranks.in, layout.in)
        return tensor(shape) { matrices in
            let values = matrices.input ?? []
            return isTransposed ? Self.transposed(values, groups, rows, columns) : values
        }
    }

    /// groups × rank out × rank in × window, or with the ranks exchanged.
    func core(shape: [Int], isTransposed: Bool = false) -> TensorSource {
        let (groups, rows, columns, window) = (layout.groups, ranks.out, ranks.in, layout.window)
        return tensor(shape) { matrices in
            let values = matrices.core ?? []
            return isTransposed ? Self.transposed(values, groups, rows, columns, window: window) : values
        }
    }

    /// groups × out × rank, or with the last two exchanged.
    func output(shape: [Int], isTransposed: Bool = false) -> TensorSource {
        let (groups, rows, columns) = (layout.groups, layout.out, ranks.out)
        return tensor(shape) { matrices in
            let values = matrices.output ?? []
            return isTransposed ? Self.transposed(values, groups, rows, columns) : values
        }
    }

    private func tensor(_ shape: [Int], _ values: @escaping @Sendable (FactorMatrices) -> [Float]) -> TensorSource {
        let shape = Shape(shape)
        let (elementType, factors) = (elementType, factors)
        return TensorSource(
            shape: shape, elementType: elementType,
            deferred: DeferredBytes(byteCount: shape.count * elementType.byteCount) {
                elementType.encode(values(try factors.matrices()))
            })
    }

    static func transposed(
        _ values: [Float], _ groups: Int, _ rows: Int, _ columns: Int, window: Int = 1
    ) -> [Float] {
        precondition(values.count == groups * rows * columns * window, "\(values.count) elements are no factor")
        var result = [Float](repeating: 0, count: values.count)
        for group in 0..<groups {
            for row in 0..<rows {
                for column in 0..<columns {
                    let from = ((group * rows + row) * columns + column) * window
                    let to = ((group * columns + column) * rows + row) * window
                    for place in 0..<window { result[to + place] = values[from + place] }
                }
            }
        }
        return result
    }
}
