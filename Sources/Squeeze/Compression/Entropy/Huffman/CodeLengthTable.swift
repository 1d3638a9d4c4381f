/// How the code lengths of an alphabet are stored, most significant bit first:
///
///     6 bits      L, the longest length (0: no symbol occurs, and nothing follows)
///     then for each symbol from 0 up, in fields of w = ⌊log2 L⌋ + 1 bits:
///       length    1…L, the symbol occurs
///       0         a run of symbols that do not occur follows: its length r ≥ 1 in Elias's γ code
///                 (⌊log2 r⌋ zeros, then r in binary from its leading 1)
///
/// The table ends with the alphabet, whose size the reader knows. A sparse alphabet of 65,536 symbols thus costs a few
/// dozen bits for each run of absent symbols, not a field for every one.
enum CodeLengthTable {
    static let longestFieldWidth = 6

    /// Bits of a length field.
    static func fieldWidth(longest: Int) -> Int { longest.bitWidth - longest.leadingZeroBitCount }

    /// Bits of Elias's γ code of `value` ≥ 1.
    static func gammaWidth(_ value: Int) -> Int { 2 * (value.bitWidth - 1 - value.leadingZeroBitCount) + 1 }

    /// The parts of a table's size that do not depend on the lengths.
    struct Runs {
        /// Symbols that occur, and runs of symbols that do not.
        var fields = 0
        /// Bits of the run lengths.
        var gammaBits = 0
        private var next = 0

        /// Notes that `symbol` occurs; symbols come in ascending order.
        mutating func append(_ symbol: Int) {
            if symbol > next { skip(symbol - next) }
            fields += 1
            next = symbol + 1
        }

        /// Ends the alphabet.
        mutating func finish(alphabet: Int) {
            if alphabet > next { skip(alphabet - next) }
            next = alphabet
        }

        private mutating func skip(_ run: Int) {
            fields += 1
            gammaBits += CodeLengthTable.gammaWidth(run)
        }

        /// Bits of the table once the longest length is known.
        func bits(longest: Int) -> Int {
            longest == 0 ? longestFieldWidth : longestFieldWidth + fields * fieldWidth(longest: longest) + gammaBits
        }
    }
}

extension CodeLengthTable {
    /// Writes the lengths of an alphabet, and pads to a byte.
    static func write(_ lengths: [UInt8], into writer: inout BitWriter) {
        let longest = Int(lengths.max() ?? 0)
        writer.write(UInt64(longest), count: longestFieldWidth)
        let width = fieldWidth(longest: longest)
        var symbol = 0
        while longest > 0, symbol < lengths.count {
            writer.write(UInt64(lengths[symbol]), count: width)
            guard lengths[symbol] == 0 else {
                symbol += 1
                continue
            }
            let end = lengths[symbol...].firstIndex { $0 != 0 } ?? lengths.count
            writer.write(UInt64(end - symbol), count: gammaWidth(end - symbol))
            symbol = end
        }
        writer.finish()
    }

    /// Reads the lengths of an alphabet, or nil where the table is not as `write` writes it.
    static func read(alphabet: Int, from reader: inout BitReader) -> [UInt8]? {
        let longest = reader.read(longestFieldWidth)
        var lengths = [UInt8](repeating: 0, count: alphabet)
        guard longest > 0 else { return reader.isOverrun ? nil : lengths }
        let width = fieldWidth(longest: longest)
        var symbol = 0
        var followsRun = false
        while symbol < alphabet {
            let length = reader.read(width)
            guard length <= longest, !reader.isOverrun else { return nil }
            guard length == 0 else {
                lengths[symbol] = UInt8(length)
                symbol += 1
                followsRun = false
                continue
            }
            var zeros = 0
            while reader.read(1) == 0 {
                zeros += 1
                guard zeros <= 16, !reader.isOverrun else { return nil }
            }
            let run = 1 << zeros | reader.read(zeros)
            guard !followsRun, run <= alphabet - symbol, !reader.isOverrun else { return nil }
            symbol += run
            followsRun = true
        }
        return lengths.contains(UInt8(longest)) ? lengths : nil
    }
}
