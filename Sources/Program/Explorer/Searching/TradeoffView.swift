import Basics
import Reports
import Search
import TerminalUI

/// Bytes (or multiply-accumulates) across, from few to many, and what is lost upwards; what is foretold as a line, what was measured as signs.
struct TradeoffView {
    let workspace: Workspace
    let place: TradeoffPlace

    private var points: [TradeoffPoint] { workspace.tradeoffPoints(place.price, showsDominated: place.showsDominated) }

    /// The chart within the window.
    static func chart(in area: Rect) -> Rect { area.inset(left: 9, top: 1, right: 0, bottom: 4) }

    func draw(into grid: inout CellGrid, in area: Rect, _ look: Appearance) {
        let ellipsis = look.glyphs.ellipsis.description
        let points = points
        let chart = Self.chart(in: area)
        grid.write(heading(points, look), in: area.row(0), ellipsis: ellipsis)
        if place.showsTree {
            let tree = TradeoffTree(workspace.tradeoff.tried, place.price)
            tree.draw(into: &grid, chart, chosen: tree.index(of: place.chosen), current: workspace.tradeoff.current, look)
        } else if points.isEmpty {
            for (index, line) in TextWidth.wrap(waiting, columns: chart.width).prefix(chart.height).enumerated() {
                grid.write(Line(line, look[.dim]), in: chart.row(index), ellipsis: ellipsis)
            }
        } else {
            draw(points, into: &grid, chart, area, look)
        }
        grid.write(selection(points, look), in: area.row(area.height - 2), ellipsis: ellipsis)
        grid.write(hints(look, columns: area.width), in: area.row(area.height - 1), ellipsis: ellipsis)
    }

    private func draw(_ points: [TradeoffPoint], into grid: inout CellGrid, _ chart: Rect, _ area: Rect, _ look: Appearance) {
        let scale = TradeoffScale(points, place, in: chart)
        let front = points.filter { $0.kind == .foretold }.map { (place: scale.place(of: $0.cost), value: min(scale.most, max(0, $0.lost))) }
        let curve = LineChart.Curve(front.reversed(), role: .estimated, sign: ".")
        LineChart([curve], range: 0...scale.most).draw(into: &grid, in: chart, with: look)
        func cell(_ point: TradeoffPoint, _ lost: Double) -> Point { Point(x: scale.column(point.cost), y: scale.row(lost)) }
        switch place.bound {
        case .lost(let allowed)? where allowed <= scale.most:
            for x in chart.x..<chart.endX where x % 2 == 0 {
                grid.put(look.glyphs.isASCII ? "-" : "╌", at: Point(x: x, y: scale.row(allowed)), style: look[.warning])
            }
        case .cost(let limit)?:
            for y in chart.y..<chart.endY {
                grid.put(look.glyphs.isASCII ? ":" : "╎", at: Point(x: scale.column(limit), y: y), style: look[.warning])
            }
        default: break
        }
        let chosen = place.index(points)
        for (index, point) in points.enumerated() {
            let isSelected = index == chosen
            if case .measured = point.kind, let interval = point.interval {
                let (top, bottom) = (cell(point, interval.upperBound).y, cell(point, interval.lowerBound).y)
                for y in min(top, bottom)...max(top, bottom) {
                    grid.put(look.glyphs.isASCII ? "|" : "│", at: Point(x: cell(point, 0).x, y: y), style: look[.dim])
                }
            }
            guard isSelected || point.kind != .foretold else { continue }
            let sign: Glyph =
                point.kind == .foretold ? (look.glyphs.isASCII ? "o" : "○") : (look.glyphs.isASCII ? "*" : "●")
            grid.put(sign, at: cell(point, point.lost), style: look[isSelected ? .accent : .good])
        }
        // What the axes say.
        grid.write(
            Line(NumberText.percent(scale.most, digits: 1), look[.dim]), in: Rect(x: area.x, y: chart.y, width: 8, height: 1), alignment: .trailing,
            ellipsis: "")
        grid.write(Line("0 %", look[.dim]), in: Rect(x: area.x, y: chart.endY - 1, width: 8, height: 1), alignment: .trailing, ellipsis: "")
        let costs = Rect(x: chart.x, y: chart.endY, width: chart.width, height: 1)
        if let first = points.last, let last = points.first {
            grid.write(Line(cost(first.cost), look[.dim]), in: costs, ellipsis: "")
            grid.write(Line(cost(last.cost), look[.dim]), in: costs, alignment: .trailing, ellipsis: "")
        }
    }

