import Datasets
import Execution
import NeuralNetwork
import TensorCore

/// A model compiled for the runs of one workload.
struct Network: Sendable {
    let program: Program
    let plan: InputPlan
    /// Samples (sequences of a text) a run takes.
    let batch: Int
    /// Positions in the program's inputs of those with each role.
    let dataInput: Int?
    let states: [(input: Int, output: Int)]
    /// States that are zeros before every run.
    let startInputs: [Int]
    let randomInputs: [Int]
    let oneInputs: [Int]
    /// Where samples lie in each output; nil for outputs that are not made of samples.
    let outputAxes: [SampleAxis?]
    /// The axis of each output along which samples lie.
    let axes: [Int?]
    /// Symbols of each sequence that were asked for when it was compiled.
    private let time: Int?

    /// Multiply-accumulates that a run should take at most, so that a newer change need not wait long.
    private static let costLimit = 3_000_000_000
    private static let largestBatch = 32

    /// Compiles for as many samples a run as its cost allows; a text's runs take `time` symbols of each sequence.
    init(_ model: Model, plan: InputPlan, time: Int? = nil, batchLimit: Int) throws(EvaluationError) {
        let bound = Self.bound(plan)
        let least = plan.fixedBatch ?? 1
        let single = try Self.compile(model, plan, batch: least, time: time, bound)
        let cost = max(1, single.cost(before: single.stepCount) / least)
        // A whole number of times what a file fixes.
        let wanted = max(least, min(Self.largestBatch, batchLimit, Self.costLimit / cost) / least * least)
        var chosen = (program: single, batch: least)
        if wanted > least {
            if plan.fixedBatch == nil {
                chosen = (try Self.compile(model, plan, batch: wanted, time: time, bound), wanted)
            } else if let wide = try? Self.compile(model, plan, batch: wanted, time: time, bound),
                WiderBatch.agrees(single, wide, plan, times: wanted / least)
            {
                chosen = (wide, wanted)
            }
        }
        try Self.checkSymbols(chosen.program, plan)
        let axes = try Self.sampleAxes(of: chosen.program, model, plan, batch: chosen.batch, time: time)
        self.init(chosen.program, batch: chosen.batch, plan: plan, axes: axes, time: time)
    }

    /// Compiles a model of other shapes for the same runs; its inputs and outputs are those of the one that `other` runs.
    init(like other: Network, _ model: Model) throws(EvaluationError) {
        let plan = try other.plan.transferred(to: model)
        let program = try Self.compile(model, plan, batch: other.batch, time: other.time, Self.bound(plan))
        self.init(program, batch: other.batch, plan: plan, axes: other.axes, time: other.time)
    }

    /// The inputs that never change.
    static func bound(_ plan: InputPlan) -> [String: Tensor] {
        var bound: [String: Tensor] = [:]
        for case (let name, .bound(let value)) in plan.roles {
            bound[name] = withUnsafeBytes(of: Int64(value)) {
                Tensor(shape: [], elementType: .int64, storage: .owned(Array($0)))
            }
        }
        return bound
    }

    private init(_ program: Program, batch: Int, plan: InputPlan, axes: [Int?], time: Int?) {
        self.program = program
        self.batch = batch
        self.plan = plan
        self.axes = axes
        outputAxes = zip(program.outputs, axes).map { port, axis in
            axis.flatMap { SampleAxis(port.shape, axis: $0, samples: batch) }
        }
        self.time = time
        func position(_ name: String) -> Int? { program.inputs.firstIndex { $0.name == name } }
        dataInput = plan.roles[plan.data.name] == .data ? position(plan.data.name) : nil
        var states: [(input: Int, output: Int)] = []
        var starts: [Int] = []
        var random: [Int] = []
        var ones: [Int] = []
        for (index, input) in program.inputs.enumerated() {
            switch plan.roles[input.name] {
            case .state(let output)? where program.outputs[output].shape == input.shape: states.append((index, output))
            case .state?, .start?: starts.append(index)
            case .random?: random.append(index)
            case .ones?: ones.append(index)
            case .data?, .bound?, nil: break
            }
        }
        self.states = states
        startInputs = starts
        randomInputs = random
        oneInputs = ones
    }

    /// Looks for whole numbers of the data that lie outside of the table that they look up.
    private static func checkSymbols(_ program: Program, _ plan: InputPlan) throws(EvaluationError) {
        for feed in plan.feeds {
            guard let index = program.inputs.firstIndex(where: { $0.name == feed.input }), let count = program.symbolCount(ofInput: index),
                let range = feed.source.wholeNumbers, range.lowerBound < -count || range.upperBound >= count
            else { continue }
            let wrong = range.upperBound >= count ? range.upperBound : range.lowerBound
            throw EvaluationError("the data for \(feed.input) holds \(wrong), but the network knows \(count) symbols, from 0 on")
        }
    }

    /// The axis of each output that grows with the number of samples: of the shapes that follow, or of those that are declared.
    private static func sampleAxes(
        of program: Program, _ model: Model, _ plan: InputPlan, batch: Int, time: Int?
    ) throws(EvaluationError) -> [Int?] {
        guard let graph = model.graph else { return program.outputs.map { _ in nil } }
        let factor = batch == 1 ? 3 : 2
        let known = GraphAnalysis(graph, tensors: model.tensors, inputs: try plan.shapes(batch: batch, time: time)).shapes
        let grown = GraphAnalysis(graph, tensors: model.tensors, inputs: try plan.shapes(batch: batch * factor, time: time)).shapes
        let symbol = plan.data.dimensions.flatMap { $0.indices.contains(plan.batchAxis) ? $0[plan.batchAxis].symbol : nil }
        return zip(program.outputs, graph.outputs).map { port, declared in
            if let small = known[port.name], let large = grown[port.name], small == port.shape {
                if let axis = WiderBatch.grownAxis(small, large, times: factor) { return axis }
                // The same for any number of samples, unless a file fixes it.
                if small == large, plan.fixedBatch == nil { return nil }
            }
            if let symbol, let axis = declared.dimensions?.firstIndex(where: { $0.symbol == symbol }) { return axis }
            let extents = port.shape.dimensions
            if extents.first.map({ $0 % batch == 0 }) ?? false { return 0 }
            return extents.firstIndex(of: batch)
        }
    }

    private static func compile(
        _ model: Model, _ plan: InputPlan, batch: Int, time: Int?, _ bound: [String: Tensor]
    ) throws(EvaluationError) -> Program {
        let shapes = try plan.shapes(batch: batch, time: time)
        do throws(ExecutionError) {
            return try Program(model, shapes: shapes, bound: bound)
        } catch {
            throw EvaluationError(error.message)
        }
    }
}
