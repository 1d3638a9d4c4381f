import Evaluation
import NeuralNetwork
import TensorCore

/// Which of a network's inputs takes the symbols of a text, and which carry states from one batch to the next.
struct NetworkInputs {
    let dataName: String
    /// Whether data is numbers rather than symbols.
    let takesNumbers: Bool
    /// Whether symbols are 64 bits wide.
    let isWide: Bool
    /// Inputs by the outputs that they are fed with.
    let carried: [String: String]
    private let data: ValueInfo
    private let states: [ValueInfo]

    init(_ model: Model) throws(FinetuningError) {
        guard let graph = model.graph else { throw .network("\(model.name) holds weights but no graph to train") }
        let symbols = graph.inputs.first { !Self.isNumber($0) && $0.dimensions?.count == 2 }
        guard let data = symbols ?? graph.inputs.first(where: { Self.isNumber($0) && !($0.dimensions ?? []).isEmpty }) else {
            throw .network("\(model.name) has no input for data")
        }
        self.data = data
        dataName = data.name
        takesNumbers = Self.isNumber(data)
        isWide = data.elementType == .int64
        var free = Array(graph.outputs.dropFirst())
        var carried: [String: String] = [:]
        states = graph.inputs.filter { $0.name != data.name }
        for state in states {
            guard let place = free.firstIndex(where: { $0.dimensions?.count == state.dimensions?.count }) else {
                throw .network("input \(state.name) of \(model.name) is neither data nor a state that an output gives")
            }
            carried[free.remove(at: place).name] = state.name
        }
        self.carried = carried
    }

    private static func isNumber(_ input: ValueInfo) -> Bool { input.elementType?.isReadableAsFloat ?? true }

    /// Outputs that are fed back into inputs, with those.
    static func carried(_ model: Model) throws(FinetuningError) -> [String: String] {
        let plan: InputPlan
        do throws(EvaluationError) { plan = try InputPlan(model) } catch { throw .network(error.message) }
        var carried: [String: String] = [:]
        for case (let input, .state(let output)) in plan.roles { carried[model.graph?.outputs[output].name ?? ""] = input }
        return carried
    }

    /// The shapes of all inputs for windows of a text, time first.
    func shapes(batch: Int, time: Int) throws(FinetuningError) -> [String: Shape] {
        let declared = data.dimensions ?? []
        guard declared.count == 2 else { throw .network("input \(dataName) is no table of symbols") }
        for state in states where !(state.dimensions?.contains(declared[1]) ?? false) {
            throw .network("input \(dataName) has time along its second axis; the first is what can be trained")
        }
        var shapes: [String: Shape] = [dataName: Shape([time, batch])]
        for state in states {
            shapes[state.name] = Shape(
                (state.dimensions ?? []).map { dimension in
                    if case .fixed(let extent) = dimension { return extent }
                    return dimension == declared[1] ? batch : 1
                })
        }
        return shapes
    }
}
