import Glibc
import TensorCore

/// A tensor that follows from stored ones by arithmetic; worked out when it is asked for.
struct StoredExpression: Sendable {
    let shape: Shape
    /// What the stored numbers are made of, which the result takes over.
    let elementType: ElementType
    /// Elements, row-major.
    let values: @Sendable () throws -> [Float]

    /// A result may have so many times the elements of what it is made of, as where a mask is repeated along an axis.
    private static let greatestGrowth = 64

    init(shape: Shape, elementType: ElementType, values: @escaping @Sendable () throws -> [Float]) {
        self.shape = shape
        self.elementType = elementType
        self.values = values
    }

    /// A stored tensor; nil where its numbers are of a type that is not read.
    init?(_ tensor: TensorSource) {
        shape = tensor.shape
        switch tensor.elementType {
        case .float64, .float32, .float16, .bfloat16:
            elementType = tensor.elementType == .float64 ? .float32 : tensor.elementType
            values = { try tensor.floats() }
        case .boolean, .uint8, .int8:
            elementType = .float32
            let isSigned = tensor.elementType == .int8
            values = { try tensor.read().storage.withUnsafeBytes { $0.map { isSigned ? Float(Int8(bitPattern: $0)) : Float($0) } } }
        case .int32, .int64:
            elementType = .float32
            let size = tensor.elementType.byteCount
            values = {
                try tensor.read().storage.withUnsafeBytes { bytes in
                    // Bounds: a tensor's storage holds exactly `count` elements.
                    (0..<tensor.count).map { index in
                        size == 8
                            ? Float(bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
                            : Float(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
                    }
                }
            }
        default: return nil
        }
    }

    /// The tensor, whose elements are worked out when they are first read.
    var tensor: TensorSource {
        let (type, values, count) = (elementType, values, shape.count)
        let bytes = DeferredBytes(byteCount: count * type.byteCount) { type.encode(try values()) }
        return TensorSource(shape: shape, elementType: type, deferred: bytes)
    }

    // MARK: Element by element

    func mapped(_ function: @escaping @Sendable (Float) -> Float) -> StoredExpression {
        let values = values
        return StoredExpression(shape: shape, elementType: elementType) { try values().map(function) }
    }

    /// Two tensors broadcast to one shape; nil where they do not fit.
    static func combined(
        _ a: StoredExpression, _ b: StoredExpression, _ function: @escaping @Sendable (Float, Float) -> Float
    ) -> StoredExpression? {
        guard let shape = broadcast(a.shape, b.shape), isAllowed(shape, a.shape, b.shape) else { return nil }
        let (left, right) = (a.expanded(to: shape), b.expanded(to: shape))
        return StoredExpression(shape: shape, elementType: a.elementType) { zip(try left(), try right()).map(function) }
    }

    /// Elements of `a` where the condition is not zero, of `b` elsewhere.
    static func chosen(_ condition: StoredExpression, _ a: StoredExpression, _ b: StoredExpression) -> StoredExpression? {
        guard let both = broadcast(a.shape, b.shape), let shape = broadcast(both, condition.shape),
            isAllowed(shape, both, condition.shape)
        else { return nil }
        let (test, left, right) = (condition.expanded(to: shape), a.expanded(to: shape), b.expanded(to: shape))
        return StoredExpression(shape: shape, elementType: a.elementType) {
            zip(try test(), zip(try left(), try right())).map { $0 != 0 ? $1.0 : $1.1 }
        }
    }

    private static func isAllowed(_ shape: Shape, _ a: Shape, _ b: Shape) -> Bool {
        shape.count / greatestGrowth <= max(a.count, b.count)
    }

    private static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
        let rank = max(a.rank, b.rank)
        var extents: [Int] = []
        for axis in 0..<rank {
            let left = axis < rank - a.rank ? 1 : a[axis - rank + a.rank]
            let right = axis < rank - b.rank ? 1 : b[axis - rank + b.rank]
            guard left == right || left == 1 || right == 1 else { return nil }
            extents.append(left == 1 ? right : left)
        }
        return Shape(checking: extents)
    }

    /// The elements repeated along axes of one element.
    private func expanded(to target: Shape) -> @Sendable () throws -> [Float] {
        guard shape.dimensions != target.dimensions else { return values }
        let own = shape.rowMajorStrides
        let strides = target.dimensions.indices.map { axis -> Int in
            let source = axis - target.rank + shape.rank
            return source < 0 || shape[source] == 1 ? 0 : own[source]
        }
        return { [values] in gathered(try values(), target.dimensions, strides) }
    }

    // MARK: Rearranging

    /// The same elements in another shape; nil where their number differs.
    func reshaped(_ extents: [Int]) -> StoredExpression? {
        guard let shape = Shape(checking: extents), shape.count == self.shape.count else { return nil }
        return StoredExpression(shape: shape, elementType: elementType, values: values)
    }

    /// Axis i of the result is axis `order[i]`.
    func transposed(_ order: [Int]) -> StoredExpression? {
        guard order.sorted() == Array(0..<shape.rank) else { return nil }
        let own = shape.rowMajorStrides
        let (extents, strides) = (order.map { shape[$0] }, order.map { own[$0] })
        guard let shape = Shape(checking: extents) else { return nil }
        return StoredExpression(shape: shape, elementType: elementType) { [values] in gathered(try values(), extents, strides) }
    }

    /// Tensors of one axis, one after the other; nil of others.
    static func joined(_ parts: [StoredExpression], axis: Int) -> StoredExpression? {
        guard axis == 0 || axis == -1, let first = parts.first, parts.allSatisfy({ $0.shape.rank == 1 }),
            let shape = Shape(checking: [parts.reduce(0) { $0 + $1.shape.count }])
        else { return nil }
        return StoredExpression(shape: shape, elementType: first.elementType) { try parts.flatMap { try $0.values() } }
    }

    // MARK: Sums

    /// Sums over axes, of each element through `function`, and of each sum through `finish` with the number of its elements.
    func reduced(
        _ axes: Set<Int>, keepsAxes: Bool, _ function: @escaping @Sendable (Double) -> Double,
        _ finish: @escaping @Sendable (Double, Int) -> Double
    ) -> StoredExpression? {
        guard axes.allSatisfy({ $0 >= 0 && $0 < shape.rank }) else { return nil }
        let kept = shape.dimensions.enumerated().map { axes.contains($0) ? 1 : $1 }
        let extents = shape.dimensions.enumerated().compactMap { !axes.contains($0) ? $1 : keepsAxes ? 1 : nil }
        guard let small = Shape(checking: kept), let result = Shape(checking: extents) else { return nil }
        let own = small.rowMajorStrides
        let strides = shape.dimensions.indices.map { axes.contains($0) ? 0 : own[$0] }
        let all = shape
        return StoredExpression(shape: result, elementType: elementType) { [values] in
            var sums = [Double](repeating: 0, count: small.count)
            let elements = try values()
            forEachPlace(all.dimensions, strides) { index, place in sums[place] += function(Double(elements[index])) }
            let count = small.count == 0 ? 0 : all.count / small.count
            return sums.map { Float(finish($0, count)) }
        }
    }

    /// The product of two matrices, or of a matrix and a vector.
    static func product(_ a: StoredExpression, _ b: StoredExpression) -> StoredExpression? {
        guard (1...2).contains(a.shape.rank), (1...2).contains(b.shape.rank) else { return nil }
        let rows = a.shape.rank == 1 ? 1 : a.shape[0]
        let inner = a.shape[a.shape.rank - 1]
        let columns = b.shape.rank == 1 ? 1 : b.shape[1]
        guard b.shape[0] == inner else { return nil }
        let extents = (a.shape.rank == 1 ? [] : [rows]) + (b.shape.rank == 1 ? [] : [columns])
        guard let shape = Shape(checking: extents), isAllowed(shape, a.shape, b.shape) else { return nil }
        return StoredExpression(shape: shape, elementType: a.elementType) {
            let (left, right) = (try a.values(), try b.values())
            var result = [Float](repeating: 0, count: shape.count)
            var sums = [Double](repeating: 0, count: columns)
            for row in 0..<rows {
                for column in 0..<columns { sums[column] = 0 }
                for index in 0..<inner {
                    let factor = Double(left[row * inner + index])
                    for column in 0..<columns { sums[column] += factor * Double(right[index * columns + column]) }
                }
                for column in 0..<columns { result[row * columns + column] = Float(sums[column]) }
            }
            return result
        }
    }
}

/// Elements in the order of a shape whose axes step by `strides` through `source`.
private func gathered(_ source: [Float], _ extents: [Int], _ strides: [Int]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(extents.reduce(1, *))
    forEachPlace(extents, strides) { _, place in result.append(source[place]) }
    return result
}

/// Visits every index of a shape in order, with the place that strides lead to.
private func forEachPlace(_ extents: [Int], _ strides: [Int], _ body: (_ index: Int, _ place: Int) -> Void) {
    let count = extents.reduce(1, *)
    guard count > 0 else { return }
    var position = [Int](repeating: 0, count: extents.count)
    var place = 0
    for index in 0..<count {
        body(index, place)
        var axis = extents.count - 1
        while axis >= 0 {
            position[axis] += 1
            place += strides[axis]
            if position[axis] < extents[axis] { break }
            place -= strides[axis] * extents[axis]
            position[axis] = 0
            axis -= 1
        }
    }
}
