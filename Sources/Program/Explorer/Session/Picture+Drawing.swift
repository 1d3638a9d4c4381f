import Basics
import Composition
import Compression
import TensorCore

extension Picture {
    /// Weights up to which everything is counted at once: a pass over them takes about a millisecond.
    private static let immediateCount = 1 << 20
    /// The same where each weight is coded or quantized in turn.
    private static let immediateCodedCount = 1 << 14
    /// Weights up to which the map is counted in the weights rather than read off the magnitudes.
    private static let exactMapCount = 1 << 21

    /// Whether a tensor's magnitudes are worth a pass of their own in the background.
    static func isMeasuredApart(_ subject: Subject) -> Bool { subject.part.shape.count > immediateCount }

    /// Whether the figures of a layer of less than `immediateCount` weights are exact when the picture is drawn.
    private static func isCountedAtOnce(_ request: PictureRequest) -> Bool {
        let isSmall = request.subject.part.shape.count <= immediateCodedCount || request.plan.isCountedQuickly
        return isSmall && !isMeasuredApart(request.subject)
    }

    /// Draws what is asked for; nil where the layer's tables are not there yet.
    init?(_ request: PictureRequest, on bench: Workbench, _ token: CancellationToken) throws {
        let layer = request.layer
        let isReady = layer.isReady
        if isReady, Self.isCountedAtOnce(request), layer.tables != nil {
            self.init(of: request, figures: try layer.exactFigures(request.plan, token))
        } else if let known = try layer.figures(request.plan) {
            self.init(of: request, figures: known)
        } else {
            return nil
        }
        if request.aim.showsFactors {
            factors = layer.energyTable(request.aim.norm).map { table in
                FactorPicture(
                    table, automatic: layer.automaticRanks, energyKept: layer.energyKept,
                    spectrumColumns: max(1, request.aim.binCount / 2), rows: request.cells.height,
                    columns: request.cells.width)
            }
        } else if isReady {
            try drawWeights(on: bench, token)
        }
    }

    /// Draws the histogram and the map of the tensor that is asked for.
    private mutating func drawWeights(on bench: Workbench, _ token: CancellationToken) throws {
        let (subject, part) = (request.subject, request.part)
        let known = part.tables
        let isSmall = !Self.isMeasuredApart(subject)
        // A tensor too large for this moment is surveyed in the background first.
        guard isSmall || known != nil else { return }
        let tables = try known ?? part.preparedTables(token)
        let weights = try part.weights.read()
        let shown = try subjectFigures(tables, weights, token)
        if let viewport = request.viewport, weights.count > 0 {
            if isSmall {
                let maxima = try bench.maxima(of: subject) {
                    try MagnitudeMaxima(of: weights, tables: tables, view: subject.matrix, cancellation: token)
                }
                map = try maxima.exactDensityMap(viewport, threshold: shown.threshold, weights: weights, cancellation: token)
            } else if let magnitudes = bench.magnitudes(of: subject) {
                map =
                    viewport.weightCount <= Self.exactMapCount
                    ? try magnitudes.maxima.exactDensityMap(
                        viewport, threshold: shown.threshold, weights: weights, cancellation: token)
                    : magnitudes.densityMap(viewport, threshold: shown.threshold)
            }
        }
        if request.isReadable {
            values = weights.values(rows: request.region.rows, columns: request.region.columns, of: subject.matrix)
        }
        subjectFigures = shown
        extent = LayerScale(tables.statistics).range
        let histogram = tables.histogram(binCount: max(1, request.aim.binCount), range: request.aim.range, figures: shown)
        self.histogram = histogram
        if let network = request.aim.recovered {
            recovered = try RecoveredPicture(request, network, beside: histogram, of: shown, isSmall: isSmall, on: bench, token)
        }
    }

    /// The figures of the tensor that is drawn: those of the layer where it is the layer itself.
    private func subjectFigures(_ tables: LayerTables, _ weights: Tensor, _ token: CancellationToken) throws -> LayerFigures {
        if request.subject.composed.isUntouched { return figures }
        let plan = request.plan.weightPlan(for: request.subject.part.role)
        return Self.isCountedAtOnce(request)
            ? try tables.exactFigures(for: plan, weights: weights, cancellation: token) : tables.figures(for: plan)
    }
}

extension LayerScale {
    init(_ statistics: WeightStatistics) {
        self.init(
            sigma: statistics.standardDeviation, range: Double(statistics.minimum)...Double(statistics.maximum))
    }
}
