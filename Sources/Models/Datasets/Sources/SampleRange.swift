import TensorCore

/// A range of the samples of another source.
struct SampleRange: SampleSource {
    private let source: any SampleSource
    private let range: Range<Int>
    let labels: [Int]?

    init(_ source: any SampleSource, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0, "\(range) of \(source.count) samples")
        // Fields of fewer samples than the first one are told of where they are used.
        let range = range.clamped(to: 0..<source.count)
        self.source = source
        self.range = range
        labels = source.labels.map { Array($0[range]) }
    }

    var count: Int { range.count }
    var shape: Shape { source.shape }
    var fields: [String: any SampleSource] { source.fields.mapValues { SampleRange($0, range) } }
    var goesByName: Bool { source.goesByName }
    var wholeNumbers: ClosedRange<Int>? { source.wholeNumbers }

    /// The same share of the samples along another axis.
    func counted(along axis: Int) -> (any SampleSource)? {
        guard let turned = source.counted(along: axis), source.count > 0 else { return nil }
        func place(_ bound: Int) -> Int { Int((Double(bound) / Double(source.count) * Double(turned.count)).rounded()) }
        return SampleRange(turned, place(range.lowerBound)..<place(range.upperBound))
    }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        let places = samples.lowerBound + range.lowerBound..<samples.upperBound + range.lowerBound
        return source.read(places, into: buffer).map { $0 - range.lowerBound }
    }
}

extension DataSet {
    /// The samples (symbols of a text) between two fractions of the whole, in the order in which they are stored.
    public func part(from start: Double, to end: Double) -> DataSet {
        precondition(start >= 0 && start <= end && end <= 1, "the part from \(start) to \(end)")
        func range(_ count: Int) -> Range<Int> { Int((Double(count) * start).rounded())..<Int((Double(count) * end).rounded()) }
        var part = self
        switch content {
        case .samples(let source): part.content = .samples(SampleRange(source, range(source.count)))
        case .text(let text):
            part.content = .text(
                TokenText(
                    tokens: Array(text.tokens[range(text.tokens.count)]), vocabularyCount: text.vocabularyCount, symbols: text.symbols))
        }
        return part
    }
}
