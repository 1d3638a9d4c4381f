import COneDNN

/// How the elements of a float32 array lie in memory: row-major, strided, or blocked as oneDNN likes them.
///
/// Sendable because the layout behind the pointer is never changed after its creation.
final class Layout: @unchecked Sendable, Equatable {
    let pointer: OpaquePointer
    let byteCount: Int

    /// Takes over a layout of the C layer; nil passes through.
    init?(owning pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
        byteCount = pare_layout_bytes(pointer)
    }

    deinit { pare_layout_free(pointer) }

    /// Ranks that oneDNN's operations take everywhere.
    static let largestRank = 6

    /// Row-major; a scalar is an array of one element.
    static func rowMajor(_ shape: [Int]) -> Layout? {
        let dimensions = shape.isEmpty ? [1] : shape
        var strides = [Int](repeating: 1, count: dimensions.count)
        for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
        return strided(dimensions, strides)
    }

    static func strided(_ dimensions: [Int], _ strides: [Int]) -> Layout? {
        guard isPossible(dimensions) else { return nil }
        return Layout(
            owning: pare_layout_strided(Int32(dimensions.count), dimensions.map(Int64.init), strides.map(Int64.init)))
    }

    /// Left to an operation to choose.
    static func any(_ dimensions: [Int]) -> Layout? {
        guard isPossible(dimensions) else { return nil }
        return Layout(owning: pare_layout_any(Int32(dimensions.count), dimensions.map(Int64.init)))
    }

    private static func isPossible(_ dimensions: [Int]) -> Bool {
        !dimensions.isEmpty && dimensions.count <= largestRank && dimensions.allSatisfy { $0 > 0 && $0 < 1 << 31 }
    }

    static func == (left: Layout, right: Layout) -> Bool {
        left === right || pare_layout_equal(left.pointer, right.pointer)
    }
}
