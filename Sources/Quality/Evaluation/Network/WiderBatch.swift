import Datasets
import Execution
import NeuralNetwork
import TensorCore

/// Whether a network whose file fixes the number of samples computes the same for each of several: the same numbers go through
/// both programs, and those of the first batch must come out alike.
enum WiderBatch {
    static func agrees(_ single: Program, _ wide: Program, _ plan: InputPlan, times: Int) -> Bool {
        guard times > 1, wide.outputs.count == single.outputs.count,
            zip(single.outputs, wide.outputs).allSatisfy({ $0.elementType == .float32 && $1.elementType == .float32 }),
            let singleWeights = try? Weights(of: single), let wideWeights = try? Weights(of: wide),
            let one = try? Instance(single, weights: singleWeights), let many = try? Instance(wide, weights: wideWeights)
        else { return false }
        for (index, port) in wide.inputs.enumerated() {
            RandomInput.fill(many.input(index), of: wide, index, seed: UInt64(index) &+ 1)
            let from = UnsafeRawBufferPointer(many.input(index))
            let place = one.input(index)
            if port.shape == single.inputs[index].shape {
                place.copyMemory(from: from)
                continue
            }
            guard let axis = plan.batchAxes[port.name], let source = SampleAxis(port.shape, axis: axis, samples: times),
                source.sampleCount * port.elementType.byteCount == place.count
            else { return false }
            copy(from, source, port.elementType.byteCount, to: place)
        }
        guard (try? one.run(singleWeights)) != nil, (try? many.run(wideWeights)) != nil else { return false }
        return single.outputs.indices.allSatisfy { index in
            let (small, large) = (single.outputs[index].shape, wide.outputs[index].shape)
            guard let axis = grownAxis(small, large, times: times), let samples = SampleAxis(large, axis: axis, samples: times) else {
                return false
            }
            let left = one.output(index).assumingMemoryBound(to: Float.self)
            var right = [Float](repeating: 0, count: left.count)
            right.withUnsafeMutableBytes { copy(many.output(index), samples, 4, to: $0) }
            let scale = left.reduce(1e-6) { max($0, abs($1)) }
            return left.indices.allSatisfy { abs(left[$0] - right[$0]) <= 1e-4 * scale }
        }
    }

    /// The one axis that has grown `times` times; nil where it is none or another has changed.
    static func grownAxis(_ small: Shape, _ large: Shape, times: Int) -> Int? {
        guard small.rank == large.rank else { return nil }
        let changed = small.dimensions.indices.filter { small[$0] != large[$0] }
        guard changed.count == 1, small[changed[0]] * times == large[changed[0]] else { return nil }
        return changed[0]
    }

    /// Copies the first of several batches.
    private static func copy(_ from: UnsafeRawBufferPointer, _ axis: SampleAxis, _ width: Int, to place: UnsafeMutableRawBufferPointer) {
        var position = 0
        for piece in axis.pieces(of: 0) {
            let bytes = UnsafeRawBufferPointer(rebasing: from[piece.lowerBound * width..<piece.upperBound * width])
            UnsafeMutableRawBufferPointer(rebasing: place[position..<position + bytes.count]).copyMemory(from: bytes)
            position += bytes.count
        }
    }
}

extension InputPlan {
    /// Whether a network whose file fixes the number of samples computes the same with `batch`, a whole number of times as many.
    public func runs(_ model: Model, batch: Int) throws(EvaluationError) -> Bool {
        let fixed = fixedBatch ?? 1
        guard batch > fixed else { return batch == fixed }
        func program(_ batch: Int) throws(EvaluationError) -> Program {
            let shapes = try shapes(batch: batch)
            do throws(ExecutionError) { return try Program(model, shapes: shapes, bound: Network.bound(self)) } catch {
                throw EvaluationError(error.message)
            }
        }
        let single = try program(fixed)
        guard let wide = try? program(batch) else { return false }
        return WiderBatch.agrees(single, wide, self, times: batch / fixed)
    }
}
