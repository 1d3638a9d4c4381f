import CVectorMath

/// Operands that broadcast to a dense result, walked together.
struct Broadcast: Sendable {
    let loop: StridedLoop
    /// Elements of the result, and of each operand.
    let count: Int
    let counts: [Int]

    /// target = factor · operand 0 repeated, or that much more.
    func stretch(
        _ source: UnsafePointer<Float>, factor: Float = 1, adding: Bool = false, to target: UnsafeMutablePointer<Float>
    ) {
        let step = loop.runStrides[0]
        loop.forEachRun { output, operands in
            let (from, to) = (source + operands[0], target + output)
            if adding {
                for index in 0..<loop.runCount { to[index] += factor * from[index * step] }
            } else if step == 1, factor == 1 {
                to.update(from: from, count: loop.runCount)
            } else {
                for index in 0..<loop.runCount { to[index] = factor * from[index * step] }
            }
        }
    }

    /// Calls `body` with the place of each of the result's elements, and with that of operand 0 there.
    @inline(__always)
    func forEach(_ body: (_ place: Int, _ operand: Int) -> Void) {
        let step = loop.runStrides[0]
        loop.forEachRun { output, operands in
            for index in 0..<loop.runCount { body(output + index, operands[0] + index * step) }
        }
    }

    /// target (operand 0) = factor · the sum of the result's elements it was repeated to.
    func gather(_ source: UnsafePointer<Float>, factor: Float = 1, to target: UnsafeMutablePointer<Float>) {
        target.update(repeating: 0, count: counts[0])
        let step = loop.runStrides[0]
        loop.forEachRun { output, operands in
            let (from, to) = (source + output, target + operands[0])
            switch step {
            case 0: to[0] += pare_sum(from, loop.runCount)
            case 1: pare_zip(pare_add_function, from, 1, to, 1, to, loop.runCount)
            default: for index in 0..<loop.runCount { to[index * step] += from[index] }
            }
        }
        if factor != 1 { pare_map(pare_affine_function, target, target, counts[0], factor, 0) }
    }

    /// target (operand `side`) = the sums of `partial` over the result's elements.
    @inline(__always)
    func accumulate(
        side: Int, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ result: UnsafePointer<Float>,
        _ gradient: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
        _ partial: (_ a: Float, _ b: Float, _ y: Float, _ dy: Float) -> Float
    ) {
        target.update(repeating: 0, count: counts[side])
        let (a, b, step) = (loop.runStrides[0], loop.runStrides[1], loop.runStrides[side])
        loop.forEachRun { output, operands in
            let (x, z, y, dy) = (left + operands[0], right + operands[1], result + output, gradient + output)
            let to = target + operands[side]
            if step == 0 {
                var sum: Float = 0
                for index in 0..<loop.runCount { sum += partial(x[index * a], z[index * b], y[index], dy[index]) }
                to[0] += sum
            } else {
                for index in 0..<loop.runCount {
                    to[index * step] += partial(x[index * a], z[index * b], y[index], dy[index])
                }
            }
        }
    }
}

extension TrainingLowering {
    func broadcasting(_ operands: [ValueID], to output: ValueID) throws(ExecutionError) -> Broadcast {
        do throws(KernelFault) {
            return Broadcast(
                loop: try StridedLoop(broadcasting: operands.map { type($0).shape }, to: type(output).shape),
                count: type(output).shape.count, counts: operands.map { type($0).shape.count })
        } catch {
            throw ExecutionError("\(title): \(error.reason)")
        }
    }
}
