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
    /// What was asked for when it was compiled.
    private let sample: Shape?
    private let time: Int?

    /// Multiply-accumulates that a run should take at most, so that a newer change need not wait long.
    private static let costLimit = 3_000_000_000
    private static let largestBatch = 32

    /// Compiles for as many samples a run as its cost allows; a text's runs take `time` symbols of each sequence.
    init(_ model: Model, plan: InputPlan, sample: Shape?, time: Int?, batchLimit: Int) throws(EvaluationError) {
        let bound = Self.bound(plan)
        let least = plan.fixedBatch ?? 1
        let single = try Self.compile(model, plan, batch: least, time: time, sample, bound)
        let cost = max(1, single.cost(before: single.stepCount) / least)
        // A whole number of times what a file fixes.
        let wanted = max(least, min(Self.largestBatch, batchLimit, Self.costLimit / cost) / least * least)
        var chosen = (program: single, batch: least)
        if wanted > least {
            if plan.fixedBatch == nil {
                chosen = (try Self.compile(model, plan, batch: wanted, time: time, sample, bound), wanted)
            } else if let wide = try? Self.compile(model, plan, batch: wanted, time: time, sample, bound),
                WiderBatch.agrees(single, wide, plan, times: wanted / least)
            {
                chosen = (wide, wanted)
            }
        }
        self.init(chosen.program, batch: chosen.batch, plan: plan, sample: sample, time: time)
    }

    /// Compiles a model of other shapes for the same runs; its inputs and outputs are those of the one that `other` runs.
    init(like other: Network, _ model: Model, takesText: Bool) throws(EvaluationError) {
        let plan = try InputPlan(model, takesText: takesText)
        let program = try Self.compile(
            model, plan, batch: other.batch, time: other.time, other.sample, Self.bound(plan))
        self.init(program, batch: other.batch, plan: plan, sample: other.sample, time: other.time)
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

    private init(_ program: Program, batch: Int, plan: InputPlan, sample: Shape?, time: Int?) {
        self.program = program
        self.batch = batch
        self.plan = plan
        self.sample = sample
        self.time = time
        func position(_ name: String) -> Int? { program.inputs.firstIndex { $0.name == name } }
        dataInput = plan.roles[plan.data.name] == .data ? position(plan.data.name) : nil
        var states: [(input: Int, output: Int)] = []
        var starts: [Int] = []
        var random: [Int] = []
        for (index, input) in program.inputs.enumerated() {
            switch plan.roles[input.name] {
            case .state(let output)? where program.outputs[output].shape == input.shape: states.append((index, output))
            case .state?, .start?: starts.append(index)
            case .random?: random.append(index)
            case .data?, .bound?, nil: break
            }
        }
        self.states = states
        startInputs = starts
        randomInputs = random
    }

    private static func compile(
        _ model: Model, _ plan: InputPlan, batch: Int, time: Int?, _ sample: Shape?, _ bound: [String: Tensor]
    ) throws(EvaluationError) -> Program {
        let shapes = try plan.shapes(batch: batch, time: time, sample: sample)
        do throws(ExecutionError) {
            return try Program(model, shapes: shapes, bound: bound)
        } catch {
            throw EvaluationError(error.message)
        }
    }
}
