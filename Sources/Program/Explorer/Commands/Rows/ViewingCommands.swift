extension CommandGroup {
    static let viewing = CommandGroup(
        "Viewing",
        [
            Command("filter", "Filter the layers", .keys("/", hint: Hint("filter", 160)), finds: "search find name", does: { $0.askForFilter() }),
            Command(
                "back", "Step back: all panes, the layers, no filter", .keys("esc", in: .controls, hint: Hint("back", 170)), .keys("esc"),
                finds: "escape", changes: { $0.stepBack() }),
            Command("sort", "Sort by the next column", .keys("s"), finds: "order size", changes: { $0.sortByNextColumn() }),
            Command("reverseSort", "Reverse the sort order", .keys("S"), finds: "descending ascending", changes: { $0.order.isReversed.toggle() }),
            Command("logCounts", "Switch between linear and log counts", .keys("c"), finds: "histogram scale", changes: { $0.isLog.toggle() }),
            Command("zoomIn", "Zoom in", .keys("z", in: .weights, .map, hint: Hint("zoom", 70)), finds: "magnify", changes: { $0.zoom(by: 0.5) }),
            Command("zoomOut", "Zoom out", .keys("Z", in: .weights, .map, hint: Hint("zoom", 70)), changes: { $0.zoom(by: 2) }),
            Command("resetView", "Show all of the histogram or the map", .keys("x"), finds: "zoom fit whole", changes: { $0.resetView() }),
            Command(
                "measures", "Show all measures of quality", .keys("m", hint: Hint("measures", 200)), finds: "accuracy metrics sqnr fid",
                does: {
                    $0.overlay = .measures(scroll: 0)
                }),
            Command(
                "sensitivity", "Show what each layer can lose by each stage", .keys("Y"), finds: "heat map importance limits",
                asks: { $0.showSensitivity() }),
            Command(
                "factors", "Show spectra and energies, or weights", .keys("f", hint: Hint("factors", 80)), finds: "ranks tucker svd singular values",
                does: { $0.toggleFactors() }),
            Command("nextFactor", "Show the next factor's weights", .keys("F"), finds: "part core", changes: { $0.showPart(by: 1) }),
            Command(
                "samples", "Show samples: images, text or classes, the original's beside the compressed",
                .keys("i", hint: Hint("samples", 90)), finds: "pictures generate look", changes: { $0.toggleSamples() }),
            .moves,
            Command("panLeft", "Pan left", .keys("h left", in: .map, hint: Hint("pan", 30)), .keys("<", in: .weights), changes: { $0.pan(across: -1) }),
            Command("panRight", "Pan right", .keys("l right", in: .map, hint: Hint("pan", 30)), .keys(">", in: .weights), changes: { $0.pan(across: 1) }),
            Command("panUp", "Pan up", .keys("k up", in: .map, hint: Hint("pan", 32)), changes: { $0.pan(down: -1) }),
            Command("panDown", "Pan down", .keys("j down", in: .map, hint: Hint("pan", 31)), changes: { $0.pan(down: 1) }),
        ])
}

extension Command {
    static let moves = Command(
        "moves", "Show what recovery moved on the map, or what is left", .keys("D"), finds: "difference feedback reconstruction before after",
        changes: { $0.showsMoves.toggle() })
}

extension ExplorerState {
    fileprivate mutating func askForFilter() {
        let filter = workspace?.order.filter ?? ""
        prompt = Prompt(.filter(before: filter), text: filter)
    }

    fileprivate mutating func toggleFactors() {
        if let reason = workspace?.factorObstacle { return complain("no factors: \(reason)") }
        workspace?.showsFactors.toggle()
    }
}

extension Workspace {
    /// One step back at a time: out of the enlarged pane, from the samples, to the layers, out of the filter.
    fileprivate mutating func stepBack() {
        if isEnlarged {
            isEnlarged = false
        } else if samples.isShown {
            samples.isShown = false
        } else if pane != .layers {
            pane = .layers
        } else {
            setFilter("")
        }
    }

    fileprivate mutating func sortByNextColumn() {
        // Shapes are a column only where there is something to tell of them.
        let hidden: Set<SortKey> = shapes.keepsShapes ? [.filters, .ranks] : []
        let keys = SortKey.allCases.filter { !hidden.contains($0) || $0 == order.key }
        let index = keys.firstIndex(of: order.key) ?? 0
        order.key = keys[(index + 1) % keys.count]
    }

    fileprivate mutating func toggleSamples() {
        samples.isShown.toggle()
        if samples.isShown, pane == .map { pane = .weights }
    }

    fileprivate mutating func resetView() {
        if let matrix = subject?.matrix { region = MapRegion(all: matrix) }
        range = nil
    }

    fileprivate mutating func zoom(by factor: Double) {
        guard let matrix = subject?.matrix else { return }
        if pane == .map { region = region.zoomed(by: factor, in: matrix) } else { zoomHistogram(by: factor) }
    }

    fileprivate mutating func pan(down: Int = 0, across: Int = 0) {
        guard let matrix = subject?.matrix else { return }
        if pane == .map { region = region.panned(down: down, across: across, in: matrix) } else { panHistogram(by: across) }
    }
}
