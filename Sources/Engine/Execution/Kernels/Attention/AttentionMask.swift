import NeuralNetwork
import TensorCore

/// Which keys a query attends to, as numbers added to its scores: 0, −∞ or what a mask of numbers holds.
struct AttentionMask: Sendable {
    let extents: AttentionExtents
    /// Strides of the mask over batch, heads, queries and keys; nil without one.
    let strides: [Int]?
    /// Keys the mask knows of; those behind are not attended to.
    let maskedKeys: Int
    let isBoolean: Bool
    let isCausal: Bool
    /// How far a query looks to the left and to the right; negative for as far as there is.
    let window: (left: Int, right: Int)

    init(_ context: KernelContext, _ extents: AttentionExtents) throws(KernelFault) {
        self.extents = extents
        isCausal = context.flag("is_causal")
        window = (context.integer("left_window_size", default: -1), context.integer("right_window_size", default: -1))
        guard window.left <= largestCount, window.right <= largestCount else { throw KernelFault("its window is too wide") }
        if context.hasInput(6) {
            let type = try context.input(6).type
            guard type.elementType == .int64, type.shape.count == extents.batch else {
                throw KernelFault("the counts of keys are \(type.shape) of \(type.elementType)")
            }
        }
        guard context.hasInput(3) else {
            (strides, maskedKeys, isBoolean) = (nil, extents.keys, false)
            return
        }
        let type = try context.input(3).type
        guard type.elementType == .boolean || type.elementType == .float32, let last = type.shape.dimensions.last else {
            throw KernelFault("a mask of \(type.elementType) is not supported")
        }
        isBoolean = type.elementType == .boolean
        // A last extent of 1 stretches; a shorter one than the keys' leaves the keys behind it out.
        maskedKeys = last == 1 ? extents.keys : last
        guard maskedKeys <= extents.keys else { throw KernelFault("the mask knows of \(last) of \(extents.keys) keys") }
        strides = try type.shape.broadcastStrides(
            to: Shape([extents.batch, extents.queryHeads, extents.queries, maskedKeys]))
    }

    /// Writes the numbers of a head, (queries, keys).
    func fill(_ inputs: [TensorView?], batch: Int, head: Int, _ target: UnsafeMutablePointer<Float>) {
        let counts = inputs.optional(6)?.elements(as: Int64.self)
        let offset = extents.pastKeys > 0 || counts == nil ? extents.pastKeys : Int(clamping: counts?[batch] ?? 0) - extents.queries
        let known = counts.map { Int(clamping: $0[batch]) } ?? extents.keys
        let mask = inputs.optional(3)?.bytes
        for query in 0..<extents.queries {
            let row = target + query * extents.keys
            let place = offset &+ query
            for key in 0..<extents.keys {
                let isSeen =
                    key < known && (!isCausal || key <= place) && (window.left < 0 || place &- key <= window.left)
                    && (window.right < 0 || key &- place <= window.right)
                guard isSeen, key < maskedKeys else {
                    row[key] = -.infinity
                    continue
                }
                guard let strides, let mask else {
                    row[key] = 0
                    continue
                }
                let index = position(strides, batch, head, query, key)
                row[key] =
                    isBoolean
                    ? (mask.load(fromByteOffset: index, as: UInt8.self) != 0 ? 0 : -.infinity)
                    : mask.load(fromByteOffset: index * 4, as: Float.self)
            }
        }
    }

    private func position(_ strides: [Int], _ batch: Int, _ head: Int, _ query: Int, _ key: Int) -> Int {
        batch * strides[0] + head * strides[1] + query * strides[2] + key * strides[3]
    }

    /// Adds what a head's numbers have for a gradient, (queries, keys), to the mask's.
    func gather(_ gradient: UnsafePointer<Float>, batch: Int, head: Int, to target: UnsafeMutablePointer<Float>) {
        guard let strides else { return }
        for query in 0..<extents.queries {
            for key in 0..<maskedKeys { target[position(strides, batch, head, query, key)] += gradient[query * extents.keys + key] }
        }
    }
}
