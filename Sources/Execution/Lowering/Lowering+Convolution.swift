import COneDNN
import NeuralNetwork
import TensorCore

/// A convolution's geometry, read from its node and the shapes around it.
struct ConvolutionGeometry {
    var groups: Int
    var kernel: [Int]
    var window: pare_window
    /// Channels into and out of one group.
    var inputs: Int
    var outputs: Int

    /// nil where oneDNN cannot be asked: more than three spatial axes, negative paddings.
    init?(_ node: Node, source: [Int], weights: [Int], destination: [Int]) {
        let spatial = source.count - 2
        guard (1...3).contains(spatial), weights.count == source.count, destination.count == source.count else { return nil }
        let isTransposed = node.operation == "ConvTranspose"
        groups = node.integer("group") ?? 1
        guard groups > 0, source[1] % groups == 0, destination[1] % groups == 0 else { return nil }
        kernel = Array(weights[2...])
        inputs = source[1] / groups
        outputs = destination[1] / groups
        let strides = node.integers("strides") ?? Array(repeating: 1, count: spatial)
        let dilations = node.integers("dilations") ?? Array(repeating: 1, count: spatial)
        guard strides.count == spatial, dilations.count == spatial else { return nil }
        // What slides, and over what: a transposed convolution runs backwards.
        let (large, small) = isTransposed ? (destination, source) : (source, destination)
        let automatic = node.text("auto_pad") ?? "NOTSET"
        let pads = node.integers("pads") ?? Array(repeating: 0, count: 2 * spatial)
        guard pads.count == 2 * spatial else { return nil }
        if isTransposed, automatic != "NOTSET" || node.integers("output_shape") != nil { return nil }
        window = pare_window()
        window.spatial = Int32(spatial)
        for axis in 0..<spatial {
            let extent = (kernel[axis] - 1) * dilations[axis] + 1
            let total = (small[axis + 2] - 1) * strides[axis] + extent - large[axis + 2]
            let begin: Int
            switch automatic {
            case "SAME_UPPER": begin = max(total, 0) / 2
            case "SAME_LOWER": begin = (max(total, 0) + 1) / 2
            case "VALID": begin = 0
            default: begin = pads[axis]
            }
            guard begin >= 0 else { return nil }
            window.set(axis, stride: strides[axis], dilation: dilations[axis], begin: begin, end: total - begin)
        }
    }

    /// Multiply-accumulates of one result.
    var cost: Int { kernel.reduce(inputs, *) }
}

