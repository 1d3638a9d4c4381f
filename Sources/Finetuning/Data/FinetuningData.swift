import Datasets
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
        let network = try NetworkInputs(model)
        switch (data.content, test?.content) {
        case (.samples(let samples), nil):
            let (training, heldOut) = Self.divided(samples, cut)
            try self.init(training, heldOut: heldOut, network, cut)
        case (.samples(let samples), .samples(let heldOut)?):
            try self.init(samples, heldOut: heldOut, network, cut)
        case (.text(let text), nil):
            let kept = Int(Double(text.tokens.count) * (1 - cut.heldOutShare))
            func part(_ range: Range<Int>) -> TokenText {
                TokenText(tokens: Array(text.tokens[range]), vocabularyCount: text.vocabularyCount)
            }
            try self.init(part(0..<kept), heldOut: part(kept..<text.tokens.count), network, cut)
        case (.text(let text), .text(let heldOut)?): try self.init(text, heldOut: heldOut, network, cut)
        case (.samples, .text?), (.text, .samples?):
            throw .data("\(data.name) and \(test?.name ?? "") are of different kinds")
        }
    }

    /// Normal numbers as inputs, for networks that are taught by their original's outputs and need no data.
    ///
    /// - Throws: where an input takes symbols.
    public init(
        randomFor model: Model, batchSize: Int = 64, batchCount: Int = 100, heldOutCount: Int = 512, seed: UInt64 = 0
    ) throws(FinetuningError) {
        let network = try NetworkInputs(model)
        guard network.takesNumbers, network.carried.isEmpty else {
            throw .data("\(model.name) takes symbols or states, which need data")
        }
        let shapes = try network.shapes(batch: batchSize, sample: nil)
        self.init(
            training: RandomBatches(batchSize: batchSize, batchCount: batchCount, seed: seed),
            heldOut: RandomBatches(batchSize: batchSize, batchCount: max(1, heldOutCount / batchSize), seed: ~seed),
            trainingShapes: shapes, heldOutShapes: shapes)
    }

    private init(
        _ samples: any SampleSource, heldOut: any SampleSource, _ network: NetworkInputs, _ cut: Cut
    ) throws(FinetuningError) {
        guard network.takesNumbers else { throw .data("\(network.dataName) takes symbols, not samples of \(samples.shape)") }
        let evenSize = Self.evenBatchSize(heldOut.count)
        training = try Finetuning.training { () throws(TrainingError) in
            try SampleBatches(
                samples, batchSize: cut.batchSize, input: network.dataName, augmentation: cut.augmentation, seed: cut.seed)
        }
        self.heldOut = try Finetuning.training { () throws(TrainingError) in
            try SampleBatches(heldOut, batchSize: evenSize, input: network.dataName, isShuffled: false)
        }
        trainingShapes = try network.shapes(batch: cut.batchSize, sample: samples.shape)
        heldOutShapes = try network.shapes(batch: evenSize, sample: heldOut.shape)
        carried = [:]
        isText = false
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
    private static func divided(_ samples: any SampleSource, _ cut: Cut) -> (training: ChosenSamples, heldOut: ChosenSamples) {
        var random = SeededRandom(seed: cut.seed ^ 0x6865_6c64)
        let order = Array(0..<samples.count).shuffled(using: &random)
        let wanted = min(5000, Int(Double(samples.count) * cut.heldOutShare))
        let held = max(min(wanted, samples.count), wanted / 100 * 100)
        return (
            ChosenSamples(source: samples, chosen: order.dropFirst(held).sorted()),
            ChosenSamples(source: samples, chosen: order.prefix(held).sorted())
        )
    }

    /// The largest batch of up to 250 that leaves no sample over, where there is one of some size.
    static func evenBatchSize(_ count: Int) -> Int {
        (min(16, max(1, count))...min(250, max(16, count))).last { $0 <= count && count % $0 == 0 } ?? max(1, min(64, count))
    }
}
