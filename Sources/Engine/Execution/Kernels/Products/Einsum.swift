import NeuralNetwork
import TensorCore

extension KernelLibrary {
    static let einsum: [String: Maker] = ["Einsum": sumOfProducts]

    /// Sums of products over the letters that the equation's result lacks.
    ///
    /// Two operands become one matrix product for each combination of the letters that both and the result have; everything
    /// else is summed term by term.
    private static let sumOfProducts: Maker = { context throws(KernelFault) in
        let equation = try SummationEquation(context)
        let output = ValueType(elementType: .float32, shape: try context.outputShape())
        guard output.shape.dimensions == equation.output.map({ equation.extents[$0] ?? 1 }) else {
            throw KernelFault("the equation does not give \(output.shape)")
        }
        if let product = try SummationProduct(equation) {
            return Kernel(outputs: [output], scratchByteCount: product.byteCount) { inputs, outputs, scratch in
                product.run(inputs.floats(0), inputs.floats(1), outputs[0].floatPointer, scratch.assumingMemoryBound(to: Float.self))
            }
        }
        let letters = equation.output + equation.summed
        let extents = letters.map { equation.extents[$0] ?? 1 }
        let strides = equation.operands.map { operand in letters.map { operand[$0] ?? 0 } }
        let terms = try checkedProduct(equation.summed.map { equation.extents[$0] ?? 1 })
        _ = try checkedProduct(output.shape.count, max(terms, 1))
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            let sources = strides.indices.map { inputs.floats($0) }
            var index = [Int](repeating: 0, count: letters.count)
            var offsets = [Int](repeating: 0, count: sources.count)
            for place in 0..<output.shape.count {
                var sum = 0.0
                for _ in 0..<terms {
                    var term = 1.0
                    for (operand, source) in sources.enumerated() { term *= Double(source[offsets[operand]]) }
                    sum += term
                    var axis = letters.count - 1
                    while axis >= 0 {
                        index[axis] += 1
                        for operand in offsets.indices { offsets[operand] += strides[operand][axis] }
                        if index[axis] < extents[axis] { break }
                        for operand in offsets.indices { offsets[operand] -= strides[operand][axis] * extents[axis] }
                        index[axis] = 0
                        axis -= 1
                    }
                }
                outputs[0].floatPointer[place] = Float(sum)
            }
        }
    }
}

/// An equation such as `bij,bjk->bik`, with a letter of its own for each axis that `...` stands for.
private struct SummationEquation: Sendable {
    /// Distance in elements between neighbours along each letter, for each operand.
    var operands: [[Character: Int]] = []
    var extents: [Character: Int] = [:]
    var output: [Character] = []
    /// Letters of the operands that the result lacks, in alphabetical order.
    var summed: [Character] = []

    init(_ context: KernelContext) throws(KernelFault) {
        let text = context.text("equation", default: "").filter { $0 != " " }
        let sides = text.filter { $0 != "-" }.split(separator: ">", omittingEmptySubsequences: false)
        guard sides.count <= 2 else { throw KernelFault("the equation \(text) has more than one arrow") }
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map { Self.parts($0) }
        guard terms.count == context.inputs.count else {
            throw KernelFault("the equation \(text) does not fit \(context.inputs.count) inputs")
        }
        var longest = 0
        var uses: [Character: Int] = [:]
        for (index, term) in terms.enumerated() {
            let shape = try context.floatShape(index)
            let spare = shape.rank - term.count { $0 != nil }
            let ellipses = term.count { $0 == nil }
            guard ellipses == 1 ? spare >= 0 : ellipses == 0 && spare == 0 else {
                throw KernelFault("the equation \(text) does not fit \(shape)")
            }
            longest = max(longest, ellipses == 1 ? spare : 0)
            let letters = term.flatMap { letter in
                letter.map { [$0] } ?? (0..<spare).reversed().map { Self.letter(ofAxisFromEnd: $0) }
            }
            for letter in letters { uses[letter, default: 0] += 1 }
            var strides: [Character: Int] = [:]
            for (axis, (letter, stride)) in zip(letters, shape.rowMajorStrides).enumerated() {
                let extent = shape[axis]
                let known = extents[letter] ?? 1
                guard known == 1 || extent == 1 || known == extent else {
                    throw KernelFault("the equation's \(letter) is both \(known) and \(extent)")
                }
                extents[letter] = extents[letter] == nil || known == 1 ? extent : known
                strides[letter, default: 0] += extent == 1 ? 0 : stride
            }
            operands.append(strides)
        }
        let ellipsis = (0..<longest).reversed().map { Self.letter(ofAxisFromEnd: $0) }
        if sides.count == 2 {
            output = Self.parts(sides[1]).flatMap { letter in letter.map { [$0] } ?? ellipsis }
        } else {
            output = ellipsis + uses.filter { $0.value == 1 && !ellipsis.contains($0.key) }.keys.sorted()
        }
        guard Set(output).count == output.count, output.allSatisfy({ extents[$0] != nil }) else {
            throw KernelFault("the equation \(text) names a letter of the result twice, or one that no input has")
        }
        summed = extents.keys.filter { !output.contains($0) }.sorted()
    }

