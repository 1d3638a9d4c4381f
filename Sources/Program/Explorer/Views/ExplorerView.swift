import TerminalUI

/// The whole screen, drawn anew from the state each time.
public enum ExplorerView {
    public static func draw(_ state: ExplorerState, _ look: Appearance) -> CellGrid {
        var grid = CellGrid(state.size, style: look.theme.ground)
        grid.fill(grid.bounds, style: look[.text])
        if state.isTooSmall {
            drawTooSmall(into: &grid, state, look)
            return grid
        }
        if state.isAtStart {
            StartView(state).draw(into: &grid, look)
        } else {
            drawPanes(into: &grid, state, look)
        }
        FooterView(state).draw(into: &grid, look)
        OverlayView(state)?.draw(into: &grid, look)
        return grid
    }

    private static func drawPanes(into grid: inout CellGrid, _ state: ExplorerState, _ look: Appearance) {
        guard let layout = state.layout else { return }
        HeaderView(state).draw(into: &grid, in: layout.header, look)
        if let area = layout.layers { LayerTable(state, area).draw(into: &grid, look) }
        if let area = layout.sizes { SizesView(state, area).draw(into: &grid, look) }
        if let area = layout.weights { WeightsView(state, area).draw(into: &grid, look) }
        if let area = layout.samples { SamplesView(state, area).draw(into: &grid, look) }
        if let area = layout.map { MapView(state, area).draw(into: &grid, look) }
        if let area = layout.controls { ControlsView(state, area).draw(into: &grid, look) }
    }

    private static func drawTooSmall(into grid: inout CellGrid, _ state: ExplorerState, _ look: Appearance) {
        let least = ExploreLayout.least
        let lines = [
            "Pare needs \(least.width)\(look.glyphs.times)\(least.height) cells",
            "this is \(state.size.width)\(look.glyphs.times)\(state.size.height); q quits",
        ]
        for (index, text) in lines.enumerated() {
            let y = max(0, state.size.height / 2 - 1) + index
            let row = Rect(x: 0, y: y, width: state.size.width, height: 1).intersection(grid.bounds)
            grid.write(Line(text, look[index == 0 ? .text : .dim]), in: row, alignment: .centre, ellipsis: "")
        }
    }
}
