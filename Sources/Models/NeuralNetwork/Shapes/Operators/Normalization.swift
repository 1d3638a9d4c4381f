import TensorCore

extension OperatorRule {
    static let normalization: [String: OperatorRule] = [
        // Training mode also gives the statistics, in the shape of the stored ones.
        "BatchNormalization": OperatorRule { context throws(ShapeFault) in
            let shape = try context.shape(0)
            return context.node.outputs.indices.map { index in
                if index == 0 { return .known(shape) }
                return context.inputs.count > 3 ? context.inputs[3] ?? .known(shape) : .known(shape)
            }
        },
        "InstanceNormalization": sameShape, "GroupNormalization": sameShape, "MeanVarianceNormalization": sameShape,
        "LpNormalization": sameShape, "LRN": sameShape, "RMSNormalization": sameShape,
        "LayerNormalization": OperatorRule { context throws(ShapeFault) in
            let shape = try context.shape(0)
            let axis = try context.axis(default: -1, rank: shape.rank)
            let statistics = try Shape(
                inferred: shape.dimensions.enumerated().map { $0.offset < axis ? $0.element : 1 })
            return [.known(shape), .known(statistics), .known(statistics)]
        },
        "Dropout": sameShape,
    ]
}
