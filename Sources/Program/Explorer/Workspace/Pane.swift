/// The panes that can have the focus, under the numbers that their titles show.
public enum Pane: Int, Sendable, Hashable, CaseIterable {
    case layers = 1, weights, map, controls

    public var title: String {
        switch self {
        case .layers: "Layers"
        case .weights: "Weights"
        case .map: "Map"
        case .controls: "Controls"
        }
    }

    /// The pane `steps` further in a circle.
    func stepped(by steps: Int) -> Pane {
        let all = Pane.allCases
        let index = (rawValue - 1 + steps + all.count) % all.count
        return all[index]
    }

    var keyContext: KeyContext {
        switch self {
        case .layers: .layers
        case .weights: .weights
        case .map: .map
        case .controls: .controls
        }
    }
}
