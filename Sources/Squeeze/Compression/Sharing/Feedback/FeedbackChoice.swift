import CFeedback

/// The paths that are open while weights are decided.
final class Beam {
    let state: UnsafeMutablePointer<pare_beam>

    init(states: Int) {
        state = .allocate(capacity: 1)
        state.initialize(to: pare_beam())
        pare_beam_open(state, Int32(states))
    }

    deinit { state.deallocate() }

    var count: Int { Int(state.pointee.count) }
}

/// How weights are decided one after the other, row by stored row.
protocol FeedbackChoice {
    var beam: Beam { get }

    /// Before the first weight of a stored row.
    mutating func beginRow()
    /// Decides the weight at a column; `pull` is of the window from `first` on, an error costs `weight` times its square.
    mutating func decide(_ target: Float, column: Int, _ pull: UnsafePointer<Float>, first: Int, weight: Float, isZero: Bool)
    /// Behind the last weight of a row, all of it settled: writes what its levels stand for.
    mutating func endRow(_ levels: [Int16], values: UnsafeMutablePointer<Float>)
}

/// The levels of a grid, decided by error and bits together.
struct GridChoice: FeedbackChoice {
    let beam: Beam
    private let step: Float
    private let isTrellis: Bool
    private var rates: ContextRates
    private var context: ContextModel
    private var row = 0
    /// Weights that were decided.
    private var place = 0
    private var coded: TrellisCursor
    private var read: TrellisCursor
    private var coder = SilentCoder()

    init(step: Float, isTrellis: Bool, rates: ContextRates, context: ContextModel) {
        self.step = step
        self.isTrellis = isTrellis
        self.rates = rates
        self.context = context
        coded = TrellisCursor(isTrellis: isTrellis)
        read = coded
        beam = Beam(states: isTrellis ? TrellisCode.stateCount : 1)
    }

    mutating func beginRow() {
        context.turn()
        pare_beam_clear_sums(beam.state)
    }

    mutating func decide(
        _ target: Float, column: Int, _ pull: UnsafePointer<Float>, first: Int, weight: Float, isZero: Bool
    ) {
        if isTrellis, place > 0, place & (TrellisCode.blockLength - 1) == 0 { pare_beam_restart(beam.state) }
        place += 1
        // What lies around it is expected to be as the cheapest path has it.
        let best = pare_beam_best(beam.state)
        for distance in [1, 2, context.kernelWidth, context.positions] where distance <= min(beam.count, column) {
            let level = pare_beam_level(beam.state, best, Int32(beam.count - distance))
            context.assume(abs(level), at: column - distance)
        }
        let sum = Int(pare_beam_sum(beam.state, best))
        let expected = context.expectedMagnitude(sum, column, column / context.positions, column % context.positions)
        let count = Int32(rates.levelCount)
        rates.with(ContextModel.magnitudeClass(expected), of: context, row: row) { rates in
            pare_beam_step(beam.state, target, pull, Int32(first), weight, step, rates, count, isZero ? 1 : 0)
        }
    }

    mutating func endRow(_ levels: [Int16], values: UnsafeMutablePointer<Float>) {
        context.turn()
        var row = levels.map { Int32($0) }
        row.withUnsafeMutableBufferPointer { context.codeRow($0, &coder, &coded) }
        for index in levels.indices {
            values[index] = TrellisCode.value(Int32(levels[index]), read.quantizer, step: step)
            read.pass(Int32(levels[index]))
        }
        self.row += 1
    }
}

/// The values of a codebook, each weight taking the nearest.
struct CodebookChoice: FeedbackChoice {
    let beam = Beam(states: 1)
    let codebook: [Float]

    mutating func beginRow() {}

    mutating func decide(
        _ target: Float, column: Int, _ pull: UnsafePointer<Float>, first: Int, weight: Float, isZero: Bool
    ) {
        pare_beam_step_values(beam.state, target, pull, Int32(first), codebook, Int32(codebook.count), isZero ? 1 : 0)
    }

    mutating func endRow(_ levels: [Int16], values: UnsafeMutablePointer<Float>) {
        for (index, level) in levels.enumerated() { values[index] = level == 0 ? 0 : codebook[Int(level) - 1] }
    }
}
