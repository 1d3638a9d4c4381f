/// Which part of a long list is shown.
public enum Scrolling {
    /// The first row to show: as little moved from `previous` as keeps `selection` (with `margin` rows around it) in sight.
    public static func offset(previous: Int, selection: Int?, count: Int, height: Int, margin: Int = 1) -> Int {
        let last = max(0, count - height)
        var offset = max(0, min(previous, last))
        if let selection, height > 0 {
            let room = min(margin, max(0, (height - 1) / 2))
            offset = min(offset, selection - room)
            offset = max(offset, selection + room - height + 1)
        }
        return max(0, min(offset, last))
    }

    /// Rows of the scrollbar's thumb, from the top of a track of `height` rows; nil where everything fits.
    public static func thumb(offset: Int, count: Int, height: Int) -> Range<Int>? {
        guard count > height, height > 0 else { return nil }
        let length = max(1, height * height / count)
        let room = height - length
        let start = (offset * room + (count - height) / 2) / max(1, count - height)
        return min(start, room)..<(min(start, room) + length)
    }

    /// The first row to show when the scrollbar is pressed at `row` of its track.
    public static func offset(atTrackRow row: Int, count: Int, height: Int) -> Int {
        guard height > 1, count > height else { return 0 }
        return max(0, min(count - height, row * (count - height) / (height - 1)))
    }

    /// Draws a scrollbar into a column of cells.
    static func drawBar(into grid: inout CellGrid, _ column: Rect, offset: Int, count: Int, with look: Appearance) {
        guard let thumb = thumb(offset: offset, count: count, height: column.height) else { return }
        for row in 0..<column.height {
            let isThumb = thumb.contains(row)
            grid.put(
                isThumb ? look.glyphs.scrollbarThumb : look.glyphs.scrollbarTrack, at: Point(x: column.x, y: column.y + row),
                style: look[isThumb ? .scrollbarThumb : .scrollbar])
        }
    }
}
