import Datasets

/// Outputs with a row for each symbol of each sequence.
extension Network {
    /// The symbols of each sequence, where the first output has a row for each of them: along its first two axes, or along one that joins them.
    func positions(time: Int?) -> Int? {
        guard let time, let shape = program.outputs.first(where: { $0.elementType == .float32 })?.shape.dimensions else { return nil }
        if shape.count == 2 { return shape[0] == batch * time ? time : nil }
        guard shape.count >= 3, shape.prefix(2) == [batch, time] || shape.prefix(2) == [time, batch] else { return nil }
        return time
    }

    /// The row of the first output that a symbol of a sequence has.
    func position(step: Int, sequence: Int, time: Int) -> Int {
        isTimeFirst(time: time) ? step * batch + sequence : sequence * time + step
    }

    private func isTimeFirst(time: Int) -> Bool {
        let shape = program.outputs.first { $0.elementType == .float32 }?.shape.dimensions ?? []
        if shape.count >= 3, time != batch { return shape[0] == time }
        // One axis for both, or two that look alike: as the input has them, unless the output says otherwise.
        let index = program.outputs.firstIndex { $0.elementType == .float32 } ?? 0
        if shape.count >= 3, let axis = outputAxes.indices.contains(index) ? outputAxes[index] : nil { return axis.outer != 1 }
        return plan.batchAxis == 1
    }

    /// The extents of one sample of an output, what lies before the samples left out where it is 1; nil where an output is not made of
    /// samples, or an axis holds several places of each.
    func sampleExtents(ofOutput index: Int) -> [Int]? {
        guard let axis = axes[index], case let extents = program.outputs[index].shape.dimensions, extents[axis] == batch else { return nil }
        let before = Array(extents[..<axis])
        return (before.allSatisfy { $0 == 1 } ? [] : before) + extents[(axis + 1)...]
    }
}
