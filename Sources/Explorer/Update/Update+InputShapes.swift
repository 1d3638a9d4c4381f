import Compression
import Datasets
import NeuralNetwork
import Recipes
import TensorCore

/// The shapes of inputs that a file leaves open, as a person gives them, with the work that is to go on under them.
public struct InputShapesRequest: Sendable, Hashable {
    /// By the input's name.
    public var shapes: [String: Shape]
    public var plans: [LayerPlan]
    public var savedPlans: [LayerPlan]
    public var recipePath: String?
    public var reconstruct: ReconstructRule?
    public var place: WorkSnapshot.Place
}

extension ExplorerState {
    /// Asks for the shapes of the inputs that are open, those in force as a suggestion.
    mutating func askForInputShapes() {
        guard let graph = workspace?.model.graph else { return complain(DataChoice.missingGraph) }
        let shapes = graph.openExtents().shapes
        let open = graph.inputs.filter { input in
            (input.dimensions ?? []).dropFirst().contains { if case .fixed = $0 { false } else { true } }
        }
        guard !open.isEmpty else { return say("the file fixes the shapes of all inputs") }
        prompt = Prompt(.inputShapes, text: open.compactMap { input in
            shapes[input.name].map { "\(input.name)=\($0.dimensions.map(String.init).joined(separator: "x"))" }
        }.joined(separator: " "))
    }

    /// Takes what was typed: `x=1x3x640x640`, several with blanks between them.
    mutating func giveInputShapes(_ text: String) -> [Effect] {
        var shapes: [String: Shape] = [:]
        for word in text.split(separator: " ") {
            guard let input = InputShape(String(word)) else {
                complain("\(word) is no input with its shape, such as x=1x3x640x640")
                return []
            }
            shapes[input.name] = input.shape
        }
        return giveInputShapes(shapes)
    }

    /// Asks for the open model to be opened again under shapes, with the work on it.
    func giveInputShapes(_ shapes: [String: Shape]) -> [Effect] {
        guard let workspace, !shapes.isEmpty else { return [] }
        return ask([
            .giveInputShapes(
                InputShapesRequest(
                    shapes: shapes, plans: workspace.plans, savedPlans: workspace.savedPlans, recipePath: workspace.recipePath,
                    reconstruct: workspace.recovery.rule, place: WorkSnapshot(of: workspace, theme: themeName).place))
        ])
    }
}
