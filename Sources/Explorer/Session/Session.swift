import Composition
import Compression
import Jobs
import ModelFormats
import NeuralNetwork
import PareFile
import Recipes
import Synchronization
import TensorCore

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
    private let screen: NewestWins<ScreenSlot, ScreenWork>
    let samples: NewestWins<SampleSlot, (Workbench, SampleRequest)>
    let pool: PriorityPool<Work>
    private let current: CurrentBench
    let quality: MeasurementLane
    let meters: MeterSource?
    let recoveries: PriorityPool<Recovering>
    /// Holds a training that a person wants to wait.
    let pause = Pause()
    let exports: Lane

    /// What came of a run is measured behind the runs that are wanted.
    enum Recovering: Hashable, Sendable { case recover, measure }

    /// There is one picture on screen, so one slot; the shapes before it and the totals above it have their own.
    private enum ScreenSlot: Hashable, Sendable { case shapes, picture, totals }

    /// There is one sheet of samples on screen.
    enum SampleSlot: Hashable, Sendable { case sheet }

    private struct ScreenWork: Sendable {
        enum Task: Sendable {
            case compose([LayerPlan])
            case draw(PictureRequest, generation: Int)
            case total(TotalsRequest)
        }
        var bench: Workbench
        var task: Task
    }

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
        let current = CurrentBench(mailbox)
        let jobs = JobCenter { failure in mailbox.post(.failed(message: message(for: failure.error))) }
        self.mailbox = mailbox
        self.current = current
        self.jobs = jobs
        self.memory = memory
        self.meters = meters
        quality = MeasurementLane(jobs)
        files = jobs.lane("files")
        exports = jobs.lane("exports")
        recoveries = jobs.pool("recovery", workers: 1)
        digests = jobs.pool("digest", of: String.self, workers: 1)
        works = WorkFolder(memory)
        keeper = WorkKeeper(works, delay: keepsWorkAfter)
        pool = jobs.pool("layers", of: Work.self)
        samples = NewestWins(on: jobs.lane("samples")) { ticket in
            let (bench, request) = ticket.request
            try Self.makeSamples(request, on: bench, ticket.token) { current.post($0, from: bench) }
        }
        screen = NewestWins(on: jobs.lane("screen", urgency: .interactive)) { ticket in
            let bench = ticket.request.bench
            switch ticket.request.task {
            case .compose(let plans):
                let shapes = try bench.composer.compose(plans, patience: .none, cancellation: ticket.token)
                current.post(.composed(shapes, of: plans), from: bench)
            case .draw(let request, let generation):
                guard let picture = try Picture(request, generation: generation, on: bench, ticket.token) else { return }
                current.post(.drawn(picture), from: bench)
            case .total(let request):
                current.post(.totalled(byteCount: bench.compressedByteCount(request)), from: bench)
            }
        }
    }

    /// Starts what an effect asks for; effects of the terminal and the program itself are the main loop's.
    public func perform(_ effect: Effect) {
        switch effect {
        case .open(let model, let recipe, let data): open(path: model, recipe: recipe, data: data)
        case .openDemo(let name): openDemo(name)
        case .prioritise(let order): prioritise(order)
        case .compose(let plans):
            onCurrent { bench in
                screen.submit(ScreenWork(bench: bench, task: .compose(plans)), for: .shapes)
                compose(plans, on: bench)
            }
        case .count(let requests): onCurrent { bench in requests.forEach { count($0, on: bench) } }
        case .draw(let request, let generation):
            onCurrent { bench in
                screen.submit(ScreenWork(bench: bench, task: .draw(request, generation: generation)), for: .picture)
                if request.showsFactors {
                    decompose(request, on: bench)
                } else if Picture.isMeasuredApart(request.subject) {
                    survey(request.subject, in: request.shapes, on: bench)
                }
            }
        case .total(let request):
            onCurrent { screen.submit(ScreenWork(bench: $0, task: .total(request)), for: .totals) }
        case .readRecipe(let path): readRecipe(path)
        case .writeRecipe(let path, let plans, let rule, let over): writeRecipe(path, plans, rule, over: over)
        case .keepWork(let snapshot, let isDemo): onCurrent { keeper.keep(snapshot, of: $0, isDemo: isDemo) }
        case .forgetWork(let file): forgetWork(file)
        case .list(let path, let purpose):
            files.submit("list") { [self] in mailbox.post(.listed(Folder(reading: path, for: purpose))) }
        case .openData(let data): onCurrent { openData(data, on: $0) }
        case .measure(let plans, let focus): onCurrent { measure(plans, focus: focus, on: $0) }
        case .prepareFocus(let focus, let plans): onCurrent { prepareFocus(focus, plans, on: $0) }
        case .measureEffects(let layers, let plans, let samples):
            onCurrent { measureEffects(of: layers, plans, samples: samples, on: $0) }
        case .time(let plans): onCurrent { time(plans, on: $0) }
        case .sample(let request): onCurrent { sample(request, on: $0) }
        case .stopMeasuring: quality.cancelAll()
        case .recover(let request): onCurrent { recover(request, on: $0) }
        case .pauseRecovery(let isHeld): if isHeld { pause.hold() } else { pause.release() }
        case .stopRecovery: stopRecovery()
        case .export(let request): onCurrent { export(request, on: $0) }
        case .rememberTheme(let name): files.submit("remember") { [self] in memory.rememberTheme(name) }
        case .suspend, .redraw, .quit: break
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
        pause.release()
    }

    func isCurrent(_ bench: Workbench) -> Bool { current.bench === bench }

    func onCurrent(_ body: (Workbench) -> Void) {
        if let bench = current.bench { body(bench) }
    }

    func post(_ event: Event, from bench: Workbench) { current.post(event, from: bench) }
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
                install(
                    model, path: place, isDemo: false, recipe: recipe, read: read, plans: plans,
                    data: DataChoice(path: data.map(absolute)))
            } catch {
                mailbox.post(.openFailed(message: message(for: error)))
            }
        }
    }

    private func openDemo(_ name: String) {
        files.submit("open demo") { [self] in
            guard let demo = Demo.all.first(where: { $0.name == name }), let bytes = Asset.named(demo.asset) else {
                return mailbox.post(.openFailed(message: "there is no demo \(name)"))
            }
            do {
                let model = try ModelFile.open(MappedFile(constant: bytes, name: demo.fileName))
                let plans = Array(repeating: LayerPlan(), count: model.layers.count)
                install(model, path: name, isDemo: true, recipe: nil, read: nil, plans: plans, data: .demoDigits)
            } catch {
                mailbox.post(.openFailed(message: message(for: error)))
            }
        }
    }

    /// Makes a model that was opened elsewhere the open one.
    public func begin(_ model: Model, path: String, recipe: String?, plans: [LayerPlan], data: String? = nil) {
        let place = absolute(path)
        let data = data.map(absolute)
        install(
            model, path: place, isDemo: false, recipe: recipe, read: lookAgain(at: recipe), plans: plans, data: DataChoice(path: data))
        files.submit("remember") { [self] in
            memory.remember(
                RecentFile(model: place, recipe: recipe.map(absolute), data: data, opened: currentSeconds()))
        }
    }

    /// Makes a model the open one; what still runs for the one before is cancelled, and its results are dropped.
    private func install(
        _ model: Model, path: String, isDemo: Bool, recipe: String?, read: ReadRecipe?, plans: [LayerPlan], data: DataChoice
    ) {
        stop()
        // What was kept of the model before belongs to it.
        keeper.flush()
        let bench = Workbench(model: model, path: path, isDemo: isDemo)
        if let read { bench.expect(read.recipe) }
        let objection = meters == nil ? nil : data.objection(to: model)
        let isMeasured = meters != nil && objection == nil
        var opened = OpenedModel(
            composer: bench.composer, path: path, isDemo: isDemo, recipePath: recipe, plans: plans, data: isMeasured ? data : nil,
            unmeasured: objection, recents: memory.recents)
        opened.asksForData = data.path != nil
        opened.recipeDigest = read?.digest
        opened.reconstruct = read?.recipe.reconstruct
        current.replace(with: bench, posting: .opened(opened))
        prepareAll(bench)
        if isMeasured { openData(data, on: bench) }
        guard works.path != nil else { return }
        offerWork(on: bench)
        digest(bench)
    }
}
