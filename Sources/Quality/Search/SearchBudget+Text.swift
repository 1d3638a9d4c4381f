import Basics
import Glibc

extension SearchBudget {
    /// Why a text is no budget, in a line.
    public struct TextFailure: Error, Sendable, Hashable {
        /// What a person reads.
        public let message: String

        public init(message: String) {
            self.message = message
        }
    }

    /// What a person may write.
    public static let examples = "100 KB, 8x, 12M MACs, -50% MACs or 1 %"

    /// Reads what a person writes: bytes, how many times smaller, multiply-accumulates or a change of them, or what may be lost in percent.
    /// `byteCount` and `macs` are the model's.
    public init(parsing text: String, ofBytes byteCount: Int, macs: Int?) throws(TextFailure) {
        var words = text.lowercased().replacing("−", with: "-").replacing("×", with: "x").filter { $0 != " " && $0 != "," }
        let countsMACs = words.contains("mac")
        if countsMACs { words = words.replacing("macs", with: "").replacing("mac", with: "") }
        let digits = words.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
        let unit = String(words.dropFirst(digits.count))
        guard let number = Double(digits), number.isFinite else { throw TextFailure(message: "\(text) is no target: \(Self.examples)") }
        switch (countsMACs, unit) {
        case (true, "%"):
            guard let macs else { throw TextFailure(message: "the network's multiply-accumulates are not known") }
            guard number > -100, number < 0 else { throw TextFailure(message: "a change of MACs is between -100 % and 0 %, not \(text)") }
            self = .macs(Int(Double(macs) * (1 + number / 100)))
        case (true, _):
            guard macs != nil else { throw TextFailure(message: "the network's multiply-accumulates are not known") }
            self = .macs(try Self.count(number, unit, text))
        case (false, "%"):
            guard number >= 0, number <= 100 else { throw TextFailure(message: "what may be lost is between 0 % and 100 %, not \(text)") }
            self = .loss(number / 100)
        case (false, "x"):
            guard number >= 1 else { throw TextFailure(message: "a file that is \(text) smaller is no smaller") }
            self = .bytes(Int(Double(byteCount) / number))
        default: self = .bytes(try Self.count(number, unit.hasSuffix("b") ? String(unit.dropLast()) : unit, text))
        }
    }

    private static func count(_ number: Double, _ unit: String, _ text: String) throws(TextFailure) -> Int {
        let units = ["": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "ki": 0x1p10, "mi": 0x1p20, "gi": 0x1p30, "ti": 0x1p40]
        guard let unit = units[unit], number > 0, number * unit >= 1, number * unit < 0x1p62 else {
            throw TextFailure(message: "\(text) is no target: \(examples)")
        }
        return Int(number * unit)
    }

    /// As the screen names it: `100 KB`, `12.0 M MACs`, `1 %`.
    public var text: String {
        switch self {
        case .bytes(let bytes): NumberText.bytes(bytes)
        case .macs(let macs): "\(NumberText.count(macs)) MACs"
        case .loss(let share): "\(NumberText.percent(share, digits: share * 1_000 == (share * 1_000).rounded() ? 1 : 2)) lost"
        }
    }
}
