import Basics
import COpenBLAS
import Evaluation
import Importance
import NeuralNetwork
import TensorCore

extension Moments {
    /// Gathers what a site's operator reads in the compressed network, and what the original's layer gives there. `teaching` is the
    /// matrix (outputs × inputs) of a site's teacher, which `targets` are multiplied by; a run takes `batch` samples.
    ///
    /// - Throws: `Cancelled`, or a `LinearOperator.Obstacle` where the values of both networks do not fit each other.
    init(
        _ site: Site, _ node: Node, inputs: [Tensor], targets: [Tensor], teaching: [Double]?, runs: [CalibrationInputs.Run],
        batch: Int, seed: UInt64, cancellation: CancellationToken
    ) throws {
        let (operation, last) = (site.operation, site.last)
        guard let input = inputs.first, let target = targets.first, input.elementType == .float32, target.elementType == .float32
        else { throw LinearOperator.Obstacle(reason: "its values are no numbers") }
        let wanted = try WantedRows(site, node, target: target.shape, teaching: teaching)
        let channels = last.groups * last.outputs
        guard target.shape.rank == input.shape.rank, site.kept?.count ?? wanted.channels == channels,
            site.kept?.last ?? 0 < wanted.channels, site.keptStates?.count ?? operation.inputs == operation.inputs
        else { throw LinearOperator.Obstacle(reason: "its outputs of \(target.shape) are not the original's") }
        let reader: WindowReader
        if site.readsStates, let teacher = wanted.reader {
            reader = teacher
        } else {
            var outputShape = teaching == nil ? target.shape.dimensions : input.shape.dimensions
            outputShape[wanted.axis] = operation.groups * operation.outputs
            let whole = try WindowReader(operation, node, input: input.shape, output: Shape(outputShape))
            reader = teaching == nil && input.shape.rank == 2 ? whole.divided(among: batch) : whole
        }
        guard wanted.reader.map({ $0.samples == reader.samples && $0.places == reader.places }) ?? true else {
            throw LinearOperator.Obstacle(reason: "its inputs of \(input.shape) are not the original's")
        }
        // Where something else than samples comes first, as the steps of a sequence do, all of a run are read.
        let samples = runs.map { run in
            teaching == nil && reader.samples == batch && input.shape.rank > 1 ? run.samples : Array(0..<reader.samples)
        }
        let choice = PlaceSample(
            places: reader.places, samples: samples.reduce(0) { $0 + $1.count }, inputs: operation.inputs, width: reader.width, seed: seed)
        // Samples are counted over all runs, so that the same places of each are looked at whatever a run takes.
        var firstSamples: [Int] = []
        var total = 0
        for samples in samples {
            firstSamples.append(total)
            total += samples.count
        }
        let rows = RowStore(count: total * choice.perSample, inputWidth: operation.groups * operation.inputs, outputWidth: channels)
        let kept = site.kept ?? Array(0..<channels)
        Team.each(of: runs.count, cancellation) { [firstSamples] run in
            inputs[run].storage.withUnsafeBytes { inputBytes in
                targets[run].storage.withUnsafeBytes { targetBytes in
                    // Bounds: all runs have the shapes of the first, which the readers were made for.
                    guard let source = inputBytes.bindMemory(to: Float.self).baseAddress,
                        let target = targetBytes.bindMemory(to: Float.self).baseAddress
                    else { return }
                    var row = firstSamples[run] * choice.perSample
                    for (position, sample) in samples[run].enumerated() {
                        let places = choice.places(of: firstSamples[run] + position)
                        for (number, place) in places.enumerated() {
                            reader.read(sample: sample, place: place, source, to: rows.input(row + number), only: site.keptStates)
                        }
                        wanted.write(sample, places, of: reader.places, target, kept: kept) { rows.output(row + $0) }
                        row += places.count
                    }
                }
            }
        }
        try cancellation.check()
        try self.init(rows, groups: operation.groups, cancellation: cancellation)
    }
}

/// What the original's layer gives at places: read from a value, or computed from what a teacher reads.
private struct WantedRows: Sendable {
    /// The axis of the layer's channels in what is compared.
    let axis: Int
    /// Channels of the original's layer.
    let channels: Int
    /// What a teacher reads; nil without one.
    let reader: WindowReader?
    private let teaching: [Float]
    private let isProduct: Bool

    init(_ site: Site, _ node: Node, target: Shape, teaching: [Double]?) throws(LinearOperator.Obstacle) {
        isProduct = if case .product = site.last.form { true } else { false }
        axis = isProduct ? target.rank - 1 : 1
        guard target.dimensions.indices.contains(axis) else { throw .init(reason: "its outputs of \(target) have no channels") }
        if let teacher = site.teacher?.operation, let teaching {
            var output = target.dimensions
            output[axis] = teacher.outputs
            reader = try WindowReader(teacher, node, input: target, output: Shape(output))
            channels = teacher.outputs
            self.teaching = teaching.map { Float($0) }
        } else {
            (reader, channels, self.teaching) = (nil, target[axis], [])
        }
    }

    /// Writes the `kept` channels of a sample at some of its places to where `row` says.
    func write(
        _ sample: Int, _ chosen: [Int], of places: Int, _ source: UnsafePointer<Float>, kept: [Int], to row: (Int) -> UnsafeMutablePointer<Float>
    ) {
        guard let reader else {
            for (number, place) in chosen.enumerated() {
                let to = row(number)
                for (index, channel) in kept.enumerated() {
                    to[index] =
                        isProduct
                        ? source[(sample * places + place) * channels + channel] : source[(sample * channels + channel) * places + place]
                }
            }
            return
        }
        let (count, width) = (chosen.count, reader.width)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * (width + channels)) { buffer in
            guard let read = buffer.baseAddress else { return }
            let products = read + count * width
            for (number, place) in chosen.enumerated() { reader.read(sample: sample, place: place, source, to: read + number * width) }
            pare_blas_sgemm(
                false, true, Int32(count), Int32(channels), Int32(width), read, Int32(width), teaching, Int32(width), 0, products,
                Int32(channels))
            for number in 0..<count {
                let to = row(number)
                for (index, channel) in kept.enumerated() { to[index] = products[number * channels + channel] }
            }
        }
    }
}

extension WindowReader {
    /// Writes what a place reads, of a vector only some elements where they are named.
    fileprivate func read(
        sample: Int, place: Int, _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, only kept: [Int]?
    ) {
        guard let kept else { return read(sample: sample, place: place, source, to: target) }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { buffer in
            guard let vector = buffer.baseAddress else { return }
            read(sample: sample, place: place, source, to: vector)
            for (index, element) in kept.enumerated() { target[index] = vector[element] }
        }
    }
}
