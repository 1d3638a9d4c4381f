import Basics
import Composition
import Compression
import Glibc
import TensorCore

/// A tensor of a recovered network that the panes show.
struct RecoveredSubject: Hashable, Sendable {
    let network: RecoveredNetwork
    let subject: Subject

    init(_ network: RecoveredNetwork, _ subject: Subject) {
        (self.network, self.subject) = (network, subject)
    }
}

/// What such a tensor holds, beside what the plan alone makes of it.
struct RecoveredTensor: Sendable {
    let held: Tensor
    let plain: Tensor
    let tables: LayerTables
    let maxima: MagnitudeMaxima
    /// The fraction of the values that are others, and the root of the mean squared difference.
    let moved: Double
    let distance: Double

    /// Values up to which two sets of them are kept and compared.
    static let largestCount = 1 << 22

    /// Nil of a tensor that is too large.
    init?(_ request: PictureRequest, _ network: RecoveredNetwork, _ token: CancellationToken) throws {
        let part = request.part
        guard part.shape.count <= Self.largestCount else { return nil }
        held = try network.learned.values(part, token)
        plain = try part.values(request.plan, token)
        tables = try network.learned.tables(part, token)
        maxima = try MagnitudeMaxima(of: held, tables: tables, view: request.subject.matrix, cancellation: token)
        let (others, power) = zip(held.floats(), plain.floats()).reduce((0, 0.0)) { sums, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return (sums.0 + (difference == 0 ? 0 : 1), sums.1 + difference * difference)
        }
        moved = Double(others) / Double(max(1, held.count))
        distance = sqrt(power / Double(max(1, held.count)))
    }
}

/// What the panes draw of a tensor of a recovered network, over what the plan alone makes of it.
public struct RecoveredPicture: Sendable {
    /// The values of the tensor, compared; nil where it is too large, or not looked at yet.
    public struct Comparison: Sendable {
        /// The fraction of the values that are others, and the root of the mean squared difference.
        public var moved: Double
        public var distance: Double
        /// What is left, and how far values are from where they were.
        public var map: DensityMap?
        public var changes: ChangeMap?
        /// The values in the region, row by row, where there are few enough to be read.
        public var values: [Float]
    }

    /// Figures of the tensor, as it is held.
    public var figures: LayerFigures
    /// Weights in each bin of the histogram, zeros left out: as they are held, and as the plan alone would have them.
    public var held: [Double]
    public var plain: [Double]
    public var comparison: Comparison?
    /// Whether the comparison is still to come.
    var awaitsTensor: Bool

    /// Nil where the network holds no such tensor. Of a small tensor all is worked out at once, of others what is known.
    init?(
        _ request: PictureRequest, _ network: RecoveredNetwork, beside histogram: Histogram, of plain: LayerFigures, isSmall: Bool,
        on bench: Workbench, _ token: CancellationToken
    ) throws {
        let (part, place) = (request.part, RecoveredSubject(network, request.subject))
        guard network.tensors.indices.contains(part.place), network.tensors[part.place].weightCount == part.shape.count else { return nil }
        figures = network.tensors[part.place]
        var known = bench.recovered(place)
        if known == nil, isSmall, let made = try RecoveredTensor(request, network, token) {
            known = made
            bench.keep(made, of: place)
        }
        awaitsTensor = known == nil && part.shape.count <= RecoveredTensor.largestCount
        let bins = histogram.original.count
        self.plain = plain.codebook?.spread(binCount: bins, over: histogram.range) ?? histogram.survivors
        held =
            figures.codebook?.spread(binCount: bins, over: histogram.range)
            ?? known?.tables.histogram(binCount: bins, range: histogram.range, figures: figures).survivors ?? []
        comparison = try known.map { try Comparison($0, request, token) }
    }
}

extension RecoveredPicture.Comparison {
    fileprivate init(_ tensor: RecoveredTensor, _ request: PictureRequest, _ token: CancellationToken) throws {
        (moved, distance) = (tensor.moved, tensor.distance)
        values = request.isReadable ? tensor.held.values(rows: request.region.rows, columns: request.region.columns, of: request.subject.matrix) : []
        guard let viewport = request.viewport else { return }
        map = try tensor.maxima.exactDensityMap(viewport, threshold: 0, weights: tensor.held, cancellation: token)
        changes = try ChangeMap(viewport, of: request.subject.matrix, before: tensor.plain, after: tensor.held, cancellation: token)
    }
}
