import NeuralNetwork

extension ChannelRule {
    static let convolution: [String: Rule] = ["Conv": convolve, "ConvTranspose": convolveTransposed]

    private static let convolve: Rule = { visit in
        guard let data = visit.shape(0), let weight = visit.shape(1), data.rank >= 2, weight.rank == data.rank,
            let outputs = visit.claim(1, 0)
        else { return }
        let groups = visit.integer("group") ?? 1
        guard groups >= 1, weight[0] % groups == 0, data[1] % groups == 0, data[1] / groups == weight[1] else { return }
        visit.joinBias(2, outputs)
        visit.setOutput(0, 1, outputs)
        if groups > 1, weight[1] == 1 {
            let multiplier = weight[0] / groups
            visit.passDepthwise(outputs, multiplier: multiplier)
            visit.produce(weights: 1, axis: 0, filters: outputs)
            return
        }
        visit.tieBlocks(outputs, count: groups)
        visit.produce(weights: 1, axis: 0, filters: outputs)
        guard let inputs = visit.tracked(0, 1) else { return }
        visit.tieBlocks(inputs, count: groups)
        visit.consume(weights: 1, value: 0, axis: 1, atoms: inputs)
        guard let columns = visit.claim(1, 1) else { return visit.fix(inputs, "\(visit.title) computes its weights") }
        visit.unify(Array(inputs[..<columns.count]), columns)
    }

    private static let convolveTransposed: Rule = { visit in
        guard let data = visit.shape(0), let weight = visit.shape(1), data.rank >= 2, weight.rank == data.rank,
            weight[0] == data[1]
        else { return }
        let groups = visit.integer("group") ?? 1
        guard groups >= 1, weight[0] % groups == 0 else { return }
        if groups > 1, weight[0] == groups {
            guard let rows = visit.claim(1, 0) else { return }
            let multiplier = weight[1]
            let outputs = rows.flatMap { Array(repeating: $0, count: multiplier) }
            visit.joinBias(2, outputs)
            visit.setOutput(0, 1, outputs)
            visit.passDepthwise(outputs, multiplier: multiplier)
            visit.produce(weights: 1, axis: 0, filters: outputs)
            return
        }
        guard let columns = visit.claim(1, 1) else { return }
        let outputs = (0..<groups).flatMap { _ in columns }
        visit.joinBias(2, outputs)
        visit.setOutput(0, 1, outputs)
        visit.produce(weights: 1, axis: 1, filters: outputs)
        guard let inputs = visit.tracked(0, 1) else { return }
        visit.tieBlocks(inputs, count: groups)
        visit.consume(weights: 1, value: 0, axis: 1, atoms: inputs)
        guard let rows = visit.claim(1, 0) else { return visit.fix(inputs, "\(visit.title) computes its weights") }
        visit.unify(inputs, rows)
    }
}

extension NodeVisit {
    /// Ties each channel of a depthwise convolution's input to the outputs made of it.
    fileprivate mutating func passDepthwise(_ outputs: [Atom], multiplier: Int) {
        guard let inputs = tracked(0, 1), inputs.count * multiplier == outputs.count else {
            return fix(outputs, "\(title) is depthwise over \(node.inputs[0]), whose channels stay")
        }
        for (index, atom) in outputs.enumerated() { tracer.atoms.unify(inputs[index / multiplier], atom) }
        addEdit(.integer("group"), [(0, inputs)])
    }

    /// Ties a vector with an element for each of the channels, where there is one.
    mutating func joinBias(_ input: Int, _ outputs: [Atom]) {
        guard isPresent(input) else { return }
        guard let bias = claim(input, 0) else { return fix(outputs, "\(title) computes its \(node.inputs[input])") }
        unify(outputs, bias)
    }
}
