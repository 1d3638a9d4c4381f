import CVectorMath
import TensorCore

extension KernelLibrary {
    static let matrixProducts: [String: Maker] = ["MatMul": matMul, "Gemm": gemm]

    /// NumPy's `matmul`: vectors gain an axis that the product drops again, leading axes broadcast.
    private static let matMul: Maker = { context throws(KernelFault) in
        let left = try context.floatShape(0).dimensions
        let right = try context.floatShape(1).dimensions
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        guard let inner = left.last, !right.isEmpty else { throw KernelFault("a scalar has no rows") }
        let rows = left.count == 1 ? 1 : left[left.count - 2]
        let columns = right.count == 1 ? 1 : right[right.count - 1]
        guard inner == (right.count == 1 ? right[0] : right[right.count - 2]) else {
            throw KernelFault("\(left) × \(right) does not multiply")
        }
        let kept = (left.count == 1 ? 0 : 1) + (right.count == 1 ? 0 : 1)
        let batch = Shape(Array(output.shape.dimensions.dropLast(kept)))
        let leftBatch = Shape(Array(left.dropLast(2)))
        let rightBatch = Shape(Array(right.dropLast(2)))
        let loop = try StridedLoop(broadcasting: [leftBatch, rightBatch], to: batch)
        guard output.shape.count == 0 || output.shape.count == batch.count * rows * columns else {
            throw KernelFault("\(left) × \(right) is not \(output.shape)")
        }
        // Products of one right-hand side are one taller product.
        if rightBatch.count == 1, leftBatch.count == batch.count {
            let allRows = try checkedProduct(batch.count, rows)
            return Kernel(outputs: [output]) { inputs, outputs, _ in
                multiply(
                    allRows, columns, inner, inputs.floats(0), lda: max(inner, 1), inputs.floats(1), ldb: max(columns, 1),
                    outputs[0].floatPointer, ldc: max(columns, 1))
            }
        }
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let (a, b, c) = (inputs.floats(0), inputs.floats(1), outputs[0].floatPointer)
            loop.forEachRun { place, offsets in
                for step in 0..<loop.runCount {
                    let first = (offsets[0] + step * loop.runStrides[0]) * rows * inner
                    let second = (offsets[1] + step * loop.runStrides[1]) * inner * columns
                    multiply(
                        rows, columns, inner, a + first, lda: max(inner, 1), b + second, ldb: max(columns, 1),
                        c + (place + step) * rows * columns, ldc: max(columns, 1))
                }
            }
        }
    }

    /// alpha · A · B + beta · C, where C broadcasts.
    private static let gemm: Maker = { context throws(KernelFault) in
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        let left = try context.floatShape(0)
        let right = try context.floatShape(1)
        guard left.rank == 2, right.rank == 2, output.shape.rank == 2 else {
            throw KernelFault("\(left) × \(right) does not multiply")
        }
        let (transposeA, transposeB) = (context.flag("transA"), context.flag("transB"))
        let (rows, inner) = transposeA ? (left[1], left[0]) : (left[0], left[1])
        let columns = transposeB ? right[0] : right[1]
        guard output.shape.dimensions == [rows, columns], inner == right[transposeB ? 1 : 0] else {
            throw KernelFault("\(left) × \(right) does not multiply")
        }
        let alpha = context.float("alpha", default: 1)
        let beta = context.float("beta", default: 1)
        let usesAddend = context.hasInput(2) && beta != 0
        let loop = usesAddend ? try StridedLoop(broadcasting: [try context.floatShape(2)], to: output.shape) : nil
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let target = outputs[0].floatPointer
            if let loop {
                let addend = inputs.floats(2)
                // C is scaled so that the product, scaled by alpha, can be added to it.
                let factor = alpha == 0 ? beta : beta / alpha
                loop.forEachRun { place, offsets in
                    pare_copy_strided(addend + offsets[0], loop.runStrides[0], target + place, loop.runCount, 4)
                }
                if factor != 1 {
                    pare_map(pare_affine_function, target, target, output.shape.count, factor, 0)
                }
            }
            if alpha != 0 {
                multiply(
                    rows, columns, inner, inputs.floats(0), transposeA: transposeA, lda: max(left[1], 1),
                    inputs.floats(1), transposeB: transposeB, ldb: max(right[1], 1), beta: loop == nil ? 0 : 1, target,
                    ldc: max(columns, 1))
                if alpha != 1 { pare_map(pare_affine_function, target, target, output.shape.count, alpha, 0) }
            } else if loop == nil {
                outputs[0].floats.update(repeating: 0)
            }
        }
    }
}
