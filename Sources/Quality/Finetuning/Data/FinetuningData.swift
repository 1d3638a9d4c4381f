import Basics
import Datasets
import Evaluation
import Execution
import NeuralNetwork
import TensorCore
import Training

/// Batches to train on and batches that are held out, in the shapes a network takes them.
public struct FinetuningData: Sendable {
    public var training: any Batches
    /// Never trained on: the best weights are chosen by them.
    public var heldOut: any Batches
    /// Shapes of the inputs by name, for either.
    public var trainingShapes: [String: Shape]
    public var heldOutShapes: [String: Shape]
    /// Outputs whose values are inputs of the next batch, by name.
    public var carried: [String: String]
    /// Whether batches are stretches of a text.
    public var isText: Bool

    public init(
        training: any Batches, heldOut: any Batches, trainingShapes: [String: Shape], heldOutShapes: [String: Shape],
        carried: [String: String] = [:], isText: Bool = false
    ) {
        self.training = training
        self.heldOut = heldOut
        self.trainingShapes = trainingShapes
        self.heldOutShapes = heldOutShapes
        self.carried = carried
        self.isText = isText
    }

    /// How data is cut up.
    public struct Cut: Sendable {
        public var batchSize = 64
        /// Symbols of a text that gradients go back through.
        public var window = 64
        public var augmentation = Augmentation()
        public var seed: UInt64 = 0
        /// The part that is held out where no test data is given.
        public var heldOutShare = 0.1

        public init() {}
    }

    /// Batches of opened data; without `test`, a part of `data` is held out.
    ///
    /// - Throws: where the data does not fit the network's inputs, or is too little.
    public init(_ data: DataSet, test: DataSet?, for model: Model, cut: Cut = Cut()) throws(FinetuningError) {
        switch (data.content, test?.content) {
        case (.samples, nil):
            let plan = try Self.plan(model, data)
            let (training, heldOut) = Self.divided(plan.feeds[0].source.count, cut)
            try self.init(plan, training, plan, heldOut, model, cut)
        case (.samples, .samples?):
            guard let test else { preconditionFailure("there is test data") }
            let (plan, testPlan) = (try Self.plan(model, data), try Self.plan(model, test))
            try self.init(
                plan, Array(0..<plan.feeds[0].source.count), testPlan, Array(0..<testPlan.feeds[0].source.count), model, cut)
        case (.text(let text), nil):
            let network = try NetworkInputs(model)
            let kept = Int(Double(text.tokens.count) * (1 - cut.heldOutShare))
            func part(_ range: Range<Int>) -> TokenText {
                TokenText(tokens: Array(text.tokens[range]), vocabularyCount: text.vocabularyCount)
            }
            try self.init(part(0..<kept), heldOut: part(kept..<text.tokens.count), network, cut)
        case (.text(let text), .text(let heldOut)?): try self.init(text, heldOut: heldOut, try NetworkInputs(model), cut)
        case (.samples, .text?), (.text, .samples?):
            throw .data("\(data.name) and \(test?.name ?? "") are of different kinds")
        }
    }

    private static func plan(_ model: Model, _ data: DataSet?) throws(FinetuningError) -> InputPlan {
        do throws(EvaluationError) { return try InputPlan(model, data: data) } catch { throw .data(error.message) }
    }

    /// Random inputs, for networks that are taught by their original's outputs and need no data: normal numbers, symbols of the tables that
    /// they look up, masks of ones.
    ///
    /// - Throws: where an input is a state that an output gives.
    public init(
        randomFor model: Model, batchSize: Int = 64, batchCount: Int = 100, heldOutCount: Int = 512, seed: UInt64 = 0
    ) throws(FinetuningError) {
        let plan = try Self.plan(model, nil)
        guard try NetworkInputs.carried(model).isEmpty else { throw .data("\(model.name) takes states, which need data") }
        let sizes = try BatchSizes(plan, model, training: batchSize)
        let ports = try Self.ports(plan, model, sizes.training)
        let fills = try Self.fills(plan, model, ports)
        func batches(_ count: Int, _ seed: UInt64) -> RandomBatches {
            RandomBatches(batchSize: sizes.training, batchCount: max(1, count), seed: seed, ports: ports, fills: fills)
        }
        let shapes = ports.mapValues(\.shape)
        self.init(
            training: batches(batchCount * batchSize / sizes.training, seed), heldOut: batches(heldOutCount / sizes.training, ~seed),
            trainingShapes: shapes, heldOutShapes: shapes)
    }

