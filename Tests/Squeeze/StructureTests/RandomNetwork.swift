import NeuralNetwork
import TensorCore
import TestNetworks

/// Networks of random operators, such that dropping a channel is the same as multiplying by zero all that makes and reads it.
struct RandomNetwork {
    private struct Feature {
        var name: String
        var channels: Int
        var size: Int
    }

    var builder: GraphBuilder
    private var features: [Feature] = []

    var model: Model { builder.model }

    mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &builder.random) }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[pick(0...elements.count - 1)] }

    /// An image network of so many operators.
    init(imagesWithSeed seed: UInt64, operators count: Int) {
        builder = GraphBuilder(operatorSet: [11, 13, 18][Int(seed % 3)], seed: seed)
        builder.input("x", [.symbol("N"), .fixed(3), .fixed(8), .fixed(8)])
        features = [Feature(name: "x", channels: 3, size: 8)]
        convolve()
        for _ in 0..<count { step() }
        head()
    }

    private mutating func add(_ operation: String, _ inputs: [String], channels: Int, size: Int, _ attributes: [String: Attribute] = [:]) {
        let name = builder.node(operation, inputs, nil, attributes)
        features.append(Feature(name: name, channels: channels, size: size))
    }

    private mutating func step() {
        switch pick(0...21) {
        case 0, 1, 2, 3: convolve()
        case 4: depthwise()
        case 5: grouped()
        case 6, 7: transposed()
        case 8: normalize()
        case 9, 10, 11: join()
        case 12: slice()
        case 13: split()
        case 14: padChannels()
        case 15: scale()
        case 16: resize()
        case 17: pool()
        case 18: rearrange()
        case 19: squeezeAndExcite()
        case 20: roundTrip()
        default:
            let from = pick(features)
            let operation = pick(["Relu", "Sigmoid", "Tanh", "LeakyRelu", "Identity"])
            add(operation, [from.name], channels: from.channels, size: from.size)
        }
    }

    private mutating func bias(_ name: String, _ count: Int) -> [String] {
        pick(0...1) == 0 ? [] : [builder.store(name, [count], -0.5...0.5)]
    }

    private mutating func convolve() {
        let from = pick(features)
        let out = pick(2...8)
        let index = builder.graph.nodes.count
        let size = pick([1, 3])
        let isStrided = from.size > 2 && from.size % 2 == 0 && pick(0...4) == 0
        let weight = builder.store("w\(index)", [out, from.channels, size, size])
        let bias = bias("b\(index)", out)
        var attributes: [String: Attribute] = ["strides": .integers(isStrided ? [2, 2] : [1, 1])]
        if pick(0...1) == 0 {
            attributes["auto_pad"] = .text("SAME_UPPER")
        } else {
            attributes["pads"] = .integers(Array(repeating: size / 2, count: 4))
        }
        add("Conv", [from.name, weight] + bias, channels: out, size: isStrided ? from.size / 2 : from.size, attributes)
    }

    private mutating func depthwise() {
        let from = pick(features)
        let index = builder.graph.nodes.count
        let multiplier = pick(1...2)
        let weight = builder.store("w\(index)", [from.channels * multiplier, 1, 3, 3])
        let bias = bias("b\(index)", from.channels * multiplier)
        add(
            "Conv", [from.name, weight] + bias, channels: from.channels * multiplier, size: from.size,
            ["pads": .integers([1, 1, 1, 1]), "group": .integer(from.channels)])
    }

    private mutating func grouped() {
        guard let from = features.filter({ $0.channels % 2 == 0 && $0.channels > 2 }).randomElement(using: &builder.random) else { return }
        let index = builder.graph.nodes.count
        let out = 2 * pick(2...4)
        let weight = builder.store("w\(index)", [out, from.channels / 2, 3, 3])
        let bias = bias("b\(index)", out)
        add(
            "Conv", [from.name, weight] + bias, channels: out, size: from.size,
            ["pads": .integers([1, 1, 1, 1]), "group": .integer(2)])
    }

    private mutating func transposed() {
        let from = pick(features)
        let index = builder.graph.nodes.count
        let groups = from.channels % 2 == 0 && from.channels > 2 ? pick(1...2) : 1
        let out = groups * pick(2...4)
        let (size, stride) = from.size <= 4 ? (pick([2, 3]), 2) : (pick([1, 3]), 1)
        let weight = builder.store("w\(index)", [from.channels, out / groups, size, size])
        let bias = bias("b\(index)", out)
        var attributes: [String: Attribute] = [
            "strides": .integers([stride, stride]), "group": .integer(groups), "kernel_shape": .integers([size, size]),
        ]
        if size == 3 {
            attributes["pads"] = .integers([1, 1, 1, 1])
            if stride == 2 { attributes["output_padding"] = .integers([1, 1]) }
        }
        add("ConvTranspose", [from.name, weight] + bias, channels: out, size: from.size * stride, attributes)
    }

    private mutating func normalize() {
        let from = pick(features)
        let index = builder.graph.nodes.count
        let isBatch = pick(0...2) > 0
        var inputs = [from.name]
        for name in isBatch ? ["scale", "shift", "mean", "variance"] : ["scale", "shift"] {
            inputs.append(builder.store("\(name)\(index)", [from.channels], 0.1...1))
        }
        add(isBatch ? "BatchNormalization" : "InstanceNormalization", inputs, channels: from.channels, size: from.size)
    }

    private mutating func join() {
        let first = pick(features)
        let others = features.filter { $0.size == first.size }
        let second = pick(others)
        if first.channels == second.channels, pick(0...3) > 0 {
            add(pick(["Add", "Mul", "Sub", "Max"]), [first.name, second.name], channels: first.channels, size: first.size)
        } else {
            guard first.channels + second.channels <= 20 else { return }
            add(
                "Concat", [first.name, second.name], channels: first.channels + second.channels, size: first.size,
                ["axis": .integer(pick([1, -3]))])
        }
    }

    private mutating func slice() {
        guard let from = features.filter({ $0.channels > 2 }).randomElement(using: &builder.random) else { return }
        let index = builder.graph.nodes.count
        let start = pick(0...from.channels - 2)
        let end = pick(start + 1...from.channels)
        let starts = builder.store("starts\(index)", integers: [0, pick(0...1) == 0 ? start : start - from.channels])
        let ends = builder.store("ends\(index)", integers: [Int.max, end])
        let axes = builder.store("axes\(index)", integers: [3, 1])
        add("Slice", [from.name, starts, ends, axes], channels: end - start, size: from.size)
    }

    private mutating func split() {
        guard let from = features.filter({ $0.channels % 2 == 0 && $0.channels > 2 }).randomElement(using: &builder.random) else { return }
        let index = builder.graph.nodes.count
        let isNew = builder.graph.operatorSets[""] ?? 0 >= 13
        let first = pick(0...1) == 0 ? from.channels / 2 : pick(1...from.channels - 1)
        var attributes: [String: Attribute] = ["axis": .integer(1)]
        var inputs = [from.name]
        if first != from.channels / 2 {
            if isNew {
                inputs.append(builder.store("parts\(index)", integers: [first, from.channels - first]))
            } else {
                attributes["split"] = .integers([first, from.channels - first])
            }
        } else if builder.graph.operatorSets[""] == 18 {
            attributes["num_outputs"] = .integer(2)
        }
        builder.node("Split", inputs, ["left\(index)", "right\(index)"], attributes)
        features.append(Feature(name: "left\(index)", channels: first, size: from.size))
        features.append(Feature(name: "right\(index)", channels: from.channels - first, size: from.size))
    }

    private mutating func padChannels() {
        let from = pick(features)
        let index = builder.graph.nodes.count
        let (before, after) = (pick(0...2), pick(1...3))
        let pads = builder.store("pads\(index)", integers: [0, before, 0, 0, 0, after, 0, 0])
        add("Pad", [from.name, pads], channels: from.channels + before + after, size: from.size)
    }

    private mutating func scale() {
        let from = pick(features)
        let index = builder.graph.nodes.count
        let shape = pick([[from.channels, 1, 1], [1, from.channels, 1, 1], [1], [from.channels, from.size, from.size]])
        let factor = builder.store("factor\(index)", shape, 0.5...1.5)
        add(pick(["Mul", "Add", "PRelu"]), [from.name, factor], channels: from.channels, size: from.size)
    }

    private mutating func resize() {
        guard let from = features.filter({ $0.size <= 4 }).randomElement(using: &builder.random) else { return }
        let index = builder.graph.nodes.count
        if pick(0...1) == 0 {
            let scales = builder.store("scales\(index)", Tensor([1, 1, 2, 2], shape: [4]))
            add("Resize", [from.name, "", scales], channels: from.channels, size: from.size * 2, ["mode": .text("nearest")])
            return
        }
        let shape = builder.node("Shape", [from.name])
        let (start, end) = (builder.store("zero\(index)", integers: [0]), builder.store("two\(index)", integers: [2]))
        let kept = builder.node("Slice", [shape, start, end])
        let spatial = builder.store("spatial\(index)", integers: [from.size * 2, from.size * 2])
        let sizes = builder.node("Concat", [kept, spatial], nil, ["axis": .integer(0)])
        add("Resize", [from.name, "", "", sizes], channels: from.channels, size: from.size * 2, ["mode": .text("nearest")])
    }

    private mutating func pool() {
        guard let from = features.filter({ $0.size >= 4 }).randomElement(using: &builder.random) else { return }
        add(
            pick(["MaxPool", "AveragePool"]), [from.name], channels: from.channels, size: from.size / 2,
            ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
    }

    private mutating func rearrange() {
        guard let from = features.filter({ $0.channels % 4 == 0 && $0.size <= 4 }).randomElement(using: &builder.random) else { return }
        add(
            "DepthToSpace", [from.name], channels: from.channels / 4, size: from.size * 2,
            ["blocksize": .integer(2), "mode": .text(pick(["DCR", "CRD"]))])
    }

    private mutating func squeezeAndExcite() {
        let from = pick(features)
        let index = builder.graph.nodes.count
        let narrow = pick(1...3)
        let pooled = builder.node("GlobalAveragePool", [from.name])
        let flat = builder.node("Flatten", [pooled])
        let first = builder.node("Gemm", [flat, builder.store("s\(index)", [narrow, from.channels])], nil, ["transB": .integer(1)])
        let second = builder.node("MatMul", [builder.node("Relu", [first]), builder.store("e\(index)", [narrow, from.channels])])
        let gate = builder.node("Sigmoid", [second])
        let target = builder.store("target\(index)", integers: [0, from.channels, 1, 1])
        let shaped = builder.node("Reshape", [gate, target])
        add("Mul", [from.name, shaped], channels: from.channels, size: from.size)
    }

    /// To the other layout and back.
    private mutating func roundTrip() {
        let from = pick(features)
        let last = builder.node("Transpose", [from.name], nil, ["perm": .integers([0, 2, 3, 1])])
        let active = builder.node("Relu", [last])
        let name = builder.node("Transpose", [active], nil, ["perm": .integers([0, 3, 1, 2])])
        features.append(Feature(name: name, channels: from.channels, size: from.size))
    }

    /// Some features end in a product; the last are the graph's outputs.
    private mutating func head() {
        for (number, from) in features.suffix(2).enumerated() {
            let index = builder.graph.nodes.count
            let count = from.channels * from.size * from.size
            let flat: String
            switch pick(0...4) {
            case 0: flat = builder.node("Flatten", [from.name])
            case 1:
                let target = builder.store("target\(index)", integers: pick([[0, -1], [-1, count]]))
                flat = builder.node("Reshape", [from.name, target])
            case 2:
                let shape = builder.node("Shape", [from.name])
                let batch = builder.node("Gather", [shape, builder.store("first\(index)", integers: [0])])
                let rest = builder.store("rest\(index)", integers: pick([[-1], [count]]))
                let target = builder.node("Concat", [batch, rest], nil, ["axis": .integer(0)])
                flat = builder.node("Reshape", [from.name, target])
            case 3:
                let last = builder.node("Transpose", [from.name], nil, ["perm": .integers([0, 2, 3, 1])])
                flat = builder.node("Flatten", [last])
            default:
                let pooled = builder.node("ReduceMean", [from.name], nil, name: nil, ["axes": .integers([2, 3]), "keepdims": .integer(0)])
                finish(pooled, from.channels, number)
                continue
            }
            finish(flat, count, number)
        }
    }

    private mutating func finish(_ flat: String, _ count: Int, _ number: Int) {
        let index = builder.graph.nodes.count
        let hidden = pick(3...6)
        let first: String
        if pick(0...1) == 0 {
            first = builder.node(
                "Gemm", [flat, builder.store("w\(index)", [hidden, count]), builder.store("b\(index)", [hidden])], nil,
                ["transB": .integer(1), "alpha": .float(0.5), "beta": .float(2)])
        } else {
            // Weights that exporters leave transposed, or stored in another shape.
            let weight = builder.node("Transpose", [builder.store("w\(index)", [hidden, count])])
            first = builder.node("Add", [builder.node("MatMul", [flat, weight]), builder.store("b\(index)", [hidden])])
        }
        let active = builder.node("Relu", [first])
        let index2 = builder.graph.nodes.count
        let weight = builder.store("w\(index2)", [hidden, 4])
        builder.node("Gemm", [active, weight, builder.store("b\(index2)", [4])], ["y\(number)"])
        builder.output("y\(number)", [.symbol("N"), .fixed(4)])
    }
}
