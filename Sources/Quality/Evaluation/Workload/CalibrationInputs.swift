import Datasets
import Execution
import NeuralNetwork
import TensorCore

/// The inputs of a network for a few runs over data, taken out of the runs that measure quality.
public struct CalibrationInputs: Sendable {
    /// One batch.
    public struct Run: Sendable {
        /// What is fed in, by the input's name; states are not among it.
        public var inputs: [String: Tensor]
        /// The states that layers start from, which are zeros, by the input's name.
        public var states: [String: State]
        /// Places of the batch that hold samples.
        public var samples: [Int]
    }

    /// A state that is zeros, in the size that the layer which starts from it has.
    public struct State: Sendable {
        public var elementType: ElementType
        /// As the network has it that the samples were drawn for; another one's may have fewer units.
        public var shape: Shape
        /// The axis that counts sequences: those of a run, whatever a file fixes.
        public var batchAxis: Int?
    }

    public let runs: [Run]
    /// Samples (sequences of a text) a run takes.
    public let batch: Int
    /// Inputs that never change.
    public let bound: [String: Tensor]
    /// Outputs that are states for the next run rather than answers.
    public let carriedOutputs: Set<String>
    /// The output that is the network's answer, and what it is.
    public let answer: Answer
    /// Whether all of it is drawn at random rather than read from data.
    public let isRandom: Bool

    /// Samples (windows of a text) in all runs.
    public var sampleCount: Int { runs.reduce(0) { $0 + $1.samples.count } }

    /// The shape of every input of the network that is fed, by name.
    public var shapes: [String: Shape] {
        guard let first = runs.first else { return [:] }
        return first.inputs.mapValues(\.shape).merging(first.states.mapValues(\.shape)) { own, _ in own }
    }

    /// Reads at most `samples` samples, drawn by `seed`; `data` nil draws random inputs.
    ///
    /// - Throws: where the network cannot be run or the data does not fit it.
    public init(_ model: Model, data: DataSet?, samples: Int, seed: UInt64 = 0) throws(EvaluationError) {
        precondition(samples > 0, "a calibration without samples")
        do throws(ExecutionError) { try Program.checkOperators(of: model) } catch { throw EvaluationError(error.message) }
        let data = data?.inputs(of: model)
        let network: Network
        let workload: any Workload
        var time: Int?
        switch data?.content {
        case .text(let text):
            guard text.tokens.count > 1 else {
                throw EvaluationError("\(data?.name ?? "the text") is too short to predict anything")
            }
            network = try Network(
                model, plan: try InputPlan(model, data: data), time: TextWorkload.stride, batchLimit: samples)
            time = TextWorkload.stride
            workload = TextWorkload(text, network: network, lanes: 1, limit: samples * TextWorkload.stride)
        case .samples?:
            network = try Network(model, plan: try InputPlan(model, data: data), batchLimit: samples)
            workload = SampleWorkload(network: network, limit: samples, seed: seed)
        case nil:
            let plan = try InputPlan(model)
            time = plan.randomTime
            network = try Network(model, plan: plan, time: time, batchLimit: samples)
            workload = RandomWorkload(network: network, time: time, limit: samples * (network.positions(time: time) ?? 1), seed: seed)
        }
        let weights: Weights
        let instance: Instance
        do throws(ExecutionError) {
            weights = try Weights(of: network.program)
            instance = try Instance(network.program, weights: weights)
        } catch {
            throw EvaluationError(error.message)
        }
        // Where samples do not come first, the places behind the last one hold samples again.
        let isIndependent = workload.lanes == 0 && network.plan.timeAxis == nil && network.plan.batchAxis == 0
        let states = Dictionary(
            uniqueKeysWithValues: (network.states.map(\.input) + network.startInputs).map { index in
                let port = network.program.inputs[index]
                return (
                    port.name,
                    State(elementType: port.elementType, shape: port.shape, batchAxis: network.plan.batchAxes[port.name])
                )
            })
        var runs: [Run] = []
        for run in workload.leadingRuns..<workload.runCount {
            workload.load(run, into: instance)
            var inputs: [String: Tensor] = [:]
            for (index, port) in network.program.inputs.enumerated() where states[port.name] == nil {
                inputs[port.name] = Tensor(
                    shape: port.shape, elementType: port.elementType, storage: .owned(Array(instance.input(index))))
            }
            let samples = isIndependent ? workload.rows(run).rows : Array(0..<network.batch)
            if !samples.isEmpty { runs.append(Run(inputs: inputs, states: states, samples: samples)) }
        }
        guard !runs.isEmpty else { throw EvaluationError("none of the samples could be read") }
        self.runs = runs
        answer = Answer(network, time: time, graph: model.graph)
        isRandom = data == nil
        batch = network.batch
        bound = Network.bound(network.plan)
        carriedOutputs = Set(network.states.map { network.program.outputs[$0.output].name })
    }
}
