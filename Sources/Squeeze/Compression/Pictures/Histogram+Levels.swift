extension Codebook {
    /// Weights in each of the bins that divide `range`, those of each shared value spread over what is nearer to it than to the next, zero
    /// among them: so a few shared values stand beside the distribution that they were taken from, or beside other ones. Zeros are left out.
    public func spread(binCount: Int, over range: ClosedRange<Double>) -> [Double] {
        precondition(binCount > 0, "a histogram of \(binCount) bins")
        var bins = [Double](repeating: 0, count: binCount)
        var levels = zip(centroids, counts).map { (value: Double($0), count: $1) }
        if !levels.contains(where: { $0.value == 0 }) { levels.insert((0, 0), at: levels.firstIndex { $0.value > 0 } ?? levels.count) }
        for (index, level) in levels.enumerated() where level.value != 0 && level.count > 0 {
            let below = index > 0 ? (level.value - levels[index - 1].value) / 2 : nil
            let above = index + 1 < levels.count ? (levels[index + 1].value - level.value) / 2 : nil
            // The outermost reach as far out as in.
            let (down, up) = (below ?? above ?? 0, above ?? below ?? 0)
            bins.spread(Double(level.count), over: level.value - down...level.value + up, in: range)
        }
        return bins
    }
}
