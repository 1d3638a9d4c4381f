import Basics
import Compression
import Recipes
import TerminalUI

extension ExplorerState {
    /// Takes one event in; answers with what is to be done outside.
    public mutating func update(_ event: Event) -> [Effect] {
        switch event {
        case .program(let event): return update(event)
        case .model(let open, let event):
            // What came of work on another model is of no use here.
            guard workspace?.open == open else { return [] }
            return update(event)
        }
    }

    private mutating func update(_ event: ProgramEvent) -> [Effect] {
        switch event {
        case .input(let input): return take(input)
        case .opened(let opened): return open(opened)
        case .openFailed(let message):
            opening = nil
            restoring = nil
            // What was given up for the other model is worked on again.
            workspace?.discarded = nil
            complain(message)
        case .listed(let folder, let purpose): return list(folder, for: purpose)
        case .failed(let message): complain(message)
        }
        return []
    }

    private mutating func update(_ event: ModelEvent) -> [Effect] {
        switch event {
        case .preparing(let layer, let fraction):
            workspace?.setPreparation(.running(fraction), of: layer)
        case .prepared(let layer, let scale): workspace?.prepared(layer, scale)
        case .refused(let layer, let reason): workspace?.refuse(layer, reason: reason)
        case .screen(let screen): return ask(workspace?.take(screen) ?? [])
        case .composed(let shapes, let plans): return ask(workspace?.take(shapes, of: plans) ?? [])
        case .counted(let layer, let generation, let figures):
            workspace?.take(figures, of: layer, generation: generation)
            // Factors that were refined meanwhile can be drawn now.
            if workspace?.selected == layer, figures.structure != nil { workspace?.forgetPicture() }
        case .weighing(let fraction): workspace?.losses.weighing = fraction
        case .weighed(let importance):
            workspace?.take(importance)
            if workspace?.showsFactors == true { workspace?.forgetPicture() }
        case .predicted(let loss, let request): workspace?.take(loss, of: request)
        case .painted(let losses): workspace?.take(losses)
        case .searching(let number, let fraction, let words):
            if workspace?.search?.number == number {
                workspace?.search?.fraction = fraction
                workspace?.search?.words = words
            }
        case .searchBetter(let number, let network, let rule):
            guard workspace?.search?.number == number else { break }
            workspace?.search?.best = network
            workspace?.note(network, fitted: rule)
        case .searchEnded(let number, let end): take(end, of: number)
        case .frontComes(let fraction): workspace?.tradeoff.comes = fraction
        case .front(let networks, let price):
            workspace?.tradeoff.fronts[price] = networks
            workspace?.tradeoff.comes = nil
        case .sensitivity(let knowledge): workspace?.sensitivity.knowledge = knowledge
        case .modelsWritten(let count, let total, let name): modelsWritten(count, of: total, name)
        case .tableWritten(let path): say("wrote \(fileName(of: path))")
        case .margins(let table): workspace?.take(table)
        case .surveyed(let layer), .decomposed(let layer):
            if workspace?.selected == layer { workspace?.forgetPicture() }
        case .notDecomposed(let layer, let reason): workspace?.undecomposed[layer] = reason
        case .dataOpened(let name):
            workspace?.quality.opened(name)
            workspace?.forecasts.forget()
            workspace?.composeAnewForData()
            workspace?.samples.forget()
            workspace?.sensitivity.knowledge = .nothing
            workspace?.pin?.quality = nil
            workspace?.pin?.recovered?.report = nil
            return forgetTradeoff()
        case .dataFailed(let reason): dataFailed(reason)
        case .measuringFailed(let reason):
            workspace?.quality.broke(reason)
            complain("not measured: \(reason)")
        case .measured(let report, let plans): workspace?.take(report, of: plans)
        case .timed(let original, let changed, let plans):
            workspace?.timing = Timing(original: original, changed: changed, plans: plans)
        case .sampled(let sheet, let request):
            workspace?.samples.sheet = (sheet, request)
            workspace?.samples.failure = nil
        case .samplingFailed(let reason, let request):
            if workspace?.samples.asked == request { workspace?.samples.failure = reason }
        case .effectMeasured(let report, let layer, let plan):
            workspace?.quality.take(report, of: layer, under: plan)
            if workspace?.order.key == .effect { workspace?.totalsChanged() }
        case .recipeRead(let path, let plans, let rule, let found, let digest, let warning):
            if let found { workspace?.note(Origin(plans: plans, rule: rule, words: found)) }
            adopt(plans, rule, from: path, digest: digest, warning: warning)
        case .recipeWritten(let request, let digest): return saved(request, digest: digest)
        case .recoveryProgressed(let number, let progress):
            if workspace?.recovery.run?.number == number { workspace?.recovery.run?.take(progress) }
        case .recovered(let network): return take(network)
        case .recoveryMeasured(let number, let report):
            workspace?.recovery.take(report, of: number)
            workspace?.updatePin()
        case .recoveryPredicted(let number, let losses): workspace?.recovery.take(losses, of: number)
        case .recoveryEffect(let number, let layer, let effect):
            workspace?.recovery.take(effect, of: layer, in: number)
            if workspace?.order.key == .effect { workspace?.totalsChanged() }
        case .recoveryEnded(let number, let reason): return recoveryEnded(number, reason)
        case .exported(let request, let byteCount, let rejection): return exported(request, byteCount, rejection: rejection)
        case .exportExists(let request):
            // Nothing is written before the answer.
            if message?.isToBeRead != true { message = nil }
            workspace?.questions.append(.overwriteExport(request))
        case .recipeChanged(let request, let conflict): workspace?.questions.append(.changed(conflict, request))
        case .reshaped(let opened): return reshape(opened)
        case .workFound(let offer): return self.offer(offer)
        case .recipeExists(let request): workspace?.questions.append(.overwrite(request))
        case .failed(let message): complain(message)
        }
        return []
    }

