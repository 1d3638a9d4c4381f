import Datasets
import Execution

/// A text of which every next symbol is predicted, cut into streams that run side by side.
///
/// Each stream but the first is warmed up on the symbols before its part, so that its state is what one pass over the
/// whole text would have brought, but for what the network remembers of longer ago.
struct TextWorkload: Workload {
    /// Symbols of each stream a run takes.
    static let stride = TokenText.windowLength
    /// Runs that warm up.
    private static let warmUps = 4
    private static let shortestStream = 256

    let sampleCount: Int
    let runCount: Int
    let samplesPerRun: Int
    let leadingRuns: Int
    let lanes: Int
    private let tokens: [Int32]
    private let network: Network
    private let streamLength: Int

    /// Streams a run of each lane takes.
    static func streams(for text: TokenText, lanes: Int, limit: Int?) -> Int {
        let count = min(limit ?? .max, max(0, text.tokens.count - 1))
        return max(1, min(16, count / shortestStream / max(1, lanes)))
    }

    init(_ text: TokenText, network: Network, lanes: Int, limit: Int?) {
        tokens = text.tokens
        self.network = network
        let lanes = max(1, lanes)
        self.lanes = lanes
        sampleCount = min(limit ?? .max, max(0, text.tokens.count - 1))
        let streams = lanes * network.batch
        streamLength = (sampleCount + streams - 1) / streams
        // A short text is one stream, which begins without a past.
        let warmUps = !network.states.isEmpty && streams > 1 ? Self.warmUps : 0
        leadingRuns = warmUps * lanes
        runCount = (warmUps + (streamLength + Self.stride - 1) / Self.stride) * lanes
        samplesPerRun = network.batch * Self.stride
    }

    /// The position in the text of a stream's symbol at the beginning of a run; negative before the text begins.
    private func position(_ run: Int, stream: Int) -> Int {
        let index = run % lanes * network.batch + stream
        return index * streamLength + (run / lanes - leadingRuns / lanes) * Self.stride
    }

    func load(_ run: Int, into instance: Instance) {
        network.fillRest(instance, seed: UInt64(run))
        guard let input = network.dataInput else { return }
        let bytes = instance.input(input)
        let isWide = network.program.inputs[input].elementType == .int64
        for step in 0..<Self.stride {
            for stream in 0..<network.batch {
                let token = tokens[min(max(0, position(run, stream: stream) + step), tokens.count - 1)]
                let index = element(step, stream)
                if isWide {
                    bytes.storeBytes(of: Int64(token), toByteOffset: index * 8, as: Int64.self)
                } else {
                    bytes.storeBytes(of: token, toByteOffset: index * 4, as: Int32.self)
                }
            }
        }
    }

    private func element(_ step: Int, _ stream: Int) -> Int {
        network.plan.batchAxis == 1 ? step * network.batch + stream : stream * Self.stride + step
    }

    func rows(_ run: Int) -> RunRows {
        guard run >= leadingRuns else { return RunRows() }
        var rows = RunRows()
        // Stream by stream, so that neighbours in the text are neighbours here.
        for stream in 0..<network.batch {
            let index = run % lanes * network.batch + stream
            let end = min(sampleCount, (index + 1) * streamLength)
            for step in 0..<Self.stride {
                let place = position(run, stream: stream) + step
                guard place < end else { break }
                rows.rows.append(network.position(step: step, sequence: stream, time: Self.stride))
                rows.labels.append(Int(tokens[place + 1]))
            }
            rows.streams.append(rows.rows.count - rows.streams.reduce(0, +))
        }
        return rows
    }

    func resets(_ run: Int) -> Range<Int> {
        if run < lanes { return 0..<network.batch }
        // The first stream of all has no past to warm up on.
        return run == leadingRuns && run % lanes == 0 ? 0..<1 : 0..<0
    }
}
