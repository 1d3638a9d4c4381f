import Compression

/// What was last asked of the background for an open model, so that nothing is asked for twice.
struct AskedWork: Sendable {
    /// What the screen was last asked for, and whether the answer is still to come.
    var screen: ScreenRequest?
    var awaitsScreen = false
    /// How often it was asked.
    var number = 0
    /// Whether more can be drawn than the picture shows.
    var drawsAnew = false
    var priorities: [Int] = []
    /// The stages of shape whose ranks are being chosen.
    var stages: [LayerPlan]?
    /// Whether something has changed that the file's size follows from.
    var needsTotals = true
    /// What the size of the file follows from, and the newest size.
    var accounts: [LayerAccount?] = []
    var total: FileTotal?
    /// The work that was last asked to be kept.
    var kept: WorkSnapshot?
}

extension Workspace {
    /// What follows from the layers' figures is brought up to date once, after all events of a moment, by `settle`.
    mutating func totalsChanged() { asked.needsTotals = true }

    /// Asks for the picture anew, because more can be drawn now.
    mutating func forgetPicture() {
        asked.drawsAnew = true
        asked.screen = nil
    }

    /// Brings everything up to date that follows from the plans and the place on screen, and asks for what is missing
    /// there; `layout` is nil where the screen is too small to show anything.
    mutating func settle(in layout: ExploreLayout?, theme: String) -> [ModelEffect] {
        var effects = keepWork(theme: theme)
        guard let layout else { return effects }
        if asked.needsTotals {
            asked.needsTotals = false
            updateRows()
            asked.accounts = shapes.accounts(statuses.map(\.figures), plans: plans) { statuses[$0].isRefused }
        }
        updateTrust()
        if let pane = layout.layers { revealSelection(height: LayerTable.rowCount(in: pane, of: model)) }
        let wanted = priorities
        if wanted != asked.priorities {
            asked.priorities = wanted
            effects.append(.prioritise(wanted))
        }
        effects += askForScreen(layout)
        effects += askForCounts()
        effects += askForLosses()
        effects += askForTracks()
        foretell()
        noteTried()
        return effects + askForSamples() + askForQuality() + askForReconstruction()
    }

    /// Asks for what the screen lacks of the configuration in force.
    private mutating func askForScreen(_ layout: ExploreLayout) -> [ModelEffect] {
        var picture = pictureAim(for: layout)
        if let aim = picture, isComposed, !asked.drawsAnew, self.picture?.request == PictureRequest(aim, plan: plan, in: shapes) {
            picture = nil
        }
        guard picture != nil || !isComposed || asked.total?.isOf(plans, shapes, asked.accounts) != true else { return [] }
        let aim = ScreenRequest.Aim(
            plans: plans, shapes: shapes, isComposed: isComposed, picture: picture, accounts: asked.accounts)
        guard asked.screen?.aim != aim else { return [] }
        let request = ScreenRequest(aim: aim, number: asked.number + 1, statuses: statuses, total: asked.total)
        asked.number = request.number
        asked.screen = request
        asked.awaitsScreen = true
        asked.drawsAnew = false
        return [.show(request)]
    }

    /// Asks for the exact figures that nobody counted yet; those of the layer on screen may come with its picture.
    private mutating func askForCounts() -> [ModelEffect] {
        guard isComposed else { return [] }
        var requests: [CountRequest] = []
        for layer in statuses.indices where statuses[layer].isReady && statuses[layer].counted != statuses[layer].generation {
            if asked.awaitsScreen, asked.screen?.aim.picture?.layer == layer { continue }
            statuses[layer].counted = statuses[layer].generation
            requests.append(
                CountRequest(layer: layer, plan: plans[layer], shapes: shapes, generation: statuses[layer].generation))
        }
        return requests.isEmpty ? [] : [.count(requests)]
    }

    /// Takes what the screen was asked for; asks for what the background can add to it.
    mutating func take(_ screen: Screen) -> [ModelEffect] {
        if screen.number == asked.number { asked.awaitsScreen = false }
        // Shapes of other plans are none of these.
        guard screen.aim.plans.elementsEqual(plans, by: { $0.shapes == $1.shapes }) else { return [] }
        var effects: [ModelEffect] = []
        if !screen.aim.isComposed { effects += take(screen.shapes, of: screen.aim.plans) }
        totals.compressedByteCount = screen.total.byteCount
        asked.total = screen.total
        totalsChanged()
        guard let picture = screen.picture else { return effects }
        self.picture = picture
        let layer = picture.request.subject.layer
        if plans[layer] == picture.request.plan, shapes.layers[layer].isLike(picture.request.subject.composed) {
            statuses[layer].take(picture.figures, under: plans[layer], of: model, layer)
            effects += compare(picture.figures, of: layer)
        }
        return effects + complete(picture)
    }

    /// Takes the exact figures of a picture for counted; asks only how other coders would do.
    private mutating func compare(_ figures: LayerFigures, of layer: Int) -> [ModelEffect] {
        guard statuses[layer].counted != statuses[layer].generation, figures.exactness == .exact,
            figures.structure?.hasFinalError != false
        else { return [] }
        statuses[layer].counted = statuses[layer].generation
        let shares = plans[layer].share != nil || plans[layer].factors.values.contains { $0.share != nil }
        guard shares, figures.coders?.context == nil else { return [] }
        return [
            .count([
                CountRequest(
                    layer: layer, plan: plans[layer], shapes: shapes, generation: statuses[layer].generation, known: figures)
            ])
        ]
    }

    /// Asks for what is worked out behind a picture before it can be drawn whole.
    private func complete(_ picture: Picture) -> [ModelEffect] {
        if picture.request.aim.showsFactors { return picture.factors == nil ? [.decompose(picture.request)] : [] }
        let lacksTensor = picture.recovered?.awaitsTensor ?? false
        return picture.map == nil && Picture.isMeasuredApart(picture.request.subject) || lacksTensor ? [.survey(picture.request)] : []
    }

    /// Whether something was asked for that is not there yet.
    var awaitsPicture: Bool { asked.awaitsScreen }
}
