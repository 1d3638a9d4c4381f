import Glibc
import TensorCore

/// Follows values of a graph back to the stored tensors that they are made of by arithmetic.
struct StoredArithmetic {
    private let graph: Graph
    private let tensors: [StoredTensor]
    private var producers: [String: Int] = [:]
    private let inputNames: Set<String>
    /// Results by value name; a value that is being followed has none, so cycles end there.
    private var known: [String: StoredExpression?] = [:]

    /// Longer chains are not followed.
    private static let longestChain = 64

    /// No tensor has more axes.
    private static let longestShape = 16

    /// What makes new numbers of stored ones. A product of two stored matrices alone is none of them: it stands for a matrix in
    /// factors.
    static let operations: Set<String> = [
        "Mul", "Div", "Add", "Sub", "Pow", "Sqrt", "Where", "Neg", "Reciprocal", "Abs",
    ]

    init(_ graph: Graph, tensors: [StoredTensor]) {
        self.graph = graph
        self.tensors = tensors
        inputNames = Set(graph.inputs.map(\.name))
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
    }

    /// Outputs of arithmetic that weights are read through: weight norm, masks, scales, low-rank additions.
    mutating func roots() -> [String: StoredExpression] {
        var roots: [String: StoredExpression] = [:]
        for node in graph.nodes where node.domain.isEmpty {
            for input in node.weightInputs where input < node.inputs.count {
                find(node.inputs[input], chain: 0, &roots)
            }
        }
        return roots
    }

    private mutating func find(_ name: String, chain: Int, _ roots: inout [String: StoredExpression]) {
        guard chain < Self.longestChain, roots[name] == nil, let producer = producers[name] else { return }
        let node = graph.nodes[producer]
        guard node.domain.isEmpty else { return }
        if Self.operations.contains(node.operation) {
            if let expression = expression(name, chain: 0), expression.shape.count > 0 { roots[name] = expression }
        } else if node.operation == "Concat" {
            for input in node.inputs { find(input, chain: chain + 1, &roots) }
        } else if StoredSource.rearranging.contains(node.operation), let first = node.inputs.first {
            find(first, chain: chain + 1, &roots)
        }
    }

    /// The value as arithmetic of stored tensors; nil where it depends on anything else.
    mutating func expression(_ name: String, chain: Int) -> StoredExpression? {
        guard !name.isEmpty, chain < Self.longestChain else { return nil }
        if let result = known[name] { return result }
        known[name] = .some(nil)
        let result = follow(name, chain: chain + 1)
        known[name] = .some(result)
        return result
    }

