/// How a layer's weights are distributed over a range of values, before and after its plan.
public struct Histogram: Sendable, Hashable {
    /// The values the picture spans, divided into equal bins.
    public var range: ClosedRange<Double>
    /// Weights in each bin; fractional, for a bin of the weight table is spread over the picture's bins it spans.
    public var original: [Double]
    /// Those that survive the threshold.
    public var survivors: [Double]
    /// Survivors at the value they share; nil without weight sharing.
    public var shared: [Double]?

    /// Weights that lie in the range.
    public var total: Double { original.reduce(0, +) }

    /// The bin a value falls in; nil outside of the range.
    public func bin(of value: Double) -> Int? {
        guard range.contains(value) else { return nil }
        let width = range.upperBound - range.lowerBound
        guard width > 0 else { return 0 }
        return min(original.count - 1, Int((value - range.lowerBound) / width * Double(original.count)))
    }
}

extension LayerTables {
    /// The distribution of the weights over `range` (all of them where it is nil), from the table alone.
    public func histogram(
        binCount: Int, range: ClosedRange<Double>? = nil, figures: LayerFigures
    ) -> Histogram {
        precondition(binCount > 0, "a histogram of \(binCount) bins")
        let range = range ?? fullRange
        var original = [Double](repeating: 0, count: binCount)
        var survivors = original
        let cutoff = max(Cutoff(threshold: figures.threshold), table.zeroCutoff).magnitude
        for position in table.bins.index.indices {
            let bin = table.bins[position]
            let count = Double(bin.count)
            if bin.index == 0 || bin.spread == 0 {
                original.spread(count, over: bin.mean...bin.mean, in: range)
                if abs(bin.mean) >= cutoff { survivors.spread(count, over: bin.mean...bin.mean, in: range) }
                continue
            }
            let geometry = WeightBin(index: bin.index)
            let magnitudes = geometry.magnitudes
            func values(_ lower: Double, _ upper: Double) -> ClosedRange<Double> {
                geometry.isNegative ? -upper ... -lower : lower...upper
            }
            original.spread(count, over: values(magnitudes.lowerBound, magnitudes.upperBound), in: range)
            let lower = max(cutoff, magnitudes.lowerBound)
            guard lower < magnitudes.upperBound else { continue }
            let kept = (magnitudes.upperBound - lower) / (magnitudes.upperBound - magnitudes.lowerBound)
            survivors.spread(count * kept, over: values(lower, magnitudes.upperBound), in: range)
        }
        var histogram = Histogram(range: range, original: original, survivors: survivors, shared: nil)
        if let codebook = figures.codebook {
            var shared = [Double](repeating: 0, count: binCount)
            for (centroid, count) in zip(codebook.centroids, codebook.counts) {
                guard let bin = histogram.bin(of: Double(centroid)) else { continue }
                shared[bin] += Double(count)
            }
            histogram.shared = shared
        }
        return histogram
    }

    /// From the lowest weight to the highest, never empty.
    private var fullRange: ClosedRange<Double> {
        let lower = Double(statistics.minimum)
        let upper = Double(statistics.maximum)
        return lower < upper ? lower...upper : lower - 0.5...upper + 0.5
    }
}

extension [Double] {
    /// Adds `count`, spread evenly over `values`, to the bins that divide `range`; what lies outside is left out.
    mutating func spread(_ count: Double, over values: ClosedRange<Double>, in range: ClosedRange<Double>) {
        let scale = Double(self.count) / (range.upperBound - range.lowerBound)
        let from = (values.lowerBound - range.lowerBound) * scale
        let through = (values.upperBound - range.lowerBound) * scale
        guard through >= 0, from <= Double(self.count), from.isFinite, through.isFinite else { return }
        let first = Int(Swift.max(0, from))
        let last = Swift.min(self.count - 1, Int(Swift.min(Double(self.count), through)))
        if through - from < 1e-9 || first >= last && from >= 0 && through <= Double(self.count) {
            self[Swift.min(first, self.count - 1)] += count
            return
        }
        guard first <= last else { return }
        let density = count / (through - from)
        for bin in first...last {
            let overlap = Swift.min(through, Double(bin + 1)) - Swift.max(from, Double(bin))
            self[bin] += density * Swift.max(0, overlap)
        }
    }
}
