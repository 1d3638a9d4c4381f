/// What byte of a text comes next, learned as they come: graphs as `GraphText` writes them, and recipes.
///
/// Seven contexts look at the bytes before in different ways, an eighth predictor at the place where the last five bytes were seen before.
/// Each knows a probability for the next bit, and a small network, which learns too, weighs them (Mahoney's logistic mixing). It begins
/// with what it learned of `TextDictionary`. All is integer arithmetic, so that texts decode alike on every machine.
struct TextModel: ~Copyable {
    private static let contextCount = 7
    private static let slotBits = 17
    private static let slotCount = contextCount << slotBits
    private static let inputCount = 2 * contextCount + 3
    /// By how long the match is (none, up to 15, up to 31, longer) and how many bytes a known context takes in (0…3).
    private static let mixerCount = 16
    private static let matchBits = 16
    private static let weightLimit: Int32 = 1 << 22

    /// Expectations by context and the bits of the byte so far.
    private let slots: UnsafeMutablePointer<AdaptiveBit>
    private let weights: UnsafeMutablePointer<Int32>
    /// Whether a match of a length goes on.
    private let matches: UnsafeMutablePointer<AdaptiveBit>
    /// Where five bytes were last seen.
    private let places: UnsafeMutablePointer<Int32>
    /// Room for all bytes, of which `count` are known.
    private let history: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var count = 0
    private var match = 0
    private var matchLength = 0
    /// Of the run of letters before here, digits passed over.
    private var word: UInt32 = 0
    /// Of the string that ends here (strings end with 0), digits passed over.
    private var stringStart = 0
    private var stringSkeleton: UInt32 = 0
    /// The string before, where it is not empty.
    private var lastStart = 0
    private var lastLength = 0
    private var lastSkeleton: UInt32 = 0

