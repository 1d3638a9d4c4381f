extension Shape {
    /// Distance in elements between neighbours along each axis, row-major; an axis of nothing counts as one of 1.
    public var rowMajorStrides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        var axis = rank - 2
        while axis >= 0 {
            strides[axis] = strides[axis + 1] &* max(self[axis + 1], 1)
            axis -= 1
        }
        return strides
    }

    /// Calls `body` with every index, row-major.
    public func forEachIndex(_ body: ([Int]) -> Void) {
        guard count > 0 else { return }
        var index = [Int](repeating: 0, count: rank)
        for _ in 0..<count {
            body(index)
            var axis = rank - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < self[axis] { break }
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
