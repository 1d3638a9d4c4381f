import NeuralNetwork

extension KernelLibrary {
    /// Turns pairs of elements of each head by angles that depend on the position: X is (batch, heads, sequence, size) or
    /// (batch, sequence, heads · size).
    static let rotaryEmbedding: Maker = { context throws(KernelFault) in
        let shape = try context.floatShape(0)
        let isPacked = shape.rank == 3
        guard isPacked || shape.rank == 4 else { throw KernelFault("an input of \(shape) has no heads") }
        let heads = isPacked ? context.integer("num_heads", default: 0) : shape[1]
        guard heads >= 1, !isPacked || shape[2] % heads == 0 else {
            throw KernelFault("num_heads \(heads) does not divide \(shape)")
        }
        let (batch, length) = (shape[0], isPacked ? shape[1] : shape[2])
        let size = isPacked ? shape[2] / heads : shape[3]
        let given = context.integer("rotary_embedding_dim", default: 0)
        let turned = given == 0 ? size : given
        guard turned >= 0, turned <= size, turned % 2 == 0 else {
            throw KernelFault("rotary_embedding_dim \(turned) does not fit heads of \(size)")
        }
        let half = turned / 2
        let caches = [try context.floatShape(1), try context.floatShape(2)]
        let isIndexed = context.hasInput(3)
        let wanted = isIndexed ? [caches[0].dimensions.first ?? 0, half] : [batch, length, half]
        guard caches.allSatisfy({ $0.dimensions == wanted }) else {
            throw KernelFault("cosines and sines of \(caches[0]) and \(caches[1]) are not \(wanted)")
        }
        var isWide = true
        if isIndexed {
            isWide = try Self.isWide(context, 3)
            let positions = try context.shape(3)
            guard positions.count == batch * length else { throw KernelFault("positions of \(positions) do not fit \(shape)") }
        }
        let known = wanted[0]
        let isInterleaved = context.flag("interleaved")
        let output = ValueType(elementType: .float32, shape: shape)
        return Kernel(outputs: [output]) { [isWide] inputs, outputs, _ in
            let (source, target) = (inputs.floats(0), outputs[0].floatPointer)
            let (cosines, sines) = (inputs.floats(1), inputs.floats(2))
            let positions = inputs.optional(3)?.bytes
            target.update(from: source, count: shape.count)
            for sample in 0..<batch {
                for place in 0..<length {
                    var row = sample * length + place
                    if let positions {
                        // Positions that nothing is known of turn nothing.
                        guard let found = KernelLibrary.position(positions, row, isWide: isWide, extent: known) else { continue }
                        row = found
                    }
                    for head in 0..<heads {
                        let start =
                            isPacked
                            ? ((sample * length + place) * heads + head) * size : ((sample * heads + head) * length + place) * size
                        for pair in 0..<half {
                            let first = start + (isInterleaved ? 2 * pair : pair)
                            let second = isInterleaved ? first + 1 : first + half
                            let (cosine, sine) = (cosines[row * half + pair], sines[row * half + pair])
                            target[first] = cosine * source[first] - sine * source[second]
                            target[second] = sine * source[first] + cosine * source[second]
                        }
                    }
                }
            }
        }
    }
}
