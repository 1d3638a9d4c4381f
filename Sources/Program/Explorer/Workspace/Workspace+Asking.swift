import Compression

/// What was last asked of the background for an open model, so that nothing is asked for twice.
struct AskedWork: Sendable {
    /// The picture that was last asked for.
    var picture: (request: PictureRequest, generation: Int)?
    var priorities: [Int] = []
    /// The stages of shape that are not worked out yet.
    var stages: [LayerPlan]?
    /// Whether something has changed that the file's size follows from.
    var needsTotals = true
    /// The size that was last asked for, and whether it is still to come.
    var totals: TotalsRequest?
    var awaitsTotals = false
    /// The work that was last asked to be kept.
    var kept: WorkSnapshot?
}

extension Workspace {
    /// The totals are added up once, after all events of a moment, by `settle`.
    mutating func totalsChanged() { asked.needsTotals = true }

    /// Asks for the picture anew, because more can be drawn now.
    mutating func forgetPicture() { asked.picture = nil }

    /// Brings everything up to date that follows from the plans and the place on screen, and asks for what is missing
    /// there; `layout` is nil where the screen is too small to show anything.
    mutating func settle(in layout: ExploreLayout?, theme: String) -> [ModelEffect] {
        var effects = keepWork(theme: theme)
        guard let layout else { return effects }
        if isComposed {
            asked.stages = nil
        } else {
            let stages = plans.map(\.shapes)
            if asked.stages != stages {
                asked.stages = stages
                effects.append(.compose(plans))
            }
        }
        effects += askForTotals()
        if let pane = layout.layers { revealSelection(height: LayerTable.rowCount(in: pane, of: model)) }
        let wanted = priorities
        if wanted != asked.priorities {
            asked.priorities = wanted
            effects.append(.prioritise(wanted))
        }
        if let request = pictureRequest(for: layout), let generation = status?.generation {
            if asked.picture?.request != request || asked.picture?.generation != generation {
                asked.picture = (request, generation)
                effects.append(.draw(request, generation: generation))
            }
        }
        return effects + askForSamples() + askForQuality() + askForReconstruction()
    }

    private mutating func askForTotals() -> [ModelEffect] {
        guard asked.needsTotals else { return [] }
        asked.needsTotals = false
        updateRows()
        let request = totalsRequest
        let isNew = asked.totals != request
        if isNew {
            asked.totals = request
            asked.awaitsTotals = true
        }
        updateTrust()
        return isNew ? [.total(request)] : []
    }

    /// Whether something was asked for that is not there yet, of a layer that could be drawn at once.
    var awaitsPicture: Bool {
        guard let request = asked.picture else { return false }
        if asked.awaitsTotals || asked.stages != nil { return true }
        guard let picture else { return true }
        return picture.request != request.request || picture.generation != request.generation
    }
}
