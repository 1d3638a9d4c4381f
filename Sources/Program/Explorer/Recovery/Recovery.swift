import Basics
import Compression
import Evaluation
import Importance
import Recipes
import Reports

/// How the quality is brought back that a configuration costs.
public enum RecoveryKind: String, Sendable, Hashable {
    /// The weights that are left are fitted to the original layers' outputs.
    case reconstruction
    /// What is left is trained.
    case finetuning

    /// What the network has become.
    public var participle: String { self == .reconstruction ? "reconstructed" : "fine-tuned" }
    var gerund: String { self == .reconstruction ? "reconstructing" : "fine-tuning" }
}

/// What brings quality back in an open model: how it is to be done, what is under way, and what came of it.
public struct Recovery: Sendable {
    /// How the recipe wants what is left to be reconstructed; nil where it does not.
    public internal(set) var rule: ReconstructRule?
    /// The same, as it was last read or written.
    var savedRule: ReconstructRule?
    public internal(set) var settings = FinetuningSettings()
    /// What is under way, or was last.
    public internal(set) var run: RecoveryRun?
    /// The newest last; one a kind and configuration.
    public private(set) var networks: [RecoveredNetwork] = []
    /// Whether the next training goes on where the same one was interrupted.
    var continues = true
    /// Whether training begins as soon as the reconstruction under way has ended.
    var trainsNext = false
    private var lastNumber = 0

    private static let limit = 8

    init(rule: ReconstructRule?) {
        self.rule = rule
        savedRule = rule
    }

    /// Begins where the recovery of the same model opened before stood; what was reconstructed then is done again.
    init(continuing before: Recovery) {
        rule = before.rule
        savedRule = before.savedRule
        settings = before.settings
        networks = before.networks.filter { $0.kind == .finetuning }
        lastNumber = before.lastNumber
    }

    /// A number for the next run.
    mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// What came of a configuration, fine-tuned before reconstructed; reconstruction counts only while it is wanted.
    func network(of plans: [LayerPlan]) -> RecoveredNetwork? {
        let found = networks.filter { $0.plans == plans && ($0.kind == .finetuning || $0.rule == rule) }
        return found.last { $0.kind == .finetuning } ?? found.last
    }

    /// The network that fine-tuning of a configuration begins with, where it was reconstructed.
    func start(of plans: [LayerPlan]) -> RecoveredNetwork? {
        networks.last { $0.plans == plans && $0.kind == .reconstruction && $0.rule == rule }
    }

    mutating func take(_ network: RecoveredNetwork) {
        networks.removeAll { $0.plans == network.plans && $0.kind == network.kind }
        networks.append(network)
        if networks.count > Self.limit { networks.removeFirst() }
    }

    mutating func take(_ report: QualityReport, of number: Int) {
        guard let index = networks.firstIndex(where: { $0.number == number }) else { return }
        networks[index].report = report
    }

    /// Takes what the layers of a network are expected to cost.
    mutating func take(_ losses: [PredictedLoss?], of number: Int) {
        guard let index = networks.firstIndex(where: { $0.number == number }) else { return }
        for (layer, loss) in losses.enumerated() where networks[index].layers.indices.contains(layer) {
            networks[index].layers[layer].loss = loss
        }
    }

    /// Takes what a layer of a network does by itself.
    mutating func take(_ effect: Quality.LayerEffect, of layer: Int, in number: Int) {
        guard let index = networks.firstIndex(where: { $0.number == number }), networks[index].layers.indices.contains(layer) else { return }
        if let known = networks[index].layers[layer].effect, known.samples > effect.samples { return }
        networks[index].layers[layer].effect = effect
    }

    /// Forgets what came of a configuration by training.
    mutating func forgetFinetuning(of plans: [LayerPlan]) {
        networks.removeAll { $0.plans == plans && $0.kind == .finetuning }
    }

    mutating func noteWritten(_ number: Int) {
        guard let index = networks.firstIndex(where: { $0.number == number }) else { return }
        networks[index].isWritten = true
    }

    /// The newest fine-tuned network that is in no file yet.
    var unwritten: RecoveredNetwork? { networks.last { $0.kind == .finetuning && !$0.isWritten } }
}

