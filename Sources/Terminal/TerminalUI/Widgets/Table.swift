/// A column of a table.
public struct TableColumn: Sendable, Hashable {
    public var title: String
    public var alignment: Alignment
    /// Least width in cells.
    public var width: Int
    /// Shares of the width that is left over; 0 keeps the least width.
    public var flex: Int
    /// Greatest width; nil for none.
    public var maxWidth: Int?
    /// Where room is short the columns of the lowest priority are left out first.
    public var priority: Int
    /// Where a text that does not fit is cut.
    public var omission: TextWidth.Omission

    public init(
        _ title: String, width: Int, flex: Int = 0, maxWidth: Int? = nil, alignment: Alignment = .leading, priority: Int = 0,
        omission: TextWidth.Omission = .tail
    ) {
        self.title = title
        self.width = width
        self.flex = flex
        self.maxWidth = maxWidth
        self.alignment = alignment
        self.priority = priority
        self.omission = omission
    }
}

/// What a cell of a table shows.
public enum TableCell: Sendable, Hashable {
    case text(String, Style)
    /// Several styles; aligned like text.
    case line(Line)
    /// A bar that fills a fraction of the column.
    case bar(Double, Style)

    public static func text(_ text: String) -> TableCell { .text(text, .inherited) }
}

/// A row of a table, one cell for each column.
public struct TableRow: Sendable, Hashable {
    public var cells: [TableCell]
    public var isMarked: Bool
    /// Laid under the cells' own styles.
    public var style: Style

    public init(_ cells: [TableCell], isMarked: Bool = false, style: Style = .inherited) {
        self.cells = cells
        self.isMarked = isMarked
        self.style = style
    }
}

/// Rows and columns with a heading, a selection and a scrollbar; asks only for the rows it shows.
public struct Table {
    public var columns: [TableColumn]
    public var rowCount: Int
    /// The column that is sorted by, and how.
    public var sort: (column: Int, ascending: Bool)?
    public var selection: Int?
    /// The first row shown; moved where the selection would be out of sight.
    public var offset: Int
    public var isFocused: Bool
    /// Whether two columns at the left show the cursor and the marks.
    public var showsMarks: Bool

    public init(
        columns: [TableColumn], rowCount: Int, sort: (column: Int, ascending: Bool)? = nil, selection: Int? = nil,
        offset: Int = 0, isFocused: Bool = false, showsMarks: Bool = true
    ) {
        self.columns = columns
        self.rowCount = rowCount
        self.sort = sort
        self.selection = selection
        self.offset = offset
        self.isFocused = isFocused
        self.showsMarks = showsMarks
    }

    /// What of a table lies under the pointer.
    public enum Hit: Sendable, Hashable {
        case heading(column: Int)
        case row(Int, column: Int?)
        /// The scrollbar; `offset` is the first row to show.
        case scrollbar(offset: Int)
    }

    /// Where everything lies in an area.
    public struct Geometry: Sendable, Hashable {
        public let heading: Rect
        /// The rows, without the scrollbar.
        public let body: Rect
        public let scrollbar: Rect?
        /// Index and place of each column that is shown, left to right.
        public let columns: [Placed]
        /// The first row shown.
        public let offset: Int

        public struct Placed: Sendable, Hashable {
            public let column: Int
            public let x: Int
            public let width: Int
        }
    }

    /// Where everything lies in `area`.
    public func geometry(in area: Rect) -> Geometry {
        let heading = area.top(1)
        let rows = area.inset(top: 1)
        let needsBar = rowCount > rows.height && area.width > 8
        let body = needsBar ? rows.inset(right: 1) : rows
        let gutter = showsMarks ? 2 : 0
        let offset = Scrolling.offset(previous: offset, selection: selection, count: rowCount, height: rows.height)
        return Geometry(
            heading: heading, body: body,
            scrollbar: needsBar ? Rect(x: rows.endX - 1, y: rows.y, width: 1, height: rows.height) : nil,
            columns: place(in: body.width - gutter, from: body.x + gutter), offset: offset)
    }

    /// The heading, row or scrollbar at a point; nil where there is none.
    public func hitTest(_ point: Point, in area: Rect) -> Hit? {
        let geometry = geometry(in: area)
        let column = geometry.columns.first { point.x >= $0.x && point.x < $0.x + $0.width }?.column
        if geometry.heading.contains(point) { return column.map { .heading(column: $0) } }
        if let bar = geometry.scrollbar, bar.contains(point) {
            return .scrollbar(offset: Scrolling.offset(atTrackRow: point.y - bar.y, count: rowCount, height: bar.height))
        }
        guard geometry.body.contains(point) else { return nil }
        let row = geometry.offset + point.y - geometry.body.y
        return row < rowCount ? .row(row, column: column) : nil
    }

    /// Widths by priority: columns are dropped until the least widths fit, then what is left is shared out.
    private func place(in width: Int, from x: Int) -> [Geometry.Placed] {
        var shown = Array(columns.indices)
        func least(_ indices: [Int]) -> Int { indices.reduce(0) { $0 + columns[$1].width } + max(0, indices.count - 1) }
        while shown.count > 1, least(shown) > width {
            guard let weakest = shown.indices.min(by: { columns[shown[$0]].priority < columns[shown[$1]].priority }) else {
                break
            }
            shown.remove(at: weakest)
        }
        var widths = shown.map { columns[$0].width }
        var left = width - least(shown)
        var growing = shown.indices.filter { columns[shown[$0]].flex > 0 }
        while left > 0, !growing.isEmpty {
            var shares = growing.reduce(0) { $0 + columns[shown[$1]].flex }
            let before = left
            for place in growing {
                let column = columns[shown[place]]
                let wanted = left * column.flex / max(1, shares)
                let added = max(0, min(wanted, (column.maxWidth ?? .max) - widths[place]))
                widths[place] += added
                left -= added
                shares -= column.flex
            }
            growing = growing.filter { widths[$0] < columns[shown[$0]].maxWidth ?? .max }
            if left == before { break }
        }
        if shown.count == 1 { widths[0] = min(widths[0], max(0, width)) }
        var x = x
        return shown.indices.map { place in
            defer { x += widths[place] + 1 }
            return Geometry.Placed(column: shown[place], x: x, width: widths[place])
        }
    }
}
