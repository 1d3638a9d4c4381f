extension Table {
    /// Draws the table; `row` is asked for the rows in sight only.
    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance, row: (Int) -> TableRow) {
        grid.clipped(to: area) { grid in
            let geometry = geometry(in: area)
            drawHeading(into: &grid, geometry, look)
            let last = min(rowCount, geometry.offset + geometry.body.height)
            for index in geometry.offset..<max(last, geometry.offset) {
                let place = Rect(
                    x: geometry.body.x, y: geometry.body.y + index - geometry.offset, width: geometry.body.width, height: 1)
                draw(row(index), isSelected: index == selection, into: &grid, place, geometry, look)
            }
            if let bar = geometry.scrollbar {
                Scrolling.drawBar(into: &grid, bar, offset: geometry.offset, count: rowCount, with: look)
            }
        }
    }

    private func drawHeading(into grid: inout CellGrid, _ geometry: Geometry, _ look: Appearance) {
        for placed in geometry.columns {
            let column = columns[placed.column]
            let rect = Rect(x: placed.x, y: geometry.heading.y, width: placed.width, height: 1)
            var line = Line(column.title, look[.heading])
            if let sort, sort.column == placed.column {
                let sign = sort.ascending ? look.glyphs.sortAscending : look.glyphs.sortDescending
                line = Line(TextWidth.fit(column.title, columns: max(0, placed.width - 1), ellipsis: ""), look[.heading])
                line.spans.append(Span(sign.description, look[.accent]))
            }
            grid.write(line, in: rect, alignment: column.alignment, ellipsis: "")
        }
    }

    private func draw(
        _ row: TableRow, isSelected: Bool, into grid: inout CellGrid, _ place: Rect, _ geometry: Geometry, _ look: Appearance
    ) {
        var under = row.style
        if isSelected {
            let selection = look[isFocused ? .selection : .selectionUnfocused]
            grid.fill(place, style: selection)
            // The selection's own foreground gives way to what a cell says by its colour.
            under = under.over(Style(selection.foreground, selection.attributes.subtracting(.reverse)))
        }
        if showsMarks, place.width >= 2 {
            if isSelected { grid.put(look.glyphs.cursor, at: place.origin, style: look[isFocused ? .accent : .dim]) }
            if row.isMarked {
                grid.put(look.glyphs.mark, at: Point(x: place.x + (isSelected ? 1 : 0), y: place.y), style: look[.marked])
            }
        }
        for placed in geometry.columns where row.cells.indices.contains(placed.column) {
            let column = columns[placed.column]
            let rect = Rect(x: placed.x, y: place.y, width: placed.width, height: 1)
            let ellipsis = look.glyphs.ellipsis.description
            switch row.cells[placed.column] {
            case .text(let text, let style):
                let fitted = TextWidth.fit(text, columns: placed.width, omitting: column.omission, ellipsis: ellipsis)
                grid.write(Line(fitted, style.over(under)), in: rect, alignment: column.alignment, ellipsis: ellipsis)
            case .line(let line):
                grid.write(line, in: rect, alignment: column.alignment, style: under, ellipsis: ellipsis)
            case .bar(let fraction, let style):
                grid.drawBar(fraction, in: rect, style: style, glyphs: look.glyphs)
            }
        }
    }
}
