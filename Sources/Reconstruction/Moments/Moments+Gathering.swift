import Evaluation
import NeuralNetwork
import TensorCore

extension Moments {
    /// Gathers what a site's operator reads in the compressed network, and what the original's layer gives there.
    ///
    /// - Throws: `Cancelled`, or a `LinearOperator.Obstacle` where the values of both networks do not fit each other.
    init(
        _ site: Site, _ node: Node, inputs: [Tensor], targets: [Tensor], runs: [CalibrationInputs.Run], seed: UInt64,
        cancellation: CancellationToken
    ) throws {
        let (operation, last) = (site.operation, site.last)
        guard let input = inputs.first, let target = targets.first, input.elementType == .float32, target.elementType == .float32
        else { throw LinearOperator.Obstacle(reason: "its values are no numbers") }
        let isProduct = if case .product = last.form { true } else { false }
        let axis = isProduct ? target.shape.rank - 1 : 1
        let channels = last.groups * last.outputs
        guard target.shape.dimensions.indices.contains(axis), target.shape.rank == input.shape.rank,
            site.kept?.count ?? target.shape[axis] == channels, site.kept?.last ?? 0 < target.shape[axis]
        else { throw LinearOperator.Obstacle(reason: "its outputs of \(target.shape) are not the original's") }
        var outputShape = target.shape.dimensions
        outputShape[axis] = operation.groups * operation.outputs
        let reader = try WindowReader(operation, node, input: input.shape, output: Shape(outputShape))
        // Samples of products without a batch axis are all of a run.
        let samples = runs.map { run in
            run.samples.allSatisfy { $0 < reader.samples } && input.shape.rank > 1 ? run.samples : Array(0..<reader.samples)
        }
        let choice = PlaceSample(
            places: reader.places, samples: samples.reduce(0) { $0 + $1.count }, inputs: operation.inputs, width: reader.width, seed: seed)
        var firstRows: [Int] = []
        var total = 0
        for samples in samples {
            firstRows.append(total)
            total += samples.count * choice.perSample
        }
        let rows = RowStore(count: total, inputWidth: reader.width, outputWidth: channels)
        let kept = site.kept ?? Array(0..<channels)
        let (targetChannels, places) = (target.shape[axis], reader.places)
        Team.each(of: runs.count, cancellation) { [firstRows] run in
            inputs[run].storage.withUnsafeBytes { inputBytes in
                targets[run].storage.withUnsafeBytes { targetBytes in
                    // Bounds: all runs have the shapes of the first, which the reader was made for.
                    guard let source = inputBytes.bindMemory(to: Float.self).baseAddress,
                        let wanted = targetBytes.bindMemory(to: Float.self).baseAddress
                    else { return }
                    var row = firstRows[run]
                    for (position, sample) in samples[run].enumerated() {
                        for place in choice.places(of: firstRows[run] + position) {
                            reader.read(sample: sample, place: place, source, to: rows.input(row))
                            let to = rows.output(row)
                            for (index, channel) in kept.enumerated() {
                                to[index] =
                                    isProduct
                                    ? wanted[(sample * places + place) * targetChannels + channel]
                                    : wanted[(sample * targetChannels + channel) * places + place]
                            }
                            row += 1
                        }
                    }
                }
            }
        }
        try cancellation.check()
        try self.init(rows, groups: operation.groups, cancellation: cancellation)
    }
}
