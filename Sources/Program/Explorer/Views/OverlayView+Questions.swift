import TerminalUI

extension OverlayView {
    enum HelpLine: Sendable, Hashable {
        case heading(String)
        case command(keys: String, title: String, keywords: String = "")
        case blank
    }

    /// Lines that the window shows at once.
    static func height(in state: ExplorerState) -> Int { OverlayView(state)?.listArea.height ?? 0 }

    /// Lines that there are to scroll through.
    static func lineCount(in state: ExplorerState) -> Int {
        guard let view = OverlayView(state) else { return 0 }
        if case .help(let page) = view.overlay { return helpLines(.unicode, matching: page.query).count }
        if case .conflict(let conflict, _, _) = view.overlay { return conflict.lines.count }
        return MeasuresView(state, width: view.inner.width).lines.count
    }

    /// The help as the keymap gives it, as far as its lines hold all words of a query.
    static func helpLines(_ glyphs: GlyphSet, matching query: String = "") -> [HelpLine] {
        let words = query.lowercased().split(separator: " ")
        guard !words.isEmpty else { return allHelpLines(glyphs) }
        var lines: [HelpLine] = []
        var heading: HelpLine?
        for line in allHelpLines(glyphs) {
            switch line {
            case .heading: heading = line
            case .blank: break
            case .command(let keys, let title, let keywords):
                let text = "\(keys) \(title) \(keywords)".lowercased()
                guard words.allSatisfy({ text.contains($0) }) else { break }
                if let heading { lines += lines.isEmpty ? [heading] : [.blank, heading] }
                heading = nil
                lines.append(line)
            }
        }
        return lines
    }

    private static func allHelpLines(_ glyphs: GlyphSet) -> [HelpLine] {
        var lines: [HelpLine] = []
        for group in CommandGroup.all {
            if !lines.isEmpty { lines.append(.blank) }
            lines.append(.heading(group.title))
            for command in group.commands {
                let keys = command.keys.map { $0.label(glyphs) }.joined(separator: "  ")
                lines.append(.command(keys: keys, title: command.title, keywords: command.keywords))
            }
            if group.title == CommandGroup.adjusting.title {
                lines.append(.command(keys: "0-9  o", title: "Type an exact value, or off (in the controls)"))
            }
        }
        return lines
    }

    func drawHelp(_ page: HelpPage, into grid: inout CellGrid, _ look: Appearance) {
        let lines = Self.helpLines(look.glyphs, matching: page.query)
        let (scroll, area) = (page.scroll, listArea)
        let height = area.height
        if isSearched {
            drawQuery(page.query, into: &grid, inner.row(0), look)
            if lines.isEmpty { grid.write(Line("nothing found", look[.dim]), in: area.row(0).inset(left: 2)) }
        }
        for (row, line) in lines.dropFirst(scroll).prefix(height).enumerated() {
            let place = area.row(row)
            switch line {
            case .heading(let text): grid.write(Line(text, look[.heading]), in: place)
            case .command(let keys, let title, _):
                grid.write(Line(keys, look[.key]), in: place.inset(left: 2))
                grid.write(Line(title), in: place.inset(left: 20), ellipsis: look.glyphs.ellipsis.description)
            case .blank: break
            }
        }
        let hint = isSearched ? nil : "/ searches"
        drawFoot(isMore: scroll + height < lines.count, hint: hint, into: &grid, look)
    }

    func drawMeasures(_ scroll: Int, into grid: inout CellGrid, _ look: Appearance) {
        let lines = MeasuresView(state, width: inner.width).lines
        for (row, words) in lines.dropFirst(scroll).prefix(inner.height).enumerated() {
            let line = Line(words.map { Span(look.glyphs.spelled($0.text), $0.role == .text ? .inherited : look[$0.role]) })
            grid.write(line, in: inner.row(row), ellipsis: look.glyphs.ellipsis.description)
        }
        drawFoot(isMore: scroll + inner.height < lines.count, into: &grid, look)
    }

    func drawFoot(isMore: Bool, hint: String? = nil, into grid: inout CellGrid, _ look: Appearance) {
        let words = (hint.map { " \($0) " } ?? "") + (isMore ? " \(look.glyphs.arrowDown) more " : " Esc closes ")
        grid.write(
            Line(words, look[.dim]), in: Rect(x: window.x + 2, y: window.endY - 1, width: window.width - 4, height: 1),
            alignment: .trailing)
    }

    func drawQuestion(_ question: Question, into grid: inout CellGrid, _ look: Appearance) {
        grid.write(Line(question.text), in: inner.row(1), ellipsis: look.glyphs.ellipsis.description)
        for (row, detail) in question.details.enumerated() {
            grid.write(Line(detail, look[row == 0 ? .dim : .warning]), in: inner.row(2 + row), ellipsis: look.glyphs.ellipsis.description)
        }
        for (key, text, place) in answerPlaces(question) {
            grid.write(
                Line([Span(key.answerLabel, look[.key]), Span(" \(text)")]), in: place, ellipsis: look.glyphs.ellipsis.description)
        }
    }

    func answerPlaces(_ question: Question) -> [(key: Key, text: String, place: Rect)] {
        answerPlaces(question, in: inner)
    }

    func answerPlaces(_ question: Question, in inner: Rect) -> [(key: Key, text: String, place: Rect)] {
        var x = inner.x
        return question.answers.map { answer in
            let width = answer.key.answerLabel.count + 1 + answer.text.count
            let place = Rect(x: x, y: inner.y + 3 + question.details.count, width: width, height: 1)
            x = place.endX + 3
            return (answer.key, answer.text, place)
        }
    }

    func drawConflict(_ conflict: RecipeConflict, _ scroll: Int, into grid: inout CellGrid, _ look: Appearance) {
        let height = inner.height
        for (row, line) in conflict.lines.dropFirst(scroll).prefix(height).enumerated() {
            let (sign, role): (String, Role) =
                switch line.side {
                case .both: (" ", .dim)
                case .disk: ("−", .bad)
                case .screen: ("+", .good)
                }
            grid.write(Line("\(sign) \(line.text)", look[role]), in: inner.row(row), ellipsis: look.glyphs.ellipsis.description)
        }
        drawFoot(isMore: scroll + height < conflict.lines.count, into: &grid, look)
    }
}

extension Key {
    /// The key as an answer names it.
    fileprivate var answerLabel: String { label(.unicode) }
}
