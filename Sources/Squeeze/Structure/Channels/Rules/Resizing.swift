import NeuralNetwork

extension ChannelRule {
    static let resizing: [String: Rule] = ["Resize": resize, "Upsample": resize]

    /// Inputs are (X, scales) in operator set 10 and in Upsample, and (X, roi, scales, sizes) from 11 on.
    private static let resize: Rule = { visit in
        guard let shape = visit.shape(0), let output = visit.outputShape(), output.rank == shape.rank,
            visit.text("coordinate_transformation_mode") != "tf_crop_and_resize"
        else { return }
        let axes = visit.integers("axes")?.map { $0 < 0 ? $0 + shape.rank : $0 } ?? Array(0..<shape.rank)
        for axis in 0..<min(64, shape.rank) where visit.isTracked(0, axis) {
            guard output[axis] == shape[axis], let atoms = visit.tracked(0, axis) else { return }
            visit.setOutput(0, axis, atoms)
        }
        if visit.isPresent(3), visit.shape(3)?.count != 0 {
            guard visit.text("keep_aspect_ratio_policy") ?? "stretch" == "stretch", let sizes = visit.integers(3),
                sizes.count == axes.count
            else { return visit.fixOutput("the sizes of \(visit.title) are computed") }
            return visit.follow(3, sizes, wanted: axes.map { visit.outputAtoms($0) })
        }
        // The extent stays as it is only at a scale of 1 where it is small enough; so the scale must be that.
        let old = visit.node.operation == "Upsample" || visit.operatorSet < 11
        let scales = visit.scales(old ? 1 : 2, count: axes.count)
        for (position, axis) in axes.enumerated() where scales?[position] != 1 {
            guard visit.isTracked(0, axis) else { continue }
            visit.fixOutput("the scales of \(visit.title) are computed")
        }
    }
}

extension NodeVisit {
    fileprivate func scales(_ input: Int, count: Int) -> [Float]? {
        if case .floats(let values) = node.attributes["scales"], values.count == count { return values }
        guard let tensor = stored(input) else { return nil }
        let scales = tracer.model.tensors[tensor].tensor
        return scales.elementType.isReadableAsFloat && scales.count == count ? try? scales.floats() : nil
    }
}
