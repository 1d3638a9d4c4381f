import Glibc

/// A terminal's compiled terminfo entry with 24-bit colour put in: what xterm-direct is to xterm, for any terminal.
///
/// ncurses emits direct colours only for entries that have the `RGB` flag, and those are rarely installed. So the entry in
/// use is read (term(5)), rewritten in the format with 32-bit numbers, and handed back in `TERMINFO=hex:…`:
///
///     magic, sizes of: names, booleans, numbers, string offsets, string table      6 × 2 bytes
///     names\0  booleans  [pad to even]  numbers × 4 bytes  offsets × 2 bytes  string table  [pad to even]
///     extended: counts of booleans, numbers, strings, offsets; table size  5 × 2 bytes, RGB = 1, offset of "RGB", "RGB\0"
struct DirectColorEntry {
    static let name = "pare-direct"
    static let colorCount: UInt32 = 0x100_0000
    /// Pairs that ncurses can number: as many as xterm-direct declares.
    private static let pairCount: UInt32 = 0x10000
    private static let legacyMagic = 0o432
    private static let wideMagic = 0o1036
    private static let canChangeColor = 27
    private static let maxColors = 13
    private static let maxPairs = 14
    private static let setForeground = 359
    private static let setBackground = 360

    /// The value to give TERMINFO.
    let terminfo: String

    /// Rewrites the entry of `type`; nil where none is found, it has no colours, or it is not as term(5) says.
    init?(type: String) {
        guard let bytes = Self.compiledEntry(of: type), let rewritten = Self.rewritten(bytes) else { return nil }
        let digits = Array("0123456789ABCDEF")
        terminfo = "hex:" + String(rewritten.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    static func rewritten(_ bytes: [UInt8]) -> [UInt8]? {
        func short(_ offset: Int) -> Int? {
            guard offset >= 0, offset + 1 < bytes.count else { return nil }
            return Int(Int16(truncatingIfNeeded: Int(bytes[offset]) | Int(bytes[offset + 1]) << 8))
        }
        guard let magic = short(0), magic == legacyMagic || magic == wideMagic else { return nil }
        var sizes: [Int] = []
        for index in 1...5 {
            guard let size = short(index * 2), size >= 0 else { return nil }
            sizes.append(size)
        }
        let numberWidth = magic == wideMagic ? 4 : 2
        let booleansStart = 12 + sizes[0]
        let numbersStart = (booleansStart + sizes[1] + 1) & ~1
        let offsetsStart = numbersStart + sizes[2] * numberWidth
        let tableStart = offsetsStart + sizes[3] * 2
        guard tableStart + sizes[4] <= bytes.count else { return nil }

        var booleans = Array(bytes[booleansStart..<(booleansStart + sizes[1])])
        if booleans.count > canChangeColor { booleans[canChangeColor] = 0 }
        var numbers: [UInt32] = []
        for index in 0..<max(sizes[2], maxPairs + 1) {
            let offset = numbersStart + index * numberWidth
            if index >= sizes[2] {
                numbers.append(.max)
            } else if numberWidth == 4 {
                numbers.append((0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) })
            } else {
                numbers.append(UInt32(bitPattern: Int32(short(offset) ?? -1)))
            }
        }
        // COLORTERM may be left over from another terminal: a type without colours has none.
        guard (8..<UInt32(Int32.max)).contains(numbers[maxColors]) else { return nil }
        numbers[maxColors] = colorCount
        numbers[maxPairs] = pairCount
        var offsets: [Int] = []
        for index in 0..<max(sizes[3], setBackground + 1) {
            offsets.append(index < sizes[3] ? short(offsetsStart + index * 2) ?? -1 : -1)
        }
        var table = Array(bytes[tableStart..<(tableStart + sizes[4])])
        for (index, selector) in [(setForeground, "38"), (setBackground, "48")] {
            offsets[index] = table.count
            let red = "%p1%{65536}%/%d"
            let green = "%p1%{256}%/%{255}%&%d"
            let blue = "%p1%{255}%&%d"
            table += Array("\u{1B}[\(selector);2;\(red);\(green);\(blue)m".utf8) + [0]
        }
        guard table.count <= Int(Int16.max) else { return nil }

        var output: [UInt8] = []
        func append(_ value: Int) { output += [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
        let names = Array("\(name)|direct colours for pare".utf8) + [0]
        for value in [wideMagic, names.count, booleans.count, numbers.count, offsets.count, table.count] { append(value) }
        output += names + booleans
        if output.count % 2 == 1 { output.append(0) }
        for number in numbers {
            append(Int(number & 0xFFFF))
            append(Int(number >> 16))
        }
        for offset in offsets { append(offset) }
        output += table
        if output.count % 2 == 1 { output.append(0) }
        for value in [1, 0, 0, 1, 4] { append(value) }
        output += [1, 0]
        append(0)
        output += Array("RGB".utf8) + [0]
        return output
    }

    /// Reads the entry from the first database directory that has it, in ncurses' order.
    private static func compiledEntry(of type: String) -> [UInt8]? {
        guard let first = type.utf8.first, !type.contains("/") else { return nil }
        var directories: [String] = []
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        if let own = variable("TERMINFO"), own.hasPrefix("/") { directories.append(own) }
        if let home = variable("HOME") { directories.append(home + "/.terminfo") }
        directories += (variable("TERMINFO_DIRS") ?? "").split(separator: ":").map(String.init)
        directories += [
            "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo", "/usr/local/share/terminfo",
        ]
        for directory in directories {
            for folder in [String(Character(Unicode.Scalar(first))), String(first, radix: 16)] {
                if let bytes = contents(of: "\(directory)/\(folder)/\(type)") { return bytes }
            }
        }
        return nil
    }

    private static func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        // term(5) bounds an entry to 32,768 bytes.
        var buffer = [UInt8](repeating: 0, count: 32768)
        let count = fread(&buffer, 1, buffer.count, file)
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
