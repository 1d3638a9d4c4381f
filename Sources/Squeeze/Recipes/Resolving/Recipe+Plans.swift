import Compression
import NeuralNetwork

extension Recipe {
    /// What an ignored layer gets: its weights as they were stored.
    public static let ignoredPlan = LayerPlan(code: CodePlan(layout: .raw))

    /// Operators whose weights Pare compresses; a recipe may name them though the model at hand has none.
    static let knownOperations = [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN", "Gather", "Tensor",
    ]

    /// The plan of every layer of `model`, in the order of `model.layers`.
    ///
    /// Throws where the recipe names a layer or an operator that there is not, where a pattern of `layers` matches
    /// nothing, and where a layer shares weights among no clusters. A pattern of `ignore` may match nothing.
    public func plans(for model: Model) throws(RecipeError) -> [LayerPlan] {
        try RecipeResolution(self, model: model).plans()
    }
}