extension pare_window {
    mutating func set(_ axis: Int, stride: Int, dilation: Int, begin: Int, end: Int) {
        withUnsafeMutableBytes(of: &strides) { $0.storeBytes(of: Int64(stride), toByteOffset: axis * 8, as: Int64.self) }
        withUnsafeMutableBytes(of: &dilations) { $0.storeBytes(of: Int64(dilation), toByteOffset: axis * 8, as: Int64.self) }
        withUnsafeMutableBytes(of: &padding_begin) { $0.storeBytes(of: Int64(begin), toByteOffset: axis * 8, as: Int64.self) }
        withUnsafeMutableBytes(of: &padding_end) { $0.storeBytes(of: Int64(end), toByteOffset: axis * 8, as: Int64.self) }
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

extension Lowering {
    mutating func lowerConvolution(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard node.inputs.count >= 2, let source = node.inputs[0], let weights = node.inputs[1],
            !trace.values[weights].isRuntime, trace.values[source].isRuntime
        else { return false }
        let sourceShape = type(source).shape.dimensions
        let shape = type(unit.output).shape.dimensions
        let isTransposed = node.node.operation == "ConvTranspose"
        guard
            let geometry = ConvolutionGeometry(
                node.node, source: sourceShape, weights: type(weights).shape.dimensions, destination: shape),
            let stored = storedLayout(geometry, isTransposed)
        else { return false }
        let bias = node.inputs.count > 2 ? node.inputs[2] : nil
        guard let biasArgument = channelBias(unit, bias, count: shape[1]) else { return false }
        return try emitConvolution(
            unit, source: source, geometry, isTransposed: isTransposed, bias: biasArgument.isEmpty ? nil : biasArgument,
            boundBias: biasArgument.isEmpty && unit.shift == nil ? bias : nil
        ) { builder, layout in
            let scale = unit.scale.map { factors in
                ChannelScale(
                    factors: factors, run: geometry.kernel.reduce(isTransposed ? 1 : geometry.inputs, *),
                    channels: isTransposed ? geometry.outputs : shape[1],
                    repetitions: isTransposed ? geometry.inputs : 1)
            }
            return builder.pack(
                weights, .arranged(from: stored, to: layout, scale: scale), byteCount: layout.byteCount)
        }
    }

    /// The bias with a norm's shift folded in; empty where there is none or it is only known when weights are; nil where
    /// that cannot be done.
    private func channelBias(_ unit: Unit, _ bias: ValueID?, count: Int) -> [Float]? {
        var values = bias.flatMap { trace.values[$0].literal }.map { $0.floats() }
        if let bias, values == nil {
            guard !trace.values[bias].isRuntime, unit.scale == nil, unit.shift == nil else { return nil }
            return []
        }
        if let scale = unit.scale { values = values.map { zip($0, scale).map(*) } }
        if let shift = unit.shift { values = values.map { zip($0, shift).map(+) } ?? shift }
        guard values?.count ?? count == count else { return nil }
        return values ?? []
    }

    /// How ONNX stores a convolution's weights, seen in the order of oneDNN: (groups,) outputs, inputs, kernel.
    private func storedLayout(_ geometry: ConvolutionGeometry, _ isTransposed: Bool) -> Layout? {
        let size = geometry.kernel.reduce(1, *)
        var strides = [Int](repeating: 1, count: geometry.kernel.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * geometry.kernel[axis + 1] }
        let (output, input) = isTransposed ? (size, size * geometry.outputs) : (size * geometry.inputs, size)
        var dimensions = [geometry.outputs, geometry.inputs] + geometry.kernel
        strides = [output, input] + strides
        if geometry.groups > 1 {
            dimensions.insert(geometry.groups, at: 0)
            strides.insert(geometry.outputs * geometry.inputs * size, at: 0)
        }
        return .strided(dimensions, strides)
    }

    /// A batch normalization that stands alone is a convolution of each channel with one factor.
    mutating func lowerNormalization(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard let source = node.inputs[0], trace.values[source].isRuntime, node.outputs.count == 1,
            let (scale, shift) = Fusion.normalization(of: node, in: trace)
        else { return false }
        let shape = type(source).shape.dimensions
        guard (3...5).contains(shape.count), scale.count == shape[1], shape[1] > 1 else { return false }
        var window = pare_window()
        window.spatial = Int32(shape.count - 2)
        for axis in 0..<shape.count - 2 { window.set(axis, stride: 1, dilation: 1, begin: 0, end: 0) }
        let geometry = ConvolutionGeometry(channels: shape[1], spatial: shape.count - 2, window: window)
        guard let stored = storedLayout(geometry, false) else { return false }
        return try emitConvolution(
            unit, source: source, geometry, isTransposed: false, bias: shift, boundBias: nil
        ) { builder, layout in
            guard let plain = AlignedBuffer(byteCount: scale.count * 4), let arranged = AlignedBuffer(byteCount: layout.byteCount),
                let operation = Operation.reorder(from: stored, to: layout)
            else { return nil }
            plain.base.copyMemory(from: scale, byteCount: scale.count * 4)
            guard operation.runOnce(from: plain, to: arranged) else { return nil }
            let numbers = UnsafeBufferPointer(
                start: arranged.base.assumingMemoryBound(to: Float.self), count: layout.byteCount / 4)
            return builder.pack(nil, .numbers(Array(numbers)), byteCount: layout.byteCount)
        }
    }

    private mutating func emitConvolution(
        _ unit: Unit, source: ValueID, _ geometry: ConvolutionGeometry, isTransposed: Bool, bias: [Float]?,
        boundBias: ValueID?, weights: (inout Lowering, Layout) -> Argument?
    ) throws(ExecutionError) -> Bool {
        let sourceShape = type(source).shape.dimensions
        let shape = type(unit.output).shape.dimensions
        let weightShape = (geometry.groups > 1 ? [geometry.groups] : []) + [geometry.outputs, geometry.inputs] + geometry.kernel
        guard let anySource = Layout.any(sourceShape), let anyWeights = Layout.any(weightShape),
            let anyDestination = Layout.any(shape), let biasLayout = Layout.rowMajor([shape[1]])
        else { return false }
        let hasBias = bias != nil || boundBias != nil
        let posts = unit.postOperations.map(\.described)
        var window = geometry.window
        guard
            let operation = Operation(
                owning: pare_convolution(
                    anySource.pointer, anyWeights.pointer, hasBias ? biasLayout.pointer : nil, anyDestination.pointer,
                    &window, isTransposed, posts, Int32(posts.count))),
            let wantedSource = operation.layout(.source), let wantedWeights = operation.layout(.weights),
            let result = operation.layout(.destination), let packed = weights(&self, wantedWeights)
        else { return false }
        var arguments: [(role: Operation.Role, argument: Argument)] = [
            (.source, try argument(source, in: wantedSource, dimensions: sourceShape)), (.weights, packed),
        ]
        if let bias {
            arguments.append((.bias, pack(nil, .numbers(bias), byteCount: bias.count * 4)))
        } else if let boundBias {
            arguments.append((.bias, try plain(boundBias)))
        }
        let slot = try destination(unit, layout: result, shape: shape)
        arguments.append((.destination, .slot(slot)))
        emit(operation, arguments, cost: geometry.cost * shape.reduce(1, *))
        hold(unit.output, Location(layout: Layout.rowMajor(shape).flatMap { $0 == result ? nil : result }, slot: slot))
        return true
    }

    /// The place of a result: where its residual lies, if nobody else needs that; else a new one, with the residual in it.
    private mutating func destination(_ unit: Unit, layout: Layout, shape: [Int]) throws(ExecutionError) -> Int {
        guard let residual = unit.residual else { return place(byteCount: layout.byteCount) }
        guard case .slot(let held) = try argument(residual, in: layout, dimensions: shape) else {
            throw ExecutionError("\(unit.main.title): its summand is not computed")
        }
        if isLastUse(of: residual), !slots[held].isInput, unit.guards.isEmpty { return held }
        guard let copy = Operation.reorder(from: layout, to: layout) else {
            throw ExecutionError("\(unit.main.title): its summand cannot be copied")
        }
        let slot = place(byteCount: layout.byteCount)
        emit(copy, [(.source, .slot(held)), (.destination, .slot(slot))], cost: 0)
        return slot
    }
}

extension ConvolutionGeometry {
    /// Each channel by itself, with a kernel of one element.
    init(channels: Int, spatial: Int, window: pare_window) {
        groups = channels
        kernel = Array(repeating: 1, count: spatial)
        self.window = window
        inputs = 1
        outputs = 1
    }
}
