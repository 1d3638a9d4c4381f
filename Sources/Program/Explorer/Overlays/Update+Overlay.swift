import TerminalUI

extension ExplorerState {
    mutating func updateOverlay(_ key: Key) -> [Effect] {
        guard let overlay else { return [] }
        switch overlay {
        case .help(let page): update(page, key)
        case .measures(let scroll):
            switch key {
            case "m": self.overlay = nil
            case "d": return browse(for: .data)
            default: scrollWindow(key, scroll: scroll, to: Overlay.measures)
            }
        case .conflict(let conflict, let request, let scroll):
            scrollWindow(key, scroll: scroll) { .conflict(conflict, request, scroll: $0) }
            // The question is still to be answered.
            if self.overlay == nil { self.overlay = .question(.changed(conflict, request)) }
        case .tradeoff(let place): return update(place, key)
        case .sensitivity(let place): return update(place, key)
        case .finetuning(let field): return updateFinetuning(field, key)
        case .palette(let palette): return update(palette, key)
        case .themes(let choice): return update(choice, key)
        case .browser(let browser): return update(browser, key)
        case .question(let question): return answer(question, key)
        }
        return []
    }

    mutating func updateOverlay(_ mouse: MouseEvent) -> [Effect] {
        guard let overlay else { return [] }
        switch mouse.kind {
        case .wheelDown: return updateOverlay(.down)
        case .wheelUp: return updateOverlay(.up)
        case .drag, .release:
            guard case .tradeoff = overlay, let window = OverlayView(self) else { return [] }
            return updateTradeoff(mouse, in: window.inner)
        case .press: break
        default: return []
        }
        guard let hit = OverlayView.hit(at: mouse.position, in: self) else {
            // A click beside the window closes it, except where an answer is wanted.
            if case .question = overlay { return [] }
            return updateOverlay(.escape)
        }
        switch (hit, overlay) {
        case (.row(let row), .palette(var palette)):
            palette.selected = row
            self.overlay = .palette(palette)
            return updateOverlay(.enter)
        case (.row(let row), .themes(var choice)):
            choice.selected = row
            self.overlay = .themes(choice)
            return updateOverlay(.enter)
        case (.row(let row), .browser(var browser)):
            browser.selected = row
            self.overlay = .browser(browser)
            return updateOverlay(.enter)
        case (.inside, .tradeoff):
            guard let window = OverlayView(self) else { return [] }
            return updateTradeoff(mouse, in: window.inner)
        case (.answer(let key), .question): return updateOverlay(key)
        default: return []
        }
    }

    private mutating func scrollWindow(_ key: Key, scroll: Int, to place: (Int) -> Overlay) {
        let last = max(0, OverlayView.lineCount(in: self) - OverlayView.height(in: self))
        switch key {
        case .down, "j": overlay = place(min(last, scroll + 1))
        case .up, "k": overlay = place(max(0, scroll - 1))
        case .pageDown, .space: overlay = place(min(last, scroll + 10))
        case .pageUp: overlay = place(max(0, scroll - 10))
        case .home, "g": overlay = place(0)
        case .end, "G": overlay = place(last)
        case .escape, .enter, "q", .control("c"): overlay = nil
        // A key that means nothing here is not one for what lies behind the window.
        default: break
        }
    }

    /// A key in the help: it scrolls, and searches with `/`.
    private mutating func update(_ page: HelpPage, _ key: Key) {
        var page = page
        func found(_ query: String) -> Overlay { .help(HelpPage(query: query, isSearching: true)) }
        if page.isSearching {
            switch key {
            case .escape, .control("c"): overlay = .help(HelpPage())
            case .enter:
                page.isSearching = false
                overlay = .help(page)
            case .down, .up, .pageDown, .pageUp: scrollHelp(page, key)
            default: if let query = edited(page.query, by: key) { overlay = found(query) }
            }
            return
        }
        switch key {
        case "/": overlay = found(page.query)
        case "?": overlay = nil
        case .escape where !page.query.isEmpty: overlay = .help(HelpPage())
        default: scrollHelp(page, key)
        }
    }

    private mutating func scrollHelp(_ page: HelpPage, _ key: Key) {
        scrollWindow(key, scroll: page.scroll) { scroll in
            var page = page
            page.scroll = scroll
            return .help(page)
        }
    }

