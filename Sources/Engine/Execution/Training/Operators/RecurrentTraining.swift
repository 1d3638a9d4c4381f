import CVectorMath

/// The extents of a recurrent node that is trained through time, and where its parts lie.
struct RecurrentTraining: Sendable {
    let gates: Int
    let sequence: Int
    let batch: Int
    let input: Int
    let hidden: Int
    /// For each direction whether time runs backward.
    let isReversed: [Bool]

    var directions: Int { isReversed.count }
    var rows: Int { gates * hidden }
    /// Elements of one direction's state.
    var stateCount: Int { batch * hidden }

    /// The time steps of a direction in its order.
    func time(_ step: Int, _ direction: Int) -> Int { isReversed[direction] ? sequence - 1 - step : step }

    /// Where a time step's results begin in Y (time, direction, item, hidden).
    func output(_ time: Int, _ direction: Int) -> Int { (time * directions + direction) * stateCount }

    /// Where a time step's gates begin (direction, time, item, rows).
    func gate(_ time: Int, _ direction: Int) -> Int { (direction * sequence + time) * batch * rows }

    /// Where a time step's kept state begins (direction, time, item, hidden).
    func state(_ time: Int, _ direction: Int) -> Int { (direction * sequence + time) * stateCount }

    /// The state before a step: what the step before left, or the initial one (direction, item, hidden).
    func previous(
        _ step: Int, _ direction: Int, _ results: UnsafePointer<Float>, _ initial: UnsafePointer<Float>,
        _ place: (Int, Int) -> Int
    ) -> UnsafePointer<Float> {
        step == 0 ? initial + direction * stateCount : results + place(time(step - 1, direction), direction)
    }

    /// gates = X · Wᵀ and the biases that are always added; the last `withheld` rows get no recurrent one.
    func project(
        _ data: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, withheld: Int,
        to gates: UnsafeMutablePointer<Float>, direction: Int
    ) {
        let count = sequence * batch
        let target = gates + gate(0, direction)
        if let bias {
            let own = bias + direction * 2 * rows
            for row in 0..<rows { target[row] = own[row] + (row < rows - withheld ? own[rows + row] : 0) }
            for item in 1..<max(1, count) { (target + item * rows).update(from: target, count: rows) }
        }
        multiply(
            count, rows, input, data, lda: input, weights + direction * rows * input, transposeB: true, ldb: input,
            beta: bias == nil ? 0 : 1, target, ldc: rows)
    }

    /// Gradients that follow from those at the gates: of the input (sums over directions), and of W.
    func backProject(
        _ gradients: UnsafePointer<Float>, _ data: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
        input inputGradient: UnsafeMutablePointer<Float>?, weights weightsGradient: UnsafeMutablePointer<Float>,
        direction: Int
    ) {
        let count = sequence * batch
        let own = gradients + gate(0, direction)
        multiply(
            rows, input, count, own, transposeA: true, lda: rows, data, ldb: input,
            weightsGradient + direction * rows * input, ldc: input)
        if let inputGradient {
            multiply(
                count, input, rows, own, lda: rows, weights + direction * rows * input, ldb: input,
                beta: direction == 0 ? 0 : 1, inputGradient, ldc: input)
        }
    }

    /// A state's gradient behind the last step: that of the state at the end, or zeros.
    func begin(_ state: UnsafeMutablePointer<Float>, with end: UnsafePointer<Float>?) {
        if let end {
            state.update(from: end, count: stateCount)
        } else {
            state.update(repeating: 0, count: stateCount)
        }
    }

    /// Goes through a direction's steps from the last on; `state`, the hidden state's gradient, gets what is given for each step's result
    /// before `body` takes it through the step.
    @inline(__always)
    func stepBack(
        _ direction: Int, _ state: UnsafeMutablePointer<Float>, results gradients: UnsafePointer<Float>?,
        _ body: (_ step: Int, _ time: Int) -> Void
    ) {
        for step in (0..<sequence).reversed() {
            let time = time(step, direction)
            if let gradients { pare_zip(pare_add_function, gradients + output(time, direction), 1, state, 1, state, stateCount) }
            body(step, time)
        }
    }

    /// target (rows) = the sums of gate gradients over time and items.
    func sums(_ gradients: UnsafePointer<Float>, direction: Int, to target: UnsafeMutablePointer<Float>) {
        target.update(repeating: 0, count: rows)
        let own = gradients + gate(0, direction)
        for item in 0..<sequence * batch {
            pare_zip(pare_add_function, own + item * rows, 1, target, 1, target, rows)
        }
    }

    /// R's gradient for `width` gate rows from `first` on: gate gradientsᵀ times the states before each step.
    func recurrence(
        _ gradients: UnsafePointer<Float>, first: Int, width: Int, direction: Int, to target: UnsafeMutablePointer<Float>,
        states: (Int) -> UnsafePointer<Float>
    ) {
        let to = target + (direction * rows + first) * hidden
        for step in 0..<sequence {
            let from = gradients + gate(time(step, direction), direction) + first
            multiply(
                width, hidden, batch, from, transposeA: true, lda: rows, states(step), ldb: hidden, beta: step == 0 ? 0 : 1,
                to, ldc: hidden)
        }
    }
}
