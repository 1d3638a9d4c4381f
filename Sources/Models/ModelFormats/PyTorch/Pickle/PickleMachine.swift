/// Pickle's stack machine (protocols 2 to 5, as CPython's `pickletools` describes them), which builds values and calls
/// nothing: names outside of the allow-list stay names, and what would be made of them stays a placeholder.
///
/// Values lie on one stack; MARK remembers its height. The memo is what PUT and MEMOIZE keep for GET. Every length is
/// checked against the bytes, each opcode makes at most one value, and the limits bound memory whatever the pickle's size.
struct PickleMachine {
    /// Bounds: every read goes through `take`, which checks `position` against `bytes.count`.
    let bytes: UnsafeRawBufferPointer
    var position: Int
    /// Where the opcode began that is being read.
    private(set) var start = 0
    var stack: [PickleValue] = []
    var marks: [Int] = []
    var memo: [Int: PickleValue] = [:]
    var objects: [PickleObject] = []
    private var valueCount = 0

    /// Far more than checkpoints of the largest models have; together some hundred megabytes.
    private static let objectLimit = 1 << 20
    private static let valueLimit = 1 << 23
    private static let memoLimit = 1 << 20

    init(_ bytes: UnsafeRawBufferPointer, from position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// Runs to STOP, and gives the value that is then on top.
    mutating func run() throws(PickleFault) -> PickleValue {
        while true {
            start = position
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") { return try pop() }
            if try loadLiteral(opcode) { continue }
            if try useStack(opcode) { continue }
            if try useMemo(opcode) { continue }
            if try buildContainer(opcode) { continue }
            guard try construct(opcode) else {
                throw malformed("an opcode of pickle protocols 2 to 5", "byte 0x\(String(opcode, radix: 16))")
            }
        }
    }

    // MARK: Bytes

    mutating func take(_ count: Int) throws(PickleFault) -> Range<Int> {
        guard count >= 0, count <= bytes.count - position else {
            throw PickleFault(reason: .truncated(needed: count, available: bytes.count - position), offset: start)
        }
        defer { position += count }
        return position..<position + count
    }

    mutating func byte() throws(PickleFault) -> UInt8 { bytes[try take(1).lowerBound] }

    /// A little-endian unsigned number of 1 to 8 bytes; those beyond 2⁶³ cannot be lengths of anything.
    mutating func number(_ byteCount: Int) throws(PickleFault) -> Int {
        let value = bytes[try take(byteCount)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(clamping: value)
    }

    /// A line of a name, without its end.
    mutating func line() throws(PickleFault) -> String {
        let limit = min(position + 4096, bytes.count)
        guard let end = bytes[position..<limit].firstIndex(of: 0x0a) else {
            if limit == bytes.count {
                throw PickleFault(reason: .truncated(needed: limit - position + 1, available: limit - position), offset: start)
            }
            throw malformed("a name of one line", "more than 4,096 bytes without an end")
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    // MARK: Stack

    mutating func push(_ value: PickleValue) throws(PickleFault) {
        valueCount += 1
        guard valueCount <= Self.valueLimit else { throw unsupported("holds more than \(Self.valueLimit.grouped) values") }
        stack.append(value)
    }

    mutating func push(_ object: PickleObject) throws(PickleFault) { try push(.object(try add(object))) }

    mutating func add(_ object: PickleObject) throws(PickleFault) -> Int {
        guard objects.count < Self.objectLimit else { throw unsupported("holds more than \(Self.objectLimit.grouped) objects") }
        objects.append(object)
        return objects.count - 1
    }

    /// The top value; never one below the last mark.
    mutating func pop() throws(PickleFault) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else { throw malformed("a value", "an empty stack") }
        return value
    }

    /// The values above the last mark, which goes.
    mutating func popToMark() throws(PickleFault) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("a mark", "none") }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    /// The object on top, which stays there.
    func topObject() throws(PickleFault) -> Int {
        guard stack.count > marks.last ?? 0, case .object(let index)? = stack.last else {
            throw malformed("an object on the stack", "none")
        }
        return index
    }

    private mutating func useStack(_ opcode: UInt8) throws(PickleFault) -> Bool {
        switch opcode {
        case UInt8(ascii: "("):
            valueCount += 1
            guard valueCount <= Self.valueLimit else { throw unsupported("holds too many marks") }
            marks.append(stack.count)
        case UInt8(ascii: "0"):
            // CPython pops the mark where nothing lies above it.
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"):
            let top = try pop()
            stack.append(top)
            try push(top)
        default: return false
        }
        return true
    }

    // MARK: Memo

    private mutating func useMemo(_ opcode: UInt8) throws(PickleFault) -> Bool {
        switch opcode {
        case UInt8(ascii: "q"): try memorize(number(1))
        case UInt8(ascii: "r"): try memorize(number(4))
        case 0x94: try memorize(memo.count)
        case UInt8(ascii: "h"): try recall(number(1))
        case UInt8(ascii: "j"): try recall(number(4))
        default: return false
        }
        return true
    }

    private mutating func memorize(_ index: Int) throws(PickleFault) {
        let value = try pop()
        stack.append(value)
        guard memo.count < Self.memoLimit else { throw unsupported("keeps more than \(Self.memoLimit.grouped) values") }
        memo[index] = value
    }

    private mutating func recall(_ index: Int) throws(PickleFault) {
        guard let value = memo[index] else { throw malformed("a value kept before", "none under \(index.grouped)") }
        try push(value)
    }

    // MARK: Faults

    func malformed(_ expected: String, _ found: String) -> PickleFault {
        PickleFault(reason: .malformed(expected: expected, found: found), offset: start)
    }

    func unsupported(_ what: String) -> PickleFault { PickleFault(reason: .unsupported(what), offset: start) }
}