    private mutating func follow(_ name: String, chain: Int) -> StoredExpression? {
        if let tensor = stored(name) { return StoredExpression(tensor) }
        guard let producer = producers[name], !inputNames.contains(name) else { return nil }
        let node = graph.nodes[producer]
        guard node.domain.isEmpty, node.outputs.first == name else { return nil }
        let operation = node.operation
        func integers(_ input: Int) -> [Int]? {
            guard input < node.inputs.count else { return nil }
            if let tensor = stored(node.inputs[input]) { return ConstantValue(tensor)?.integers }
            // A shape that was put together of numbers.
            guard let made = expression(node.inputs[input], chain: chain), made.shape.count <= Self.longestShape else { return nil }
            return (try? made.values())?.compactMap { Int(exactly: $0) }
        }
        func attribute(_ name: String) -> [Int]? {
            if case .integers(let values) = node.attributes[name] { values } else { nil }
        }
        func integer(_ name: String, _ usual: Int) -> Int {
            if case .integer(let value) = node.attributes[name] { value } else { usual }
        }
        guard let firstName = node.inputs.first, let first = expression(firstName, chain: chain) else { return nil }
        let rank = first.shape.rank
        func axes(_ given: [Int]) -> [Int] { given.map { $0 < 0 ? $0 + rank : $0 } }

        switch operation {
        case "Identity", "Cast": return first
        case "Neg": return first.mapped { -$0 }
        case "Abs": return first.mapped { abs($0) }
        case "Sqrt": return first.mapped { $0.squareRoot() }
        case "Reciprocal": return first.mapped { 1 / $0 }
        case "Mul", "Div", "Add", "Sub", "Pow", "MatMul":
            guard node.inputs.count == 2, let second = expression(node.inputs[1], chain: chain) else { return nil }
            switch operation {
            case "Mul": return .combined(first, second) { $0 * $1 }
            case "Div": return .combined(first, second) { $0 / $1 }
            case "Add": return .combined(first, second) { $0 + $1 }
            case "Sub": return .combined(first, second) { $0 - $1 }
            case "Pow": return .combined(first, second) { powf($0, $1) }
            default: return .product(first, second)
            }
        case "Where":
            guard node.inputs.count == 3, let yes = expression(node.inputs[1], chain: chain),
                let no = expression(node.inputs[2], chain: chain)
            else { return nil }
            return .chosen(first, yes, no)
        case "ReduceL2", "ReduceSumSquare", "ReduceSum", "ReduceMean":
            let given = node.inputs.count > 1 && !node.inputs[1].isEmpty ? integers(1) : attribute("axes") ?? []
            guard let given else { return nil }
            let all = given.isEmpty ? Array(0..<rank) : axes(given)
            let keeps = integer("keepdims", 1) != 0
            switch operation {
            case "ReduceL2": return first.reduced(Set(all), keepsAxes: keeps, { $0 * $0 }, { sum, _ in sum.squareRoot() })
            case "ReduceSumSquare": return first.reduced(Set(all), keepsAxes: keeps, { $0 * $0 }, { sum, _ in sum })
            case "ReduceSum": return first.reduced(Set(all), keepsAxes: keeps, { $0 }, { sum, _ in sum })
            default: return first.reduced(Set(all), keepsAxes: keeps, { $0 }, { sum, count in sum / Double(max(count, 1)) })
            }
        case "Concat":
            let parts = node.inputs.compactMap { expression($0, chain: chain) }
            return parts.count == node.inputs.count ? .joined(parts, axis: integer("axis", 0)) : nil
        case "Transpose": return first.transposed(attribute("perm") ?? Array((0..<rank).reversed()))
        case "Reshape":
            guard let target = integers(1), target.filter({ $0 == -1 }).count <= 1 else { return nil }
            var extents = target.enumerated().map { axis, extent in extent == 0 && axis < rank ? first.shape[axis] : extent }
            if let open = extents.firstIndex(of: -1) {
                let rest = extents.reduce(1) { $1 == -1 ? $0 : $0 &* max($1, 0) }
                guard rest > 0, first.shape.count % rest == 0 else { return nil }
                extents[open] = first.shape.count / rest
            }
            return first.reshaped(extents)
        case "Flatten":
            let axis = axes([integer("axis", 1)])[0]
            guard axis >= 0, axis <= rank else { return nil }
            let outer = first.shape.dimensions.prefix(axis).reduce(1, *)
            return first.reshaped([outer, outer == 0 ? 0 : first.shape.count / outer])
        case "Squeeze":
            let given = node.inputs.count > 1 ? integers(1) : attribute("axes")
            let gone = Set(given.map(axes) ?? first.shape.dimensions.indices.filter { first.shape[$0] == 1 })
            return first.reshaped(first.shape.dimensions.enumerated().filter { !gone.contains($0.offset) }.map(\.element))
        case "Unsqueeze":
            guard let given = node.inputs.count > 1 ? integers(1) : attribute("axes") else { return nil }
            let total = rank + given.count
            let new = Set(given.map { $0 < 0 ? $0 + total : $0 })
            guard new.count == given.count, new.allSatisfy({ $0 >= 0 && $0 < total }) else { return nil }
            var rest = first.shape.dimensions[...]
            return first.reshaped((0..<total).map { new.contains($0) ? 1 : rest.removeFirst() })
        default: return nil
        }
    }

    /// The stored tensor that a value is, unchanged.
    private func stored(_ name: String) -> TensorSource? {
        if let index = graph.initializers[name], tensors.indices.contains(index) { return tensors[index].tensor }
        guard let producer = producers[name], graph.nodes[producer].operation == "Constant",
            graph.nodes[producer].domain.isEmpty
        else { return nil }
        for attribute in ["value", "value_floats", "value_float", "value_ints", "value_int"] {
            switch graph.nodes[producer].attributes[attribute] {
            case .tensor(let index) where tensors.indices.contains(index): return tensors[index].tensor
            case .integers(let values): return TensorSource(Tensor(whole: values, shape: [values.count]))
            case .integer(let value): return TensorSource(Tensor(whole: [value], shape: []))
            default: continue
            }
        }
        return nil
    }
}

extension Tensor {
    /// Whole numbers that a node's attribute holds.
    fileprivate init(whole values: [Int], shape: Shape) {
        self.init(shape: shape, elementType: .int64, storage: .owned(values.withUnsafeBytes { Array($0) }))
    }
}

extension Node {
    /// The inputs that may be weights, and their biases.
    var weightInputs: [Int] {
        switch operation {
        case "Conv", "ConvTranspose": [1, 2]
        case "Gemm": [0, 1, 2]
        case "MatMul": [0, 1]
        case "LSTM", "GRU", "RNN": [1, 2, 3]
        case "Gather": [0]
        default: []
        }
    }
}
