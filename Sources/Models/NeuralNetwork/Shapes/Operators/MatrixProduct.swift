import TensorCore

extension OperatorRule {
    static let matrixProduct: [String: OperatorRule] = [
        "MatMul": OperatorRule(matMul(0, 1), macs: matMulMACs(0)),
        "MatMulInteger": OperatorRule(matMul(0, 1), macs: matMulMACs(0)),
        "QLinearMatMul": OperatorRule(matMul(0, 3), macs: matMulMACs(0)),
        "Gemm": OperatorRule(gemm, macs: gemmMACs),
        "Einsum": OperatorRule(
            { context throws(ShapeFault) in [.known(try Einsum(context).outputShape())] },
            macs: { context, _ throws(ShapeFault) in try Einsum(context).macs() }),
    ]

    /// NumPy's `matmul`: vectors gain an axis that the product drops again, leading axes broadcast.
    private static func matMul(_ first: Int, _ second: Int) -> Shapes {
        { context throws(ShapeFault) in
            let left = try context.shape(first, ranks: 1...8).dimensions
            let right = try context.shape(second, ranks: 1...8).dimensions
            let rows = left.count == 1 ? [] : [left[left.count - 2]]
            let columns = right.count == 1 ? [] : [right[right.count - 1]]
            let inner = right.count == 1 ? right[0] : right[right.count - 2]
            guard left[left.count - 1] == inner else { throw ShapeFault("\(left) × \(right) does not multiply") }
            let batch = try broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)))
            return [.known(try Shape(inferred: batch + rows + columns))]
        }
    }

    /// One multiply-accumulate for each output element and step of the inner axis.
    private static func matMulMACs(_ first: Int) -> MACs {
        { context, outputs throws(ShapeFault) in
            guard let output = outputs.first?.shape else { throw ShapeFault("the output's shape is unknown") }
            return try product([output.count, context.shape(first).dimensions.last ?? 1])
        }
    }

    private static func gemmExtents(_ context: NodeContext) throws(ShapeFault) -> (rows: Int, inner: Int, columns: Int) {
        let left = try context.shape(0, ranks: 2...2)
        let right = try context.shape(1, ranks: 2...2)
        let leftIsTransposed = context.integer("transA", default: 0) != 0
        let rightIsTransposed = context.integer("transB", default: 0) != 0
        let inner = left[leftIsTransposed ? 0 : 1]
        guard inner == right[rightIsTransposed ? 1 : 0] else { throw ShapeFault("\(left) × \(right) does not multiply") }
        return (left[leftIsTransposed ? 1 : 0], inner, right[rightIsTransposed ? 0 : 1])
    }

    private static let gemm: Shapes = { context throws(ShapeFault) in
        let extents = try gemmExtents(context)
        return [.known(try Shape(inferred: [extents.rows, extents.columns]))]
    }

    private static let gemmMACs: MACs = { context, _ throws(ShapeFault) in
        let extents = try gemmExtents(context)
        return try product([extents.rows, extents.inner, extents.columns])
    }
}

/// An equation such as `bij,bjk->bik` with the extents its letters stand for.
private struct Einsum {
    private var extents: [Character: Int] = [:]
    /// Extents `...` stands for.
    private var ellipsis: [Int] = []
    private var output: [Character] = []
    private var operandCount = 0

    init(_ context: NodeContext) throws(ShapeFault) {
        let equation = (context.text("equation") ?? "").filter { $0 != " " }.replacingEllipsis()
        let sides = equation.split(separator: ">", omittingEmptySubsequences: false)
        let terms = sides[0].filter { $0 != "-" }.split(separator: ",", omittingEmptySubsequences: false)
        operandCount = terms.count
        guard sides.count <= 2, terms.count == context.inputs.count else {
            throw ShapeFault("the equation \(equation) does not fit \(context.inputs.count) inputs")
        }
        var uses: [Character: Int] = [:]
        for (index, term) in terms.enumerated() {
            let shape = try context.shape(index)
            let named = term.filter { $0 != "…" }
            let spare = shape.rank - named.count
            guard term.contains("…") ? spare >= 0 : spare == 0, term.filter({ $0 == "…" }).count <= 1 else {
                throw ShapeFault("the equation's \(term) does not fit \(shape)")
            }
            var axis = 0
            for letter in term {
                if letter == "…" {
                    ellipsis = try broadcast(ellipsis, Array(shape.dimensions[axis..<axis + spare]))
                    axis += spare
                    continue
                }
                let extent = extents[letter] ?? 1
                guard extent == 1 || shape[axis] == 1 || extent == shape[axis] else {
                    throw ShapeFault("the equation's \(letter) is both \(extent) and \(shape[axis])")
                }
                extents[letter] = max(extent, shape[axis])
                uses[letter, default: 0] += 1
                axis += 1
            }
        }
        if sides.count == 2 {
            output = Array(sides[1])
        } else {  // implicit form: the letters used once, in alphabetical order
            output = (ellipsis.isEmpty ? [] : ["…"]) + uses.filter { $0.value == 1 }.keys.sorted()
        }
    }

    func outputShape() throws(ShapeFault) -> Shape {
        var dimensions: [Int] = []
        for letter in output {
            if letter == "…" {
                dimensions += ellipsis
            } else if let extent = extents[letter] {
                dimensions.append(extent)
            } else {
                throw ShapeFault("the equation's \(letter) is in no input")
            }
        }
        return try Shape(inferred: dimensions)
    }

    /// Two operands multiply once for every combination of letters; one operand only moves or adds.
    func macs() throws(ShapeFault) -> Int {
        switch operandCount {
        case 1: return 0
        case 2: return try product(Array(extents.values) + ellipsis)
        default: throw ShapeFault("an Einsum of \(operandCount) inputs has no one order of multiplication")
        }
    }
}

extension String {
    /// Writes `...` as one character.
    fileprivate func replacingEllipsis() -> String {
        var result = ""
        var dots = 0
        for character in self {
            if character == "." {
                dots += 1
                if dots == 3 {
                    result.append("…")
                    dots = 0
                }
            } else {
                result.append(character)
            }
        }
        return result
    }
}
