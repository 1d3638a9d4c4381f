import TerminalUI

/// The window over the screen.
struct OverlayView {
    private let state: ExplorerState
    private let overlay: Overlay

    /// What of a window lies under the pointer.
    enum Hit {
        /// A line of its list, counted from the first of all.
        case row(Int)
        case answer(Key)
        case inside
    }

    init?(_ state: ExplorerState) {
        guard let overlay = state.overlay else { return nil }
        self.state = state
        self.overlay = overlay
    }

    /// What lies at a point; nil beside the window.
    static func hit(at point: Point, in state: ExplorerState) -> Hit? {
        guard let view = OverlayView(state), view.window.contains(point) else { return nil }
        if case .question(let question) = view.overlay {
            return view.answerPlaces(question).first { $0.place.contains(point) }.map { .answer($0.key) } ?? .inside
        }
        let list = view.listArea
        guard list.contains(point), let count = view.listCount else { return .inside }
        let row = view.firstLine + point.y - list.y
        return row < count ? .row(row) : .inside
    }

    func draw(into grid: inout CellGrid, _ look: Appearance) {
        let area = window
        grid.fill(area, style: look[.overlay])
        Frame.drawBorder(into: &grid, area, style: look[.overlayBorder], look: look)
        let title = Line(" \(title) ", look[.titleFocused])
        grid.write(title, in: area.inset(left: 2, right: 2), ellipsis: "")
        switch overlay {
        case .help(let scroll): drawHelp(scroll, into: &grid, look)
        case .measures(let scroll): drawMeasures(scroll, into: &grid, look)
        case .palette(let palette): drawPalette(palette, into: &grid, look)
        case .themes(let choice): drawThemes(choice, into: &grid, look)
        case .browser(let browser): drawBrowser(browser, into: &grid, look)
        case .finetuning(let field): FinetuningView(state, field)?.draw(into: &grid, in: inner, look)
        case .question(let question): drawQuestion(question, into: &grid, look)
        case .conflict(let conflict, let scroll): drawConflict(conflict, scroll, into: &grid, look)
        }
    }

    private var title: String {
        switch overlay {
        case .help: "Keys"
        case .palette: "Commands"
        case .themes: "Themes"
        case .browser(let browser):
            switch browser.purpose {
            case .model: "Open a model or a recipe"
            case .data: "Choose data to measure quality on"
            case .trainingData: "Choose data to train on"
            }
        case .measures: "Measures"
        case .finetuning: "Fine-tuning"
        case .question: "Pare"
        case .conflict(let conflict, _): "\(fileName(conflict.path)): − on the disk, + on the screen"
        }
    }

    private var window: Rect {
        let screen = Rect(state.size).inset(left: 2, top: 1, right: 2, bottom: 1)
        switch overlay {
        case .help: return screen.centred(Size(width: 76, height: screen.height))
        case .measures:
            let width = min(76, screen.width)
            let height = MeasuresView(state, width: width - 4).lines.count + 2
            return screen.centred(Size(width: width, height: min(height, screen.height)), verticalFraction: 0.3)
        case .palette: return screen.centred(Size(width: 64, height: min(20, screen.height)), verticalFraction: 0.3)
        case .themes(let choice):
            // At the right, so that what the theme changes can be seen.
            let size = Size(width: 34, height: min(choice.names.count + 2, screen.height))
            return Rect(x: screen.endX - size.width, y: screen.y, width: size.width, height: size.height)
        case .finetuning:
            // At the right, so that the layers and the header can be seen.
            let size = Size(width: min(64, screen.width), height: min(22, screen.height))
            return Rect(x: screen.endX - size.width, y: screen.y, width: size.width, height: size.height)
        case .browser: return screen.centred(Size(width: 80, height: min(26, screen.height)), verticalFraction: 0.3)
        case .question(let question):
            let answers = answerPlaces(question, in: Rect(x: 0, y: 0, width: 0, height: 0)).last?.place.endX ?? 0
            let width = max(52, question.text.count + 6, answers + 4)
            return screen.centred(Size(width: width, height: 6 + question.details.count), verticalFraction: 0.4)
        case .conflict(let conflict, _):
            return screen.centred(Size(width: 76, height: min(screen.height, max(6, conflict.lines.count + 2))), verticalFraction: 0.3)
        }
    }

    private var inner: Rect { window.inset(left: 2, top: 1, right: 2, bottom: 1) }

