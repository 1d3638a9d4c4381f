import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Importance
import Jobs
import NeuralNetwork
import PareFile
import Recipes
import Synchronization
import Workbench

/// The open model with what the background has prepared of it; shared by all queues.
final class Workbench: Sendable {
    let model: Model
    let path: String
    let isDemo: Bool
    /// The file as it was when it was opened; nil of a demo.
    let fileState: FileState?
    /// Where the file is; nil of a demo.
    var filePath: String? { fileState == nil ? nil : path }
    private let closing = CancellationToken()
    /// Works out what plans make of the model.
    let composer: Composer
    private let reconstructions = SharedWork<Reconstructing, RecipeNetwork>()
    private let state: Mutex<State>

    private struct State {
        /// Magnitudes of the large tensors that were last on screen, and of others what their maps are counted by.
        var magnitudes = RecentlyUsed<Subject, MagnitudeMap>(limit: 4)
        var maxima = RecentlyUsed<Subject, MagnitudeMaxima>(limit: 256)
        /// Where each layer stands in what is wanted: 0 is on screen.
        var ranks: [Int]
        /// What of a composed model goes into a file, by its identity.
        var contents = RecentlyUsed<Int, FileContents>(limit: 16)
        /// What measures the model, and what on.
        var meter: (any QualityMeter)?
        var data: DataChoice?
        /// Whether it was told what losses come to there.
        var knowsMargins = false
        /// What was not drawn of the data for learning is measured by.
        var restMeter: (data: DataChoice, draws: [SampleDraw], meter: any QualityMeter)?
        /// What the data says of the layers, where that is known, and what finds it out.
        var importance: NetworkImportance?
        var weigh: MeterSource.Weigh?
        /// Tensors of recovered networks that were last on screen.
        var recovered = RecentlyUsed<RecoveredSubject, RecoveredTensor>(limit: 3)
        /// What makes samples; made when it is first wanted, nil inside where the network makes none.
        var sampler: Sampler??
        /// The SHA-256 of the file, and what the recipe in force says it is.
        var digest: String?
        var expected: (recipe: String?, digest: String)?
    }

    init(model: Model, path: String, isDemo: Bool) {
        self.isDemo = isDemo
        fileState = isDemo ? nil : FileState(of: path)
        self.model = model
        self.path = path
        composer = Composer(model)
        state = Mutex(State(ranks: Array(model.layers.indices)))
    }

    /// Whether another model was opened since: no work is begun for this one any more.
    var isClosed: Bool { closing.isCancelled }

    func close() { closing.cancel() }

    func magnitudes(of subject: Subject) -> MagnitudeMap? { state.withLock { $0.magnitudes.use(subject) } }

    func keep(_ map: MagnitudeMap, of subject: Subject) { state.withLock { $0.magnitudes.insert(map, for: subject) } }

    /// What the map of a tensor is counted by; made where it was not on screen of late.
    func maxima(of subject: Subject, make: () throws -> MagnitudeMaxima) rethrows -> MagnitudeMaxima {
        if let known = state.withLock({ $0.maxima.use(subject) }) { return known }
        let made = try make()
        state.withLock { $0.maxima.insert(made, for: subject) }
        return made
    }

    /// What of a composed model goes into its file: the graph is encoded once for each shape of the model.
    func contents(of shapes: ComposedModel) throws -> FileContents {
        if let known = state.withLock({ $0.contents.use(shapes.identity) }) { return known }
        let made = try FileContents(of: shapes.model)
        state.withLock { $0.contents.insert(made, for: shapes.identity) }
        return made
    }

    /// Takes a new order in which the layers are wanted.
    func prioritise(_ order: [Int]) {
        state.withLock { state in
            for (rank, layer) in order.enumerated() where state.ranks.indices.contains(layer) { state.ranks[layer] = rank }
        }
    }

    var meter: (any QualityMeter)? { state.withLock { $0.meter } }

    /// What the model is measured on.
    var data: DataChoice { state.withLock { $0.data } ?? .random }

    /// The data the model is measured on, where it has a path.
    var dataPath: String? { state.withLock { $0.data?.path } }

    /// The meter of what draws leave of the data; made where it is another than the last one.
    func meter(
        behind draws: [SampleDraw], of data: DataChoice, make: () throws -> any QualityMeter
    ) rethrows -> any QualityMeter {
        if let known = state.withLock({ $0.restMeter }), known.data == data, known.draws == draws { return known.meter }
        let made = try make()
        state.withLock { $0.restMeter = (data, draws, made) }
        return made
    }

