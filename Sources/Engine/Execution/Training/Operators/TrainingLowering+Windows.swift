import COneDNN
import NeuralNetwork

/// Convolutions and pooling, on oneDNN.
extension TrainingLowering {
    mutating func lowerConvolution(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        let isTransposed = node.node.operation == "ConvTranspose"
        guard node.inputs.count >= 2, let source = node.inputs[0], let weights = node.inputs[1],
            let geometry = ConvolutionGeometry(
                node.node, source: dimensions(source), weights: dimensions(weights), destination: dimensions(output)),
            let stored = geometry.storedLayout(isTransposed: isTransposed), let anySource = Layout.any(dimensions(source)),
            let anyWeights = Layout.any(geometry.weightShape), let anyResult = Layout.any(dimensions(output)),
            let biasLayout = Layout.rowMajor([dimensions(output)[1]])
        else { throw refusal(node, "its geometry is unusual") }
        let bias = node.inputs.count > 2 ? node.inputs[2] : nil
        func operation(_ pass: pare_convolution_pass) -> Operation? {
            var window = geometry.window.described
            return Operation(
                owning: pare_convolution_training(
                    pass, anySource.pointer, anyWeights.pointer, bias == nil ? nil : biasLayout.pointer, anyResult.pointer,
                    &window, isTransposed))
        }
        guard let forward = operation(pare_convolution_forward), let x = forward.layout(.source),
            let w = forward.layout(.weights), let y = forward.layout(.destination)
        else { throw refusal(node, "oneDNN has no implementation for it") }
        var arguments: [(role: Operation.Role, slot: Int)] = [
            (.source, try argument(source, in: x)), (.weights, try reorder(try plain(weights), from: stored, to: w)),
        ]
        if let bias { arguments.append((.bias, try plain(bias))) }
        let result = place(byteCount: y.byteCount)
        arguments.append((.destination, result))
        emit(forward, arguments)
        hold(output, result, layout: y)
        let backwardSource = wants(source) ? operation(pare_convolution_backward_source) : nil
        let needsWeights = wants(weights) || wants(bias)
        let backwardWeights = needsWeights ? operation(pare_convolution_backward_weights) : nil
        guard !wants(source) || backwardSource != nil, !needsWeights || backwardWeights != nil else {
            throw refusal(node, "oneDNN has no implementation for it")
        }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            if let operation = backwardWeights, let x = operation.layout(.source), let dy = operation.layout(.destinationGradient),
                let dw = operation.layout(.weightsGradient)
            {
                guard let gradient = try builder.gradient(output, in: dy) else { return }
                let input = try builder.argument(source, in: x)
                let target = builder.place(byteCount: dw.byteCount)
                var arguments: [(role: Operation.Role, slot: Int)] = [
                    (.source, input), (.destinationGradient, gradient), (.weightsGradient, target),
                ]
                if let bias {
                    let slot = builder.place(like: bias)
                    arguments.append((.biasGradient, slot))
                    builder.emit(operation, arguments)
                    builder.contribute(bias, slot)
                } else {
                    builder.emit(operation, arguments)
                }
                if builder.wants(weights) {
                    builder.contribute(weights, try builder.reorder(target, from: dw, to: stored))
                }
            }
            if let operation = backwardSource, let dx = operation.layout(.sourceGradient),
                let dy = operation.layout(.destinationGradient), let w = operation.layout(.weights)
            {
                guard let gradient = try builder.gradient(output, in: dy) else { return }
                let arranged = try builder.reorder(try builder.plain(weights), from: stored, to: w)
                let target = builder.place(byteCount: dx.byteCount)
                builder.emit(operation, [(.destinationGradient, gradient), (.weights, arranged), (.sourceGradient, target)])
                builder.contribute(source, target, layout: dx)
            }
        }
    }

    mutating func lowerPooling(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let source = node.inputs[0], node.outputs.count == 1, (3...5).contains(dimensions(source).count),
            let (kind, kernel, window) = Lowering.poolingWindow(node, dimensions(source), dimensions(output)),
            let layout = layout(of: source), let anyResult = Layout.any(dimensions(output))
        else { throw refusal(node, "its windows are unusual") }
        func operation(backward: Bool, _ source: Layout, _ result: Layout) -> Operation? {
            var window = window.described
            return Operation(
                owning: pare_pooling_training(
                    backward, kind, source.pointer, result.pointer, kernel.map(Int64.init), &window))
        }
        guard let forward = operation(backward: false, layout, anyResult), let y = forward.layout(.destination) else {
            throw refusal(node, "oneDNN has no implementation for it")
        }
        let input = try argument(source, in: layout)
        let result = place(byteCount: y.byteCount)
        var arguments: [(role: Operation.Role, slot: Int)] = [(.source, input), (.destination, result)]
        let workspace = forward.layout(.workspace).map { place(byteCount: $0.byteCount) }
        if let workspace { arguments.append((.workspace, workspace)) }
        emit(forward, arguments)
        hold(output, result, layout: y)
        guard wants(source) else { return }
        guard let backward = operation(backward: true, layout, y) else {
            throw refusal(node, "oneDNN has no implementation for it")
        }
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output, in: y) else { return }
            let target = builder.place(byteCount: layout.byteCount)
            var arguments: [(role: Operation.Role, slot: Int)] = [(.destinationGradient, gradient), (.sourceGradient, target)]
            if let workspace { arguments.append((.workspace, workspace)) }
            builder.emit(backward, arguments)
            builder.contribute(source, target, layout: layout)
        }
    }

    mutating func lowerLocalResponseNormalization(_ node: TracedNode) throws(ExecutionError) {
        let output = node.outputs[0]
        guard let source = node.inputs[0], let size = node.node.integer("size"), size > 0, size % 2 == 1,
            dimensions(source).count == 4, let layout = layout(of: source)
        else { throw refusal(node, "its window is unusual") }
        func operation(backward: Bool) -> Operation? {
            Operation(
                owning: pare_lrn_training(
                    backward, layout.pointer, Int64(size), node.node.float("alpha") ?? 0.0001,
                    node.node.float("beta") ?? 0.75, node.node.float("bias") ?? 1))
        }
        guard let forward = operation(backward: false), let backward = operation(backward: true) else {
            throw refusal(node, "oneDNN has no implementation for it")
        }
        let input = try argument(source, in: layout)
        let result = place(byteCount: layout.byteCount)
        var arguments: [(role: Operation.Role, slot: Int)] = [(.source, input), (.destination, result)]
        let workspace = forward.layout(.workspace).map { place(byteCount: $0.byteCount) }
        if let workspace { arguments.append((.workspace, workspace)) }
        emit(forward, arguments)
        hold(output, result, layout: layout)
        onBackward(of: node) { (builder: inout TrainingLowering) throws(ExecutionError) in
            guard let gradient = try builder.gradient(output, in: layout) else { return }
            let target = builder.place(byteCount: layout.byteCount)
            var arguments: [(role: Operation.Role, slot: Int)] = [
                (.source, input), (.destinationGradient, gradient), (.sourceGradient, target),
            ]
            if let workspace { arguments.append((.workspace, workspace)) }
            builder.emit(backward, arguments)
            builder.contribute(source, target, layout: layout)
        }
    }
}
