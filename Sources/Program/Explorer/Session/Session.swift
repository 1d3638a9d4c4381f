import Basics
import Composition
import Compression
import Jobs
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import Search
import Synchronization
import Workbench

/// Carries out effects on background queues and posts what comes of them as events.
public final class Session: Sendable {
    /// Where results wait for the main loop.
    public let mailbox: Mailbox<Event>
    public let jobs: JobCenter
    let memory: Memory
    let files: Lane
    let digests: PriorityPool<String>
    let works: WorkFolder
    let keeper: WorkKeeper
    private let screen: NewestWins<ScreenSlot, (Workbench, ScreenRequest)>
    let samples: NewestWins<SampleSlot, (Workbench, SampleRequest)>
    let pool: PriorityPool<Work>
    let quality: MeasurementLane
    let meters: MeterSource?
    let recoveries: PriorityPool<Recovering>
    let losses: PriorityPool<Weighing>
    /// Holds a training that a person wants to wait.
    let pause = Pause()
    let searches: PriorityPool<SearchSlot>
    /// Beside a search, which takes minutes or is held.
    let fronts: PriorityPool<SearchPrice>
    /// Holds a search that a person wants to wait.
    let searchPause = Pause()
    let sensitivities: PriorityPool<SensitivitySlot>
    let exports: Lane
    /// Files that a person asked for and that are not written yet.
    let saving = BusyCount()

    /// What came of a run is measured behind the runs that are wanted.
    enum Recovering: Hashable, Sendable { case recover, measure }

    /// What outputs count for is known before losses are predicted.
    enum Weighing: Hashable, Sendable { case learn, predict(Int), predictRecovered, paint }

    /// There is one search at a time.
    enum SearchSlot: Hashable, Sendable { case find }

    /// There is one table of what layers can lose.
    enum SensitivitySlot: Hashable, Sendable { case find }

    /// There is one screen.
    private enum ScreenSlot: Hashable, Sendable { case screen }

    /// There is one sheet of samples on screen.
    enum SampleSlot: Hashable, Sendable { case sheet }

    enum Work: Hashable, Sendable {
        case prepare(Int)
        case count(Int)
        case survey(Int)
        /// Shapes whose automatic ranks are not known yet.
        case compose
        case decompose(Int)
    }

    /// Creates a session whose models are measured by what comes from `meters`; nil measures nothing. Unsaved work is kept
    /// `keepsWorkAfter` it changed.
    public init(
        memory: Memory, meters: MeterSource? = .evaluators(), keepsWorkAfter: Duration = .milliseconds(700)
    ) throws(MailboxFailure) {
        let mailbox = try Mailbox<Event>()
        let jobs = JobCenter { failure in mailbox.post(.program(.failed(message: message(for: failure.error)))) }
        self.mailbox = mailbox
        self.jobs = jobs
        self.memory = memory
        self.meters = meters
        quality = MeasurementLane(jobs)
        files = jobs.lane("files")
        exports = jobs.lane("exports")
        recoveries = jobs.pool("recovery", workers: 1)
        losses = jobs.pool("losses", workers: 1)
        searches = jobs.pool("search", workers: 1)
        fronts = jobs.pool("front", workers: 1)
        sensitivities = jobs.pool("sensitivity", workers: 1)
        digests = jobs.pool("digest", of: String.self, workers: 1)
        works = WorkFolder(memory)
        keeper = WorkKeeper(works, delay: keepsWorkAfter)
        pool = jobs.pool("layers", of: Work.self)
        samples = NewestWins(on: jobs.lane("samples")) { ticket in
            let (bench, request) = ticket.request
            try Self.makeSamples(request, on: bench, ticket.token) { mailbox.post(.model(OpenModel(bench), $0)) }
        }
        screen = NewestWins(on: jobs.lane("screen", urgency: .interactive)) { ticket in
            let (bench, request) = ticket.request
            let answer: Screen
            do {
                answer = try Screen(request, drawing: request.aim.picture, on: bench, ticket.token)
            } catch {
                if ticket.token.isCancelled { throw Cancelled() }
                mailbox.post(.program(.failed(message: message(for: error))))
                answer = try Screen(request, drawing: nil, on: bench, ticket.token)
            }
            mailbox.post(.model(OpenModel(bench), .screen(answer)))
        }
    }

