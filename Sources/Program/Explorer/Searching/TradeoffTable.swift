import Reports
import Search
import TerminalUI

extension ExplorerState {
    /// Writes the points of the trade-off: as JSON, as a picture, or else as comma-separated values.
    mutating func writeTradeoff(_ price: SearchPrice, to path: String) -> [Effect] {
        guard let workspace else { return [] }
        let points = workspace.tradeoffPoints(price, showsDominated: true)
        let name = [".json", ".svg", ".csv"].contains(where: path.hasSuffix) ? path : path + ".csv"
        let text: String
        if name.hasSuffix(".svg") {
            let place = TradeoffPlace(before: workspace, price, showsDominated: true)
            let look = Appearance(theme: .terminal)
            var grid = CellGrid(width: 100, height: 30)
            TradeoffView(workspace: workspace, place: place).draw(into: &grid, in: Rect(grid.size), look)
            text = SVGRenderer(theme: look.theme, title: workspace.model.name).svg(grid)
        } else if name.hasSuffix(".json") {
            guard let json = try? JSONText.of(points.map(TradeoffRow.init)) else {
                complain("\(name) is not written: JSON has no way to say what a point lost")
                return []
            }
            text = json + "\n"
        } else {
            let rows = points.map(TradeoffRow.init).map { row in
                "\(row.cost),\(row.lost),\(row.lost_low.map { "\($0)" } ?? ""),\(row.lost_high.map { "\($0)" } ?? ""),\(row.kind),\(row.number.map { "\($0)" } ?? ""),\(row.parent.map { "\($0)" } ?? "")"
            }
            text = (["\(price == .bytes ? "bytes" : "macs"),lost,lost_low,lost_high,kind,number,parent"] + rows).joined(separator: "\n") + "\n"
        }
        return ask([.writeTable(text, to: name)])
    }
}

/// A point as it is written.
private struct TradeoffRow: Encodable {
    let cost: Int
    let lost: Double
    let lost_low: Double?
    let lost_high: Double?
    /// `foretold`, or by what it came about.
    let kind: String
    /// Of what was measured, its number in this work, and that of the configuration from which it was come to.
    let number: Int?
    let parent: Int?

    init(_ point: TradeoffPoint) {
        (cost, lost, number, parent) = (point.cost, point.lost, point.number, point.parent)
        (lost_low, lost_high) = (point.interval?.lowerBound, point.interval?.upperBound)
        kind = point.kind.name
    }
}
