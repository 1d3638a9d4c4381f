import Evaluation
import ImageMetrics

/// What the original and a configuration make from the same seed.
public enum SampleSheet: Sendable, Hashable {
    /// Images, each row-major with values that `form` tells; the same latents on both sides.
    case images(GeneratorForm, original: [[Float]], changed: [[Float]])
    /// Texts that go on from the same beginning.
    case text(original: [Unicode.Scalar], changed: [Unicode.Scalar])
    /// The network makes neither.
    case none
}

/// Of what samples are made.
public struct SampleRequest: Sendable, Hashable {
    public var plans: ChangedPlans
    /// The network that reconstruction or fine-tuning made of the configuration; nil where there is none.
    public var recovered: RecoveredNetwork?
}

/// The Samples screen: whether it is shown, and what it shows.
public struct SamplesScreen: Sendable {
    public internal(set) var isShown = false
    /// The newest sheet, with what it is of.
    public internal(set) var sheet: (content: SampleSheet, request: SampleRequest)?
    /// Why there is none.
    public internal(set) var failure: String?
    /// What was last asked for.
    var asked: SampleRequest?

    /// Images that are made, and symbols that are written: as many as a large screen shows.
    static let imageCount = 16
    static let textLength = 1_200

    /// Forgets what was made: it came from other data.
    mutating func forget() {
        sheet = nil
        failure = nil
        asked = nil
    }
}

extension Workspace {
    /// Asks for the samples of the configuration in force, where they are shown and not there yet.
    mutating func askForSamples() -> [ModelEffect] {
        guard samples.isShown, quality.isReady, quality.opening == nil else { return [] }
        let request = sampleRequest
        // Values are worked out from the layers' tables; when those are there, this is asked anew.
        guard samples.asked != request, request.plans.keys.allSatisfy({ statuses[$0].isReady }) else { return [] }
        samples.asked = request
        return [.sample(request)]
    }

    /// The network in force: what was recovered of the configuration, where something was.
    private var sampleRequest: SampleRequest { SampleRequest(plans: changedPlans, recovered: recovered) }

    /// Whether the sheet is of an earlier configuration.
    var areSamplesStale: Bool { samples.sheet.map { $0.request != sampleRequest } ?? false }
}
