import NeuralNetwork
import TensorCore

/// A network that Pare can train from nothing: what it is made of, and how it is trained unless one says otherwise.
public struct NetworkDefinition: Sendable {
    /// What a network is trained on.
    public enum DataKind: Sendable, Hashable {
        /// Images of digits, drawn where none are named.
        case digits
        case images
        case text
    }

    /// The name `pare train` knows it by.
    public let name: String
    /// What it is, in one sentence.
    public let detail: String
    public let dataKind: DataKind
    /// One sample; nil for texts.
    public let sampleShape: Shape?
    public let settings: TrainingSettings
    /// Draws the network for so many classes or symbols.
    private let draw: @Sendable (inout NetworkBuilder, _ outputs: Int) -> Void

    init(
        name: String, detail: String, dataKind: DataKind, sampleShape: Shape?, settings: TrainingSettings,
        draw: @escaping @Sendable (inout NetworkBuilder, _ outputs: Int) -> Void
    ) {
        self.name = name
        self.detail = detail
        self.dataKind = dataKind
        self.sampleShape = sampleShape
        self.settings = settings
        self.draw = draw
    }

    /// Every network, the smallest kind of data first.
    public static let all: [NetworkDefinition] = [
        .lenet300100, .lenet5, .longShortTermMemoryRows, .gatedUnitRows, .inceptionSmall, .characterLSTM,
        .dcgan,
    ]

    /// Whether it is a generator, which is trained against a discriminator.
    public var isGenerator: Bool { name == Self.dcgan.name }

    /// The network of a name; nil where there is none.
    public static func named(_ name: String) -> NetworkDefinition? { all.first { $0.name == name } }

    /// The network before training, for `outputs` classes or symbols; the same seed gives the same weights.
    public func model(seed: UInt64, outputs: Int? = nil) -> Model {
        var builder = NetworkBuilder(name: name, seed: seed)
        draw(&builder, outputs ?? defaultOutputs)
        return builder.model(detail: detail)
    }

    /// Classes, or symbols of Tiny Shakespeare.
    var defaultOutputs: Int { dataKind == .text ? 65 : 10 }
}