    /// A model that knows nothing, for a text of so many bytes.
    private init(untaughtFor byteCount: Int) {
        capacity = byteCount
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: .even, count: Self.slotCount)
        weights = .allocate(capacity: Self.mixerCount * Self.inputCount)
        for mixer in 0..<Self.mixerCount {
            let own = weights + mixer * Self.inputCount
            for context in 0..<Self.contextCount {
                (own + 2 * context).initialize(to: 20_000)
                (own + 2 * context + 1).initialize(to: 4_000)
            }
            (own + 2 * Self.contextCount).initialize(to: 30_000)
            (own + 2 * Self.contextCount + 1).initialize(to: 10_000)
            (own + 2 * Self.contextCount + 2).initialize(to: 0)
        }
        matches = .allocate(capacity: 32)
        for length in 0..<32 {
            (matches + length).initialize(to: AdaptiveBit(probability: AdaptiveBit.one - AdaptiveBit.one / UInt32(length + 3), count: 4))
        }
        places = .allocate(capacity: 1 << Self.matchBits)
        places.initialize(repeating: 0, count: 1 << Self.matchBits)
        history = .allocate(capacity: max(1, byteCount))
    }

    /// A model for a text of so many bytes, at most, that knows the dictionary.
    init(for byteCount: Int) { self.init(knowing: Self.taught, for: byteCount) }

    private init(knowing other: borrowing TextModel, for byteCount: Int) {
        capacity = other.count + byteCount
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(from: other.slots, count: Self.slotCount)
        weights = .allocate(capacity: Self.mixerCount * Self.inputCount)
        weights.initialize(from: other.weights, count: Self.mixerCount * Self.inputCount)
        matches = .allocate(capacity: 32)
        matches.initialize(from: other.matches, count: 32)
        places = .allocate(capacity: 1 << Self.matchBits)
        places.initialize(from: other.places, count: 1 << Self.matchBits)
        history = .allocate(capacity: capacity)
        history.initialize(from: other.history, count: other.count)
        (count, match, matchLength, word) = (other.count, other.match, other.matchLength, other.word)
        (stringStart, stringSkeleton) = (other.stringStart, other.stringSkeleton)
        (lastStart, lastLength, lastSkeleton) = (other.lastStart, other.lastLength, other.lastSkeleton)
    }

    deinit {
        slots.deallocate()
        weights.deallocate()
        matches.deallocate()
        places.deallocate()
        history.deallocate()
    }

    /// What has learned the dictionary; never written again.
    nonisolated(unsafe) private static let taught: TextModel = {
        let dictionary = TextDictionary.bytes
        var model = TextModel(untaughtFor: dictionary.count)
        var encoder = RangeEncoder(keepsBytes: false)
        for byte in dictionary { _ = model.code(Int(byte), &encoder) }
        return model
    }()

    // MARK: - A byte

    /// Codes the next byte. A decoder's answer is what it found.
    mutating func code(_ byte: Int, _ coder: inout some BinaryCoder) -> Int {
        precondition(count < capacity, "a text of more bytes than it was said to have")
        let rates = AdaptiveBit.rates
        let odds = LogisticScale.odds
        let points = LogisticScale.points
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.inputCount) { inputs in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * Self.contextCount) { scratch in
                // Bounds: both are filled and read by constants.
                let inputs = inputs.baseAddress!
                let contexts = scratch.baseAddress!
                let used = contexts + Self.contextCount
                lookAround(contexts)
                let expected = matchLength > 0 ? Int(history[match]) | 256 : 0
                var follows = matchLength > 0
                let length = min(matchLength, 31)
                var node = 1
                for position in stride(from: 7, through: 0, by: -1) {
                    var known = 0
                    for context in 0..<Self.contextCount {
                        let hash = Self.hash(UInt32(truncatingIfNeeded: contexts[context]), UInt32(truncatingIfNeeded: node &+ context &<< 8))
                        let slot = context &<< Self.slotBits &+ Int(hash &>> UInt32(32 &- Self.slotBits))
                        used[context] = slot
                        let seen = Int(slots[slot].count)
                        let likely = Int(slots[slot].probability &>> 10)
                        inputs[2 &* context] = seen == 0 ? 0 : Int(odds[likely])
                        inputs[2 &* context &+ 1] = (likely &- 2048) &* min(seen, 3) / 4
                        if context < 3, seen > 0 { known = context &+ 1 }
                    }
                    var mixer = known
                    let matched = 2 &* Self.contextCount
                    (inputs[matched], inputs[matched &+ 1], inputs[matched &+ 2]) = (0, 0, 256)
                    let next = expected &>> position & 1
                    if follows, expected &>> (position &+ 1) == node {
                        let likely = Int(matches[length].probability &>> 10)
                        inputs[matched] = next == 1 ? Int(odds[likely]) : -Int(odds[likely])
                        inputs[matched &+ 1] = next == 1 ? likely &- 2048 : 2048 &- likely
                        mixer = mixer &+ (matchLength < 16 ? 4 : matchLength < 32 ? 8 : 12)
                    } else {
                        follows = false
                    }
                    let weights = weights + mixer &* Self.inputCount
                    var sum = 0
                    for input in 0..<Self.inputCount { sum &+= inputs[input] &* Int(weights[input]) }
                    let mixed = LogisticScale.probability(min(max(sum &>> 16, -LogisticScale.limit), LogisticScale.limit), points)
                    let bit = coder.code(byte &>> position & 1, probability: UInt32(truncatingIfNeeded: mixed))
                    let error = (bit &<< 22 &- mixed) &>> 10 &* 4
                    for input in 0..<Self.inputCount {
                        let moved = Int(weights[input]) &+ (inputs[input] &* error &+ 0x2000) &>> 14
                        weights[input] = Int32(truncatingIfNeeded: min(max(moved, -Int(Self.weightLimit)), Int(Self.weightLimit)))
                    }
                    for context in 0..<Self.contextCount { slots[used[context]].learn(bit, rates) }
                    if follows { matches[length].learn(bit == next ? 1 : 0, rates) }
                    node = node &<< 1 | bit
                }
                take(UInt8(truncatingIfNeeded: node))
                return node & 255
            }
        }
    }

    // MARK: - Contexts

    private func before(_ distance: Int) -> UInt32 { distance <= count ? UInt32(history[count &- distance]) : 0 }

    @inline(__always)
    private static func hash(_ a: UInt32, _ b: UInt32) -> UInt32 {
        let mixed = (a ^ b &* 0x9e37_79b1) &* 0x2f0b_4c47
        return mixed ^ mixed &>> 15
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private func lookAround(_ contexts: UnsafeMutablePointer<Int>) {
        let one = before(1)
        let two = one | before(2) << 8
        let place = count - stringStart
        let above = lastLength > place ? UInt32(history[lastStart + place]) : 0
        let besides = lastLength > place + 1 ? UInt32(history[lastStart + place + 1]) : 0
        var skeleton: UInt32 = 7
        var left = 5
        for distance in 1...32 where left > 0 && distance <= count {
            let byte = history[count - distance]
            if Self.isDigit(byte) { continue }
            skeleton = Self.hash(skeleton, UInt32(byte))
            left -= 1
        }
        contexts[0] = Int(Self.hash(1, one))
        contexts[1] = Int(Self.hash(2, two))
        contexts[2] = Int(Self.hash(3, two | before(3) << 16))
        contexts[3] = Int(Self.hash(6, word))
        contexts[4] = Int(skeleton)
        contexts[5] = Int(Self.hash(Self.hash(Self.hash(8, stringSkeleton), lastSkeleton), one))
        contexts[6] = Int(Self.hash(Self.hash(10, above | besides << 8), one))
    }

    /// Adds a byte to what is known.
    private mutating func take(_ byte: UInt8) {
        history[count] = byte
        count += 1
        if byte == 0 {
            let length = count - 1 - stringStart
            if length > 0 { (lastStart, lastLength, lastSkeleton) = (stringStart, length, stringSkeleton) }
            (stringStart, stringSkeleton) = (count, 0)
        } else if !Self.isDigit(byte) {
            stringSkeleton = Self.hash(stringSkeleton, UInt32(byte))
        }
        if byte | 0x20 &- 0x61 < 26 || byte == 0x5f {
            word = Self.hash(word, UInt32(byte))
        } else if !Self.isDigit(byte) {
            word = 0
        }
        if matchLength > 0, history[match] == byte {
            match += 1
            matchLength = min(matchLength + 1, 65_535)
        } else {
            matchLength = 0
        }
        guard count >= 5 else { return }
        let last = before(1) | before(2) << 8 | before(3) << 16 | before(4) << 24
        let key = Int(Self.hash(Self.hash(last, before(5)), 9) >> UInt32(32 - Self.matchBits))
        if matchLength == 0 {
            match = Int(places[key])
            while matchLength < min(32, match), history[match - 1 - matchLength] == history[count - 1 - matchLength] { matchLength += 1 }
            if matchLength < 5 { matchLength = 0 }
        }
        places[key] = Int32(truncatingIfNeeded: count)
    }
}

extension AdaptiveBit {
    /// Bits that were seen, up to 511.
    @inline(__always) fileprivate var count: UInt32 { state & 0x3ff }
}
