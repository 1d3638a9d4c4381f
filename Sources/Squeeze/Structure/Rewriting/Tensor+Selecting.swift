import TensorCore

extension TensorSource {
    /// The tensor without the indices that are not listed, axis by axis; its elements are copied when they are first read.
    func selecting(_ indices: [(axis: Int, kept: [Int])]) -> TensorSource {
        let changed = indices.filter { $0.kept.count != shape[$0.axis] }.sorted { $0.axis < $1.axis }
        guard !changed.isEmpty else { return self }
        var dimensions = shape.dimensions
        for (axis, kept) in changed { dimensions[axis] = kept.count }
        let target = Shape(dimensions)
        let source = self
        let byteCount = target.count * elementType.byteCount
        return TensorSource(
            shape: target, elementType: elementType,
            deferred: DeferredBytes(byteCount: byteCount) {
                let storage = try source.read().storage
                defer { storage.release() }
                return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                    storage.withUnsafeBytes { bytes in
                        AxisSelection(shape: source.shape, elementBytes: source.elementType.byteCount, changed)
                            .copy(bytes, to: UnsafeMutableRawBufferPointer(buffer))
                    }
                    count = byteCount
                }
            })
    }
}

/// Copies the listed indices of some axes, neighbours at once.
private struct AxisSelection {
    private struct Level {
        /// Neighbouring indices, from the outermost selected axis inwards.
        var runs: [(start: Int, count: Int)]
        /// Extent of the axis as stored.
        var extent: Int
        /// Bytes of one index.
        var bytes: Int
        /// Repetitions between the selected axis outside of it and this one.
        var repeats: Int
    }

    private var levels: [Level] = []

    init(shape: Shape, elementBytes: Int, _ selected: [(axis: Int, kept: [Int])]) {
        var previous = 0
        for (axis, kept) in selected {
            var runs: [(start: Int, count: Int)] = []
            for index in kept {
                if let last = runs.last, last.start + last.count == index {
                    runs[runs.count - 1].count += 1
                } else {
                    runs.append((index, 1))
                }
            }
            let inner = shape.dimensions[(axis + 1)...].reduce(elementBytes, *)
            levels.append(
                Level(
                    runs: runs, extent: shape[axis], bytes: inner, repeats: shape.dimensions[previous..<axis].reduce(1, *)))
            previous = axis + 1
        }
    }

    /// Bounds: the runs lie within their axes, and the target holds exactly what they select.
    func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        var position = to
        copy(0, from, &position)
    }

    private func copy(_ depth: Int, _ source: UnsafeRawPointer, _ target: inout UnsafeMutableRawPointer) {
        let level = levels[depth]
        for block in 0..<level.repeats {
            let start = source + block * level.extent * level.bytes
            for run in level.runs {
                guard depth + 1 < levels.count else {
                    target.copyMemory(from: start + run.start * level.bytes, byteCount: run.count * level.bytes)
                    target += run.count * level.bytes
                    continue
                }
                for index in run.start..<run.start + run.count { copy(depth + 1, start + index * level.bytes, &target) }
            }
        }
    }
}