    /// A letter for an axis of `...`, from a block of Unicode that equations do not use.
    private static func letter(ofAxisFromEnd place: Int) -> Character {
        Character(Unicode.Scalar(UInt8(truncatingIfNeeded: 0x80 + place)))
    }

    /// The letters of a term; nil for `...`.
    private static func parts(_ term: Substring) -> [Character?] {
        var parts: [Character?] = []
        var dots = 0
        for character in term {
            if character == "." {
                dots += 1
                if dots % 3 == 0 { parts.append(nil) }
            } else {
                parts.append(character)
            }
        }
        return parts
    }
}

/// A sum of products of two operands as matrix products.
private struct SummationProduct: Sendable {
    private let left: StridedCopy
    private let right: StridedCopy
    private let spread: StridedCopy
    private let batch: Int
    private let rows: Int
    private let inner: Int
    private let columns: Int
    let byteCount: Int

    /// nil where a letter is in one operand only and not in the result, or stretches.
    init?(_ equation: SummationEquation) throws(KernelFault) {
        guard equation.operands.count == 2 else { return nil }
        let (first, second) = (equation.operands[0], equation.operands[1])
        var groups: [[Character]] = [[], [], [], []]  // batch, rows, inner, columns
        for letter in equation.output + equation.summed {
            let extent = equation.extents[letter] ?? 1
            switch (first[letter], second[letter], equation.output.contains(letter)) {
            case (let left?, let right?, let isKept):
                guard extent == 1 || left != 0 && right != 0 else { return nil }
                groups[isKept ? 0 : 2].append(letter)
            case (.some, nil, true): groups[1].append(letter)
            case (nil, .some, true): groups[3].append(letter)
            default: return nil
            }
        }
        func extents(_ letters: [Character]) -> [Int] { letters.map { equation.extents[$0] ?? 1 } }
        func gathered(_ letters: [Character], _ strides: [Character: Int]) -> StridedCopy {
            StridedCopy(extents: extents(letters), strides: letters.map { strides[$0] ?? 0 }, elementByteCount: 4)
        }
        (batch, rows) = (try checkedProduct(extents(groups[0])), try checkedProduct(extents(groups[1])))
        (inner, columns) = (try checkedProduct(extents(groups[2])), try checkedProduct(extents(groups[3])))
        left = gathered(groups[0] + groups[1] + groups[2], first)
        right = gathered(groups[0] + groups[2] + groups[3], second)
        let order = groups[0] + groups[1] + groups[3]
        let made = Shape(extents(order)).rowMajorStrides
        spread = StridedCopy(
            extents: extents(equation.output), strides: equation.output.map { made[order.firstIndex(of: $0) ?? 0] },
            elementByteCount: 4)
        let sizes = [
            try checkedProduct(batch, rows, inner), try checkedProduct(batch, inner, columns), try checkedProduct(batch, rows, columns),
        ]
        byteCount = try checkedProduct(sizes[0] + sizes[1] + sizes[2], 4)
    }

    func run(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        let first = scratch
        let second = first + batch * rows * inner
        let result = second + batch * inner * columns
        left.copy(from: a, to: first)
        right.copy(from: b, to: second)
        for index in 0..<batch {
            multiply(
                rows, columns, inner, first + index * rows * inner, lda: max(inner, 1), second + index * inner * columns,
                ldb: max(columns, 1), result + index * rows * columns, ldc: max(columns, 1))
        }
        spread.copy(from: result, to: target)
    }
}
