import Compression
import Execution
import NeuralNetwork
import Synchronization
import TensorCore

/// A network ready to run: compiled, with memory for each thread, and with what its configurations share.
final class CompiledNetwork: Sendable {
    /// Equal identities run the same program on the same stored weights; the original's is nil.
    let identity: Int?
    let model: Model
    let network: Network
    let choice: CutChoice
    /// The weights as the model stores them.
    let stored: Weights
    /// One a thread.
    let instances: [Instance]
    private let state = Mutex(State())

    private struct State {
        var newest: Weights?
        var versions: [VersionKey: Int] = [:]
        var isSpineKept = false
    }

    private struct VersionKey: Hashable {
        var tensor: Int
        var plan: LayerPlan
    }

    init(_ model: Model, identity: Int?, network: Network, runCount: Int, threads: Int) throws(EvaluationError) {
        self.identity = identity
        self.model = model
        self.network = network
        choice = CutChoice(network.program, runCount: runCount)
        do throws(ExecutionError) {
            let stored = try Weights(of: network.program)
            self.stored = stored
            var instances: [Instance] = []
            for _ in 0..<threads { instances.append(try Instance(network.program, weights: stored)) }
            self.instances = instances
        } catch {
            throw EvaluationError(error.message)
        }
    }

    /// The weights of a configuration; what the one before it has in common with it is shared.
    func weights(_ replaced: [Int: ReplacedWeights]) throws(EvaluationError) -> Weights {
        guard !replaced.isEmpty else { return stored }
        var tensors: [Int: (tensor: Tensor, version: Weights.Version)] = [:]
        let newest = state.withLock { state in
            for (layer, weights) in replaced where model.layers.indices.contains(layer) {
                let key = VersionKey(tensor: model.layers[layer].weight, plan: weights.plan)
                let version = state.versions[key] ?? state.versions.count
                state.versions[key] = version
                tensors[key.tensor] = (weights.tensor, version)
            }
            return state.newest
        }
        do throws(ExecutionError) {
            let weights = try Weights(of: network.program, replacing: tensors, sharing: [newest, stored].compactMap { $0 })
            state.withLock { $0.newest = weights }
            return weights
        } catch {
            throw EvaluationError(error.message)
        }
    }

    /// The cuts to keep while a person works on a layer; before anybody does, a few along the network.
    func cuts(focus: Int?, budget: Int) -> [CutChoice.Cut] {
        var cuts: [CutChoice.Cut] = []
        if let focus, let cut = focusCut(focus, budget: budget) { cuts.append(cut) }
        if !state.withLock({ $0.isSpineKept }) {
            for cut in choice.spine(budget: budget) where !cuts.contains(where: { $0.step == cut.step }) { cuts.append(cut) }
        }
        return cuts.sorted { $0.step < $1.step }
    }

    /// The cut to keep before a layer, where one is worth its memory.
    func focusCut(_ layer: Int, budget: Int) -> CutChoice.Cut? {
        guard model.layers.indices.contains(layer), let step = network.program.firstUse(of: model.layers[layer].weight) else {
            return nil
        }
        return choice.cut(before: step, budget: budget)
    }

    /// Notes that all runs were done, so that the cuts along the network are kept.
    func spineWasKept() { state.withLock { $0.isSpineKept = true } }
}
