import Evaluation
import Generation

/// What the original and a configuration make from the same seed.
public enum SampleSheet: Sendable, Hashable {
    /// Images, each row-major with values that `form` tells; the same latents on both sides.
    case images(GeneratorForm, original: [[Float]], changed: [[Float]])
    /// Texts that go on from the same beginning.
    case text(original: [Unicode.Scalar], changed: [Unicode.Scalar])
    /// The network makes neither.
    case none
}

/// The Samples screen: whether it is shown, and what it shows.
public struct SamplesScreen: Sendable {
    public internal(set) var isShown = false
    /// The newest sheet, with the configuration it is of.
    public internal(set) var sheet: (content: SampleSheet, plans: ChangedPlans)?
    /// Why there is none.
    public internal(set) var failure: String?
    /// The configuration that was last asked for.
    var asked: ChangedPlans?

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
    mutating func askForSamples() -> [Effect] {
        guard samples.isShown, quality.isReady, quality.opening == nil else { return [] }
        let changed = changedPlans
        // Values are worked out from the layers' tables; when those are there, this is asked anew.
        guard samples.asked != changed, changed.keys.allSatisfy({ statuses[$0].isReady }) else { return [] }
        samples.asked = changed
        return [.sample(changed)]
    }

    /// Whether the sheet is of an earlier configuration.
    var areSamplesStale: Bool { samples.sheet.map { $0.plans != changedPlans } ?? false }
}