    private func cost(_ cost: Int) -> String { place.price == .bytes ? NumberText.bytes(cost) : "\(NumberText.count(cost)) MACs" }

    private func heading(_ points: [TradeoffPoint], _ look: Appearance) -> Line {
        let measured = points.count { $0.kind != .foretold }
        var line = Line("lost against \(place.price == .bytes ? "bytes" : "multiply-accumulates")", look[.text])
        line.spans.append(Span("  \(measured) measured \(look.glyphs.isASCII ? "*" : "●")  \(points.count - measured) foretold", look[.dim]))
        if let comes = workspace.tradeoff.comes { line.spans.append(Span("  looking for the front \(NumberText.percent(comes, digits: 0))", look[.busy])) }
        return line
    }

    private var waiting: String {
        if workspace.tradeoff.comes != nil { return "the front is looked for" }
        if workspace.losses.weighing != nil { return "wait until layers' outputs are weighed, then press V again" }
        return "nothing was measured yet, and no data says what layers' outputs count for: d chooses some"
    }

    private func selection(_ points: [TradeoffPoint], _ look: Appearance) -> Line {
        guard let index = place.index(points) else {
            return Line("the arrows choose a point, and all panes follow", look[.dim])
        }
        let point = points[index]
        var line = Line("\(cost(point.cost))  ", look[.accent])
        let sign = point.kind == .foretold ? look.glyphs.estimated.description : ""
        line.spans.append(Span("\(sign)\(NumberText.percent(max(0, point.lost), digits: 2)) lost", look[point.kind == .foretold ? .estimated : .text]))
        switch point.kind {
        case .foretold: line.spans.append(Span("  foretold, not run", look[.dim]))
        case .measured(let origin):
            let names = [point.number, point.parent].compactMap { $0.map { "#\($0)" } }.joined(separator: look.glyphs.isASCII ? " < " : " ← ")
            line.spans.append(Span("  measured, \(origin.rawValue) \(names)", look[.dim]))
        }
        switch place.bound {
        case .lost(let allowed)?: line.spans.append(Span("  at most \(NumberText.percent(allowed, digits: 1))", look[.warning]))
        case .cost(let limit)?: line.spans.append(Span("  within \(cost(limit))", look[.warning]))
        case nil: break
        }
        line.spans.append(Span("  \(strip(look))", look[.dim]))
        return line
    }

    /// The three layers with most of the bytes under the plans in force.
    private func strip(_ look: Appearance) -> String {
        let sizes = workspace.statuses.indices.map { ($0, workspace.statuses[$0].figures.account.byteCount) }
        let total = max(1, sizes.reduce(0) { $0 + $1.1 })
        return sizes.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(3).map { index, bytes in
            "\(workspace.layerNames.reduced[index]) \(NumberText.percent(Double(bytes) / Double(total), digits: 0))"
        }.joined(separator: ", ")
    }

    private func hints(_ look: Appearance, columns: Int) -> Line {
        let walks = [("h l", "walk"), ("j k", "loss"), ("[ ]", "budget"), ("Enter", "adopt")]
        let hints =
            if place.showsTree {
                [("j k", "walk"), ("t", "chart"), ("Enter", "adopt"), ("p", "pin"), ("Esc", "back")]
            } else if columns < 100 {
                walks + [("t", "tree"), ("X", "models"), ("Esc", "back")]
            } else {
                walks + [("m", "MACs"), ("d", "all"), ("t", "tree"), ("p", "pin"), ("e", "points"), ("X", "models"), ("Esc", "back")]
            }
        return Line(hints.flatMap { [Span("\($0.0) ", look[.key]), Span("\($0.1)  ", look[.dim])] })
    }
}
