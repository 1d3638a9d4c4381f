extension KernelLibrary {
    /// Operators that put tensors together and take them apart.
    static let joining: [String: Maker] = ["Concat": concat, "Split": split]

    private static let concat: Maker = { context throws(KernelFault) in
        let output = try context.output()
        let axis = try context.axis(default: 1, rank: output.shape.rank)
        let size = output.elementType.byteCount
        let (outer, _, inner) = output.shape.split(at: axis)
        var extents: [Int] = []
        for index in context.inputs.indices {
            let type = try context.input(index).type
            var expected = output.shape.dimensions
            guard type.shape.rank == expected.count else { throw KernelFault("\(type.shape) does not join \(output.shape)") }
            expected[axis] = type.shape[axis]
            guard type.elementType == output.elementType, type.shape.dimensions == expected else {
                throw KernelFault("\(type.shape) of \(type.elementType) does not join \(output.shape)")
            }
            extents.append(type.shape[axis])
        }
        guard extents.reduce(0, &+) == output.shape[axis] else { throw KernelFault("the parts do not make up the whole") }
        let lengths = extents.map { $0 &* inner &* size }
        return Kernel(outputs: [output]) { inputs, outputs, _ in
            guard outer > 0 else { return }
            let row = lengths.reduce(0, +)
            var start = 0
            for (index, length) in lengths.enumerated() where length > 0 {
                let source = inputs.given(index).bytes
                for block in 0..<outer {
                    (outputs[0].bytes + block * row + start).copyMemory(from: source + block * length, byteCount: length)
                }
                start += length
            }
        }
    }

    private static let split: Maker = { context throws(KernelFault) in
        let input = try context.input(0).type
        let types = try context.outputs(of: input.elementType)
        let axis = try context.axis(default: 0, rank: input.shape.rank)
        let (outer, extent, inner) = input.shape.split(at: axis)
        guard types.allSatisfy({ $0.shape.rank == input.shape.rank }),
            types.reduce(0, { $0 &+ $1.shape[axis] }) == extent
        else { throw KernelFault("the parts do not make up \(input.shape)") }
        let size = input.elementType.byteCount
        let lengths = types.map { $0.shape[axis] &* inner &* size }
        return Kernel(outputs: types) { inputs, outputs, _ in
            guard outer > 0 else { return }
            let source = inputs.given(0).bytes
            let row = lengths.reduce(0, +)
            var start = 0
            for (index, length) in lengths.enumerated() where length > 0 {
                for block in 0..<outer {
                    (outputs[index].bytes + block * length).copyMemory(
                        from: source + block * row + start, byteCount: length)
                }
                start += length
            }
        }
    }
}
