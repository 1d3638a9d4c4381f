import Basics

/// The samples of a data set that something learns from: the first so many in an order drawn by a seed, whatever the order in which they
/// are stored; of a text its beginning, in windows of `TokenText.windowLength` symbols. What measures leaves them out.
public struct SampleDraw: Sendable, Hashable {
    /// Samples, or windows of a text.
    public var count: Int
    public var seed: UInt64

    public init(_ count: Int, seed: UInt64 = 0) {
        precondition(count >= 0, "a draw of \(count) samples")
        self.count = count
        self.seed = seed
    }

    /// The order in which samples are drawn.
    fileprivate func order(of total: Int) -> [Int] {
        var random = SeededRandom(seed: seed)
        return Array(0..<total).shuffled(using: &random)
    }
}

extension TokenText {
    /// Symbols that count as one sample where samples are counted.
    public static let windowLength = 32
}

extension DataSet {
    /// Samples that can be drawn; windows of a text.
    public var drawableCount: Int {
        switch content {
        case .samples(let source): source.count
        case .text(let text): max(0, text.tokens.count - 1) / TokenText.windowLength
        }
    }

    /// Samples from one place to another in the order of a draw's seed.
    public func drawn(_ places: Range<Int>, seed: UInt64) -> DataSet {
        var drawn = self
        switch content {
        case .samples(let source):
            let order = SampleDraw(places.upperBound, seed: seed).order(of: source.count)
            drawn.content = .samples(ChosenSamples(source: source, chosen: Array(order[places.clamped(to: 0..<order.count)])))
        case .text(let text):
            // The last symbol of a window is predicted from it, too.
            let length = TokenText.windowLength
            let symbols = (places.lowerBound * length..<places.upperBound * length + 1).clamped(to: text.tokens.indices)
            drawn.content = .text(text.part(symbols))
        }
        return drawn
    }

    /// What a draw takes.
    public func drawn(_ draw: SampleDraw) -> DataSet { drawn(0..<draw.count, seed: draw.seed) }

    /// What draws leave, in the order in which it is stored; nil where nothing is left.
    public func rest(behind draws: [SampleDraw]) -> DataSet? {
        guard draws.contains(where: { $0.count > 0 }) else { return self }
        var rest = self
        switch content {
        case .samples(let source):
            var isTaken = [Bool](repeating: false, count: source.count)
            for draw in draws { for sample in draw.order(of: source.count).prefix(draw.count) { isTaken[sample] = true } }
            let left = isTaken.indices.filter { !isTaken[$0] }
            guard !left.isEmpty else { return nil }
            rest.content = .samples(ChosenSamples(source: source, chosen: left))
        case .text(let text):
            let taken = min(text.tokens.count, (draws.map(\.count).max() ?? 0) * TokenText.windowLength)
            guard text.tokens.count - taken > 1 else { return nil }
            rest.content = .text(text.part(taken..<text.tokens.count))
        }
        return rest
    }
}

extension TokenText {
    fileprivate func part(_ symbols: Range<Int>) -> TokenText {
        TokenText(tokens: Array(tokens[symbols]), vocabularyCount: vocabularyCount, symbols: self.symbols)
    }
}
