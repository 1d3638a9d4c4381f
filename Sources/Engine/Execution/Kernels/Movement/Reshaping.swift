extension KernelLibrary {
    /// Operators that keep all elements, or repeat them.
    static let reshaping: [String: Maker] = [
        "Reshape": sameElements, "Flatten": sameElements, "Squeeze": sameElements, "Unsqueeze": sameElements,
        "Transpose": transpose, "Expand": expand, "Tile": tile, "DepthToSpace": depthToSpace,
        "SpaceToDepth": spaceToDepth,
    ]

    private static let sameElements: Maker = { context throws(KernelFault) in
        guard try context.outputShape().count == context.shape(0).count else {
            throw KernelFault("\(try context.shape(0)) does not reshape to \(try context.outputShape())")
        }
        return try copy(context)
    }

    private static let transpose: Maker = { context throws(KernelFault) in
        let input = try context.shape(0)
        let order = try context.normalized(
            context.integers("perm") ?? Array((0..<input.rank).reversed()), rank: input.rank)
        guard order.count == input.rank, try context.outputShape().dimensions == order.map({ input[$0] }) else {
            throw KernelFault("perm \(order) does not fit \(input)")
        }
        let strides = input.rowMajorStrides
        return try strided(context, strides: order.map { strides[$0] })
    }

    private static let expand: Maker = { context throws(KernelFault) in
        try strided(context, strides: try context.shape(0).broadcastStrides(to: try context.outputShape()))
    }

    private static let tile: Maker = { context throws(KernelFault) in
        let input = try context.shape(0)
        let output = try context.outputShape()
        guard output.rank == input.rank else { throw KernelFault("\(input) does not tile to \(output)") }
        if output.count == 0 { return try strided(context, strides: output.dimensions.map { _ in 0 }) }
        var extents: [Int] = []
        var strides: [Int] = []
        for (axis, stride) in input.rowMajorStrides.enumerated() {
            guard output[axis] % input[axis] == 0 else { throw KernelFault("\(input) does not tile to \(output)") }
            extents += [output[axis] / input[axis], input[axis]]
            strides += [0, stride]
        }
        return try strided(context, extents: extents, strides: strides)
    }

    private static func blockSize(_ context: KernelContext) throws(KernelFault) -> Int {
        guard let size = context.integer("blocksize"), size >= 1, try context.shape(0).rank == 4 else {
            throw KernelFault("blocksize is missing or impossible")
        }
        return size
    }

    /// (N, C, H, W) → (N, C / b², H · b, W · b)
    private static let depthToSpace: Maker = { context throws(KernelFault) in
        let size = try blockSize(context)
        let input = try context.shape(0)
        let output = try context.outputShape()
        // Both modes read the input as six axes: DCR as (N, b, b, c, H, W), CRD as (N, c, b, b, H, W).
        let strides = input.rowMajorStrides
        let (channels, plane) = (output[1], strides[1])
        let offsets: (channel: Int, row: Int, column: Int)
        switch context.text("mode", default: "DCR") {
        case "DCR": offsets = (plane, size &* channels &* plane, channels &* plane)
        case "CRD": offsets = (size &* size &* plane, size &* plane, plane)
        case let other: throw KernelFault("mode \"\(other)\" is not supported")
        }
        return try strided(
            context, extents: [output[0], channels, input[2], size, input[3], size],
            strides: [strides[0], offsets.channel, strides[2], offsets.row, 1, offsets.column])
    }

    /// (N, C, H, W) → (N, b² · C, H / b, W / b)
    private static let spaceToDepth: Maker = { context throws(KernelFault) in
        let size = try blockSize(context)
        let input = try context.shape(0)
        let output = try context.outputShape()
        let strides = input.rowMajorStrides
        switch context.text("mode", default: "DCR") {
        case "DCR":
            return try strided(
                context, extents: [output[0], size, size, input[1], output[2], output[3]],
                strides: [strides[0], strides[2], 1, strides[1], size &* strides[2], size])
        case "CRD":
            return try strided(
                context, extents: [output[0], input[1], size, size, output[2], output[3]],
                strides: [strides[0], strides[1], strides[2], 1, size &* strides[2], size])
        case let other: throw KernelFault("mode \"\(other)\" is not supported")
        }
    }
}
