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
