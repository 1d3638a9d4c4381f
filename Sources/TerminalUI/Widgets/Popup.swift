/// A window over the panes: cleared ground, border, title and shadow.
public struct Popup: Sendable, Hashable {
    public var title: String
    public var footer: Line?

    public init(title: String, footer: Line? = nil) {
        self.title = title
        self.footer = footer
    }

    /// The window's place for content of `size`: centred, a third from the top, never larger than the screen.
    public static func area(for content: Size, on screen: Rect) -> Rect {
        screen.centred(Size(width: content.width + 4, height: content.height + 2), verticalFraction: 1.0 / 3)
    }

    /// The content's place in a window: inside the border, a blank left and right.
    public static func inner(of area: Rect) -> Rect { area.inset(left: 2, top: 1, right: 2, bottom: 1) }

    /// Draws the window and its shadow; the content comes after.
    public func draw(into grid: inout CellGrid, in area: Rect, with look: Appearance) {
        guard area.width >= 2, area.height >= 2 else { return }
        let shadow = Rect(x: area.x + 2, y: area.y + 1, width: area.width, height: area.height)
        grid.mapStyles(shadow) { Self.shaded($0, look) }
        let ground = look[.overlay].background == .inherited ? look.theme.ground : look[.overlay]
        // Attributes of what was there before must not shine through.
        grid.mapStyles(area) { _ in Style(ground.foreground, on: ground.background) }
        grid.fill(area, style: Style(ground.foreground, on: ground.background))
        Frame.drawBorder(into: &grid, area, style: look[.overlayBorder], weight: look.focusedWeight, look: look)
        let ellipsis = look.glyphs.ellipsis.description
        if !title.isEmpty, area.width > 6 {
            grid.write(
                " \(TextWidth.fit(title, columns: area.width - 6, ellipsis: ellipsis)) ", at: Point(x: area.x + 2, y: area.y),
                style: look[.titleFocused])
        }
        if let footer, area.width > 6 {
            let line = footer.fitted(columns: area.width - 6, ellipsis: ellipsis)
            let start = area.endX - 2 - line.columns - 2
            grid.fill(Rect(x: start, y: area.endY - 1, width: line.columns + 2, height: 1), style: look[.dim])
            grid.write(line, at: Point(x: start + 1, y: area.endY - 1), style: look[.dim])
        }
    }

    private static func shaded(_ style: Style, _ look: Appearance) -> Style {
        guard look.depth >= .colors256, let ground = look.theme.ground.background.rgb else {
            return Style(style.foreground, on: style.background, style.attributes.union(.dim))
        }
        let dark = ground.mixed(with: RGB(0, 0, 0), fraction: look.theme.isDark ? 0.5 : 0.2)
        func darkened(_ color: Color) -> Color {
            color.rgb.map { .rgb($0.mixed(with: dark, fraction: 0.6)) } ?? color
        }
        return Style(darkened(style.foreground), on: darkened(style.background), style.attributes.subtracting(.bold))
    }
}
