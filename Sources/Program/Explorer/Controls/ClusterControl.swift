import Compression

/// The clusters slider: off, then a ladder of counts that grows by eighths, so that each step changes the picture alike.
public enum ClusterControl {
    /// Counts the slider stops at; any other count can be typed.
    public static let ladder: [Int] = {
        var rungs = Array(2...16)
        var base = 16
        while base < 4096 {
            let step = base / 8
            rungs += stride(from: base + step, through: base * 2, by: step)
            base *= 2
        }
        return rungs
    }()

    /// Knob position 0…1; 0 is off.
    public static func position(of clusters: Int?) -> Double {
        guard let clusters else { return 0 }
        return Double(rung(of: clusters) + 1) / Double(ladder.count)
    }

    /// The count at a position; nil at 0.
    public static func clusters(at position: Double) -> Int? {
        let index = Int((min(1, max(0, position)) * Double(ladder.count)).rounded()) - 1
        return index < 0 ? nil : ladder[min(index, ladder.count - 1)]
    }

    /// The count `steps` rungs away; nil below the first.
    public static func stepped(_ clusters: Int?, by steps: Int) -> Int? {
        guard let clusters else { return steps > 0 ? ladder[min(steps - 1, ladder.count - 1)] : nil }
        let now = rung(of: clusters)
        let between = ladder[now] != clusters && steps < 0 && ladder[now] < clusters ? 1 : 0
        let index = now + steps + between
        return index < 0 ? nil : ladder[min(index, ladder.count - 1)]
    }

    /// Reads a typed count; `0` or `off` switches sharing off.
    public static func parse(_ text: String) -> Result<Int?, TypedValueError> {
        if text.lowercased() == "off" { return .success(nil) }
        guard let value = Int(text), (0...65_535).contains(value) else {
            return .failure(TypedValueError("\(text) is not a number of clusters: 1…65535, or 0 for none"))
        }
        return .success(value == 0 ? nil : value)
    }

    /// Index of the greatest rung not above `clusters`.
    private static func rung(of clusters: Int) -> Int {
        var low = 0
        var high = ladder.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if ladder[middle] <= clusters { low = middle } else { high = middle }
        }
        return low
    }
}