    private init(
        _ plan: InputPlan, _ training: [Int], _ testPlan: InputPlan, _ heldOut: [Int], _ model: Model, _ cut: Cut
    ) throws(FinetuningError) {
        let sizes = try BatchSizes(plan, model, training: min(cut.batchSize, max(1, training.count)), heldOut: Self.evenBatchSize(heldOut.count))
        func batches(
            _ plan: InputPlan, _ chosen: [Int], _ size: Int, isShuffled: Bool
        ) throws(FinetuningError) -> (FeedBatches, [String: Shape]) {
            let ports = try Self.ports(plan, model, size)
            let fills = try Self.fills(plan, model, ports)
            let feeds = plan.feeds.map {
                SampleFeed(input: $0.input, source: ChosenSamples(source: $0.source, chosen: chosen), batchAxis: $0.batchAxis)
            }
            let made = try Finetuning.training { () throws(TrainingError) in
                try FeedBatches(
                    feeds, labels: plan.labels.map { labels in chosen.map { labels[$0] } }, ports: ports, fills: fills, batchSize: size,
                    augmentation: cut.augmentation, seed: cut.seed, isShuffled: isShuffled)
            }
            return (made, ports.mapValues(\.shape))
        }
        (self.training, trainingShapes) = try batches(plan, training, sizes.training, isShuffled: true)
        (self.heldOut, heldOutShapes) = try batches(testPlan, heldOut, sizes.heldOut, isShuffled: false)
        carried = [:]
        isText = false
    }

    private static func ports(_ plan: InputPlan, _ model: Model, _ batch: Int) throws(FinetuningError) -> [String: FeedBatches.Port] {
        let shapes: [String: Shape]
        do throws(EvaluationError) { shapes = try plan.shapes(batch: batch) } catch { throw .data(error.message) }
        let types = Dictionary((model.graph?.inputs ?? []).map { ($0.name, $0.elementType) }) { first, _ in first }
        return Dictionary(
            uniqueKeysWithValues: shapes.map { name, shape in
                // Floating-point numbers of every width are computed as float32.
                let type = (types[name] ?? nil).map { $0.isReadableAsFloat ? .float32 : $0 } ?? .float32
                return (name, FeedBatches.Port(elementType: type, shape: shape))
            })
    }

    /// What goes into the inputs that no samples go to.
    private static func fills(
        _ plan: InputPlan, _ model: Model, _ ports: [String: FeedBatches.Port]
    ) throws(FinetuningError) -> [String: InputFill] {
        var fills: [String: InputFill] = [:]
        let fed = Set(plan.feeds.map(\.input))
        for (name, role) in plan.roles where !fed.contains(name) {
            switch role {
            case .state, .start: break
            case .ones: fills[name] = .number(1)
            case .bound(let value): fills[name] = .number(value)
            case .data, .random: fills[name] = .normal
            }
        }
        guard fills.contains(where: { $1 == .normal && ports[$0]?.elementType != .float32 }) else { return fills }
        // Symbols are those of the tables that they look up.
        do throws(ExecutionError) {
            let program = try Program(model, shapes: ports.mapValues(\.shape))
            for (index, port) in program.inputs.enumerated() where fills[port.name] == .normal && port.elementType != .float32 {
                fills[port.name] = .symbols(program.symbolCount(ofInput: index) ?? 2)
            }
        } catch { throw .network(error.message) }
        return fills
    }

    private init(
        _ text: TokenText, heldOut: TokenText, _ network: NetworkInputs, _ cut: Cut
    ) throws(FinetuningError) {
        guard !network.takesNumbers else { throw .data("\(network.dataName) takes numbers, not the symbols of a text") }
        let (isWide, name) = (network.isWide, network.dataName)
        // Few streams: each begins without a past.
        let streams = min(8, cut.batchSize)
        training = try Finetuning.training { () throws(TrainingError) in
            try TextBatches(text, window: cut.window, batchSize: cut.batchSize, input: name, isWide: isWide)
        }
        self.heldOut = try Finetuning.training { () throws(TrainingError) in
            try TextBatches(heldOut, window: cut.window, batchSize: streams, input: name, isWide: isWide)
        }
        trainingShapes = try network.shapes(batch: cut.batchSize, time: cut.window)
        heldOutShapes = try network.shapes(batch: streams, time: cut.window)
        carried = network.carried
        isText = true
    }

    /// A seeded part is held out, a whole number of batches of it.
    private static func divided(_ count: Int, _ cut: Cut) -> (training: [Int], heldOut: [Int]) {
        var random = SeededRandom(seed: cut.seed ^ 0x6865_6c64)
        let order = Array(0..<count).shuffled(using: &random)
        let wanted = min(5000, max(1, Int(Double(count) * cut.heldOutShare)))
        let held = max(min(wanted, count), wanted / 100 * 100)
        return (order.dropFirst(held).sorted(), order.prefix(held).sorted())
    }

    /// The largest batch of up to 250 that leaves no sample over, where there is one of some size.
    static func evenBatchSize(_ count: Int) -> Int {
        (min(16, max(1, count))...min(250, max(16, count))).last { $0 <= count && count % $0 == 0 } ?? max(1, min(64, count))
    }
}
