extension Loss {
    /// The loss against what a batch or a teacher gives.
    func checked(
        _ output: UnsafeBufferPointer<Float>, _ layout: ClassLayout, targets: BatchTargets,
        teacher: UnsafeBufferPointer<Float>?, gradient: UnsafeMutableBufferPointer<Float>?
    ) throws(TrainingError) -> LossValue {
        if let labels = targets.labels {
            guard labels.count == layout.count else {
                throw .data("\(labels.count) labels do not fit \(layout.count) vectors of scores")
            }
            if let wrong = labels.first(where: { $0 >= Int32(layout.classes) }) {
                throw .data("a label is \(wrong), but the network tells \(layout.classes) classes apart")
            }
        }
        if let teacher {
            guard teacher.count == output.count else {
                throw .data("the teacher gives \(teacher.count) numbers a batch, not \(output.count)")
            }
            return evaluate(output, layout, labels: targets.labels, targets: teacher, gradient: gradient)
        }
        if wantsLabels {
            guard targets.labels != nil else { throw .data("\(self) needs labels, and the data has none") }
            return evaluate(output, layout, labels: targets.labels, targets: nil, gradient: gradient)
        }
        guard let values = targets.values, values.count == output.count else {
            throw .data("\(self) needs \(output.count) targets a batch")
        }
        return values.withUnsafeBufferPointer { evaluate(output, layout, labels: targets.labels, targets: $0, gradient: gradient) }
    }
}