    /// Starts what an effect asks for; effects of the terminal and the program itself are the main loop's.
    public func perform(_ effect: Effect) {
        switch effect {
        case .program(let effect): perform(effect)
        case .model(let open, let effect): if !open.bench.isClosed { perform(effect, on: open.bench) }
        }
    }

    private func perform(_ effect: ProgramEffect) {
        switch effect {
        case .open(let model, let recipe, let data): open(path: model, recipe: recipe, data: data)
        case .openDemo(let name): openDemo(name)
        case .forgetWork(let file): forgetWork(file)
        case .list(let path, let purpose):
            files.submit("list") { [self] in mailbox.post(.program(.listed(Folder(reading: path, for: purpose), for: purpose))) }
        case .rememberTheme(let name): save("remember", on: files) { [self] in memory.rememberTheme(name) }
        case .suspend, .redraw, .quit: break
        }
    }

    private func perform(_ effect: ModelEffect, on bench: Workbench) {
        switch effect {
        case .begin(let data): begin(bench, measuredOn: data)
        case .close(let goesOn): close(bench, goesOn: goesOn)
        case .prioritise(let order): prioritise(order, on: bench)
        case .show(let request): screen.submit((bench, request), for: .screen)
        case .compose(let plans): compose(plans, on: bench)
        case .count(let requests): requests.forEach { count($0, on: bench) }
        case .predict(let requests): requests.forEach { predict($0, on: bench) }
        case .predictRecovered(let network): predict(network, on: bench)
        case .paint(let request): paint(request, on: bench)
        case .search(let request): search(request, on: bench)
        case .stopSearch: stopSearch()
        case .holdSearch(let isHeld): if isHeld { searchPause.hold() } else { searchPause.release() }
        case .findFront(let price): findFront(price, on: bench)
        case .writeModels(let models): write(models, on: bench)
        case .writeTable(let text, let path): writeTable(text, to: path, on: bench)
        case .findSensitivity: findSensitivity(on: bench)
        case .writeSensitivity(let layers, let path): write(layers, to: path, on: bench)
        case .weigh: learn(on: bench)
        case .stopWeighing: losses.cancel(.learn)
        case .decompose(let request): decompose(request, on: bench)
        case .survey(let request): survey(request, on: bench)
        case .readRecipe(let path): readRecipe(path, on: bench)
        case .writeRecipe(let request): writeRecipe(request, on: bench)
        case .giveInputShapes(let shapes): giveInputShapes(shapes, on: bench)
        case .keepWork(let snapshot): keeper.keep(snapshot, of: bench)
        case .openData(let data): openData(data, on: bench)
        case .measure(let plans, let focus): measure(plans, focus: focus, on: bench)
        case .prepareFocus(let focus, let plans): prepareFocus(focus, plans, on: bench)
        case .measureEffects(let layers, let plans, let samples): measureEffects(of: layers, plans, samples: samples, on: bench)
        case .measureRecoveredEffects(let layers, let network, let samples):
            measureEffects(of: layers, in: network, samples: samples, on: bench)
        case .time(let plans): time(plans, on: bench)
        case .sample(let request): sample(request, on: bench)
        case .stopMeasuring: quality.cancelAll()
        case .recover(let request): recover(request, on: bench)
        case .pauseRecovery(let isHeld): if isHeld { pause.hold() } else { pause.release() }
        case .stopRecovery: stopRecovery()
        case .export(let request): export(request, on: bench)
        }
    }

    /// Stops all work; called before the program ends.
    public func stop() {
        screen.cancelAll()
        samples.cancelAll()
        pool.cancelAll()
        digests.cancelAll()
        quality.cancelAll()
        recoveries.cancelAll()
        losses.cancelAll()
        sensitivities.cancelAll()
        searches.cancelAll()
        fronts.cancelAll()
        searchPause.release()
        pause.release()
    }

    /// Posts what came of work on a bench; nobody waits for that of one that was closed.
    func post(_ event: ModelEvent, from bench: Workbench) {
        if !bench.isClosed { mailbox.post(.model(OpenModel(bench), event)) }
    }
}

// MARK: - Files

