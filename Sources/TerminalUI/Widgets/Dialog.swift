/// A question with a few answers, each with a key.
public struct Dialog: Sendable, Hashable {
    public struct Choice: Sendable, Hashable {
        public var key: Key
        public var label: String

        public init(_ key: Key, _ label: String) {
            self.key = key
            self.label = label
        }
    }

    public var title: String
    /// Wrapped to the window's width.
    public var message: String
    public var choices: [Choice]
    /// The answer that Enter gives.
    public var selection: Int

    public init(title: String, message: String, choices: [Choice], selection: Int = 0) {
        precondition(!choices.isEmpty, "a dialog without an answer")
        self.title = title
        self.message = message
        self.choices = choices
        self.selection = selection
    }

    /// What became of a key.
    public enum Outcome: Sendable, Hashable {
        case chosen(Int)
        case cancelled
        case changed
        case ignored
    }

    public mutating func handle(_ key: Key) -> Outcome {
        if let index = choices.firstIndex(where: { $0.key == key }) { return .chosen(index) }
        switch key.code {
        case .escape: return .cancelled
        case .enter: return .chosen(selection)
        case .left, .up, .backTab: selection = (selection + choices.count - 1) % choices.count
        case .right, .down, .tab: selection = (selection + 1) % choices.count
        default: return .ignored
        }
        return .changed
    }

    /// The dialog's window on a screen.
    public func area(on screen: Rect, glyphs: GlyphSet = .unicode) -> Rect {
        let buttons = choices.reduce(0) { $0 + buttonWidth($1, glyphs) + 2 } - 2
        let widest = min(
            max(buttons, min(56, TextWidth.columns(of: message)), TextWidth.columns(of: title) + 4), max(8, screen.width - 8))
        let lines = TextWidth.wrap(message, columns: widest).count
        return Popup.area(for: Size(width: widest, height: lines + 2), on: screen)
    }

    private func buttonWidth(_ choice: Choice, _ glyphs: GlyphSet) -> Int {
        TextWidth.columns(of: choice.key.label(glyphs)) + TextWidth.columns(of: choice.label) + 3
    }

    private func buttons(in area: Rect, _ glyphs: GlyphSet) -> [Rect] {
        let inner = Popup.inner(of: area)
        var x = inner.x
        return choices.map { choice in
            defer { x += buttonWidth(choice, glyphs) + 2 }
            return Rect(x: x, y: inner.endY - 1, width: buttonWidth(choice, glyphs), height: 1)
        }
    }

    /// Index of the answer at a point.
    public func hitTest(_ point: Point, on screen: Rect, glyphs: GlyphSet = .unicode) -> Int? {
        buttons(in: area(on: screen, glyphs: glyphs), glyphs).firstIndex { $0.contains(point) }
    }

    /// Draws the window in the middle of a screen.
    public func draw(into grid: inout CellGrid, on screen: Rect, with look: Appearance) {
        let area = area(on: screen, glyphs: look.glyphs)
        Popup(title: title).draw(into: &grid, in: area, with: look)
        let inner = Popup.inner(of: area)
        for (index, line) in TextWidth.wrap(message, columns: inner.width).enumerated() where index < inner.height - 1 {
            grid.write(line, at: Point(x: inner.x, y: inner.y + index), style: look[.text], maxWidth: inner.width)
        }
        for (index, button) in buttons(in: area, look.glyphs).enumerated() {
            let isSelected = index == selection
            if isSelected { grid.fill(button, style: look[.selection]) }
            let base =
                isSelected ? Style(look[.selection].foreground, look[.selection].attributes.subtracting(.reverse)) : look[.text]
            grid.write(
                Line([
                    Span(" \(choices[index].key.label(look.glyphs))", look[.key]), Span(" \(choices[index].label) ", base),
                ]), at: button.origin, maxWidth: max(0, inner.endX - button.x))
        }
    }
}