/// How fine-tuning is done, as far as a person chooses.
public struct FinetuningSettings: Sendable, Hashable {
    /// One line of the panel.
    public enum Field: Int, Sendable, Hashable, CaseIterable {
        case epochs, rate, gradual, distillation, data
    }

    public var epochs = 3
    /// Epochs in which shared values move together, where there are any.
    var centroidEpochs: Int { (epochs + 1) / 2 }
    public var rate = 0.001
    public var isGradual = false
    public var distills = false
    /// What is trained on; nil for a part of what quality is measured on.
    public var data: String?

    static let rates = [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05]

    /// The settings with one of them changed by a step to the right or to the left.
    func stepped(_ field: Field, by steps: Int) -> FinetuningSettings {
        var settings = self
        switch field {
        case .epochs: settings.epochs = min(200, max(1, epochs + steps))
        case .rate:
            let place = Self.rates.firstIndex { $0 >= rate * 0.99 } ?? Self.rates.count - 1
            settings.rate = Self.rates[min(Self.rates.count - 1, max(0, place + steps))]
        case .gradual: settings.isGradual.toggle()
        case .distillation: settings.distills.toggle()
        case .data: settings.data = nil
        }
        return settings
    }
}

/// A reconstruction or fine-tuning as it goes on.
public struct RecoveryRun: Sendable {
    public enum State: Sendable, Hashable {
        case running, paused
        /// It ends with the best so far.
        case stopping
        case finished
        /// Why nothing came of it.
        case failed(String)
    }

    public let number: Int
    public let kind: RecoveryKind
    public let plans: [LayerPlan]
    public var state = State.running
    /// Of all there is to do, 0…1.
    public var fraction = 0.0
    /// What is done just now: a layer, or an epoch of how many.
    public var detail = ""
    public var secondsLeft: Double?
    /// Of the data trained on, smoothed: place in the whole run, and loss.
    public var losses: [Point] = []
    /// On held-out data at the ends of epochs: place, and accuracy, or SQNR in dB, or bits a character.
    public var heldOut: [Point] = []
    /// What the held-out figures are.
    public var measure = RecoveryMeasure.accuracy
    /// Before and without anything, on the same data.
    public var original: Double?
    public var oneShot: Double?
    /// What there is to say once it is over.
    public var note: String?

    /// A point of a curve.
    public struct Point: Sendable, Hashable {
        public var place: Double
        public var value: Double
    }

    public var isUnderWay: Bool { state == .running || state == .paused || state == .stopping }

    /// The best of the held-out figures.
    public var best: Point? {
        heldOut.max { measure.risesWithQuality ? $0.value < $1.value : $0.value > $1.value }
    }

    mutating func take(_ progress: RecoveryProgress) {
        fraction = progress.fraction
        detail = progress.detail
        secondsLeft = progress.secondsLeft
        measure = progress.measure ?? measure
        if let loss = progress.loss, loss.isFinite { losses.append(Point(place: progress.fraction, value: loss)) }
        if let value = progress.heldOut, value.isFinite { heldOut.append(Point(place: progress.fraction, value: value)) }
        original = progress.original ?? original
        oneShot = progress.oneShot ?? oneShot
        // Every other point of a long curve is enough to draw it.
        if losses.count > 2_000 { losses = losses.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
    }
}

/// What is told of held-out data.
public enum RecoveryMeasure: Sendable, Hashable {
    case accuracy, bitsPerCharacter, signalToNoise, loss

    var risesWithQuality: Bool { self == .accuracy || self == .signalToNoise }

    func text(_ value: Double) -> String {
        switch self {
        case .accuracy: NumberText.percent(value)
        case .bitsPerCharacter: "\(NumberText.fixed(value, 3)) bits/char"
        case .signalToNoise: "\(NumberText.fixed(value, 1)) dB"
        case .loss: NumberText.fixed(value, 4)
        }
    }
}

/// How a run stands.
public struct RecoveryProgress: Sendable {
    public var fraction: Double
    public var detail: String
    public var secondsLeft: Double?
    public var loss: Double?
    public var heldOut: Double?
    public var measure: RecoveryMeasure?
    public var original: Double?
    public var oneShot: Double?

    init(fraction: Double, detail: String) {
        self.fraction = fraction
        self.detail = detail
    }
}
