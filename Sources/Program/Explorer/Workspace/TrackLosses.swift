import Compression
import Evaluation
import Glibc
import Importance
import TerminalUI

/// What the network is predicted to lose with a slider of a layer at places along its track, all else as it is.
public struct TrackLosses: Sendable, Hashable {
    let track: Track
    /// At places that lie evenly from one end to the other; nil where nothing is known.
    let losses: [Double?]

    /// Places of a track that losses are worked out at.
    static let places = 13

    /// From where on what is lost is slight, notable and severe: 0.1, 1 and 5 points of accuracy or of agreement, or percent of a text's bits. Where it is
    /// not known what losses come to, nats of an answer, or half the share of the variance of answers that are numbers.
    static let bounds = [0.001, 0.01, 0.05]
    /// Places that are told apart between two losses.
    private static let parts = 8

    /// How grave the losses are, for what a slider draws; between two places a loss grows by equal factors.
    func levels(_ bounds: [Double]) -> [Slider.Level] { Self.levels(losses, bounds) }

    static func levels(_ losses: [Double?], _ bounds: [Double] = bounds) -> [Slider.Level] {
        guard losses.count > 1 else { return [] }
        let fine = (0...(losses.count - 1) * parts).map { index -> Slider.Level in
            let (place, part) = (min(index / parts, losses.count - 2), index - min(index / parts, losses.count - 2) * parts)
            guard let below = losses[place], let above = losses[place + 1] else { return .none }
            let least = max(bounds[0], 1e-9) / 1000
            let share = Double(part) / Double(parts)
            let loss = exp(log(max(below, least)) * (1 - share) + log(max(above, least)) * share)
            return Slider.Level(rawValue: bounds.count { loss >= $0 }) ?? .severe
        }
        return fine
    }
}

/// A slider's track: the slider, and all that what its places lose depends on.
struct Track: Sendable, Hashable {
    let control: Control
    let layer: Int
    /// The layer's plan with the knob at the track's beginning, so that it is the same wherever the knob is.
    let start: LayerPlan
    /// What becomes of the shapes of the other layers.
    let others: [LayerPlan]
}

/// Tracks whose losses are wanted.
public struct TrackRequest: Sendable {
    let layer: Int
    let plans: [LayerPlan]
    let context: ControlContext
    let tracks: [Track]
}

extension Workspace {
    /// The predicted losses from which on a track is painted otherwise, as measurements correct them.
    var trackBounds: [Double] {
        guard let table = forecasts.forecaster?.table, table.metric.isProportion || table.metric == .bitsPerCharacter else { return TrackLosses.bounds }
        let whole = table.metric.isProportion ? 1 : table.original
        return TrackLosses.bounds.map { (table.loss(forChange: $0 * whole) ?? .infinity) / forecasts.correction }
    }

    /// What places of a slider are predicted to lose, where that is known of the plan in force.
    func trackLosses(of control: Control) -> TrackLosses? {
        guard let known = losses.tracks[control], known.track == track(of: control) else { return nil }
        return known
    }

    private func track(of control: Control) -> Track {
        var others = plans.map(\.shapes)
        others[selected] = LayerPlan()
        return Track(control: control, layer: selected, start: control.moved(to: 0, in: plan, controlContext), others: others)
    }

    mutating func take(_ tracks: TrackLosses) { losses.tracks[tracks.track.control] = tracks }

    /// Asks for the losses along the tracks of the pane with the sliders that are not known, while it has the keys and the layer is at rest.
    mutating func askForTracks() -> [ModelEffect] {
        guard pane == .controls, isComposed, losses.curves.indices.contains(selected), losses.curves[selected] != nil,
            statuses[selected].isReady, statuses[selected].freshness == .exact, model.layers[selected].shape.count <= Self.largestPainted
        else { return [] }
        let wanted = controls.filter { $0.slider.isPredicted && obstacle(of: $0) == nil }.map { track(of: $0) }
            .filter { losses.tracks[$0.control]?.track != $0 }
        guard !wanted.isEmpty, wanted != losses.askedTracks else { return [] }
        losses.askedTracks = wanted
        return [.paint(TrackRequest(layer: selected, plans: plans, context: controlContext, tracks: wanted))]
    }

    /// Weights up to which a layer's tracks are worked out: some seconds on one core.
    private static let largestPainted = 1 << 23
}