    /// Where the lines of a list lie; below the line that is typed in, where there is one.
    private var listArea: Rect {
        switch overlay {
        case .palette: inner.inset(top: 2)
        case .browser: inner.inset(top: 3)
        default: inner
        }
    }

    private var listCount: Int? {
        switch overlay {
        case .palette(let palette): palette.matches.count
        case .themes(let choice): choice.names.count
        case .browser(let browser): browser.matches.count
        default: nil
        }
    }

    private var selected: Int {
        switch overlay {
        case .palette(let palette): palette.selected
        case .themes(let choice): choice.selected
        case .browser(let browser): browser.selected
        default: 0
        }
    }

    private var firstLine: Int {
        Scrolling.offset(previous: 0, selection: selected, count: listCount ?? 0, height: listArea.height)
    }
}

// MARK: - Lists

extension OverlayView {
    private func drawPalette(_ palette: Palette, into grid: inout CellGrid, _ look: Appearance) {
        drawQuery(palette.query, into: &grid, inner.row(0), look)
        let matches = palette.matches
        drawList(matches.count, into: &grid, look) { index in
            let match = matches[index]
            let keys = Keymap.keys(for: match.command).map { $0.label(look.glyphs) }.joined(separator: " ")
            return (highlighted(match.command.title, match.indices, look), Line(keys, look[.key]))
        }
    }

    private func drawThemes(_ choice: ThemeChoice, into grid: inout CellGrid, _ look: Appearance) {
        drawList(choice.names.count, into: &grid, look) { index in
            let name = choice.names[index]
            return (Line(name), Line(name == choice.before ? look.glyphs.good.description : "", look[.dim]))
        }
    }

    private func drawBrowser(_ browser: FileBrowser, into grid: inout CellGrid, _ look: Appearance) {
        let ellipsis = look.glyphs.ellipsis.description
        drawQuery(browser.query, into: &grid, inner.row(0), look)
        let place = Line(browser.isLoading ? "reading \(browser.folder.path)" : browser.folder.path, look[.dim])
        grid.write(place, in: inner.row(1), ellipsis: ellipsis)
        if let failure = browser.folder.failure {
            grid.write(Line(failure, look[.bad]), in: inner.row(3), ellipsis: ellipsis)
        }
        let matches = browser.matches
        drawList(matches.count, into: &grid, look) { index in
            let entry = matches[index].entry
            let name = highlighted(entry.name, matches[index].indices, look)
            switch entry.kind {
            case .folder: return (Line(name.spans + [Span("/", look[.dim])]), Line(""))
            case .model: return (name, Line("\(NumberText.bytes(entry.byteCount))", look[.dim]))
            case .recipe: return (name, Line("recipe", look[.dim]))
            case .data: return (name, Line("\(NumberText.bytes(entry.byteCount))", look[.dim]))
            case .images: return (name, Line("this folder's images", look[.dim]))
            }
        }
    }

    private func drawQuery(_ query: String, into grid: inout CellGrid, _ row: Rect, _ look: Appearance) {
        let used = grid.write(Line("\(look.glyphs.cursor) ", look[.accent]), at: row.origin)
        let field = row.inset(left: used)
        grid.fill(field, style: look[.input])
        let written = grid.write(query, at: field.origin, style: look[.input], maxWidth: field.width - 1)
        grid.fill(
            Rect(x: field.x + written, y: field.y, width: 1, height: 1).intersection(field), style: look[.inputCursor])
    }

    private func drawList(
        _ count: Int, into grid: inout CellGrid, _ look: Appearance, line: (Int) -> (left: Line, right: Line)
    ) {
        let area = listArea
        let first = firstLine
        let ellipsis = look.glyphs.ellipsis.description
        for index in first..<max(first, min(count, first + area.height)) {
            let row = area.row(index - first)
            let (left, right) = line(index)
            if index == selected {
                grid.fill(row, style: look[.selection])
                grid.put(look.glyphs.cursor, at: row.origin, style: look[.accent])
            }
            let text = row.inset(left: 2, right: 1)
            grid.write(right, in: text, alignment: .trailing, ellipsis: ellipsis)
            grid.write(left.fitted(columns: max(0, text.width - right.columns - 1), ellipsis: ellipsis), in: text, ellipsis: ellipsis)
        }
        if count == 0 { grid.write(Line("nothing found", look[.dim]), in: area.row(0).inset(left: 2)) }
    }

    private func highlighted(_ text: String, _ indices: [Int], _ look: Appearance) -> Line {
        guard !indices.isEmpty else { return Line(text) }
        let matched = Set(indices)
        return Line(text.enumerated().map { Span(String($1), matched.contains($0) ? look[.match] : .inherited) })
    }
}

