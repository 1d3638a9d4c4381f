import COneDNN
import NeuralNetwork

/// A convolution's geometry, read from its node and the shapes around it.
struct ConvolutionGeometry {
    var groups: Int
    var kernel: [Int]
    var window: SlidingWindow
    /// Channels into and out of one group.
    var inputs: Int
    var outputs: Int

    /// nil where oneDNN cannot be asked: more than three spatial axes, negative paddings.
    init?(_ node: Node, source: [Int], weights: [Int], destination: [Int]) {
        guard weights.count == source.count, destination.count == source.count, source.count > 2 else { return nil }
        let isTransposed = node.operation == "ConvTranspose"
        groups = node.integer("group") ?? 1
        guard groups > 0, source[1] % groups == 0, destination[1] % groups == 0 else { return nil }
        kernel = Array(weights[2...])
        inputs = source[1] / groups
        outputs = destination[1] / groups
        if isTransposed, node.text("auto_pad") ?? "NOTSET" != "NOTSET" || node.integers("output_shape") != nil { return nil }
        // What slides, and over what: a transposed convolution runs backwards.
        let (large, small) = isTransposed ? (destination, source) : (source, destination)
        guard let window = SlidingWindow(node, kernel: kernel, over: Array(large[2...]), results: Array(small[2...])) else {
            return nil
        }
        self.window = window
    }

    /// Each channel by itself, with a kernel of one element.
    init(channels: Int, spatial: Int) {
        groups = channels
        kernel = Array(repeating: 1, count: spatial)
        window = SlidingWindow(axes: spatial)
        inputs = 1
        outputs = 1
    }

    /// The weights as oneDNN sees them: (groups,) outputs, inputs, kernel.
    var weightShape: [Int] { (groups > 1 ? [groups] : []) + [outputs, inputs] + kernel }

    /// How ONNX stores the weights, seen in the order of oneDNN.
    func storedLayout(isTransposed: Bool) -> Layout? {
        let size = kernel.reduce(1, *)
        var strides = [Int](repeating: 1, count: kernel.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * kernel[axis + 1] }
        strides = (isTransposed ? [size, size * outputs] : [size * inputs, size]) + strides
        if groups > 1 { strides.insert(outputs * inputs * size, at: 0) }
        return .strided(weightShape, strides)
    }

    /// Multiply-accumulates of one result.
    var cost: Int { kernel.reduce(inputs, *) }
}

/// A window that slides along one to three axes.
struct SlidingWindow {
    var strides: [Int]
    var dilations: [Int]
    var begins: [Int]
    /// What the results need at the end, which may be more or less than the node declares.
    var ends: [Int]
    var declaredEnds: [Int]

    /// One element, step by step.
    init(axes: Int) {
        strides = Array(repeating: 1, count: axes)
        dilations = strides
        begins = Array(repeating: 0, count: axes)
        ends = begins
        declaredEnds = begins
    }

    /// Reads strides, dilations and paddings of a node whose window of extents `kernel` slides over `large` and stops `results`
    /// times. nil for more than three axes, negative paddings at the beginning, or attributes that do not fit.
    init?(_ node: Node, kernel: [Int], over large: [Int], results: [Int]) {
        let count = kernel.count
        guard (1...3).contains(count), large.count == count, results.count == count else { return nil }
        self.init(axes: count)
        strides = node.integers("strides") ?? strides
        dilations = node.integers("dilations") ?? dilations
        let pads = node.integers("pads") ?? Array(repeating: 0, count: 2 * count)
        guard strides.count == count, dilations.count == count, pads.count == 2 * count else { return nil }
        let automatic = node.text("auto_pad") ?? "NOTSET"
        for axis in 0..<count {
            let total = (results[axis] - 1) * strides[axis] + extent(axis, kernel) - large[axis]
            switch automatic {
            case "SAME_UPPER": begins[axis] = max(total, 0) / 2
            case "SAME_LOWER": begins[axis] = (max(total, 0) + 1) / 2
            case "VALID": begins[axis] = 0
            default: begins[axis] = pads[axis]
            }
            guard begins[axis] >= 0 else { return nil }
            ends[axis] = total - begins[axis]
            declaredEnds[axis] = automatic == "NOTSET" ? pads[axis + count] : ends[axis]
        }
    }

    /// Elements from the first to the last that the window covers along an axis.
    func extent(_ axis: Int, _ kernel: [Int]) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

    /// As oneDNN's layer takes it.
    var described: pare_window {
        var window = pare_window()
        window.spatial = Int32(strides.count)
        func fill(_ place: UnsafeMutableRawBufferPointer, _ values: [Int]) {
            for (axis, value) in values.enumerated() { place.storeBytes(of: Int64(value), toByteOffset: axis * 8, as: Int64.self) }
        }
        withUnsafeMutableBytes(of: &window.strides) { fill($0, strides) }
        withUnsafeMutableBytes(of: &window.dilations) { fill($0, dilations) }
        withUnsafeMutableBytes(of: &window.padding_begin) { fill($0, begins) }
        withUnsafeMutableBytes(of: &window.padding_end) { fill($0, ends) }
        return window
    }
}

extension Node {
    func integer(_ name: String) -> Int? {
        if case .integer(let value)? = attributes[name] { value } else { nil }
    }

    func integers(_ name: String) -> [Int]? {
        if case .integers(let values)? = attributes[name] { values } else { nil }
    }

    func text(_ name: String) -> String? {
        if case .text(let value)? = attributes[name] { value } else { nil }
    }

    func float(_ name: String) -> Float? {
        if case .float(let value)? = attributes[name] { value } else { nil }
    }
}
