import Composition
import Compression
import NeuralNetwork
import TerminalUI

/// What the histogram and the map are to show of a layer, whatever shape it has by then.
public struct PictureAim: Sendable, Hashable {
    public var layer: Int
    /// Which of the tensors in the layer's place.
    public var position: Int
    /// Whether spectra and energies are drawn in place of weights.
    public var showsFactors: Bool
    /// What spectra and energies are of.
    public var norm: ErrorNorm
    /// Weights shown by the histogram; nil for all.
    public var range: ClosedRange<Double>?
    /// Display bins of the histogram.
    public var binCount: Int
    public var region: MapRegion
    /// Cells of the map that there is room for.
    public var room: Size
    /// The network in force, where it is not what the plans alone make.
    public var recovered: RecoveredNetwork?
}

/// What a picture shows: an aim at a layer in the shape that it has.
public struct PictureRequest: Sendable, Hashable {
    @Boxed public var aim: PictureAim
    /// The layer on screen, as it is composed, and which of its tensors is drawn.
    @Boxed public var subject: Subject
    @Boxed public var plan: LayerPlan
    public var shapes: ComposedModel

    /// Aims at a layer in the shape that it has; the map shows all of it where the aim was at another.
    init(_ aim: PictureAim, plan: LayerPlan, in shapes: ComposedModel) {
        self.aim = aim
        self.plan = plan
        self.shapes = shapes
        subject = Subject(layer: aim.layer, composed: shapes.layers[aim.layer], position: aim.position)
        if !aim.region.fits(subject.matrix) { self.aim.region = MapRegion(all: subject.matrix) }
    }

    /// The layer on screen.
    var layer: PlacedLayer { shapes.placed(subject.layer) }

    /// The tensor that is drawn.
    var part: PlacedPart { layer.parts[subject.position] }

    /// The part of the tensor that the map shows.
    var region: MapRegion { aim.region }

    /// Cells of the map: energies have as many as there is room for, weights never more than there are.
    var cells: Size {
        aim.showsFactors
            ? aim.room : Size(width: min(region.columns.count, aim.room.width), height: min(region.rows.count, aim.room.height))
    }
}

extension PictureRequest {
    /// Weights of which each can be read on the map.
    private static let readableCount = 4_096

    /// What the map shows of a tensor's weights; nil where there is no room.
    var viewport: MapViewport? {
        guard cells.height > 0, cells.width > 0 else { return nil }
        return MapViewport(rows: region.rows, columns: region.columns, cellsDown: cells.height, cellsAcross: cells.width)
    }

    /// Whether each weight can be read.
    var isReadable: Bool { region.rows.count * region.columns.count <= Self.readableCount }
}

/// The part of a layer's matrix that the map shows.
public struct MapRegion: Sendable, Hashable {
    public var rows: Range<Int>
    public var columns: Range<Int>

    public init(rows: Range<Int>, columns: Range<Int>) {
        self.rows = rows
        self.columns = columns
    }

    /// The whole matrix.
    public init(all matrix: MatrixView) { self.init(rows: 0..<matrix.rows, columns: 0..<matrix.columns) }

    /// Whether it lies within a matrix.
    func fits(_ matrix: MatrixView) -> Bool { rows.upperBound <= matrix.rows && columns.upperBound <= matrix.columns }

    /// The region half as wide and high (or twice as), about its middle, within the matrix.
    func zoomed(by factor: Double, in matrix: MatrixView) -> MapRegion {
        MapRegion(
            rows: Self.scaled(rows, by: factor, within: matrix.rows),
            columns: Self.scaled(columns, by: factor, within: matrix.columns))
    }

    /// The region moved by quarters of its extent.
    func panned(down: Int, across: Int, in matrix: MatrixView) -> MapRegion {
        moved(down: down * max(1, rows.count / 4), across: across * max(1, columns.count / 4), in: matrix)
    }

    /// The region moved by a number of rows and columns.
    func moved(down: Int, across: Int, in matrix: MatrixView) -> MapRegion {
        MapRegion(
            rows: Self.moved(rows, by: down, within: matrix.rows),
            columns: Self.moved(columns, by: across, within: matrix.columns))
    }

    private static func scaled(_ range: Range<Int>, by factor: Double, within count: Int) -> Range<Int> {
        let length = min(count, max(min(4, count), Int((Double(range.count) * factor).rounded())))
        let middle = Double(range.lowerBound + range.upperBound) / 2
        let start = min(count - length, max(0, Int((middle - Double(length) / 2).rounded())))
        return start..<start + length
    }

    private static func moved(_ range: Range<Int>, by distance: Int, within count: Int) -> Range<Int> {
        let start = min(count - range.count, max(0, range.lowerBound + distance))
        return start..<start + range.count
    }
}

/// What the panes on the right draw of one layer: figures, histogram and map of one moment, so that all move together.
public struct Picture: Sendable {
    @Boxed public var request: PictureRequest
    @Boxed public var figures: LayerFigures
    /// Figures of the tensor that is drawn, by itself; nil where it is not worked out yet.
    @Boxed public var subjectFigures: LayerFigures? = nil
    /// Nil where the tensor that is drawn is not worked out yet.
    public var histogram: Histogram?
    /// The extreme weights of the tensor that is drawn.
    public var extent: ClosedRange<Double>?
    /// Spectra and energies, where those are asked for and known.
    @Boxed public var factors: FactorPicture? = nil
    /// Nil until the magnitudes of a large layer are there.
    public var map: DensityMap?
    /// The weights in the region, row by row, where there are few enough to be read.
    public var values: [Float]
    /// What the network in force holds there, where it is not what the plans alone make.
    @Boxed public var recovered: RecoveredPicture? = nil

    init(of request: PictureRequest, figures: LayerFigures) {
        self.request = request
        self.figures = figures
        values = []
    }
}
