import Execution
import NeuralNetwork
import TensorCore

extension Trainer {
    /// The parameters as they are now, statistics included, by index of the stored tensor.
    public func tensors() -> [Int: Tensor] {
        Dictionary(
            uniqueKeysWithValues: program.parameters.enumerated().map { index, parameter in
                (parameter.tensor, Tensor(Array(instance.parameter(index)), shape: parameter.shape))
            })
    }

    /// The network with the parameters as they are now.
    public func trainedModel() -> Model {
        var model = model
        for (index, tensor) in tensors() { model.tensors[index].tensor = TensorSource(tensor) }
        return model
    }

    /// The constraint in force on a parameter; of shared ones with the codebook as it is now.
    public func constraint(on name: String) -> Constraint? {
        trained.firstIndex { program.parameters[$0].name == name }.map { optimizer.bindings[$0].constraint }
    }

    /// Puts another constraint in force.
    ///
    /// - Throws: where it does not fit, or no trained parameter has the name.
    public func constrain(_ name: String, _ constraint: Constraint) throws(TrainingError) {
        guard let position = trained.firstIndex(where: { program.parameters[$0].name == name }) else {
            throw .constraint(parameter: name, reason: "it is no parameter that is trained")
        }
        let count = program.parameters[trained[position]].shape.count
        optimizer.bind(position, to: try Binding(constraint, count: count, name: name), count: count)
        optimizer.settle(position, places[position].weights)
    }

    /// Prunes the smallest weights of parameters now, to the sparsities given by name; they stay 0 from here on.
    ///
    /// - Throws: where no trained parameter has the name.
    public func prune(to sparsities: [String: Double]) throws(TrainingError) {
        for (name, sparsity) in sparsities.sorted(by: { $0.key < $1.key }) {
            guard let position = trained.firstIndex(where: { program.parameters[$0].name == name }) else {
                throw .constraint(parameter: name, reason: "it is no parameter that is trained")
            }
            let mask = MagnitudeMask.keeping(places[position].weights, sparsity: sparsity)
            optimizer.bind(position, to: .masked(mask), count: mask.count)
            optimizer.settle(position, places[position].weights)
        }
    }

    func prune() throws(TrainingError) {
        for (name, schedule) in options.pruning {
            if let sparsity = schedule.sparsity(before: step) { try prune(to: [name: sparsity]) }
        }
    }

    /// Keeps the parameters as the best so far, if their score is higher than that of those kept.
    func keepIfBest(_ score: Double) {
        guard score.isFinite, score > bestScore ?? -.infinity else { return }
        bestScore = score
        best = program.parameters.indices.map { Array(instance.parameter($0)) }
    }

    /// Puts the best parameters so far back in place; nothing where none were kept.
    public func restoreBest() {
        for (index, values) in best.enumerated() { _ = instance.parameter(index).update(fromContentsOf: values) }
    }

    /// The network with the best parameters so far, or as it is where none were kept.
    public func bestModel() -> Model {
        guard !best.isEmpty else { return trainedModel() }
        var model = model
        for (values, parameter) in zip(best, program.parameters) {
            model.tensors[parameter.tensor].tensor = TensorSource(Tensor(values, shape: parameter.shape))
        }
        return model
    }

    /// Makes an evaluator of the network as it is being trained, for batches of the given shapes, or of the same.
    ///
    /// - Throws: where the network cannot be compiled.
    public func evaluation(shapes: [String: Shape]? = nil) throws(TrainingError) -> TrainingEvaluation {
        try TrainingEvaluation(model, shapes: shapes ?? self.shapes, options: options)
    }
}
