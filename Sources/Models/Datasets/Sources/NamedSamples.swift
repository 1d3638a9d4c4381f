import TensorCore

/// Samples with further arrays beside them, each under the name of the input it goes to.
struct NamedSamples: SampleSource {
    private let samples: any SampleSource
    let fields: [String: any SampleSource]
    let goesByName: Bool

    init(_ samples: any SampleSource, fields: [String: any SampleSource], goesByName: Bool) {
        self.samples = samples
        self.fields = fields
        self.goesByName = goesByName
    }

    var count: Int { samples.count }
    var shape: Shape { samples.shape }
    var labels: [Int]? { samples.labels }
    var wholeNumbers: ClosedRange<Int>? { samples.wholeNumbers }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        self.samples.read(samples, into: buffer)
    }
}

extension DataSet {
    /// The samples that go into one input or several, under the inputs' names, as many in each; `others` may lie beside them.
    public mutating func take(_ feeds: [SampleFeed], beside others: [String: any SampleSource]) {
        guard let first = feeds.first else { return }
        let fields = others.merging(feeds.map { ($0.input, $0.source) }) { _, fed in fed }
        content = .samples(NamedSamples(first.source, fields: fields, goesByName: true))
    }
}
