import Compression
import NeuralNetwork
import TerminalUI

extension Workspace {
    /// Puts a layer on screen, with all of its weights in view.
    mutating func select(_ layer: Int) {
        guard model.layers.indices.contains(layer), layer != selected else { return }
        selected = layer
        range = nil
        part = 0
        region = MapRegion(all: subject?.matrix ?? model.layers[layer].matrix)
    }

    /// Draws another of the tensors in the layer's place.
    mutating func showPart(by steps: Int) {
        guard let count = composed?.parts.count, count > 1 else { return }
        part = (min(part, count - 1) + steps + count) % count
        range = nil
        region = MapRegion(all: subject?.matrix ?? MatrixView(rows: 0, columns: 0))
    }

    /// Moves the selection along the rows of the table, stopping at its ends.
    mutating func moveSelection(by distance: Int) {
        guard !rows.isEmpty else { return }
        let now = rows.firstIndex(of: selected) ?? (distance > 0 ? -1 : 0)
        select(rows[min(rows.count - 1, max(0, now + distance))])
    }

    /// Scrolls so that the selection is among the `height` rows shown.
    mutating func revealSelection(height: Int) {
        firstRow = Scrolling.offset(
            previous: firstRow, selection: rows.firstIndex(of: selected), count: rows.count, height: height)
    }

    /// Filters the table; the selection moves to the first row shown if its own is not.
    mutating func setFilter(_ filter: String) {
        order.filter = filter
        if !rows.contains(selected), let first = rows.first { select(first) }
    }

    /// Layers in the order in which they are wanted: on screen, its neighbours in the table, then the rest.
    var priorities: [Int] {
        guard layer != nil else { return [] }
        let row = rows.firstIndex(of: selected) ?? 0
        let near = rows.indices.sorted { abs($0 - row) < abs($1 - row) }.map { rows[$0] }
        let listed = Set(rows)
        return [selected] + near.filter { $0 != selected } + model.layers.indices.filter { !listed.contains($0) && $0 != selected }
    }

    /// What the panes show of the layer on screen, given the cells that they have.
    func pictureAim(for layout: ExploreLayout) -> PictureAim? {
        guard layer != nil, status?.isReady == true else { return nil }
        let places = PicturePlaces(layout)
        return PictureAim(
            layer: selected, position: part, showsFactors: drawsFactors, norm: norm, range: range, binCount: places.binCount,
            region: region, room: drawsFactors ? places.energySize : places.mapSize, recovered: recovered)
    }

    mutating func zoomHistogram(by factor: Double) {
        guard let extent = fullRange else { return }
        let now = range ?? extent
        let width = Double(now.upperBound - now.lowerBound) * factor
        let full = Double(extent.upperBound - extent.lowerBound)
        guard width < full else {
            range = nil
            return
        }
        guard width > full * 1e-6 else { return }
        let middle = Double(now.lowerBound + now.upperBound) / 2
        setRange(from: middle - width / 2, width: width, within: extent)
    }

    mutating func panHistogram(by steps: Int) {
        guard let extent = fullRange, let now = range else { return }
        let width = Double(now.upperBound - now.lowerBound)
        setRange(from: Double(now.lowerBound) + width / 4 * Double(steps), width: width, within: extent)
    }

    private var fullRange: ClosedRange<Double>? {
        // A factor's weights have a range of their own.
        composed?.isUntouched == false ? currentPicture?.extent : status?.scale.range
    }

    private mutating func setRange(from start: Double, width: Double, within extent: ClosedRange<Double>) {
        let low = min(max(start, Double(extent.lowerBound)), Double(extent.upperBound) - width)
        range = low...low + width
    }
}
