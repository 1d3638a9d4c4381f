import Glibc
import NeuralNetwork

extension KernelLibrary {
    /// A gate times a value, and marks of the largest.
    static let gating: [String: Maker] = ["SwiGLU": swishGate, "Hardmax": hardmax, "Det": determinant]

    private static let swishGate: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        guard try context.floatShape(1) == output.shape else { throw KernelFault("its inputs differ in shape") }
        let alpha = context.float("alpha", default: 1)
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let (gate, value, target) = (inputs.floats(0), inputs.floats(1), outputs[0].floatPointer)
            for index in 0..<output.shape.count { target[index] = gate[index] / (1 + expf(-alpha * gate[index])) * value[index] }
        }
    }

    /// 1 at the first of the largest along the axis (before opset 13: of all axes from it on), else 0.
    private static let hardmax: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.floatShape(0))
        let isOld = context.operatorSet < 13
        guard output.shape.rank > 0 else { throw KernelFault("a scalar has no axis") }
        let axis = try context.axis(default: isOld ? 1 : -1, rank: output.shape.rank)
        var (outer, extent, inner) = output.shape.split(at: axis)
        if isOld { (extent, inner) = (extent * inner, 1) }
        return Kernel(outputs: [output]) { [outer, extent, inner] inputs, outputs, _ in
            outputs[0].floats.update(repeating: 0)
            guard extent > 0 else { return }
            for block in 0..<outer {
                for column in 0..<inner {
                    let line = inputs.floats(0) + block * extent * inner + column
                    var best = 0
                    for place in 1..<max(extent, 1) where line[place * inner] > line[best * inner] { best = place }
                    outputs[0].floatPointer[(block * extent + best) * inner + column] = 1
                }
            }
        }
    }

    /// Of each square matrix, by Gaussian elimination with the largest pivots.
    private static let determinant: Maker = { context throws(KernelFault) in
        let shape = try context.floatShape(0)
        guard shape.rank >= 2, shape[shape.rank - 1] == shape[shape.rank - 2] else { throw KernelFault("\(shape) holds no square matrices") }
        let size = shape[shape.rank - 1]
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        return Kernel(outputs: [output], scratchByteCount: try checkedProduct(size, size, 8)) { inputs, outputs, scratch in
            let matrix = scratch.assumingMemoryBound(to: Double.self)
            for place in 0..<output.shape.count {
                let source = inputs.floats(0) + place * size * size
                for index in 0..<size * size { matrix[index] = Double(source[index]) }
                var result = 1.0
                for step in 0..<size {
                    var pivot = step
                    for row in step..<size where abs(matrix[row * size + step]) > abs(matrix[pivot * size + step]) { pivot = row }
                    let value = matrix[pivot * size + step]
                    result *= pivot == step ? value : -value
                    guard value != 0 else { break }
                    for column in 0..<size where pivot != step {
                        (matrix[pivot * size + column], matrix[step * size + column]) = (matrix[step * size + column], matrix[pivot * size + column])
                    }
                    for row in step + 1..<max(size, step + 1) {
                        let factor = matrix[row * size + step] / value
                        for column in step..<size { matrix[row * size + column] -= factor * matrix[step * size + column] }
                    }
                }
                outputs[0].floatPointer[place] = Float(result)
            }
        }
    }
}
