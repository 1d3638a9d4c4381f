import CFeedback

/// One pass over the weights of a tensor, in the order in which they are stored.
struct FeedbackPass {
    private let problem: FeedbackProblem
    private let inputs: Int
    private let outputs: Int

    /// Weights between two looks at what is settled: paths may differ in twice as many.
    private static let block = Int(pare_beam_window) / 2

    init(_ problem: FeedbackProblem) {
        self.problem = problem
        (inputs, outputs) = (problem.inputs, problem.outputs)
    }

    /// The values of all weights; nil where `isStopped` said so between two rows.
    func run(_ choice: inout some FeedbackChoice, _ isStopped: () -> Bool) -> [Float]? {
        var values = [Float](repeating: 0, count: problem.shape.count)
        let isWhole = values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return true }
            return problem.groups.indices.allSatisfy { group in
                let own = base + group * inputs * outputs
                switch problem.order {
                case .byOutput: return runByOutput(group, &choice, own, isStopped)
                case .byInput(let window): return runByInput(group, window: window, &choice, own, isStopped)
                }
            }
        }
        return isWhole ? values : nil
    }

    /// Each stored row is an output's.
    private func runByOutput(
        _ group: Int, _ choice: inout some FeedbackChoice, _ values: UnsafeMutablePointer<Float>, _ isStopped: () -> Bool
    ) -> Bool {
        let own = problem.groups[group]
        let span = 2 * Self.block
        func windowStart(_ column: Int) -> Int { max(0, (column / Self.block - 1) * Self.block) }
        // What the window of a column pulls at it.
        var band = [Float](repeating: 0, count: inputs * span)
        for column in 0..<inputs {
            for from in windowStart(column)..<column { band[column * span + from - windowStart(column)] = own.pull[from * inputs + column] }
        }
        var levels = [Int16](repeating: 0, count: inputs)
        var errors = [Float](repeating: 0, count: span)
        for output in 0..<outputs {
            if isStopped() { return false }
            let wanted = Array(own.wanted[output * inputs..<(output + 1) * inputs])
            var targets = wanted
            let importance = problem.importance[group * outputs + output]
            choice.beginRow()
            for start in stride(from: 0, to: inputs, by: Self.block) {
                let end = min(inputs, start + Self.block)
                band.withUnsafeBufferPointer { band in
                    guard let band = band.baseAddress else { return }
                    for column in start..<end {
                        choice.decide(
                            targets[column], column: column, band + column * span, first: 0, weight: importance * own.curvature[column],
                            isZero: problem.keepsZeros && wanted[column] == 0)
                    }
                }
                let from = windowStart(start)
                let settled = (end == inputs ? end : start) - from
                guard settled > 0 else { continue }
                pare_beam_settle(choice.beam.state, Int32(settled), &levels[from], &errors)
                guard end < inputs else { continue }
                pull(group, errors, settled, from: from, at: &targets, to: end..<inputs)
            }
            choice.endRow(levels, values: values + output * inputs)
        }
        return true
    }

    /// Takes what `count` errors, of inputs from `from` on, pull off the targets of an output's later inputs.
    private func pull(_ group: Int, _ errors: [Float], _ count: Int, from: Int, at targets: inout [Float], to range: Range<Int>) {
        problem.groups[group].pull.withUnsafeBufferPointer { pull in
            targets.withUnsafeMutableBufferPointer { targets in
                // Bounds: the range lies within the inputs, of which there are as many targets.
                guard let pull = pull.baseAddress, let targets = targets.baseAddress else { return }
                pare_beam_pull(
                    targets + range.lowerBound, Int32(range.count), errors, Int32(count), pull + from * inputs + range.lowerBound,
                    Int64(inputs))
            }
        }
    }

    /// Each stored row holds `window` inputs of every output.
    private func runByInput(
        _ group: Int, window: Int, _ choice: inout some FeedbackChoice, _ values: UnsafeMutablePointer<Float>, _ isStopped: () -> Bool
    ) -> Bool {
        let own = problem.groups[group]
        let length = outputs * window
        // Errors of so many rows pull together at what comes behind them.
        let batchRows = max(1, Self.block / window)
        let batchInputs = batchRows * window
        var targets = own.wanted
        var levels = [Int16](repeating: 0, count: length)
        var rowErrors = [Float](repeating: 0, count: length)
        var errors = [Float](repeating: 0, count: outputs * batchInputs)
        for row in 0..<inputs / window {
            if isStopped() { return false }
            let firstInput = row * window
            let batchStart = row / batchRows * batchInputs
            let batchEnd = min(inputs, batchStart + batchInputs)
            decideRow(group, firstInput, window, &choice, &targets, &levels, &rowErrors)
            choice.endRow(levels, values: values + row * length)
            let isLast = firstInput + window == batchEnd
            let (from, count) = isLast ? (batchStart, batchEnd - batchStart) : (firstInput, window)
            let range = firstInput + window..<(isLast ? inputs : batchEnd)
            own.pull.withUnsafeBufferPointer { pull in
                targets.withUnsafeMutableBufferPointer { targets in
                    guard let pull = pull.baseAddress, let targets = targets.baseAddress else { return }
                    for output in 0..<outputs {
                        let place = output * batchInputs
                        for tap in 0..<window { errors[place + firstInput - batchStart + tap] = rowErrors[output * window + tap] }
                        guard !range.isEmpty else { continue }
                        errors.withUnsafeBufferPointer { errors in
                            // Bounds: the range lies within the inputs of the output's targets.
                            guard let errors = errors.baseAddress else { return }
                            pare_beam_pull(
                                targets + output * inputs + range.lowerBound, Int32(range.count), errors + place + from - batchStart,
                                Int32(count), pull + from * inputs + range.lowerBound, Int64(inputs))
                        }
                    }
                }
            }
        }
        return true
    }

    /// Decides a row of `window` inputs of every output; the inputs of one output pull at each other.
    private func decideRow(
        _ group: Int, _ firstInput: Int, _ window: Int, _ choice: inout some FeedbackChoice, _ targets: inout [Float],
        _ levels: inout [Int16], _ errors: inout [Float]
    ) {
        let own = problem.groups[group]
        let length = outputs * window
        var taps = [Float](repeating: 0, count: window * window)
        for tap in 0..<window {
            for before in 0..<tap { taps[tap * window + before] = own.pull[(firstInput + before) * inputs + firstInput + tap] }
        }
        choice.beginRow()
        var windowStart = 0
        for start in stride(from: 0, to: length, by: Self.block) {
            let end = min(length, start + Self.block)
            for place in start..<end {
                let (output, tap) = (place / window, place % window)
                let first = max(place - tap, windowStart)
                let input = firstInput + tap
                taps.withUnsafeBufferPointer { taps in
                    // Bounds: a tap has as many coefficients as there are taps before it.
                    guard let taps = taps.baseAddress else { return }
                    choice.decide(
                        targets[output * inputs + input], column: place, taps + tap * window + first - (place - tap),
                        first: first - windowStart, weight: problem.importance[group * outputs + output] * own.curvature[input],
                        isZero: problem.keepsZeros && own.wanted[output * inputs + input] == 0)
                }
            }
            let settledEnd = end == length ? end : start
            guard settledEnd > windowStart else { continue }
            pare_beam_settle(choice.beam.state, Int32(settledEnd - windowStart), &levels[windowStart], &errors[windowStart])
            // What was settled of an output whose inputs are not all decided yet.
            let output = end / window
            for place in max(windowStart, output * window)..<max(settledEnd, max(windowStart, output * window)) where end < length {
                for later in end % window..<window {
                    targets[output * inputs + firstInput + later] -= errors[place] * taps[later * window + place % window]
                }
            }
            windowStart = settledEnd
        }
    }
}
