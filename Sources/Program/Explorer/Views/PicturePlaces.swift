import Factorization
import TerminalUI

/// Where histogram and map lie within their panes; requests, drawing and mouse all measure by it.
struct PicturePlaces {
    /// Axis, plot and labels of the histogram.
    let chart: Rect?
    /// The map with its margins.
    let map: Rect?

    init(_ layout: ExploreLayout) {
        chart = layout.weights.map { Frame.inner(of: $0).inset(left: 1, right: 1) }
        map = layout.map.map { Frame.inner(of: $0).inset(left: 1, right: 0) }
    }

    /// Display bins of the histogram: two a column, as many as braille shows.
    var binCount: Int { chart.map { HistogramChart.binCount(in: $0, ink: .braille) } ?? 1 }

    /// Pixels of the map.
    var mapSize: Size { map.map { HeatMap.pixelSize(in: $0) } ?? .zero }

    /// Pixels of the map of energies, which has no margins.
    var energySize: Size { map.map { HeatMap.pixelSize(in: $0, margins: false) } ?? .zero }

    /// The ranks under a point of the map of energies; a drag may leave it.
    func ranks(at point: Point, in picture: FactorPicture) -> Ranks? {
        guard let map else { return nil }
        let place = EnergyPlace(picture, in: map)
        return Ranks(
            out: picture.layout.isMatrix ? place.rankIn(atColumn: point.x) : place.rankOut(atRow: point.y),
            in: place.rankIn(atColumn: point.x))
    }

    /// The cells that the map's pixels take.
    var mapCells: Rect? { map.map { HeatMap.geometry(in: $0).pixels } }

    /// The weight under a point of the histogram; nil outside of it.
    func weight(at point: Point, in state: ExplorerState) -> Double? {
        guard let chart, chart.contains(point) else { return nil }
        return weight(atColumn: point.x, in: state)
    }

    /// The weight at a column of the histogram; a drag may leave it.
    func weight(atColumn x: Int, in state: ExplorerState) -> Double? {
        guard let chart, let range = state.workspace?.currentPicture?.histogram?.range else { return nil }
        return HistogramChart(original: [], domain: range).value(atColumn: x, in: chart)
    }
}
