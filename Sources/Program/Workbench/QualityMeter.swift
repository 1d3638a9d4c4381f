import Basics
import Datasets
import Evaluation
import Importance
import NeuralNetwork
import Recipes

/// Measures configurations of one model on one data set.
public protocol QualityMeter: Sendable {
    /// Measures a configuration on growing numbers of samples; `progress` gets a report after each round.
    ///
    /// `focus` is the layer that is worked on, by its index in the model that runs.
    func measure(
        _ configuration: Configuration, focus: Int?, cancellation: CancellationToken,
        progress: (QualityReport) -> Void
    ) throws

    /// Gets ready for changes of the layer `focus` under a configuration, for as long as `isWanted` holds.
    func prepare(
        _ configuration: Configuration, focus: Int, cancellation: CancellationToken,
        isWanted: @escaping @Sendable () -> Bool
    ) throws

    /// Seconds a sample takes in the original network and under a configuration, in the fastest of so many turns.
    func time(
        _ configuration: Configuration, turns: Int, cancellation: CancellationToken
    ) throws -> (original: Double, changed: Double)

    /// What losses come to, once a configuration was measured on all samples; nil where nothing can be told.
    func margins() -> MarginTable?
}

extension Evaluator: QualityMeter {}

extension QualityMeter {
    /// Nothing is told by a meter that knows no answers.
    public func margins() -> MarginTable? { nil }
}

extension QualityMeter {
    /// Measures, and knows that a network without changes differs from itself by nothing, on whatever samples.
    public func measureKnowingly(
        _ configuration: Configuration, focus: Int?, cancellation: CancellationToken,
        progress: (QualityReport) -> Void
    ) throws {
        try measure(configuration, focus: focus, cancellation: cancellation) { report in
            progress(configuration.isOriginal ? report.ofTheOriginal : report)
        }
    }
}

extension QualityReport {
    /// The report with differences of exactly zero.
    fileprivate var ofTheOriginal: QualityReport {
        func exact(_ figure: QualityFigure) -> QualityFigure {
            var figure = figure
            if figure.differenceInterval != nil { figure.differenceInterval = 0...0 }
            switch figure.metric {
            case .agreement, .classifierAgreement, .structuralSimilarity:
                figure.value = 1
                figure.interval = 1...1
            case .frechetDistance:
                // Its own samples are at no distance from themselves, but for rounding.
                figure.value = 0
                figure.interval = 0...0
            default: break
            }
            return figure
        }
        var report = self
        report.headline = exact(headline)
        report.others = others.map(exact)
        return report
    }
}

/// What quality is measured on.
public enum DataChoice: Sendable, Hashable {
    /// Seeded random inputs, on which only the agreement with the original can be told.
    case random
    /// The digits that the bundled demo is tried on.
    case demoDigits
    /// The data set at a path.
    case file(String)

    /// The path of a data set; nil for what Pare draws itself.
    public var path: String? {
        if case .file(let path) = self { path } else { nil }
    }

    public static let missingGraph = "the file holds weights without a graph, so the network cannot be run"

    /// Why a model is not measured on this, where that is so: its graph is missing, or it is large and nobody asked.
    public func objection(to model: Model) -> String? {
        guard model.graph != nil else { return Self.missingGraph + (model.exportHint.map { ": \($0)" } ?? "") }
        // A compiled network holds its weights a second time.
        let memory = Machine.memoryByteCount
        guard self == .random, model.fileByteCount > memory / 8 else { return nil }
        return "the model takes \(NumberText.bytes(model.fileByteCount)), so it is run only when data is chosen"
    }

    /// Whether this is what a model is run on wherever it is used: generators get random latents.
    public func isNatural(for model: Model) -> Bool { self == .random && GeneratorForm(model) != nil }

    /// A choice by its path; random inputs without one.
    public init(path: String?) {
        self = path.map { .file($0) } ?? .random
    }
}

/// Where meters come from.
public struct MeterSource: Sendable {
    /// Looks at what the data says of the layers; tells the fraction that is done.
    public typealias Weigh = @Sendable (CancellationToken, @escaping @Sendable (Double) -> Void) throws -> NetworkImportance

    /// A meter with the name of what it measures on: `mnist-test.yaml`, `random inputs`.
    public struct Opened: Sendable {
        public var meter: any QualityMeter
        public var dataName: String
        /// Looks at what the data says of the layers; nil where nobody does.
        public var weigh: Weigh?

        public init(meter: any QualityMeter, dataName: String) {
            self.meter = meter
            self.dataName = dataName
        }
    }

    /// Opens the data and compiles the model; throws where the data is malformed, does not fit, or the network cannot run.
    public var open: @Sendable (Model, DataChoice) throws -> Opened
    /// The same for what of the data was not drawn for learning; for all of it where nothing is left.
    public var openRest: @Sendable (Model, DataChoice, [SampleDraw]) throws -> Opened

    public init(open: @escaping @Sendable (Model, DataChoice) throws -> Opened) {
        self.open = open
        openRest = { model, choice, _ in try open(model, choice) }
    }

    private init(openRest: @escaping @Sendable (Model, DataChoice, [SampleDraw]) throws -> Opened) {
        open = { try openRest($0, $1, []) }
        self.openRest = openRest
    }

    /// Meters that run the network on at most `sampleLimit` samples (nil for all), with at most `cacheByteCount` bytes of
    /// cached activations (nil for what suits the model and the machine); `standsBack` leaves the cores to whoever drags a slider. Generators'
    /// images are judged by `classifier`, or by the one that comes with Pare.
    public static func evaluators(
        cacheByteCount: Int? = nil, sampleLimit: Int? = nil, standsBack: Bool = true, classifier: Model? = nil
    ) -> MeterSource {
        var options = Evaluator.Options()
        options.cacheByteCount = cacheByteCount
        options.sampleLimit = sampleLimit
        options.niceness = standsBack ? 10 : 0
        return MeterSource(openRest: { [options] model, choice, draws in
            let all = try choice.open(for: model)
            var data = all
            let draws = draws + LearningRecord.draws(model.learned, from: data)
            if !draws.isEmpty { data = data?.rest(behind: draws) ?? data }
            var opened = try Evaluator.opening(model, data: data, options: options, classifier: classifier)
            // By the samples that a command takes: what is chosen by them is the same everywhere.
            opened.weigh = { cancellation, progress in
                try NetworkImportance.measure(
                    model, on: NetworkImportance.inputs(of: model, from: all), cancellation: cancellation, progress: progress)
            }
            return opened
        })
    }
}

extension DataChoice {
    /// Opens what was chosen, its samples counted as a model takes them; nil for random inputs.
    public func open(for model: Model) throws -> DataSet? {
        switch self {
        case .random: nil
        case .demoDigits: DemoDigits.dataSet
        case .file(let path): try DataSet.open(path: path).counted(for: model)
        }
    }
}
