import Basics
import Reports
import TerminalUI
import Workbench

/// The start screen: demos, recent files, and the file browser.
struct StartView {
    private let state: ExplorerState

    init(_ state: ExplorerState) { self.state = state }

    /// The item at a point; nil beside the list.
    static func item(at point: Point, in state: ExplorerState) -> Int? {
        StartView(state).rows.first { $0.place.contains(point) }?.item
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let column = self.column
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(Line("Pare", look[.accent].adding(.bold)), in: column.row(0), alignment: .centre)
        grid.write(
            Line("make a network small, and see what it costs", look[.dim]), in: column.row(1), alignment: .centre,
            ellipsis: ellipsis)
        let items = state.start.items
        for row in rows {
            let isSelected = row.item == state.start.selected
            if isSelected {
                grid.fill(row.place, style: look[.selection])
                grid.put(look.glyphs.cursor, at: Point(x: row.place.x, y: row.place.y), style: look[.accent])
            }
            if let heading = row.heading {
                let place = Rect(x: column.x, y: row.place.y, width: Self.headingWidth, height: 1)
                grid.write(Line(heading, look[.heading]), in: place)
            }
            let inner = row.place.inset(left: 2, right: 1)
            let (title, detail) = words(items[row.item], look)
            grid.write(Line(detail, look[.dim]), in: inner, alignment: .trailing, ellipsis: ellipsis)
            let room = max(0, inner.width - TextWidth.columns(of: detail) - 2)
            grid.write(
                Line(title, isSelected ? look[.title] : look[.text]).fitted(columns: room, ellipsis: ellipsis), in: inner,
                ellipsis: ellipsis)
        }
        drawDigits(into: &grid, look)
        drawData(into: &grid, look)
        if let name = state.opening, let last = rows.last {
            let line = Line("\(look.glyphs.spinner(step: 0)) opening \(name)", look[.busy])
            grid.write(line, in: Rect(x: column.x, y: last.place.y + 2, width: column.width, height: 1), alignment: .centre)
        }
    }

    /// The data that the next model will be measured on.
    private func drawData(into grid: inout CellGrid, _ look: Appearance) {
        guard let data = state.start.data, let last = rows.last else { return }
        let row = Rect(x: column.x, y: last.place.y + 1, width: column.width, height: 1)
        grid.write(Line("Data", look[.heading]), in: row)
        let place = row.inset(left: Self.headingWidth + 2, right: 1)
        grid.write(Line(shortened(data), look[.text]), in: place, ellipsis: look.glyphs.ellipsis.description)
        grid.write(Line("d", look[.dim]), in: place, alignment: .trailing)
    }

    /// Some of the demo's digits in a row at the bottom, while the demo is selected and there is room.
    private func drawDigits(into grid: inout CellGrid, _ look: Appearance) {
        guard case .demo = state.start.items[state.start.selected], let last = rows.last else { return }
        let side = DemoDigits.smallSide
        let body = Rect(state.size).inset(bottom: 1)
        let top = last.place.y + 3
        guard body.endY - top >= side / 2 + 1 else { return }
        let count = min(DemoDigits.small.count, (column.width + 2) / (side + 2))
        let width = count * (side + 2) - 2
        for (index, digit) in DemoDigits.small.prefix(count).enumerated() {
            let x = body.x + (body.width - width) / 2 + index * (side + 2)
            let place = Rect(x: x, y: top, width: side, height: side / 2)
            grid.draw(HeatMap(rows: side, columns: side, values: digit), in: place, with: look)
        }
    }

    private static let headingWidth = 9

    private struct Row {
        var item: Int
        var heading: String?
        var place: Rect
    }

    private var column: Rect {
        let body = Rect(state.size).inset(bottom: 1)
        let height = min(body.height, 3 + state.start.items.count + 4)
        return body.centred(Size(width: min(84, body.width - 4), height: height), verticalFraction: 0.4)
    }

    private var rows: [Row] {
        let column = self.column
        let place = column.inset(left: Self.headingWidth)
        var y = column.y + 3
        var previous = ""
        return state.start.items.enumerated().compactMap { index, item in
            let heading =
                switch item {
                case .work: "Unsaved"
                case .demo: "Demos"
                case .recent: "Recent"
                case .browse: "Open"
                }
            let isFirst = heading != previous
            // On a low screen the groups stand close together.
            if isFirst, index > 0, column.height >= 3 + state.start.items.count + 2 { y += 1 }
            previous = heading
            guard y < column.endY else { return nil }
            defer { y += 1 }
            return Row(
                item: index, heading: isFirst ? heading : nil,
                place: Rect(x: place.x, y: y, width: place.width, height: 1))
        }
    }

    private func words(_ item: StartScreen.Item, _ look: Appearance) -> (title: String, detail: String) {
        switch item {
        case .work(let work):
            let layers = work.changedCount == 1 ? "1 layer changed" : "\(work.changedCount) layers changed"
            let name = work.isDemo ? Demo.all.first { $0.name == work.model }.map { title(of: $0, look) } ?? work.model : shortened(work.model)
            return ("\(name) \(look.glyphs.bullet) \(layers)", age(work.saved))
        case .demo(let demo):
            let title = padded(title(of: demo, look), toWidthOf: Demo.all.map { self.title(of: $0, look) })
            let accuracy = padded(words(accuracyOf: demo), toWidthOf: Demo.all.map(words(accuracyOf:)), leading: true)
            return ("\(title)   \(demo.network)", "\(NumberText.bytes(demo.byteCount))   \(accuracy)")
        case .recent(let file):
            let recipe = [file.recipe, file.data].compactMap { $0 }.map { "\(fileName(of: $0))  " }.joined()
            return (shortened(file.model), recipe + age(file.opened))
        case .browse: return ("another model\(look.glyphs.ellipsis)", "o")
        }
    }

    /// `digits · CNN`.
    private func title(of demo: Demo, _ look: Appearance) -> String { "\(demo.subject) \(look.glyphs.bullet) \(demo.kind)" }

    private func words(accuracyOf demo: Demo) -> String { demo.accuracy.map { NumberText.percent($0) } ?? "" }

    /// A text with spaces behind it, or before it, so that it stands in one column with others.
    private func padded(_ text: String, toWidthOf texts: [String], leading: Bool = false) -> String {
        let width = texts.reduce(0) { max($0, TextWidth.columns(of: $1)) }
        let spaces = String(repeating: " ", count: max(0, width - TextWidth.columns(of: text)))
        return leading ? spaces + text : text + spaces
    }

    /// The end of a path, which tells more than its beginning.
    private func shortened(_ path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.suffix(2).joined(separator: "/")
    }

    private func age(_ seconds: Int) -> String {
        let elapsed = max(0, state.start.now - seconds)
        return switch elapsed {
        case ..<120: "just now"
        case ..<7_200: "\(elapsed / 60) minutes ago"
        case ..<172_800: "\(elapsed / 3_600) hours ago"
        default: "\(elapsed / 86_400) days ago"
        }
    }
}
