import Datasets

/// Windows of a text (time, batch) with the symbols that follow: streams side by side, each window where the one before ended.
public struct TextBatches: Batches {
    public let batchSize: Int
    public let batchCount: Int
    public var isLabelled: Bool { true }

    private let tokens: [Int32]
    private let window: Int
    private let input: String
    private let isWide: Bool

    /// `input` takes the symbols, int64 where `isWide`.
    ///
    /// - Throws: where the text is shorter than one window of every stream.
    public init(
        _ text: TokenText, window: Int, batchSize: Int, input: String, isWide: Bool = true
    ) throws(TrainingError) {
        let streamLength = (text.tokens.count - 1) / max(1, batchSize)
        guard window > 0, batchSize > 0, streamLength >= window else {
            throw .data("a text of \(text.tokens.count) symbols does not fill \(batchSize) streams of \(window)")
        }
        tokens = text.tokens
        self.window = window
        self.batchSize = batchSize
        self.input = input
        self.isWide = isWide
        batchCount = streamLength / window
    }

    public func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        guard let place = inputs[input], place.count == window * batchSize * (isWide ? 8 : 4) else {
            throw .data("the network has no input \(input) for \(window) by \(batchSize) symbols")
        }
        let length = (tokens.count - 1) / batchSize
        // Streams begin a little later in each epoch, so that windows are not always cut at the same places.
        let offset = epoch % max(1, length - batchCount * window + 1)
        var labels: [Int32] = []
        labels.reserveCapacity(window * batchSize)
        for time in 0..<window {
            for stream in 0..<batchSize {
                let position = stream * length + offset + batch * window + time
                let index = time * batchSize + stream
                if isWide {
                    place.storeBytes(of: Int64(tokens[position]), toByteOffset: index * 8, as: Int64.self)
                } else {
                    place.storeBytes(of: tokens[position], toByteOffset: index * 4, as: Int32.self)
                }
                labels.append(tokens[position + 1])
            }
        }
        return BatchTargets(labels: labels)
    }
}