    /// Takes data that is about to be opened, so that nothing is measured on random inputs meanwhile.
    func expect(_ data: DataChoice) { state.withLock { $0.data = data } }

    /// Takes back what was expected of data that could not be opened.
    func unexpect(_ data: DataChoice) {
        state.withLock { state in
            if state.meter == nil, state.data == data { state.data = nil }
        }
    }

    func keep(_ meter: any QualityMeter, on data: DataChoice) {
        let isOther = state.withLock { state in
            let before = state.data
            state.meter = meter
            state.data = data
            state.knowsMargins = false
            state.sampler = nil
            state.importance = nil
            return before != data
        }
        if isOther { composer.forgetActivity() }
    }

    /// What losses come to, from the original's answers, the first time that it is known.
    func newMargins() -> MarginTable? {
        guard let meter = state.withLock({ $0.knowsMargins ? nil : $0.meter }), let table = meter.margins() else { return nil }
        state.withLock { $0.knowsMargins = true }
        return table
    }

    /// What the data says of the layers, where that is known.
    var importance: NetworkImportance? { state.withLock { $0.importance } }

    func keep(_ importance: NetworkImportance) { state.withLock { $0.importance = importance } }

    /// What looks at what the data says of the layers; nil where nobody does.
    var weigh: MeterSource.Weigh? { state.withLock { $0.weigh } }

    func keep(_ weigh: MeterSource.Weigh?) { state.withLock { $0.weigh = weigh } }

    func recovered(_ subject: RecoveredSubject) -> RecoveredTensor? { state.withLock { $0.recovered.use(subject) } }

    func keep(_ tensor: RecoveredTensor, of subject: RecoveredSubject) { state.withLock { $0.recovered.insert(tensor, for: subject) } }

    /// What makes samples of the model; nil of a network that makes none.
    ///
    /// - Throws: where the data cannot be opened or the network not be run.
    func sampler() throws -> Sampler? {
        if let known = state.withLock({ $0.sampler }) { return known }
        let data = data
        let made = try Sampler(model, data: Sampler.takesSymbols(model) ? try data.open(for: model) : nil)
        state.withLock { state in
            // Other data may have been opened meanwhile.
            if state.data ?? .random == data { state.sampler = .some(made) }
        }
        return made
    }

    /// The SHA-256 of the model's file, once it is known.
    var digest: String? { state.withLock { $0.digest } }

    /// Takes note of the model that a recipe was made for.
    func expect(_ recipe: Recipe) {
        state.withLock { state in state.expected = recipe.model?.sha256.map { (recipe.path, $0) } }
    }

    /// Takes the digest of the model's file; answers with a line where the recipe in force was made for another.
    func take(digest: String) -> String? {
        let expected = state.withLock { state in
            state.digest = digest
            return state.expected
        }
        guard let expected, expected.digest.lowercased() != digest else { return nil }
        return "\(expected.recipe.map(fileName(of:)) ?? "the recipe") was made for another \(fileName(of: path)): its sha256 differs"
    }

    /// A reconstruction that is under way, by what it is of.
    private struct Reconstructing: Hashable {
        var plans: [LayerPlan]
        var rule: ReconstructRule
        var data: DataChoice
    }

    /// Reconstructs a configuration; one that somebody else is reconstructing just now is waited for.
    ///
    /// - Throws: `Cancelled`, or where the network cannot be run on the data.
    func reconstruct(
        _ plans: [LayerPlan], _ rule: ReconstructRule, cancellation: CancellationToken = CancellationToken(),
        progress: (Double, String) -> Void = { _, _ in }
    ) throws -> RecipeNetwork {
        let data = data
        return try reconstructions.value(of: Reconstructing(plans: plans, rule: rule, data: data), cancellation: cancellation) {
            try RecipeNetwork(
                with: composer, plans: plans, calibration: try Calibration(rule, on: data, of: model), data: data, cancellation: cancellation,
                progress: progress)
        }
    }

    /// Where a layer stands in what is wanted: 0 is on screen.
    func rank(of layer: Int) -> Int { state.withLock { $0.ranks.indices.contains(layer) ? $0.ranks[layer] : .max / 8 } }
}
