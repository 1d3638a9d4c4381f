import Basics
import Compression
import NeuralNetwork
import TensorCore

/// The importance of filters, told by their weights alone.
public enum FilterScores {
    /// A score for each of a group's channels: what its filters' weights amount to, over all producers. nil for criteria that
    /// need data, or once cancelled.
    ///
    /// - Complexity: O(weights) for the norms. For the geometric median O(weights × filters), until `medianWork`
    ///   multiplications are exceeded: then distances to an even sample of the filters stand for all.
    public static func scores(
        of group: ChannelGroup, by criterion: FilterCriterion, model: Model, channels: ChannelAnalysis,
        cancellation: CancellationToken? = nil
    ) throws(UnreadableTensor) -> [Double]? {
        guard !criterion.needsData else { return nil }
        let positions = Dictionary(uniqueKeysWithValues: group.channels.enumerated().map { ($1, $0) })
        var scores = [Double](repeating: 0, count: group.channels.count)
        for layer in group.producers {
            guard let (source, axis) = channels.filters(ofLayer: layer, in: model) else { continue }
            let tensor = try source.read()
            // What no channel stands for, −1, is another group's.
            let owners = axis.channels.map { positions[$0] ?? -1 }
            let own: [Double]
            switch criterion {
            case .l1: own = AxisSums(tensor, axis: axis.axis, .magnitudes).sums(owners: owners, count: scores.count)
            case .l2:
                own = AxisSums(tensor, axis: axis.axis, .squares).sums(owners: owners, count: scores.count)
                    .map { $0.squareRoot() }
            case .median:
                own = FilterDistances(tensor, axis: axis.axis, owners: owners, count: scores.count)
                    .sums(work: medianWork, cancellation: cancellation)
            case .apoz, .thinet, .fisher: return nil
            }
            if cancellation?.isCancelled == true { return nil }
            for index in scores.indices { scores[index] += own[index] }
        }
        return scores
    }

    /// A score for each of a group's channels: what is said of its filters, added up over the producers of which something is. nil where
    /// nothing is said of any.
    ///
    /// `losses` gives for a layer a number for each index of its stored weights along an axis.
    public static func scores(
        of group: ChannelGroup, model: Model, channels: ChannelAnalysis, losses: (_ layer: Int, _ axis: Int) throws -> [Double]?
    ) rethrows -> [Double]? {
        let positions = Dictionary(uniqueKeysWithValues: group.channels.enumerated().map { ($1, $0) })
        var scores: [Double]?
        for layer in group.producers {
            guard let (_, axis) = channels.filters(ofLayer: layer, in: model), let losses = try losses(layer, axis.axis) else { continue }
            var sums = scores ?? [Double](repeating: 0, count: group.channels.count)
            for (index, channel) in axis.channels.enumerated() { positions[channel].map { sums[$0] += losses[index] } }
            scores = sums
        }
        return scores
    }

    /// Multiply–accumulates that a layer's distances may take: about a third of a second.
    static let medianWork = 1_000_000_000
}

extension ChannelAnalysis {
    /// A layer's weights and the axis of them along which its filters lie, with each index' channel.
    func filters(ofLayer layer: Int, in model: Model) -> (tensor: TensorSource, axis: (axis: Int, channels: [Int]))? {
        guard let filters = filters[layer] else { return nil }
        let weight = model.layers[layer].weight
        let tensor = model.tensors[weight].tensor
        let set = Set(filters)
        let axes = filterAxes[layer].map { [$0] } ?? Array(0..<tensor.shape.rank)
        for axis in axes {
            if let own = stored[StoredAxis(tensor: weight, axis: axis)], Set(own) == set { return (tensor, (axis, own)) }
        }
        return nil
    }
}

/// Sums over everything with the same index along one axis of a tensor.
struct AxisSums {
    enum Measure { case magnitudes, squares }

    let totals: [Double]

    /// One pass over the tensor in its stored order.
    init(_ tensor: Tensor, axis: Int, _ measure: Measure) {
        let extent = tensor.shape[axis]
        let inner = tensor.shape.dimensions[(axis + 1)...].reduce(1, *)
        var totals = [Double](repeating: 0, count: extent)
        if inner == 1 {
            totals = Self.columnSums(tensor, extent, measure)
        } else {
            tensor.forEachChunk { offset, chunk in
                guard let base = chunk.baseAddress else { return }
                var position = 0
                while position < chunk.count {
                    let place = offset + position
                    let length = min(inner - place % inner, chunk.count - position)
                    totals[place / inner % extent] += Self.sum(base + position, length, measure)
                    position += length
                }
            }
        }
        self.totals = totals
    }

    /// Adds the totals up by owner; −1 owns nothing.
    func sums(owners: [Int], count: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        for (index, owner) in owners.enumerated() where owner >= 0 { sums[owner] += totals[index] }
        return sums
    }

    /// Bounds: `count` floats lie at `base`.
    @inline(__always)
    private static func sum(_ base: UnsafePointer<Float>, _ count: Int, _ measure: Measure) -> Double {
        var partial = SIMD16<Float>.zero
        let raw = UnsafeRawPointer(base)
        var index = 0
        while index + 16 <= count {
            let values = raw.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
            partial += measure == .squares ? values * values : values.magnitudes
            index += 16
        }
        var total = 0.0
        for lane in 0..<16 { total += Double(partial[lane]) }
        while index < count {
            let value = Double(base[index])
            total += measure == .squares ? value * value : abs(value)
            index += 1
        }
        return total
    }

    /// Sums of the columns of a matrix with rows of `extent` elements, which chunks may cut anywhere.
    private static func columnSums(_ tensor: Tensor, _ extent: Int, _ measure: Measure) -> [Double] {
        var totals = [Double](repeating: 0, count: extent)
        var partial = [Float](repeating: 0, count: extent)
        var rows = 0
        func flush() {
            for index in 0..<extent {
                totals[index] += Double(partial[index])
                partial[index] = 0
            }
            rows = 0
        }
        tensor.forEachChunk { offset, chunk in
            guard let base = chunk.baseAddress else { return }
            var position = 0
            while position < chunk.count {
                let column = (offset + position) % extent
                let length = min(extent - column, chunk.count - position)
                partial.withUnsafeMutableBytes { bytes in
                    guard let sums = bytes.baseAddress else { return }
                    let from = UnsafeRawPointer(base + position)
                    let to = sums + column * 4
                    var index = 0
                    // Bounds: `length` floats lie behind `from`, and behind `to` up to the row's end.
                    while index + 16 <= length {
                        let values = from.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
                        let known = to.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
                        let added = measure == .squares ? values * values : values.magnitudes
                        to.storeBytes(of: known + added, toByteOffset: index * 4, as: SIMD16<Float>.self)
                        index += 16
                    }
                    while index < length {
                        let value = base[position + index]
                        let known = to.load(fromByteOffset: index * 4, as: Float.self)
                        to.storeBytes(
                            of: known + (measure == .squares ? value * value : abs(value)), toByteOffset: index * 4,
                            as: Float.self)
                        index += 1
                    }
                }
                position += length
                if column + length == extent {
                    rows += 1
                    // Few enough to lose nothing in single precision.
                    if rows == 64 { flush() }
                }
            }
        }
        flush()
        return totals
    }
}

extension SIMD16<Float> {
    fileprivate var magnitudes: SIMD16<Float> {
        unsafeBitCast(unsafeBitCast(self, to: SIMD16<UInt32>.self) & 0x7fff_ffff, to: SIMD16<Float>.self)
    }
}
