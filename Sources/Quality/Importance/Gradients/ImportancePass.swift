import Basics
import Evaluation
import Execution
import NeuralNetwork
import Synchronization
import TensorCore

/// Goes over all runs forwards and backwards, in parts whose number follows from the shapes alone.
struct ImportancePass: Sendable {
    let program: TrainingProgram
    let draw: AnswerDraw
    let layers: [ObservedLayer]
    let inputs: CalibrationInputs
    let seed: UInt64

    /// Numbers that the moments of all layers may have for four parts to be affordable.
    private static let largestMoments = 48 << 20

    /// What a part of the runs, or all of them, added up to; nil for layers that no answer depends on.
    ///
    /// Sendable because one worker at a time has it.
    final class Part: @unchecked Sendable {
        var tallies: [ImportanceTally?]
        var looked = AnswerDraw.Looked()

        init(_ count: Int) { tallies = Array(repeating: nil, count: count) }
    }

    func run(cancellation: CancellationToken, progress: @escaping @Sendable (Double) -> Void) throws -> Part {
        let moments = layers.reduce(0) { sum, layer in
            let width = InputMoments.blockWidth(inputs: layer.operation.inputs, window: layer.operation.window)
            // Plain ones, too.
            return sum + 2 * layer.operation.groups * layer.operation.inputs * width
        }
        let count = min(inputs.runs.count, moments > Self.largestMoments ? 2 : 4)
        let parts = (0..<count).map { _ in Part(layers.count) }
        let workers = max(1, min(Workers.available.count, count, Team.memoryLimit / 4 / max(1, program.arenaByteCount)))
        let failure = Mutex<ImportanceError?>(nil)
        let done = Mutex(0)
        _ = Team.openBLASOnOneThread
        let makeInstance = { () -> TrainingInstance? in
            do throws(ExecutionError) { return try TrainingInstance(program) } catch {
                failure.withLock { $0 = ImportanceError(error.message) }
                return nil
            }
        }
        Workers(count: workers).run(count, cancellation: cancellation, makeState: makeInstance) { instance, part in
            guard let instance else { return }
            for run in stride(from: part, to: inputs.runs.count, by: count) {
                if cancellation.isCancelled || failure.withLock({ $0 != nil }) { return }
                do throws(ImportanceError) { try add(run, instance, to: parts[part]) } catch { failure.withLock { $0 = error } }
                progress(
                    Double(
                        done.withLock {
                            $0 += 1; return $0
                        }) / Double(inputs.runs.count))
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        try cancellation.check()
        let whole = parts[0]
        for part in parts.dropFirst() {
            whole.looked = whole.looked + part.looked
            for (index, tally) in part.tallies.enumerated() {
                guard let tally else { continue }
                if let known = whole.tallies[index] { known.add(tally) } else { whole.tallies[index] = tally }
            }
        }
        return whole
    }

    private func add(_ run: Int, _ instance: TrainingInstance, to part: Part) throws(ImportanceError) {
        let known = inputs.runs[run]
        for (index, port) in program.inputs.enumerated() {
            let target = instance.input(index)
            if let tensor = known.inputs[port.name] {
                tensor.storage.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<target.count])) }
            } else {
                target.initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
        // Where samples are drawn does not depend on what was drawn before.
        var random = SeededRandom(seed: seed &* 0x9e37_79b9 &+ UInt64(run))
        do throws(ExecutionError) {
            try instance.forward()
            part.looked =
                part.looked
                + draw.write(
                    instance.output(draw.output), to: instance.outputGradient(draw.output), samples: known.samples, random: &random)
            try instance.backward()
        } catch { throw ImportanceError(error.message) }
        for (index, layer) in layers.enumerated() {
            guard let observation = instance.observation(layer.observed) else { continue }
            if part.tallies[index] == nil { part.tallies[index] = try? ImportanceTally(layer, program, inputs) }
            part.tallies[index]?.add(observation, samples: known.samples)
        }
    }
}

extension ImportanceTally {
    /// An empty tally of a layer.
    convenience init(
        _ layer: ObservedLayer, _ program: TrainingProgram, _ inputs: CalibrationInputs
    ) throws(LinearOperator.Obstacle) {
        guard let shapes = program.observedShapes(layer.observed) else { throw .init(reason: "no answer depends on it") }
        try self.init(layer, input: shapes.input, output: shapes.output, batch: inputs.batch)
    }
}
