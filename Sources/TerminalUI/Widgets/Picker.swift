/// An entry of a list to choose from.
public struct PickerItem: Sendable, Hashable {
    public var title: String
    /// Words at the right end: a key, a size, a path.
    public var detail: String

    public init(_ title: String, detail: String = "") {
        self.title = title
        self.detail = detail
    }
}

/// A list that shrinks to what fuzzily matches the words typed above it.
public struct Picker: Widget, Sendable {
    public let items: [PickerItem]
    public private(set) var query: TextField
    /// The row of the chosen entry among those that match.
    public private(set) var selection: Int
    /// What matches the query, best first.
    public private(set) var matches: [(index: Int, match: FuzzyMatcher.Match)]

    /// What became of a key.
    public enum Outcome: Sendable, Hashable {
        /// The entry with this index was chosen.
        case chosen(Int)
        case cancelled
        /// Query or selection changed.
        case changed
        case ignored
    }

    /// What of a picker lies under the pointer.
    public enum Hit: Sendable, Hashable {
        case query
        case row(Int)
    }

    public init(_ items: [PickerItem], placeholder: String = "", query: String = "", selectedItem: Int? = nil) {
        self.items = items
        self.query = TextField(query, placeholder: placeholder)
        matches = FuzzyMatcher(query).ranked(items.map(\.title))
        selection = 0
        if let selectedItem, let row = matches.firstIndex(where: { $0.index == selectedItem }) { selection = row }
    }

    /// Index of the entry under the cursor; nil where nothing matches.
    public var selectedItem: Int? { matches.indices.contains(selection) ? matches[selection].index : nil }

    public mutating func handle(_ key: Key) -> Outcome {
        switch (key.code, key.modifiers) {
        case (.escape, _), (.character("c"), .control), (.character("g"), .control): return .cancelled
        case (.enter, _): return selectedItem.map { .chosen($0) } ?? .ignored
        case (.up, []), (.character("p"), .control), (.backTab, _): move(by: -1)
        case (.down, []), (.character("n"), .control), (.tab, _): move(by: 1)
        case (.pageUp, _): select(max(0, selection - 10))
        case (.pageDown, _): select(min(matches.count - 1, selection + 10))
        default:
            let before = query.text
            guard query.handle(key) else { return .ignored }
            if query.text != before { filter() }
        }
        return .changed
    }

    /// Types pasted text into the query.
    public mutating func paste(_ text: String) {
        query.insert(text)
        filter()
    }

    /// Moves to a row of the matches, clamped.
    public mutating func select(_ row: Int) { selection = max(0, min(matches.count - 1, row)) }

    /// Moves up or down and around the ends.
    public mutating func move(by step: Int) {
        guard !matches.isEmpty else { return }
        selection = ((selection + step) % matches.count + matches.count) % matches.count
    }

    private mutating func filter() {
        matches = FuzzyMatcher(query.text).ranked(items.map(\.title))
        selection = 0
    }

    private func rows(in area: Rect) -> Rect { area.inset(top: 2) }

    private func offset(height: Int) -> Int {
        Scrolling.offset(previous: 0, selection: selection, count: matches.count, height: height)
    }

    /// The row of the matches, or the query, at a point.
    public func hitTest(_ point: Point, in area: Rect) -> Hit? {
        if area.top(1).contains(point) { return .query }
        let rows = rows(in: area)
        guard rows.contains(point) else { return nil }
        let row = offset(height: rows.height) + point.y - rows.y
        return row < matches.count ? .row(row) : nil
    }

    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        let count = "\(matches.count)/\(items.count)"
        let field = area.top(1).inset(left: 2, right: count.count + 1)
        grid.put(look.glyphs.cursor, at: area.origin, style: look[.accent])
        grid.draw(query, in: field, with: look)
        grid.write(Line(count, look[.dim]), in: area.top(1), alignment: .trailing)
        grid.fill(area.row(1), look.glyphs.horizontalLine, style: look[.border])
        let rows = rows(in: area)
        if matches.isEmpty { grid.write(Line("nothing matches", look[.dim]), in: rows.top(1).inset(left: 2)) }
        let first = offset(height: rows.height)
        let needsBar = matches.count > rows.height
        for line in 0..<rows.height where first + line < matches.count {
            let place = rows.row(line).inset(right: needsBar ? 1 : 0)
            drawItem(matches[first + line], isSelected: first + line == selection, into: &grid, place, look)
        }
        if needsBar {
            let bar = Rect(x: rows.endX - 1, y: rows.y, width: 1, height: rows.height)
            Scrolling.drawBar(into: &grid, bar, offset: first, count: matches.count, with: look)
        }
    }

    private func drawItem(
        _ found: (index: Int, match: FuzzyMatcher.Match), isSelected: Bool, into grid: inout CellGrid, _ place: Rect,
        _ look: Appearance
    ) {
        let item = items[found.index]
        if isSelected {
            grid.fill(place, style: look[.selection])
            grid.put(look.glyphs.cursor, at: place.origin, style: look[.accent])
        }
        let base =
            isSelected ? Style(look[.selection].foreground, look[.selection].attributes.subtracting(.reverse)) : look[.text]
        let matched = Set(found.match.indices)
        var spans: [Span] = []
        for (offset, character) in item.title.enumerated() {
            let style = matched.contains(offset) ? look[.match].over(base) : base
            if spans.last?.style == style {
                spans[spans.count - 1].text.append(character)
            } else {
                spans.append(Span(String(character), style))
            }
        }
        let detailWidth = item.detail.isEmpty ? 0 : min(TextWidth.columns(of: item.detail), place.width / 2)
        let ellipsis = look.glyphs.ellipsis.description
        grid.write(Line(spans), in: place.inset(left: 2, right: detailWidth + 1), ellipsis: ellipsis)
        let detail = Rect(x: place.endX - detailWidth, y: place.y, width: detailWidth, height: 1)
        grid.write(
            Line(TextWidth.fit(item.detail, columns: detailWidth, omitting: .head, ellipsis: ellipsis), look[.dim]), in: detail,
            alignment: .trailing)
    }
}
