import Compression
import Factorization
import NeuralNetwork
import TensorCore

/// Writes the operators that take a layer's place.
struct FactorChain {
    let layer: Int
    let site: FactorSite
    let tensors: FactorTensors
    /// The name of the layer's weights.
    let weightName: String
    let layerName: String
    let isOldGemm: Bool

    private var layout: KernelLayout { tensors.layout }
    private var ranks: Ranks { tensors.ranks }

    /// The names of the factors, by role.
    private var names: [FactorRole: String] = [:]
    private var factors: [(stored: StoredTensor, origin: LayerOrigin)] = []

    init(layer: Int, _ site: FactorSite, _ tensors: FactorTensors, weightName: String, layerName: String, isOldGemm: Bool) {
        self.layer = layer
        self.site = site
        self.tensors = tensors
        self.weightName = weightName
        self.layerName = layerName
        self.isOldGemm = isOldGemm
    }

    /// Stores the factors and rewrites every node that reads the weights; `shape` is the weights' where they are read.
    mutating func apply(shape: [Int], weight: Int, to rewriter: inout GraphRewriter) {
        for (role, tensor) in Self.factors(site.form, tensors, shape: shape) {
            let name = rewriter.uniqueName("\(weightName).\(role.rawValue)")
            names[role] = name
            factors.append((StoredTensor(name: name, tensor: tensor), LayerOrigin(layer: layer, role: role)))
        }
        rewriter.splitTensor(weight, into: factors)
        for node in site.chain { rewriter.remove(node) }
        if site.form == .recurrentState {
            multiplyState(in: &rewriter)
        } else {
            for use in site.uses { rewrite(use.node, in: &rewriter) }
        }
        // A Constant node's value is read no longer.
        for (index, node) in rewriter.graph.nodes.enumerated() where node.operation == "Constant" {
            if node.attributes.values.contains(where: { if case .tensor(weight) = $0 { true } else { false } }) {
                rewriter.remove(index)
            }
        }
    }

    /// The factors in the order in which data passes, as the operators of a form read them.
    static func factors(_ form: FactorSite.Form, _ tensors: FactorTensors, shape: [Int]) -> [(FactorRole, TensorSource)] {
        let (layout, ranks) = (tensors.layout, tensors.ranks)
        let groups = layout.groups
        let ones = Array(repeating: 1, count: max(shape.count - 2, 0))
        let window = Array(shape.dropFirst(2))
        let batch = Array(shape.dropLast(2))
        switch form {
        case .convolution, .transposedConvolution, .tensor:
            let isTransposed = form == .transposedConvolution
            var factors: [(FactorRole, TensorSource)] = []
            if tensors.hasInput { factors.append((.input, tensors.input(shape: [groups * ranks.in, layout.in] + ones))) }
            if !layout.isMatrix {
                let core = isTransposed ? [groups * ranks.in, ranks.out] : [groups * ranks.out, ranks.in]
                factors.append((.core, tensors.core(shape: core + window, isTransposed: isTransposed)))
            }
            if tensors.hasOutput {
                // A transposed convolution without a window ends in itself.
                let isLast = isTransposed && layout.isMatrix
                let output = isLast ? [groups * ranks.out, layout.out] : [groups * layout.out, ranks.out]
                factors.append((.output, tensors.output(shape: output + ones, isTransposed: isLast)))
            }
            return factors
        case .gemmRight, .gemmLeft:
            return [
                (.input, tensors.input(shape: [ranks.in, layout.in])),
                (.output, tensors.output(shape: [layout.out, ranks.out])),
            ]
        case .matMulRight:
            return [
                (.input, tensors.input(shape: batch + [layout.in, ranks.in], isTransposed: true)),
                (.output, tensors.output(shape: batch + [ranks.out, layout.out], isTransposed: true)),
            ]
        case .matMulLeft:
            return [
                (.input, tensors.input(shape: batch + [ranks.in, layout.in])),
                (.output, tensors.output(shape: batch + [layout.out, ranks.out])),
            ]
        case .embedding:
            return [
                (.input, tensors.input(shape: [layout.in, ranks.in], isTransposed: true)),
                (.output, tensors.output(shape: [ranks.out, layout.out], isTransposed: true)),
            ]
        case .recurrentInput:
            return [
                (.input, tensors.input(shape: [layout.in, ranks.in], isTransposed: true)),
                (.output, tensors.output(shape: [shape[0], shape[1], ranks.out])),
            ]
        case .recurrentState:
            return [
                (.input, tensors.input(shape: [groups, ranks.in, layout.in])),
                (.output, tensors.output(shape: [groups, layout.out, ranks.out])),
            ]
        }
    }

