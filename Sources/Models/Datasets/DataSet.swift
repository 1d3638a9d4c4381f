import TensorCore

/// Labelled or unlabelled data to run a network on, as it was opened.
public struct DataSet: Sendable {
    public enum Content: Sendable {
        /// Samples that are independent of each other.
        case samples(any SampleSource)
        /// A text, of which a network predicts each next symbol.
        case text(TokenText)
    }

    /// The file or description it was opened from, without its folder.
    public var name: String
    public var content: Content
    /// The classes' names in order of their numbers; empty where they are not known.
    public var classNames: [String]
    /// What a description says of the shapes of a network's inputs, by name.
    public var inputShapes: [String: Shape]

    public init(name: String, content: Content, classNames: [String] = [], inputShapes: [String: Shape] = [:]) {
        self.name = name
        self.content = content
        self.classNames = classNames
        self.inputShapes = inputShapes
    }
}

/// Samples with their labels, read when they are wanted.
public protocol SampleSource: Sendable {
    var count: Int { get }
    /// The shape of one sample as a network's input, without the batch: 3·224·224.
    var shape: Shape { get }
    /// The class of each sample; nil without labels.
    var labels: [Int]? { get }
    /// What goes into other inputs beside these samples, by the input's name: as many each.
    var fields: [String: any SampleSource] { get }
    /// Whether samples go only to inputs of their names: then these are those of the first one.
    var goesByName: Bool { get }
    /// Whether the numbers are whole ones, as token ids and masks are, and how large they are at most; nil of others.
    var wholeNumbers: ClosedRange<Int>? { get }

    /// The same numbers with the samples along another axis of the array they lie in; nil where there is no such axis.
    func counted(along axis: Int) -> (any SampleSource)?

    /// Writes samples as network input, one after the other, each in row-major order; `buffer` holds exactly
    /// `samples.count × shape.count` numbers. Returns the samples that could not be read, whose place is filled with zeros.
    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int]
}

extension SampleSource {
    public var fields: [String: any SampleSource] { [:] }
    public var goesByName: Bool { false }
    public var wholeNumbers: ClosedRange<Int>? { nil }
    public func counted(along axis: Int) -> (any SampleSource)? { nil }
}

/// A text as numbers.
public struct TokenText: Sendable {
    /// One number a symbol, each below `vocabularyCount`.
    public var tokens: [Int32]
    public var vocabularyCount: Int
    /// The character of each number; empty where they are not known.
    public var symbols: [Unicode.Scalar]

    public init(tokens: [Int32], vocabularyCount: Int, symbols: [Unicode.Scalar] = []) {
        self.tokens = tokens
        self.vocabularyCount = vocabularyCount
        self.symbols = symbols
    }
}
