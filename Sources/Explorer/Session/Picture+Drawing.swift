import Compression
import TensorCore

extension Picture {
    /// Weights up to which everything is counted at once: a pass over them takes about a millisecond.
    private static let immediateCount = 1 << 20
    /// Weights up to which the map is counted in the weights rather than read off the magnitudes.
    private static let exactMapCount = 1 << 21
    /// Weights of which each can be read on the map.
    private static let readableCount = 4_096

    /// Whether a layer's magnitudes are worth a pass of their own in the background.
    static func isMeasuredApart(_ weights: Tensor) -> Bool { weights.count > immediateCount }

    /// Draws what is asked for; nil where the layer's tables are not there yet.
    init?(_ request: PictureRequest, generation: Int, on bench: Workbench, _ token: CancellationToken) throws(Cancelled) {
        guard let tables = bench.tables(of: request.layer) else { return nil }
        let weights = bench.weights(of: request.layer)
        let matrix = bench.model.layers[request.layer].matrix
        let figures =
            weights.count <= Self.immediateCount
            ? try tables.exactFigures(for: request.plan, weights: weights, cancellation: token)
            : tables.figures(for: request.plan)
        if !Self.isMeasuredApart(weights), weights.count > 0, bench.magnitudes(of: request.layer) == nil {
            bench.keep(
                try MagnitudeMap(preparing: weights, tables: tables, view: matrix, cancellation: token), of: request.layer)
        }
        var map: DensityMap?
        if let magnitudes = bench.magnitudes(of: request.layer), request.cellsDown > 0, request.cellsAcross > 0 {
            let viewport = MapViewport(
                rows: request.region.rows, columns: request.region.columns, cellsDown: request.cellsDown,
                cellsAcross: request.cellsAcross)
            map =
                viewport.weightCount <= Self.exactMapCount
                ? try magnitudes.exactDensityMap(
                    viewport, threshold: figures.threshold, weights: weights, cancellation: token)
                : magnitudes.densityMap(viewport, threshold: figures.threshold)
        }
        var values: [Float] = []
        if request.region.rows.count * request.region.columns.count <= Self.readableCount {
            values = weights.values(rows: request.region.rows, columns: request.region.columns, of: matrix)
        }
        self.init(
            request: request, generation: generation, figures: figures,
            histogram: tables.histogram(binCount: max(1, request.binCount), range: request.range, figures: figures),
            map: map, values: values)
    }
}

extension LayerScale {
    init(_ statistics: WeightStatistics) {
        self.init(
            sigma: statistics.standardDeviation, range: Double(statistics.minimum)...Double(statistics.maximum))
    }
}
