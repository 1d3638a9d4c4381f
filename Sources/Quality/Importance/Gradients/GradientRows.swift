/// Where the gradients at a layer's outputs lie.
struct GradientRows: Sendable {
    private let outputs: Int
    private let places: Int
    private let samples: Int
    private let isSpatial: Bool
    /// Directions of a recurrent layer, whose gates come one after the other.
    private let directions: Int

    init(_ layer: ObservedLayer, _ reader: WindowReader) {
        outputs = layer.operation.groups * layer.operation.outputs
        (places, samples) = (reader.places, reader.samples)
        isSpatial = if case .product = layer.operation.form { false } else { true }
        directions = LinearOperator.isRecurrent(layer.node) ? layer.operation.shape[0] : 1
    }

    /// Writes the gradients of all outputs at a place.
    func read(_ source: UnsafePointer<Float>, _ sample: Int, _ place: Int, to target: inout [Float], at start: Int) {
        if isSpatial {
            let base = source + sample * outputs * places + place
            for output in 0..<outputs { target[start + output] = base[output * places] }
            return
        }
        let rows = outputs / directions
        for direction in 0..<directions {
            let base = source + (direction * samples * places + sample * places + place) * rows
            for row in 0..<rows { target[start + direction * rows + row] = base[row] }
        }
    }
}