    private func rewrite(_ index: Int, in rewriter: inout GraphRewriter) {
        let node = rewriter.nodes[index]
        switch site.form {
        case .convolution: rewriteConvolution(index, isTransposed: false, in: &rewriter)
        case .transposedConvolution: rewriteConvolution(index, isTransposed: true, in: &rewriter)
        case .gemmRight, .gemmLeft: rewriteGemm(index, in: &rewriter)
        case .matMulRight, .matMulLeft, .embedding:
            let isLeft = site.form == .matMulLeft
            let (first, second) = (names[.input] ?? "", names[.output] ?? "")
            let middle = rewriter.uniqueName(title(node, .input))
            let data = node.inputs[isLeft || site.form == .embedding ? 1 : 0]
            var reading = Node(
                name: title(node, .input), operation: node.operation,
                inputs: site.form == .matMulRight ? [data, first] : [first, data], outputs: [middle])
            reading.attributes = node.attributes
            rewriter.insert(reading, before: index)
            rewriter.replace(
                index,
                by: Node(
                    name: title(node, .output), operation: "MatMul", inputs: isLeft ? [second, middle] : [middle, second],
                    outputs: node.outputs))
        case .recurrentInput:
            let middle = rewriter.uniqueName("\(title(node))/W/in")
            rewriter.insert(
                Node(
                    name: "\(title(node))/W/in", operation: "MatMul", inputs: [node.inputs[0], names[.input] ?? ""],
                    outputs: [middle]), before: index)
            var changed = node
            changed.inputs[0] = middle
            changed.inputs[1] = names[.output] ?? ""
            rewriter.replace(index, by: changed)
        case .recurrentState, .tensor: break
        }
    }

    /// A node's name, or its layer's where it has none.
    private func title(_ node: Node) -> String { node.name.isEmpty ? layerName : node.name }

    private func title(_ node: Node, _ role: FactorRole) -> String { "\(title(node))/\(role.rawValue)" }

    /// R is made of its factors by a product of stored matrices, which runtimes work out once.
    private func multiplyState(in rewriter: inout GraphRewriter) {
        var made: Set<String> = []
        for use in site.uses.sorted(by: { $0.node < $1.node }) where made.insert(use.value).inserted {
            let node = rewriter.nodes[use.node]
            rewriter.insert(
                Node(
                    name: "\(title(node))/R", operation: "MatMul", inputs: [names[.output] ?? "", names[.input] ?? ""],
                    outputs: [use.value]), before: use.node)
        }
    }

    /// in (1 × 1), core with the window, out (1 × 1) with the bias; strides are the first's where there is no window.
    private func rewriteConvolution(_ index: Int, isTransposed: Bool, in rewriter: inout GraphRewriter) {
        let node = rewriter.nodes[index]
        var value = node.inputs[0]
        let bias = node.inputs.count > 2 && !node.inputs[2].isEmpty ? [node.inputs[2]] : []
        let roles = [FactorRole.input, .core, .output].filter { names[$0] != nil }
        // Where the window is 1 × 1, a Conv strides first and a ConvTranspose last, on the fewer places.
        let main: FactorRole = layout.isMatrix ? (isTransposed ? .output : .input) : .core
        let rank = max((factors.first?.stored.tensor.shape.rank ?? 2) - 2, 0)
        for role in roles {
            var part = Node(name: title(node, role), operation: "Conv", inputs: [value, names[role] ?? ""])
            if role == main {
                part.operation = node.operation
                part.attributes = node.attributes
            } else {
                part.attributes["kernel_shape"] = .integers(Array(repeating: 1, count: rank))
                if layout.groups > 1 { part.attributes["group"] = .integer(layout.groups) }
            }
            if role == roles.last {
                part.inputs += bias
                part.outputs = node.outputs
                rewriter.replace(index, by: part)
            } else {
                value = rewriter.uniqueName(title(node, role))
                part.outputs = [value]
                rewriter.insert(part, before: index)
            }
        }
    }

    /// y = α·x·Vᵀ·Uᵀ + β·c, or with the weights on the left y = α·U·V·x + β·c.
    private func rewriteGemm(_ index: Int, in rewriter: inout GraphRewriter) {
        let node = rewriter.nodes[index]
        let middle = rewriter.uniqueName(title(node, .input))
        var first = Node(name: title(node, .input), operation: "Gemm", outputs: [middle])
        var last = Node(name: title(node, .output), operation: "Gemm", outputs: node.outputs)
        for name in ["alpha", "beta"] { last.attributes[name] = node.attributes[name] }
        if case .gemmLeft = site.form {
            first.inputs = [names[.input] ?? "", node.inputs[1]]
            first.attributes["transB"] = node.attributes["transB"]
            last.inputs = [names[.output] ?? "", middle]
        } else {
            first.inputs = [node.inputs[0], names[.input] ?? ""]
            first.attributes["transA"] = node.attributes["transA"]
            first.attributes["transB"] = .integer(1)
            last.inputs = [middle, names[.output] ?? ""]
            last.attributes["transB"] = .integer(1)
        }
        // Before operator set 11 there must be something to add.
        if isOldGemm {
            let zero = Tensor(
                shape: [1], elementType: tensors.elementType, storage: .owned(tensors.elementType.encode([0])))
            first.inputs.append(rewriter.add("\(weightName).zero", zero))
        }
        last.inputs += node.inputs.dropFirst(2)
        rewriter.insert(first, before: index)
        rewriter.replace(index, by: last)
    }
}
