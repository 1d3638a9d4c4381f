import Glibc

/// Numbers as the screen and the reports write them: short, three significant digits, SI units.
public enum NumberText {
    /// Seconds as `0:42` or `1:02:03`.
    public static func clock(_ seconds: Double) -> String {
        let seconds = Int(max(0, min(seconds.rounded(.up), 360_000)))
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = seconds / 60 % 60
        return seconds < 3600
            ? "\(minutes):\(padded(seconds % 60))" : "\(seconds / 3600):\(padded(minutes)):\(padded(seconds % 60))"
    }

    /// `950 B`, `4.10 KB`, `28.0 MB`, `1.20 GB`; units of 1,000.
    public static func bytes(_ count: Int) -> String { scaled(Double(count), units: ["B", "KB", "MB", "GB", "TB", "PB"]) }

    /// Bytes of a number of bits, rounded up to whole bytes.
    public static func bytes(bits: Int) -> String { bytes((bits + 7) / 8) }

    /// `27`, `1.58 k`, `6.99 M`, `1.58 G`.
    public static func count(_ count: Int) -> String { scaled(Double(count), units: ["", "k", "M", "G", "T", "P"]) }

    /// A change in bytes with its sign: `−2.31 KB`, `+12 B`, `±0 B`.
    public static func byteDelta(_ delta: Int) -> String {
        delta == 0 ? "±0 B" : (delta < 0 ? "−" : "+") + bytes(abs(delta))
    }

    /// `8.2×`, `25×`, `.94×`; an em dash where there is no ratio.
    public static func ratio(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return "—" }
        return switch value {
        case ..<9.95: fixed(value, 1) + "×"
        case ..<99_999: fixed(value, 0) + "×"
        default: ">99999×"
        }
    }

    /// A fraction as `12.0 %`.
    public static func percent(_ fraction: Double, digits: Int = 1) -> String { fixed(fraction * 100, digits) + " %" }

    /// How a count changed, as a part of what it was: `−12.0 %`, `+1.6 %`; of none before the new count, `+7.7 k`.
    public static func change(from before: Int, to after: Int, digits: Int = 1) -> String {
        guard before > 0 else { return (after > 0 ? "+" : "") + count(after) }
        return (after > before ? "+" : "") + percent(Double(after - before) / Double(before), digits: digits)
    }

    /// A weight or a threshold: `.0312`, `−1.25`, `3.1e-07`; four significant digits at most.
    public static func weight(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : (value < 0 ? "−∞" : "∞") }
        guard value != 0 else { return "0" }
        let magnitude = abs(value)
        let sign = value < 0 ? "−" : ""
        if magnitude < 0.0005 || magnitude >= 100_000 {
            let exponent = Int(log10(magnitude).rounded(.down))
            let mantissa = magnitude / pow(10, Double(exponent))
            return "\(sign)\(fixed(mantissa, 1))e\(exponent)"
        }
        let digits = magnitude < 1 ? 4 : max(0, 3 - Int(log10(magnitude).rounded(.down)))
        let text = fixed(magnitude, digits)
        return sign + (text.hasPrefix("0.") ? String(text.dropFirst()) : text)
    }

    /// Groups of three digits: `6,998,552`.
    public static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.append(String(digits.suffix(3)))
            digits.removeLast(3)
        }
        groups.append(digits)
        return (value < 0 ? "−" : "") + groups.reversed().joined(separator: ",")
    }

    /// A number with a fixed number of decimals, rounded half away from zero, and a true minus sign.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : (value < 0 ? "−∞" : "∞") }
        let scale = pow(10, Double(decimals))
        let rounded = (abs(value) * scale).rounded()
        guard rounded < 1e18 else { return "\(value)" }
        let units = Int(rounded)
        let sign = value < 0 && units != 0 ? "−" : ""
        guard decimals > 0 else { return sign + String(units) }
        let divisor = Int(scale)
        let fraction = String(units % divisor)
        return "\(sign)\(units / divisor).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
    }

    private static func scaled(_ value: Double, units: [String]) -> String {
        var value = value
        var unit = 0
        while value >= 999.5, unit + 1 < units.count {
            value /= 1000
            unit += 1
        }
        let decimals = unit == 0 ? 0 : (value < 9.995 ? 2 : (value < 99.95 ? 1 : 0))
        let text = fixed(value, decimals)
        return units[unit].isEmpty ? text : "\(text) \(units[unit])"
    }
}

extension NumberText {
    /// A ratio of powers in decibels: `14.2 dB`.
    public static func decibels(_ ratio: Double) -> String { fixed(10 * log10(ratio), 1) + " dB" }
}

extension NumberText {
    /// Seconds as `9.82 ms`, `.412 ms` or `1.20 s`.
    public static func milliseconds(_ seconds: Double) -> String {
        let milliseconds = seconds * 1000
        if milliseconds >= 999.5 { return fixed(seconds, 2) + " s" }
        return fixed(milliseconds, milliseconds < 9.995 ? 2 : milliseconds < 99.95 ? 1 : 0) + " ms"
    }
}
