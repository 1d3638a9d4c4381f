import Compression
import Recipes
import TensorCore

extension Workspace {
    /// Asks for the work to be kept where it is another than what was last kept.
    mutating func keepWork(theme: String) -> [ModelEffect] {
        let snapshot = hasWorkToKeep ? WorkSnapshot(of: self, theme: theme) : nil
        guard snapshot != asked.kept else { return [] }
        asked.kept = snapshot
        return [.keepWork(snapshot)]
    }
}

extension ExplorerState {
    /// Forgets the work, for a person wants it so.
    mutating func discardWork() -> [Effect] {
        guard let workspace else { return [] }
        self.workspace?.discarded = (workspace.plans, workspace.recovery.rule)
        return ask(self.workspace?.keepWork(theme: themeName) ?? [])
    }

    /// Offers work that was found, unless something was done meanwhile; work chosen on the start screen is taken up at once.
    mutating func offer(_ offer: WorkOffer) -> [Effect] {
        guard let workspace else { return [] }
        if restoring == offer.work.file, !offer.modelHasChanged {
            restoring = nil
            return restore(offer)
        }
        restoring = nil
        guard !workspace.hasUnsavedChanges else { return [] }
        self.workspace?.questions.append(.restore(offer))
        return []
    }

    /// Takes up work where it was left.
    mutating func restore(_ offer: WorkOffer) -> [Effect] {
        overlay = nil
        start.works.removeAll { $0.file == offer.work.file }
        guard workspace?.open == offer.open else { return [] }
        workspace?.change(to: offer.plans, title: "work of \(offer.time)", fitting: .by(offer.reconstruct))
        workspace?.recipePath = offer.work.recipePath
        workspace?.recipeDigest = offer.recipeDigest
        workspace?.savedPlans = offer.savedPlans
        workspace?.recovery.savedRule = offer.savedReconstruct
        workspace?.take(offer.work.place)
        workspace?.take(offer.work.measured)
        workspace?.take(tried: offer.tried, on: offer.work.tried?.data)
        if let target = offer.work.target { workspace?.target = target }
        if themeNames.contains(offer.work.place.theme) { themeName = offer.work.place.theme }
        say("restored the work of \(offer.time)")
        // It is this process's from now on, before the other's is removed.
        let kept = ask(workspace?.keepWork(theme: themeName) ?? [])
        let shapes = (offer.work.inputs ?? [:]).compactMapValues { Shape(checking: $0) }
        let reshaped = shapes == workspace?.model.graph?.inputShapes ?? [:] ? [] : giveInputShapes(shapes)
        return kept + [.program(.forgetWork(offer.work.file))] + reshaped
    }
}

extension WorkSnapshot {
    init(of workspace: Workspace, theme: String) {
        plans = workspace.plans
        reconstruct = workspace.recovery.rule
        measured = workspace.observationsToKeep
        tried = workspace.triedToKeep
        target = workspace.target
        changedCount = zip(workspace.plans, workspace.savedPlans).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
        recipePath = workspace.recipePath
        let region = workspace.region
        place = Place(
            theme: theme, layer: workspace.layer?.name, pane: workspace.pane.rawValue, isEnlarged: workspace.isEnlarged,
            showsFactors: workspace.showsFactors,
            region: [region.rows.lowerBound, region.rows.upperBound, region.columns.lowerBound, region.columns.upperBound])
    }
}

extension Workspace {
    /// What the recipe may be written over: what was read or written last; where that is not known, the person's word is enough.
    var recipeOverwriting: RecipeFile.Overwriting { recipeDigest.map { .text(digest: $0) } ?? .anything }

    /// Goes to a place on the screen, as far as the model has it.
    mutating func take(_ place: WorkSnapshot.Place) {
        if let layer = model.layers.firstIndex(where: { $0.name == place.layer }) { select(layer) }
        pane = Pane(rawValue: place.pane) ?? pane
        isEnlarged = place.isEnlarged
        showsFactors = place.showsFactors
        let bounds = place.region
        guard let layer, bounds.count == 4, bounds[0] >= 0, bounds[2] >= 0, bounds[0] < bounds[1], bounds[2] < bounds[3] else { return }
        let region = MapRegion(rows: bounds[0]..<bounds[1], columns: bounds[2]..<bounds[3])
        if region.fits(layer.matrix) { self.region = region }
    }
}
