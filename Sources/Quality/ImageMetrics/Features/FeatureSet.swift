/// Features of samples, one row a sample: what a classifier's last layer but one says of each image.
public struct FeatureSet: Sendable, Hashable {
    /// Numbers a sample has.
    public let dimension: Int
    /// (count, dimension), row by row.
    public private(set) var values: [Float]

    public init(dimension: Int, values: [Float] = []) {
        precondition(dimension > 0 && values.count % dimension == 0, "\(values.count) features in rows of \(dimension)")
        self.dimension = dimension
        self.values = values
    }

    public var count: Int { values.count / dimension }

    /// Adds samples behind those that are there.
    public mutating func append(_ rows: [Float]) {
        precondition(rows.count % dimension == 0, "\(rows.count) features in rows of \(dimension)")
        values += rows
    }

    /// The first samples.
    public func prefix(_ count: Int) -> FeatureSet {
        FeatureSet(dimension: dimension, values: Array(values.prefix(count * dimension)))
    }

    /// A part of the samples as double precision numbers, row by row.
    func doubles(_ samples: Range<Int>) -> [Double] {
        values[samples.lowerBound * dimension..<samples.upperBound * dimension].map(Double.init)
    }
}
