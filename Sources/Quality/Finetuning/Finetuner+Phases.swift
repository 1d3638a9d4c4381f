import Basics
import Compression
import NeuralNetwork
import TensorCore
import Training

extension Finetuner {
    /// The first phase: every weight that pruning left moves on its own, and every other parameter with it. In several rounds, more and
    /// more is pruned of what the one before came to.
    func retrain(
        from pruned: PlainModel, _ cancellation: CancellationToken, _ progress: (FinetuningProgress) -> Void
    ) throws -> (PlainModel, FinetuningOutcome) {
        guard options.rounds > 1, !options.isGradual else {
            return try retrain(from: pruned, round: 1, options.checkpointPath, cancellation, progress)
        }
        var current = dense
        for round in 1...options.rounds {
            let path = options.checkpointPath.map { round < options.rounds ? Self.roundPath($0, round) : $0 }
            let outcome: FinetuningOutcome
            (current, outcome) = try retrain(
                from: try current.pruned(like: pruned, part: Double(round) / Double(options.rounds)), round: round, path, cancellation,
                progress)
            if outcome != .finished { return (try current.pruned(like: pruned, part: 1), outcome) }
        }
        return (current, .finished)
    }

    private func retrain(
        from pruned: PlainModel, round: Int, _ checkpointPath: String?, _ cancellation: CancellationToken,
        _ progress: (FinetuningProgress) -> Void
    ) throws -> (PlainModel, FinetuningOutcome) {
        var trainerOptions = phaseOptions(.retraining)
        trainerOptions.checkpointPath = checkpointPath
        trainerOptions.seed &+= UInt64(round - 1) << 32
        let steps = trainerOptions.epochs * data.training.batchCount
        var targets: [String: Double] = [:]
        var masks: [String: Constraint] = [:]
        var start = pruned.model
        for layer in dense.changed where dense.plans[layer].prune != nil && dense.isTrained(layer, trainable) {
            let weights = try pruned.weights(of: layer).floats()
            let name = dense.name(of: layer)
            let dropped = weights.count { $0 == 0 }
            if options.isGradual {
                let sparsity = Double(dropped) / Double(max(1, weights.count))
                targets[name] = sparsity
                start.tensors[start.layers[layer].weight] = dense.model.tensors[start.layers[layer].weight]
                trainerOptions.pruning[name] = GradualPruning(to: sparsity, end: steps / 2, interval: max(1, steps / 40))
            } else {
                masks[name] = .keepingZeros(of: weights)
            }
        }
        trainerOptions.constraints = masks
        let trainer = try training { [start, trainerOptions] () throws(TrainingError) in
            try Trainer(start, batches: data.training, shapes: data.trainingShapes, options: trainerOptions)
        }
        let startScore = targets.isEmpty ? try startScore(pruned.model) : nil
        try resume(trainer, from: trainerOptions.checkpointPath)
        for (name, mask) in masks where trainer.constraint(on: name) != mask {
            throw FinetuningError.training(
                .checkpoint(path: trainerOptions.checkpointPath ?? "", reason: "the checkpoint is of another recipe"))
        }
        var (best, outcome) = try train(
            .retraining, round: round, trainer, start: (pruned.model, startScore), countsFrom: targets.isEmpty ? 0 : steps / 2,
            cancellation, progress)
        if outcome == .cancelled, !targets.isEmpty, trainer.bestScore == nil {
            // Sparsities had not grown to their ends: what is left to prune is pruned now.
            try training { () throws(TrainingError) in try trainer.prune(to: targets) }
            best = trainer.trainedModel()
        }
        var retrained = pruned
        retrained.model = best
        for layer in retrained.changed {
            let index = best.layers[layer].weight
            retrained.model.tensors[index].tensor = TensorSource(try best.tensors[index].tensor.read().settled())
        }
        return (retrained, outcome)
    }

    /// The second phase: shared values move by the summed gradients of their weights, pruned weights stay zero.
    func trainCentroids(
        _ tuned: inout FinetunedModel, _ cancellation: CancellationToken, _ progress: (FinetuningProgress) -> Void
    ) throws -> FinetuningOutcome {
        var trainerOptions = phaseOptions(.centroids)
        let shared = Set(sharedLayers)
        var codes: [Int: [UInt16]] = [:]
        for layer in dense.changed where dense.isTrained(layer, trainable) {
            let name = dense.name(of: layer)
            let weights = try tuned.model.tensors[tuned.model.layers[layer].weight].tensor.floats()
            guard shared.contains(layer) else {
                trainerOptions.constraints[name] = dense.plans[layer].share == nil ? .keepingZeros(of: weights) : .frozen
                continue
            }
            guard let values = SharedValues(weights) else {
                throw FinetuningError.recipe(layer: dense.model.layers[layer].name, reason: "more than 65,535 values are shared")
            }
            codes[layer] = values.codes
            trainerOptions.constraints[name] = .shared(codes: values.codes, codebook: values.codebook)
        }
        let trainer = try training { () throws(TrainingError) in
            try Trainer(tuned.model, batches: data.training, shapes: data.trainingShapes, options: trainerOptions)
        }
        let startScore = try startScore(tuned.model)
        try resume(trainer, from: trainerOptions.checkpointPath)
        for (layer, codes) in codes {
            guard case .shared(codes, _)? = trainer.constraint(on: dense.name(of: layer)) else {
                throw FinetuningError.training(
                    .checkpoint(path: trainerOptions.checkpointPath ?? "", reason: "the checkpoint is of another recipe"))
            }
        }
        let (best, outcome) = try train(
            .centroids, trainer, start: (tuned.model, startScore), cancellation, progress)
        let frozen = Set(tuned.plans.indices.filter { tuned.plans[$0].share?.method == .trellis })
            .map { tuned.model.layers[$0].weight }
        for index in best.tensors.indices where !frozen.contains(index) {
            tuned.model.tensors[index] = best.tensors[index]
            tuned.source.tensors[index] = best.tensors[index]
        }
        for (layer, codes) in codes {
            let weights = try best.tensors[best.layers[layer].weight].tensor.floats()
            tuned.give(layer, SharedValues(weights, codes: codes), code: dense.plans[layer].code)
        }
        for layer in dense.changed where dense.plans[layer].share == nil {
            let index = best.layers[layer].weight
            let values = TensorSource(try best.tensors[index].tensor.read().settled())
            tuned.model.tensors[index].tensor = values
            tuned.source.tensors[index].tensor = values
        }
        return outcome
    }
}
