import COneDNN
import NeuralNetwork

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
            let stored = geometry.storedLayout(isTransposed: isTransposed)
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

    /// A batch normalization that stands alone is a convolution of each channel with one factor.
    mutating func lowerNormalization(_ unit: Unit) throws(ExecutionError) -> Bool {
        let node = unit.main
        guard let source = node.inputs[0], trace.values[source].isRuntime, node.outputs.count == 1,
            let (scale, shift) = Fusion.normalization(of: node, in: trace)
        else { return false }
        let shape = type(source).shape.dimensions
        guard (3...5).contains(shape.count), scale.count == shape[1], shape[1] > 1 else { return false }
        let geometry = ConvolutionGeometry(channels: shape[1], spatial: shape.count - 2)
        guard let stored = geometry.storedLayout(isTransposed: false) else { return false }
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
        let weightShape = geometry.weightShape
        guard let anySource = Layout.any(sourceShape), let anyWeights = Layout.any(weightShape),
            let anyDestination = Layout.any(shape), let biasLayout = Layout.rowMajor([shape[1]])
        else { return false }
        let hasBias = bias != nil || boundBias != nil
        let posts = unit.postOperations.map(\.described)
        var window = geometry.window.described
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
