import Basics
import TerminalUI

/// The window over the screen.
struct OverlayView {
    let state: ExplorerState
    let overlay: Overlay

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
        case .help(let page): drawHelp(page, into: &grid, look)
        case .measures(let scroll): drawMeasures(scroll, into: &grid, look)
        case .palette(let palette): drawPalette(palette, into: &grid, look)
        case .themes(let choice): drawThemes(choice, into: &grid, look)
        case .browser(let browser): drawBrowser(browser, into: &grid, look)
        case .finetuning(let field): FinetuningView(state, field)?.draw(into: &grid, in: inner, look)
        case .tradeoff(let place):
            if let workspace = state.workspace { TradeoffView(workspace: workspace, place: place).draw(into: &grid, in: inner, look) }
        case .sensitivity(let place):
            if let workspace = state.workspace { SensitivityView(workspace: workspace, place: place).draw(into: &grid, in: inner, look) }
        case .question(let question): drawQuestion(question, into: &grid, look)
        case .conflict(let conflict, _, let scroll): drawConflict(conflict, scroll, into: &grid, look)
        }
    }

    var title: String {
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
        case .tradeoff: "Trade-off"
        case .sensitivity: "Sensitivity"
        case .question: "Pare"
        case .conflict(let conflict, _, _): "\(fileName(of: conflict.path)): − on the disk, + on the screen"
        }
    }

    var window: Rect {
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
        case .tradeoff:
            // At the bottom, so that the header and the layers can be seen.
            let height = min(screen.height, max(12, state.size.height * 45 / 100))
            return Rect(x: screen.x, y: screen.endY - height, width: screen.width, height: height)
        case .sensitivity:
            let rows = state.workspace?.sensitivity.layers.count ?? 0
            return screen.centred(Size(width: min(100, screen.width), height: min(screen.height, max(12, rows + 8))), verticalFraction: 0.3)
        case .browser: return screen.centred(Size(width: 80, height: min(26, screen.height)), verticalFraction: 0.3)
        case .question(let question):
            let answers = answerPlaces(question, in: Rect(x: 0, y: 0, width: 0, height: 0)).last?.place.endX ?? 0
            let width = max(52, question.text.count + 6, answers + 4)
            return screen.centred(Size(width: width, height: 6 + question.details.count), verticalFraction: 0.4)
        case .conflict(let conflict, _, _):
            return screen.centred(Size(width: 76, height: min(screen.height, max(6, conflict.lines.count + 2))), verticalFraction: 0.3)
        }
    }

    var inner: Rect { window.inset(left: 2, top: 1, right: 2, bottom: 1) }

    /// Where the lines of a list lie; below the line that is typed in, where there is one.
    var listArea: Rect {
        switch overlay {
        case .palette: inner.inset(top: 2)
        case .help where isSearched: inner.inset(top: 2)
        case .browser: inner.inset(top: 3)
        default: inner
        }
    }

    /// Whether the help shows what is looked for.
    var isSearched: Bool {
        if case .help(let page) = overlay { page.isSearching || !page.query.isEmpty } else { false }
    }

    var listCount: Int? {
        switch overlay {
        case .palette(let palette): palette.matches.count
        case .themes(let choice): choice.names.count
        case .browser(let browser): browser.matches.count
        default: nil
        }
    }

    var selected: Int {
        switch overlay {
        case .palette(let palette): palette.selected
        case .themes(let choice): choice.selected
        case .browser(let browser): browser.selected
        default: 0
        }
    }

    var firstLine: Int {
        Scrolling.offset(previous: 0, selection: selected, count: listCount ?? 0, height: listArea.height)
    }
}
