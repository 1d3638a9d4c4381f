import Compression
import NeuralNetwork
import TensorCore

/// The exact account of a model under a plan per layer.
public struct Estimate: Sendable {
    public struct LayerEstimate: Sendable {
        public var figures: LayerFigures
        /// Why the plan was not followed: the weights hold NaN or infinity.
        public var refusal: String?
    }

    public let model: Model
    public let layers: [LayerEstimate]
    public let account: ModelAccount

    /// Reads every layer's weights once and counts; one layer's tables are held at a time.
    public init(of model: Model, plans: [LayerPlan]) {
        self.model = model
        layers = zip(model.layers, plans).map { layer, plan in
            let weights = model.tensors[layer.weight].tensor
            if plan.isIdentity { return LayerEstimate(figures: .asStored(weights), refusal: nil) }
            do {
                let tables = try LayerTables(preparing: weights)
                return LayerEstimate(figures: try tables.exactFigures(for: plan, weights: weights), refusal: nil)
            } catch {
                return LayerEstimate(figures: .asStored(weights), refusal: message(for: error))
            }
        }
        let accounts = zip(plans, layers).map { $0.isIdentity || $1.refusal != nil ? nil : $1.figures.account }
        account = ModelAccount(model: model, layers: accounts, recipe: recipeText(of: plans, for: model))
    }
}