extension Session {
    private func open(path: String, recipe: String?, data: String?) {
        files.submit("open") { [self] in
            do {
                let model = try PareReader.openModel(path: path)
                var plans = Array(repeating: LayerPlan(), count: model.layers.count)
                let read = try recipe.map { path throws(RecipeError) in try ReadRecipe(path) }
                if let read { plans = try read.recipe.plans(for: model) }
                let place = absolute(path)
                memory.remember(
                    RecentFile(
                        model: place, recipe: recipe.map(absolute), data: data.map(absolute), opened: currentSeconds()))
                present(
                    model, path: place, isDemo: false, recipe: recipe, read: read, plans: plans,
                    data: DataChoice(path: data.map(absolute)))
            } catch {
                mailbox.post(.program(.openFailed(message: message(for: error))))
            }
        }
    }

    private func openDemo(_ name: String) {
        files.submit("open demo") { [self] in
            guard let demo = Demo.all.first(where: { $0.name == name }), let bytes = Asset.named(demo.asset) else {
                return mailbox.post(.program(.openFailed(message: "there is no demo \(name)")))
            }
            do {
                let model = try ModelFile.open(MappedFile(constant: bytes, name: demo.fileName))
                let plans = Array(repeating: LayerPlan(), count: model.layers.count)
                present(model, path: name, isDemo: true, recipe: nil, read: nil, plans: plans, data: .demoDigits)
            } catch {
                mailbox.post(.program(.openFailed(message: message(for: error))))
            }
        }
    }

    /// Makes a model that was opened elsewhere the open one.
    public func begin(_ model: Model, path: String, recipe: String?, plans: [LayerPlan], data: String? = nil) {
        let place = absolute(path)
        let data = data.map(absolute)
        present(
            model, path: place, isDemo: false, recipe: recipe, read: lookAgain(at: recipe), plans: plans, data: DataChoice(path: data))
        files.submit("remember") { [self] in
            memory.remember(
                RecentFile(model: place, recipe: recipe.map(absolute), data: data, opened: currentSeconds()))
        }
    }

    /// Hands a model that was read to the state, which makes it the open one by `begin`.
    private func present(
        _ model: Model, path: String, isDemo: Bool, recipe: String?, read: ReadRecipe?, plans: [LayerPlan], data: DataChoice
    ) {
        mailbox.post(.program(.opened(opened(model, path: path, isDemo: isDemo, recipe: recipe, read: read, plans: plans, data: data))))
    }

    /// A model as the state takes it.
    func opened(
        _ model: Model, path: String, isDemo: Bool, recipe: String? = nil, read: ReadRecipe? = nil, plans: [LayerPlan], data: DataChoice
    ) -> OpenedModel {
        // The extents that its samples have are counted with, unless they were already.
        let model = model.graph?.sampleShapes.isEmpty == true ? model.counted(on: try? data.open(for: model)) : model
        let bench = Workbench(model: model, path: path, isDemo: isDemo)
        if let read { bench.expect(read.recipe) }
        let objection = meters == nil ? nil : data.objection(to: model)
        let isMeasured = meters != nil && objection == nil
        var opened = OpenedModel(
            bench, recipePath: recipe, plans: plans, data: isMeasured ? data : nil, unmeasured: objection, recents: memory.recents)
        opened.asksForData = data.path != nil
        opened.recipeDigest = read?.digest
        opened.recipeWarning = read.flatMap { bench.warning(of: $0.recipe, plans) }
        opened.reconstruct = read?.recipe.reconstruct
        opened.found = read?.recipe.found
        return opened
    }

    /// Begins the work on a model that is the open one from now on.
    private func begin(_ bench: Workbench, measuredOn data: DataChoice?) {
        if let data { bench.expect(data) }
        prepareAll(bench)
        if let data { openData(data, on: bench) }
        guard works.path != nil else { return }
        offerWork(on: bench)
        digest(bench)
    }

    /// Ends the work on a model that is not the open one any more.
    private func close(_ bench: Workbench, goesOn: Bool) {
        bench.close()
        stop()
        // What was kept of it belongs to it, and stays when the next model is worked on.
        if goesOn { keeper.flush() } else { keeper.leave(bench) }
    }
}
