import Basics
import Compression
import Factorization
import TensorCore

extension PlacedLayer {
    /// The weights as they were opened, with what a plan leaves of them in their place, factors put together again and zeros for outputs
    /// that were dropped. Inputs that were dropped are as they were: what another layer gives no more is no change of this one.
    ///
    /// `outputAxis` is the axis of the weights that counts outputs.
    ///
    /// - Throws: `Cancelled` or a `PreparationFailure`.
    public func remaining(
        _ plan: LayerPlan, outputAxis: Int, _ cancellation: CancellationToken? = nil
    ) throws -> [Float] {
        try remaining(outputAxis: outputAxis) { try $0.values(plan, cancellation) }
    }

    /// The same where `values` are in the tensors in the layer's place, whatever decided them.
    public func remaining(outputAxis: Int, _ values: (PlacedPart) throws -> Tensor) throws -> [Float] {
        let left = try whole(values)
        guard let selection = kernel?.selection, selection.isPartial else { return left }
        let shape = weights.shape
        var whole = try weights.read().floats()
        let kept = shape.dimensions.indices.map { axis in selection.kept(along: axis) ?? Array(0..<shape[axis]) }
        let dropped = Set(0..<shape[outputAxis]).subtracting(kept[outputAxis])
        let inner = shape.dimensions[(outputAxis + 1)...].reduce(1, *)
        for index in whole.indices where dropped.contains(index / inner % shape[outputAxis]) { whole[index] = 0 }
        // The places of what stays, in the order in which it is stored.
        var places = [0]
        for axis in shape.dimensions.indices { places = places.flatMap { place in kept[axis].map { place * shape[axis] + $0 } } }
        precondition(places.count == left.count, "\(left.count) weights are not what stays of \(shape)")
        for (place, value) in zip(places, left) { whole[place] = value }
        return whole
    }

    /// The weights that its parts stand for, in the shape that filters left.
    func whole(_ values: (PlacedPart) throws -> Tensor) throws -> [Float] {
        guard composed.ranks != nil, let layout = composed.layout else { return try values(parts[0]).floats() }
        return try factors(values).reconstructed(layout)
    }
}
