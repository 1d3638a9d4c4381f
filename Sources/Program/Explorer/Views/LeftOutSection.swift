import Basics
import NeuralNetwork
import Reports
import TerminalUI

/// What stands below the layers, or in their place: weights that are not compressed, and why.
struct LeftOutSection {
    private let model: Model

    init(_ model: Model) { self.model = model }

    /// Lines below the layers in a pane of so many rows; as many as there are where no layer is listed.
    func height(in rows: Int) -> Int {
        guard !model.leftOut.isEmpty else { return 0 }
        if model.layers.isEmpty { return rows }
        return rows < 10 ? 0 : min(model.leftOut.count + 1, max(2, rows / 4))
    }

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        let ellipsis = look.glyphs.ellipsis.description
        for (index, line) in lines(width: area.width, height: area.height, look).prefix(area.height).enumerated() {
            grid.write(line, in: area.row(index), ellipsis: ellipsis)
        }
    }

    private func lines(width: Int, height: Int, _ look: Appearance) -> [Line] {
        let isAlone = model.layers.isEmpty
        guard !model.leftOut.isEmpty else {
            let text = "no layer to compress: \(model.reasonWithoutLayers)"
            return TextWidth.wrap(text, columns: width).map { Line($0, look[.dim]) }
        }
        let count = model.leftOut.reduce(0) { $0 + $1.parameterCount }
        let share = NumberText.percent(Double(count) / Double(max(1, model.parameterCount)))
        var lines = isAlone ? [Line("no layer to compress", look[.dim])] : []
        lines.append(Line("left out: \(share) of the parameters", look[.heading]))
        // A name and why; both in lines of their own where there is room for them.
        for (index, weights) in model.leftOut.enumerated() {
            if lines.count == height - 1, index < model.leftOut.count - 1 {
                lines.append(Line("and \(model.leftOut.count - index) more, which pare inspect lists", look[.dim]))
                break
            }
            let name = Span("\(weights.name)  ", look[.warning])
            let size = "\(weights.shape.description) \(weights.elementType)  "
            guard isAlone else {
                lines.append(Line([name, Span(size, look[.dim]), Span(weights.reason, .inherited)]))
                continue
            }
            lines.append(Line([name, Span(size, look[.dim])]))
            lines += TextWidth.wrap(weights.reason, columns: width - 2).map { Line("  " + $0) }
        }
        return lines
    }
}