// MARK: - Help and questions

extension OverlayView {
    enum HelpLine: Sendable, Hashable {
        case heading(String)
        case command(keys: String, title: String)
        case blank
    }

    /// Lines that the window shows at once.
    static func height(in state: ExplorerState) -> Int { OverlayView(state)?.inner.height ?? 0 }

    /// Lines that there are to scroll through.
    static func lineCount(in state: ExplorerState) -> Int {
        guard let view = OverlayView(state) else { return 0 }
        if case .help = view.overlay { return helpLines(.unicode).count }
        if case .conflict(let conflict, _) = view.overlay { return conflict.lines.count }
        return MeasuresView(state, width: view.inner.width).lines.count
    }

    /// The help as the keymap gives it.

    static func helpLines(_ glyphs: GlyphSet) -> [HelpLine] {
        var lines: [HelpLine] = []
        for group in CommandGroup.allCases {
            if !lines.isEmpty { lines.append(.blank) }
            lines.append(.heading(group.title))
            for command in Command.allCases where command.group == group {
                let keys = Keymap.keys(for: command).map { $0.label(glyphs) }.joined(separator: "  ")
                lines.append(.command(keys: keys, title: command.title))
            }
            if group == .adjusting {
                lines.append(.command(keys: "0-9", title: "Type an exact value (in the controls)"))
            }
        }
        return lines
    }

    private func drawHelp(_ scroll: Int, into grid: inout CellGrid, _ look: Appearance) {
        let lines = Self.helpLines(look.glyphs)
        let height = inner.height
        for (row, line) in lines.dropFirst(scroll).prefix(height).enumerated() {
            let place = inner.row(row)
            switch line {
            case .heading(let text): grid.write(Line(text, look[.heading]), in: place)
            case .command(let keys, let title):
                grid.write(Line(keys, look[.key]), in: place.inset(left: 2))
                grid.write(Line(title), in: place.inset(left: 20), ellipsis: look.glyphs.ellipsis.description)
            case .blank: break
            }
        }
        drawFoot(isMore: scroll + height < lines.count, into: &grid, look)
    }

    private func drawMeasures(_ scroll: Int, into grid: inout CellGrid, _ look: Appearance) {
        let lines = MeasuresView(state, width: inner.width).lines
        for (row, words) in lines.dropFirst(scroll).prefix(inner.height).enumerated() {
            let line = Line(words.map { Span($0.text, $0.role == .text ? .inherited : look[$0.role]) })
            grid.write(line, in: inner.row(row), ellipsis: look.glyphs.ellipsis.description)
        }
        drawFoot(isMore: scroll + inner.height < lines.count, into: &grid, look)
    }

    private func drawFoot(isMore: Bool, into grid: inout CellGrid, _ look: Appearance) {
        let words = isMore ? " \(look.glyphs.arrowDown) more " : " Esc closes "
        grid.write(
            Line(words, look[.dim]), in: Rect(x: window.x + 2, y: window.endY - 1, width: window.width - 4, height: 1),
            alignment: .trailing)
    }

    private func drawQuestion(_ question: Question, into grid: inout CellGrid, _ look: Appearance) {
        grid.write(Line(question.text), in: inner.row(1), ellipsis: look.glyphs.ellipsis.description)
        for (row, detail) in question.details.enumerated() {
            grid.write(Line(detail, look[row == 0 ? .dim : .warning]), in: inner.row(2 + row), ellipsis: look.glyphs.ellipsis.description)
        }
        for (key, text, place) in answerPlaces(question) {
            grid.write(
                Line([Span(key.answerLabel, look[.key]), Span(" \(text)")]), in: place, ellipsis: look.glyphs.ellipsis.description)
        }
    }

    private func answerPlaces(_ question: Question) -> [(key: Key, text: String, place: Rect)] {
        answerPlaces(question, in: inner)
    }

    private func answerPlaces(_ question: Question, in inner: Rect) -> [(key: Key, text: String, place: Rect)] {
        var x = inner.x
        return question.answers.map { answer in
            let width = answer.key.answerLabel.count + 1 + answer.text.count
            let place = Rect(x: x, y: inner.y + 3 + question.details.count, width: width, height: 1)
            x = place.endX + 3
            return (answer.key, answer.text, place)
        }
    }

    private func drawConflict(_ conflict: RecipeConflict, _ scroll: Int, into grid: inout CellGrid, _ look: Appearance) {
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
