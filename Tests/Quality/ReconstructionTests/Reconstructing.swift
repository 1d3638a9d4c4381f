import Composition
import Compression
import Evaluation
import NeuralNetwork
import Reconstruction
import Testing

/// What plans leave of a model, fitted on random inputs.
func reconstructed(
    _ model: Model, _ options: ReconstructionOptions = ReconstructionOptions(samples: 64), frozen: Set<Int> = [],
    _ change: (inout [LayerPlan]) -> Void
) throws -> (made: ReconstructedModel, shapes: ComposedModel) {
    let composer = Composer(model)
    var plans = Array(repeating: LayerPlan(), count: model.layers.count)
    change(&plans)
    let shapes = try composer.compose(plans, patience: .thorough)
    let inputs = try CalibrationInputs(model, data: nil, samples: options.samples)
    return (
        try Reconstructor(composer, plans: plans, shapes: shapes, frozen: frozen, options: options).run(on: inputs), shapes
    )
}

/// Fitting harms no layer, and helps those that are named.
func checkErrors(_ made: ReconstructedModel, mended: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    for layer in made.layers {
        guard let before = layer.errorBefore, let after = layer.errorAfter else { continue }
        #expect(after <= before, "\(layer.name)", sourceLocation: sourceLocation)
    }
    for name in mended {
        let layer = try #require(made.layers.first { $0.name == name }, sourceLocation: sourceLocation)
        let (before, after) = try (#require(layer.errorBefore), #require(layer.errorAfter))
        #expect(after < 0.9 * before, "\(name): \(before) → \(after)", sourceLocation: sourceLocation)
    }
}
