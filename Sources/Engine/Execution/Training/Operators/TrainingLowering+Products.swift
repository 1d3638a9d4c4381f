import CVectorMath
import NeuralNetwork
import TensorCore

/// Products of matrices, on oneDNN's product of dense ones.
extension TrainingLowering {
    /// alpha · A · B + beta · C, either operand perhaps stored transposed.
    mutating func lowerGemm(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        guard node.inputs.count >= 2, let left = node.inputs[0], let right = node.inputs[1], dimensions(output).count == 2 else {
            throw refusal(node, "it lacks an operand")
        }
        let addend = node.inputs.count > 2 ? node.inputs[2] : nil
        let (flipsLeft, flipsRight) = ((node.node.integer("transA") ?? 0) != 0, (node.node.integer("transB") ?? 0) != 0)
        let (alpha, beta) = (node.node.float("alpha") ?? 1, node.node.float("beta") ?? 1)
        let (m, n) = (dimensions(output)[0], dimensions(output)[1])
        let k = dimensions(left)[flipsLeft ? 0 : 1]
        let (lda, ldb) = (flipsLeft ? m : k, flipsRight ? k : n)
        let broadcast = try addend.map { value throws(ExecutionError) in try broadcasting([value], to: output) }
        let (a, b) = (try plain(left), try plain(right))
        let result = place(like: output)
        routine([a, b, result] + (try addend.map { value throws(ExecutionError) in [try plain(value)] } ?? [])) { memory in
            if alpha == 1, let broadcast {
                broadcast.stretch(memory[3], factor: beta, to: memory[2])
                multiply(
                    m, n, k, memory[0], transposeA: flipsLeft, lda: lda, memory[1], transposeB: flipsRight, ldb: ldb, beta: 1,
                    memory[2], ldc: n)
                return
            }
            multiply(
                m, n, k, memory[0], transposeA: flipsLeft, lda: lda, memory[1], transposeB: flipsRight, ldb: ldb, memory[2],
                ldc: n)
            if alpha != 1 { pare_map(pare_affine_function, memory[2], memory[2], m * n, alpha, 0) }
            if let broadcast { broadcast.stretch(memory[3], factor: beta, adding: true, to: memory[2]) }
        }
        hold(output, result)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            if let addend, builder.wants(addend), let broadcast {
                let target = builder.place(like: addend)
                builder.routine([gradient, target]) { memory in broadcast.gather(memory[0], factor: beta, to: memory[1]) }
                builder.contribute(addend, target)
            }
            if builder.wants(right) {
                let target = builder.place(like: right)
                builder.routine([gradient, a, target]) { memory in
                    if flipsRight {
                        multiply(
                            n, k, m, memory[0], transposeA: true, lda: n, memory[1], transposeB: flipsLeft, ldb: lda, memory[2],
                            ldc: k)
                    } else {
                        multiply(
                            k, n, m, memory[1], transposeA: !flipsLeft, lda: lda, memory[0], ldb: n, memory[2], ldc: n)
                    }
                    if alpha != 1 { pare_map(pare_affine_function, memory[2], memory[2], k * n, alpha, 0) }
                }
                builder.contribute(right, target)
            }
            if builder.wants(left) {
                let target = builder.place(like: left)
                builder.routine([gradient, b, target]) { memory in
                    if flipsLeft {
                        multiply(
                            k, m, n, memory[1], transposeA: flipsRight, lda: ldb, memory[0], transposeB: true, ldb: n,
                            memory[2], ldc: m)
                    } else {
                        multiply(
                            m, k, n, memory[0], lda: n, memory[1], transposeB: !flipsRight, ldb: ldb, memory[2], ldc: k)
                    }
                    if alpha != 1 { pare_map(pare_affine_function, memory[2], memory[2], m * k, alpha, 0) }
                }
                builder.contribute(left, target)
            }
        }
    }

    /// Products of the last two axes, the others broadcast.
    mutating func lowerMatMul(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let left = node.inputs[0], let right = node.inputs[1],
            let batch = ProductBatch(left: dimensions(left), right: dimensions(right))
        else { throw refusal(node, "its operands do not fit") }
        let (a, b) = (try plain(left), try plain(right))
        let result = place(like: output)
        let (m, n, k) = (batch.m, batch.n, batch.k)
        routine([a, b, result]) { memory in
            for (index, item) in batch.items.enumerated() {
                multiply(
                    m, n, k, memory[0] + item.left, lda: k, memory[1] + item.right, ldb: n, memory[2] + index * m * n, ldc: n)
            }
        }
        hold(output, result)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output) else { return }
            if builder.wants(right) {
                let target = builder.place(like: right)
                let count = builder.type(right).shape.count
                builder.routine([gradient, a, target]) { memory in
                    if batch.repeatsRight { memory[2].update(repeating: 0, count: count) }
                    for (index, item) in batch.items.enumerated() {
                        multiply(
                            k, n, m, memory[1] + item.left, transposeA: true, lda: k, memory[0] + index * m * n, ldb: n,
                            beta: batch.repeatsRight ? 1 : 0, memory[2] + item.right, ldc: n)
                    }
                }
                builder.contribute(right, target)
            }
            if builder.wants(left) {
                let target = builder.place(like: left)
                let count = builder.type(left).shape.count
                builder.routine([gradient, b, target]) { memory in
                    if batch.repeatsLeft { memory[2].update(repeating: 0, count: count) }
                    for (index, item) in batch.items.enumerated() {
                        multiply(
                            m, k, n, memory[0] + index * m * n, lda: n, memory[1] + item.right, transposeB: true, ldb: n,
                            beta: batch.repeatsLeft ? 1 : 0, memory[2] + item.left, ldc: k)
                    }
                }
                builder.contribute(left, target)
            }
        }
    }
}

/// The single products that a batched one is made of.
struct ProductBatch: Sendable {
    var m: Int
    var n: Int
    var k: Int
    /// Where each product's operands begin.
    var items: [(left: Int, right: Int)] = []
    /// Whether an operand is used by several products.
    var repeatsLeft = false
    var repeatsRight = false

    init?(left: [Int], right: [Int]) {
        guard !left.isEmpty, !right.isEmpty else { return nil }
        let first = left.count == 1 ? [1] + left : left
        let second = right.count == 1 ? right + [1] : right
        k = first[first.count - 1]
        n = second[second.count - 1]
        m = first[first.count - 2]
        guard second[second.count - 2] == k else { return nil }
        if second.count == 2 {
            m = first.dropLast().reduce(1, *)
            items = [(0, 0)]
            return
        }
        let (outerLeft, outerRight) = (Shape(Array(first.dropLast(2))), Shape(Array(second.dropLast(2))))
        let rank = max(outerLeft.rank, outerRight.rank)
        func extent(_ shape: Shape, _ axis: Int) -> Int {
            let own = axis - (rank - shape.rank)
            return own < 0 ? 1 : shape[own]
        }
        let outer = Shape((0..<rank).map { max(extent(outerLeft, $0), extent(outerRight, $0)) })
        guard let strides = try? (outerLeft.broadcastStrides(to: outer), outerRight.broadcastStrides(to: outer)) else { return nil }
        for index in 0..<outer.count {
            var (rest, positions) = (index, (left: 0, right: 0))
            for axis in (0..<rank).reversed() {
                positions.left += rest % outer[axis] * strides.0[axis]
                positions.right += rest % outer[axis] * strides.1[axis]
                rest /= outer[axis]
            }
            items.append((positions.left * m * k, positions.right * k * n))
        }
        repeatsLeft = outerLeft.count < outer.count
        repeatsRight = outerRight.count < outer.count
    }
}
