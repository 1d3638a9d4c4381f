import Glibc

/// Peak signal-to-noise ratio, from mean squared errors.
public enum PeakSignal {
    /// Mean squared difference of two images.
    public static func squaredError(_ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>) -> Double {
        precondition(first.count == second.count, "\(first.count) and \(second.count) values")
        var sum = 0.0
        for index in first.indices {
            let difference = Double(first[index]) - Double(second[index])
            sum += difference * difference
        }
        return sum / Double(max(1, first.count))
    }

    /// The ratio in dB of an error; infinite where there is none, minus infinity where images are no numbers.
    public static func decibels(squaredError: Double, dynamicRange: Double) -> Double {
        guard squaredError.isFinite else { return -.infinity }
        return squaredError == 0 ? .infinity : 10 * log10(dynamicRange * dynamicRange / squaredError)
    }
}