    private mutating func update(_ palette: Palette, _ key: Key) -> [Effect] {
        var palette = palette
        let matches = palette.matches
        switch key {
        case .escape, .control("c"):
            overlay = nil
            return []
        case .enter:
            overlay = nil
            return matches.indices.contains(palette.selected) ? perform(matches[palette.selected].command) : []
        default:
            palette.query = edited(palette.query, by: key) ?? palette.query
            palette.selected = moved(palette.selected, by: key, count: palette.matches.count)
        }
        overlay = .palette(palette)
        return []
    }

    private mutating func update(_ choice: ThemeChoice, _ key: Key) -> [Effect] {
        var choice = choice
        switch key {
        case .escape, "q", .control("c"):
            themeName = choice.before
            overlay = nil
            return []
        case .enter:
            overlay = nil
            say("theme \(themeName)")
            return [.program(.rememberTheme(themeName))]
        case "j": choice.selected = moved(choice.selected, by: .down, count: choice.names.count)
        case "k": choice.selected = moved(choice.selected, by: .up, count: choice.names.count)
        default: choice.selected = moved(choice.selected, by: key, count: choice.names.count)
        }
        if choice.names.indices.contains(choice.selected) { themeName = choice.names[choice.selected] }
        overlay = .themes(choice)
        return []
    }

    private mutating func answer(_ question: Question, _ key: Key) -> [Effect] {
        switch (question, key) {
        case (.unsaved(let intention), "s"), (.unsaved(let intention), .enter):
            overlay = nil
            workspace?.afterSaving = intention
            return save()
        case (.unwritten(let intention), "w"), (.unwritten(let intention), .enter):
            overlay = nil
            workspace?.afterSaving = intention
            askForExport()
        case (.unwritten(let intention), "d"):
            overlay = nil
            return carryOut(intention)
        case (.unwritten(.quit), .control("c")): return [.program(.quit)]
        case (.overwriteExport(let request), "o"):
            overlay = nil
            return write(request.overwriting)
        case (.overwriteExport, "n"):
            overlay = nil
            askForExport()
        case (.unsaved(let intention), "d"):
            overlay = nil
            return discardWork() + carryOut(intention)
        // A second Ctrl-C means it.
        case (.unsaved(.quit), .control("c")): return [.program(.quit)]
        case (.overwrite(let request), "o"), (.changed(_, let request), "o"):
            overlay = nil
            return [request.overwriting.effect]
        case (.changed(let conflict, let request), "d"): overlay = .conflict(conflict, request, scroll: 0)
        case (.restore(let offer), .enter): return restore(offer)
        case (.restore(let offer), "d"):
            overlay = nil
            start.works.removeAll { $0.file == offer.work.file }
            say("discarded the work of \(offer.time)")
            return [.program(.forgetWork(offer.work.file))]
        case (.restore, .escape), (.restore, .control("c")):
            overlay = nil
            say("the work stays, and is offered again the next time")
        case (.overwrite, "n"), (.changed, "n"):
            overlay = nil
            askForName()
        case (_, .escape), (_, "c"), (_, .control("c")):
            overlay = nil
            workspace?.afterSaving = nil
        default: break
        }
        return []
    }

    /// A line of a list after a key that moves in it; a key that does not move goes to the first line.
    func moved(_ selected: Int, by key: Key, count: Int) -> Int {
        let last = max(0, count - 1)
        return switch key {
        case .down, .control("n"), .tab: min(last, selected + 1)
        case .up, .control("p"), .backTab: max(0, selected - 1)
        case .pageDown: min(last, selected + 10)
        case .pageUp: max(0, selected - 10)
        case .home: 0
        case .end: last
        default: 0
        }
    }

    /// A query after a key that edits it; nil where the key does not.
    func edited(_ query: String, by key: Key) -> String? {
        if let character = key.text { return query.utf8.count < TextField.capacity ? query + String(character) : query }
        switch key {
        case .backspace, .control("h"): return String(query.dropLast())
        case .control("u"): return ""
        case .control("w"):
            let words = query.reversed().drop { $0 == " " }.drop { $0 != " " }
            return String(words.reversed())
        default: return nil
        }
    }
}
