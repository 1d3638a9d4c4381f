import Basics
import Evaluation
import Execution
import Glibc
import TensorCore
import Training

/// Draws what a network's answers could have been from its own distribution, and writes the gradient of their loss.
///
/// The mean of squared gradients over such draws is the curvature of the loss (the Fisher information): what is known without labels.
struct AnswerDraw: Sendable {
    /// Position of the output.
    let output: Int
    let form: Answer.Form
    private let layout: ClassLayout
    private let port: Program.Port
    private let batch: Int
    private let isLogit: Bool

    /// Nil where the program has no such output.
    init?(_ inputs: CalibrationInputs, _ program: TrainingProgram) {
        guard let output = program.outputs.firstIndex(where: { $0.name == inputs.answer.output }) else { return nil }
        self.output = output
        port = program.outputs[output]
        batch = inputs.batch
        layout = Self.layout(port.shape, axis: program.classAxes[output], inputs.answer.form)
        isLogit = program.givesLogits[output]
        form = inputs.answer.form
    }

    /// Scores lie along the axis that has as many as there are classes.
    private static func layout(_ shape: Shape, axis: Int?, _ form: Answer.Form) -> ClassLayout {
        let layout = ClassLayout(shape, axis: axis)
        guard case .classes(let count) = form, layout.classes != count,
            let other = shape.dimensions.lastIndex(of: count)
        else { return layout }
        return ClassLayout(shape, axis: other)
    }

    /// Answers that were looked at, and sums of an output's numbers that are none of classes.
    struct Looked: Sendable {
        var answers = 0
        var count = 0
        var sum = 0.0
        var squares = 0.0

        static func + (left: Looked, right: Looked) -> Looked {
            Looked(
                answers: left.answers + right.answers, count: left.count + right.count, sum: left.sum + right.sum,
                squares: left.squares + right.squares)
        }

        /// About the mean.
        var variance: Double {
            let mean = sum / Double(max(1, count))
            return max(0, squares / Double(max(1, count)) - mean * mean)
        }
    }

    /// Writes the gradient at an output for the samples of a run; zeros for what fills up the last batch.
    func write(
        _ values: UnsafeBufferPointer<Float>, to gradient: UnsafeMutableBufferPointer<Float>, samples: [Int], random: inout SeededRandom
    ) -> Looked {
        gradient.update(repeating: 0)
        let isFull = port.shape.rank == 0 || port.shape[0] != batch || samples.count == batch
        let size = isFull ? values.count : values.count / batch
        let pieces = isFull ? [0] : samples
        var looked = Looked()
        switch form {
        case .classes:
            let areProbabilities = !isLogit && layout.inner == 1 && OutputScale(deciding: values, classCount: layout.classes) == .probabilities
            for piece in pieces {
                let positions = piece * size / layout.classes..<(piece + 1) * size / layout.classes
                for position in positions { draw(values, gradient, position, areProbabilities, &random) }
                looked.answers += positions.count
            }
        case .chances:
            for piece in pieces {
                for index in piece * size..<(piece + 1) * size {
                    let value = Double(values[index])
                    if isLogit {
                        let slope = SoftenedAnswer([value, 0]).slope
                        gradient[index] = Float(random.next() & 1 == 0 ? slope : -slope)
                        continue
                    }
                    let chance = min(max(value, 1e-6), 1 - 1e-6)
                    gradient[index] = Float(random.uniform() < chance ? -1 / chance : 1 / (1 - chance))
                }
                looked.answers += size
            }
        case .numbers:
            let step = 1 / Float(max(1, isFull ? size / max(1, samples.count) : size)).squareRoot()
            for piece in pieces {
                for index in piece * size..<(piece + 1) * size {
                    gradient[index] = random.next() & 1 == 0 ? step : -step
                    looked.sum += Double(values[index])
                    looked.squares += Double(values[index]) * Double(values[index])
                }
                looked.count += size
            }
            looked.answers = samples.count
        }
        return looked
    }

    /// One vector of scores.
    ///
    /// An answer y is drawn not by its probability p but by p times the length of its gradient, which is divided out again: of a network that is
    /// sure of its answers the others, which all of the curvature comes from, would hardly ever be drawn.
    private func draw(
        _ values: UnsafeBufferPointer<Float>, _ gradient: UnsafeMutableBufferPointer<Float>, _ position: Int, _ areProbabilities: Bool,
        _ random: inout SeededRandom
    ) {
        let (start, inner) = (position / layout.inner * layout.classes * layout.inner + position % layout.inner, layout.inner)
        let scores = (0..<layout.classes).map { Double(values[start + $0 * inner]) }
        if areProbabilities {
            let drawn = Self.place(random.uniform(), in: scores)
            gradient[start + drawn * inner] = Float(-1 / max(scores[drawn], 1e-6))
            return
        }
        let answer = SoftenedAnswer(scores)
        let lengths = answer.gradientLengths
        let drawn = Self.place(random.uniform(), in: zip(answer.chances, lengths).map { $0 * $1 })
        let mean = zip(answer.chances, lengths).reduce(0) { $0 + $1.0 * $1.1 }
        guard lengths[drawn] > 0 else { return }
        let scale = (mean / lengths[drawn]).squareRoot() / answer.temperature
        for index in 0..<layout.classes {
            // Not 1 − p, which would be rounded to 0.
            let own = index == drawn ? -answer.others(than: index) : answer.chances[index]
            gradient[start + index * inner] = Float(own * scale)
        }
    }

    /// The place at which so large a part of the weights' sum is reached.
    private static func place(_ part: Double, in weights: [Double]) -> Int {
        var left = part * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
            left -= weight
            if left < 0 { return index }
        }
        return weights.count - 1
    }
}
