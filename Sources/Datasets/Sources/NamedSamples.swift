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
