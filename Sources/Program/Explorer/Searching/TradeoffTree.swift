import Basics
import Reports
import Search
import TerminalUI

/// What was measured in this work, as a tree of how one configuration came of another: the newest branch goes straight down, others stand out.
struct TradeoffTree {
    struct Row {
        let tried: TriedConfiguration
        /// How far it stands out.
        let depth: Int
        /// Whether others come after it on its own branch.
        let goesOn: Bool
    }

    private(set) var rows: [Row] = []
    let price: SearchPrice

    init(_ tried: [TriedConfiguration], _ price: SearchPrice) {
        self.price = price
        let numbers = Set(tried.map(\.number))
        // The parents of some may be forgotten.
        let children = Dictionary(grouping: tried) { $0.parent.flatMap { numbers.contains($0) ? $0 : nil } ?? 0 }
        var waiting = (children[0] ?? []).reversed().map { (tried: $0, depth: 0) }
        while let (next, depth) = waiting.popLast() {
            let own = children[next.number] ?? []
            rows.append(Row(tried: next, depth: depth, goesOn: !own.isEmpty))
            // The last is the newest: it goes on, the others come before it.
            for (place, child) in own.enumerated().reversed() { waiting.append((child, place == own.count - 1 ? depth : depth + 1)) }
        }
    }

    /// The first row that is shown in so many lines, so that one is seen.
    func first(showing index: Int?, height: Int) -> Int {
        max(0, min(rows.count - height, (index ?? 0) - height / 2))
    }

    func index(of point: TradeoffPoint?) -> Int? {
        guard let number = point?.number else { return nil }
        return rows.firstIndex { $0.tried.number == number }
    }

    func draw(into grid: inout CellGrid, _ area: Rect, chosen: Int?, current: Int?, _ look: Appearance) {
        let top = first(showing: chosen, height: area.height)
        for (line, row) in rows.dropFirst(top).prefix(area.height).enumerated() {
            grid.write(
                text(row, isChosen: top + line == chosen, isCurrent: row.tried.number == current, look), in: area.row(line),
                ellipsis: look.glyphs.ellipsis.description)
        }
    }

    private func text(_ row: Row, isChosen: Bool, isCurrent: Bool, _ look: Appearance) -> Line {
        let tried = row.tried
        let ascii = look.glyphs.isASCII
        let guide = String(repeating: ascii ? "| " : "│ ", count: min(row.depth, 12)) + (row.goesOn ? (ascii ? "* " : "● ") : (ascii ? "o " : "○ "))
        let cost = TradeoffPoint(tried, in: price).map { price == .bytes ? NumberText.bytes($0.cost) : "\(NumberText.count($0.cost)) MACs" } ?? "-"
        let origin = tried.plans.allSatisfy(\.isIdentity) ? "as it is" : tried.origin.rawValue
        var words = "\(origin)  \(cost)  \(NumberText.percent(max(0, tried.lost), digits: 2)) lost"
        if let interval = tried.interval { words += " \(ascii ? "+-" : "±")\(NumberText.percent((interval.upperBound - interval.lowerBound) / 2, digits: 2))" }
        words += " on \(NumberText.grouped(tried.samples))"
        return Line([
            Span(guide, look[.dim]), Span("#\(tried.number) ", look[isChosen ? .accent : .dim]), Span(words, look[isChosen ? .accent : .text]),
            Span(isCurrent ? "  in force" : "", look[.good]),
        ])
    }
}

extension TradeoffPlace {
    /// Up and down the tree.
    mutating func moveInTree(_ key: Key, _ tree: TradeoffTree) {
        guard !tree.rows.isEmpty else { return }
        let last = tree.rows.count - 1
        let now = tree.index(of: chosen)
        let row: Int
        switch key {
        case .down, "j": row = now.map { $0 + 1 } ?? 0
        case .up, "k": row = now.map { $0 - 1 } ?? last
        case .home, "g": row = 0
        case .end, "G": row = last
        default: return
        }
        choose(tree.rows[min(last, max(0, row))].tried)
    }

    mutating func choose(row: Int, of tree: TradeoffTree, height: Int) {
        let index = tree.first(showing: tree.index(of: chosen), height: height) + row
        if tree.rows.indices.contains(index) { choose(tree.rows[index].tried) }
    }

    private mutating func choose(_ tried: TriedConfiguration) {
        bound = nil
        chosen = TradeoffPoint(tried, in: price) ?? TradeoffPoint(tried, in: .bytes)
    }
}