    private mutating func take(_ input: InputEvent) -> [Effect] {
        switch input {
        case .resize(let size):
            self.size = size
            drag = nil
            return []
        case .key(let key):
            if key == .control("l") { return [.program(.redraw)] }
            if key == .control("z") { return [.program(.suspend)] }
            message = nil
            if overlay != nil { return updateOverlay(key) }
            if prompt != nil { return updatePrompt(key) }
            return isAtStart ? updateStart(key) : updateExplorer(key)
        case .mouse(let mouse):
            if mouse.kind == .press || mouse.kind == .wheelUp || mouse.kind == .wheelDown { message = nil }
            if overlay != nil { return updateOverlay(mouse) }
            if prompt != nil { return updatePrompt(mouse) }
            if isAtStart { return updateStart(mouse) }
            updateExplorer(mouse)
            return []
        case .paste(let text):
            message = nil
            if case .browser(let browser) = overlay { return paste(text, into: browser) }
            if overlay != nil { overlay?.paste(text) } else { prompt?.paste(text) }
            return []
        case .focus: return []
        case .terminate, .hangUp: return [.program(.quit)]
        }
    }

    private mutating func open(_ opened: OpenedModel) -> [Effect] {
        let before = workspace
        let closed = closeWorkspace()
        opening = nil
        workspace = Workspace(opened)
        isAtStart = false
        start.recents = opened.recents
        if opened.model.layers.isEmpty {
            complain("\(opened.model.name) holds no layer that Pare compresses: \(opened.model.reasonWithoutLayers)")
        } else if let reason = opened.unmeasured, opened.asksForData {
            complain(reason)
        } else if let warning = opened.recipeWarning {
            complain(warning)
        } else if let recipe = opened.recipePath {
            say("opened with \(fileName(of: recipe))")
        } else if !opened.model.assumptions.isEmpty {
            let key = Command.inputShapes.keys[0]
            say("assumed: \(opened.model.assumptions.joined(separator: ", ")); \(key) gives the shapes of inputs")
        }
        if let before, before.hasWorkToKeep {
            mention("the changes made to \(before.model.name) meanwhile are kept, and offered when it opens again")
        }
        return closed + ask([.begin(opened.data)])
    }

    /// Ends the work on the open model: what nobody saved or gave up is kept, and the windows go that are its own.
    private mutating func closeWorkspace() -> [Effect] {
        guard let workspace else { return [] }
        drag = nil
        if overlay?.isOfModel == true { overlay = nil }
        // What is being typed would reach the next model as commands.
        prompt?.outlive(workspace.model.name)
        let kept = workspace.hasWorkToKeep ? WorkSnapshot(of: workspace, theme: themeName) : nil
        return ask([.keepWork(kept), .close(goesOn: false)])
    }

