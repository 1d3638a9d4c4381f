import Datasets
import NeuralNetwork
import TensorCore
import Workbench

extension ExplorerState {
    /// Asks for the shapes of the inputs that are open, those in force as a suggestion.
    mutating func askForInputShapes() {
        guard let graph = workspace?.model.graph else { return complain(DataChoice.missingGraph) }
        let shapes = graph.openExtents().shapes
        let open = graph.inputs.filter { input in
            (input.dimensions ?? []).dropFirst().contains { if case .fixed = $0 { false } else { true } }
        }
        guard !open.isEmpty else { return say("the file fixes the shapes of all inputs") }
        prompt = Prompt(
            .inputShapes,
            text: open.compactMap { input in
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
        shapes.isEmpty ? [] : ask([.giveInputShapes(shapes)])
    }
}
