import TensorCore

/// A range of the samples of another source.
struct SampleRange: SampleSource {
    private let source: any SampleSource
    private let range: Range<Int>
    let labels: [Int]?

    init(_ source: any SampleSource, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= source.count, "\(range) of \(source.count) samples")
        self.source = source
        self.range = range
        labels = source.labels.map { Array($0[range]) }
    }

    var count: Int { range.count }
    var shape: Shape { source.shape }

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