    /// Goes on under other shapes of the inputs, that were given or are those of other data, with all that was done until now.
    private mutating func reshape(_ opened: OpenedModel) -> [Effect] {
        guard let workspace else { return [] }
        let place = WorkSnapshot(of: workspace, theme: themeName).place
        let closed = ask([.close(goesOn: true)])
        drag = nil
        if overlay?.isOfModel == true { overlay = nil }
        prompt?.outlive("the shapes before")
        var opened = opened
        opened.plans = workspace.plans
        self.workspace = Workspace(opened)
        self.workspace?.continueWork(of: workspace)
        self.workspace?.take(place)
        let given = (opened.model.graph?.inputShapes ?? [:]).sorted { $0.key < $1.key }
        if !given.isEmpty { say("inputs: \(given.map { "\($0.key) \($0.value)" }.joined(separator: ", "))") }
        return closed + ask([.begin(opened.data)])
    }

    /// Says why quality is not measured on the data that was asked for.
    private mutating func dataFailed(_ reason: String) {
        workspace?.quality.failed(reason)
        if workspace?.quality.isReady == true { return complain(reason) }
        // That there is nothing to compress says more.
        guard message?.kind != .problem || workspace?.model.layers.isEmpty == false else { return }
        complain("not measured: \(reason)")
    }

    /// Puts a recipe's plans in force as one step of the history.
    private mutating func adopt(_ plans: [LayerPlan], _ rule: ReconstructRule?, from path: String, digest: String, warning: String?) {
        workspace?.change(to: plans, title: "open \(fileName(of: path))", fitting: .by(rule))
        workspace?.recovery.savedRule = rule
        workspace?.recipePath = path
        workspace?.recipeDigest = digest
        workspace?.savedPlans = plans
        if let warning { complain(warning) } else { say("opened \(fileName(of: path))") }
    }

    private mutating func saved(_ request: RecipeRequest, digest: String) -> [Effect] {
        workspace?.recovery.savedRule = request.reconstruct
        workspace?.savedPlans = request.plans
        workspace?.recipePath = request.path
        workspace?.recipeDigest = digest
        report("saved \(request.path)")
        return carryOutAfterSaving()
    }

    /// Does what was wanted when Pare asked whether to save.
    mutating func carryOutAfterSaving() -> [Effect] {
        guard let intention = workspace?.afterSaving else { return [] }
        workspace?.afterSaving = nil
        return carryOut(intention)
    }

    /// Does what may lose unsaved changes, after asking where there are any.
    mutating func want(_ intention: Intention) -> [Effect] {
        overlay = nil
        guard let workspace, workspace.hasUnsavedChanges else {
            guard workspace?.recovery.unwritten != nil, !intention.keepsModel else { return carryOut(intention) }
            overlay = .question(.unwritten(intention))
            return []
        }
        overlay = .question(.unsaved(intention))
        return []
    }

    mutating func carryOut(_ intention: Intention) -> [Effect] {
        switch intention {
        case .quit: return [.program(.quit)]
        case .open(let model, let recipe, let data):
            opening = fileName(of: model)
            return [.program(.open(model: model, recipe: recipe, data: data))]
        case .openDemo(let name):
            opening = name
            return [.program(.openDemo(name))]
        case .readRecipe(let path): return ask([.readRecipe(path)])
        }
    }

    /// Saves under the recipe's own name, or asks for one.
    mutating func save() -> [Effect] {
        guard let workspace else { return [] }
        guard let path = workspace.recipePath else {
            askForName()
            return []
        }
        return writeRecipe(to: path, over: workspace.recipeOverwriting)
    }

    func writeRecipe(to path: String, over: RecipeFile.Overwriting) -> [Effect] {
        guard let workspace else { return [] }
        return [RecipeRequest(path: path, of: workspace, over: over).effect]
    }

    mutating func askForName() {
        guard let workspace else { return }
        let suggestion = workspace.recipePath ?? workspace.suggestedRecipeName
        prompt = Prompt(.saveAs, text: suggestion)
    }
}
