import Factorization
import TerminalUI

/// Where the map of energies lies in its pane: rank in rises to the right, rank out upwards.
struct EnergyPlace {
    let rect: Rect
    /// Pixels of a cell: columns across, half rows down.
    let scale: Size
    private let picture: FactorPicture

    init(_ picture: FactorPicture, in area: Rect) {
        self.picture = picture
        scale = Size(
            width: max(1, area.width / max(1, picture.columns)), height: max(1, area.height * 2 / max(1, picture.rows)))
        rect = Rect(
            x: area.x, y: area.y, width: min(area.width, scale.width * picture.columns),
            height: min(area.height, (scale.height * picture.rows + 1) / 2))
    }

    func rankIn(atColumn x: Int) -> Int {
        let cell = min(picture.columns - 1, max(0, (x - rect.x) / scale.width))
        return EnergyTable.rank(ofCell: cell, of: picture.columns, extent: picture.full.in)
    }

    func rankOut(atRow y: Int) -> Int {
        let cell = picture.rows - 1 - min(picture.rows - 1, max(0, (y - rect.y) * 2 / scale.height))
        return EnergyTable.rank(ofCell: cell, of: picture.rows, extent: picture.full.out)
    }

    /// The middle column of a rank in.
    func column(ofRankIn rank: Int) -> Int {
        rect.x + EnergyTable.cell(ofRank: rank, of: picture.columns, extent: picture.full.in) * scale.width + (scale.width - 1) / 2
    }

    /// The row of a cell of the map, counted from rank out 1.
    func row(ofCell cell: Int) -> Int { rect.y + (picture.rows - 1 - cell) * scale.height / 2 }

    func row(ofRankOut rank: Int) -> Int {
        row(ofCell: EnergyTable.cell(ofRank: rank, of: picture.rows, extent: picture.full.out))
    }

    /// Energy kept at a screen cell.
    func energy(at point: Point) -> Float {
        let column = min(picture.columns - 1, max(0, (point.x - rect.x) / scale.width))
        let row = picture.rows - 1 - min(picture.rows - 1, max(0, (point.y - rect.y) * 2 / scale.height))
        return picture.energies[row * picture.columns + column]
    }
}

/// How much energy every pair of ranks keeps, with the ranks in force as cross-hairs, and the lines along which the factors
/// are as large as the layer, and along which a hundredth of the energy is lost.
struct EnergyView {
    private let workspace: Workspace
    private let area: Rect
    private let map: Rect

    init(_ workspace: Workspace, _ area: Rect) {
        self.workspace = workspace
        self.area = area
        map = Frame.inner(of: area).inset(left: 1)
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let factors = workspace.currentPicture?.factors
        grid.draw(frame(factors, look), in: area, with: look)
        guard let factors, factors.rows > 0, factors.columns > 0 else { return }
        let place = EnergyPlace(factors, in: map)
        var values: [Double] = []
        values.reserveCapacity(factors.energies.count)
        for row in (0..<factors.rows).reversed() {
            values += factors.energies[row * factors.columns..<(row + 1) * factors.columns].map(Double.init)
        }
        grid.draw(
            HeatMap(rows: factors.rows, columns: factors.columns, values: values, scale: place.scale), in: place.rect, with: look)
        drawLines(into: &grid, factors, place, look)
        drawCross(into: &grid, factors, place, look)
    }

    private func frame(_ factors: FactorPicture?, _ look: Appearance) -> Frame {
        var details: [Line] = []
        if let factors {
            let glyphs = look.glyphs
            let sides =
                factors.layout.isMatrix
                ? "rank 1\(glyphs.ellipsis)\(factors.full.out) \(glyphs.arrowRight)"
                : "out 1\(glyphs.ellipsis)\(factors.full.out) \(glyphs.arrowUp)  in 1\(glyphs.ellipsis)\(factors.full.in) \(glyphs.arrowRight)"
            details.append(Line(sides, look[.dim]))
        }
        let legend =
            factors == nil
            ? nil : Line("\(look.glyphs.horizontalLine) size of the layer  \(look.glyphs.bullet) 1 % of energy lost", look[.dim])
        return Frame(
            number: 3, title: factors?.isOnData == true ? "Energy kept on the data" : "Energy kept", details: details,
            footer: legend, isFocused: workspace.pane == .map)
    }

    private func drawLines(into grid: inout CellGrid, _ factors: FactorPicture, _ place: EnergyPlace, _ look: Appearance) {
        for column in 0..<factors.columns {
            let left = place.rect.x + column * place.scale.width
            // A picture that was made for a larger map has columns beyond its end, which `put` leaves out.
            for x in left..<left + place.scale.width {
                if factors.layout.isMatrix { continue }
                if let cell = factors.sameError[column] {
                    put(look.glyphs.bullet, Point(x: x, y: place.row(ofCell: cell)), into: &grid, place, look)
                }
                if let cell = factors.sameSize[column], cell < factors.rows - 1 {
                    put(look.glyphs.horizontalLine, Point(x: x, y: place.row(ofCell: cell)), into: &grid, place, look)
                }
            }
        }
        guard factors.layout.isMatrix else { return }
        // Of a matrix one rank is the last at which the factors are smaller.
        if let last = factors.sameSize.lastIndex(where: { $0 != nil }), last < factors.columns - 1 {
            column(look.glyphs.verticalLine, place.rect.x + last * place.scale.width, into: &grid, place, look)
        }
    }

    private func drawCross(into grid: inout CellGrid, _ factors: FactorPicture, _ place: EnergyPlace, _ look: Appearance) {
        guard let ranks = workspace.composed?.ranks else { return }
        let x = place.column(ofRankIn: ranks.in)
        column(look.glyphs.thresholdLine, x, into: &grid, place, look)
        guard !factors.layout.isMatrix else { return }
        let y = place.row(ofRankOut: ranks.out)
        for x in place.rect.x..<place.rect.endX {
            put(look.glyphs.horizontalLine, Point(x: x, y: y), into: &grid, place, look, isCross: true)
        }
        put(look.glyphs.mark, Point(x: x, y: y), into: &grid, place, look, isCross: true)
    }

    private func column(_ glyph: Glyph, _ x: Int, into grid: inout CellGrid, _ place: EnergyPlace, _ look: Appearance) {
        for y in place.rect.y..<place.rect.endY {
            put(glyph, Point(x: x, y: y), into: &grid, place, look, isCross: true)
        }
    }

    /// Draws a sign over the map in a colour that stands out from what is behind it.
    private func put(
        _ glyph: Glyph, _ point: Point, into grid: inout CellGrid, _ place: EnergyPlace, _ look: Appearance, isCross: Bool = false
    ) {
        guard place.rect.contains(point) else { return }
        guard look.depth >= .colors256, let behind = look.theme.mapColor(Double(place.energy(at: point))) else {
            grid.put(glyph, at: point, style: look[isCross ? .accent : .text])
            return
        }
        let ink = behind.luminance > 0.3 ? RGB(0, 0, 0) : RGB(255, 255, 255)
        grid.put(glyph, at: point, style: Style(.rgb(ink), on: .rgb(behind)).adding(isCross ? .bold : []))
    }
}
