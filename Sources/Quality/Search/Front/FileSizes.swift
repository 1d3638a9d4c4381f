import Basics
import Composition
import Compression
import NeuralNetwork
import PareFile
import Recipes

/// Tells to the byte what files of a network's configurations take. What does not depend on the layers' values is made once a shape.
struct FileSizes {
    let composer: Composer
    private var contents: (identity: Int, contents: FileContents)?

    init(_ composer: Composer) { self.composer = composer }

    /// The account of the file that plans come to whose layers have these figures.
    ///
    /// - Throws: `Cancelled`, or where numbers beside the layers cannot be read.
    mutating func account(_ plans: [LayerPlan], _ figures: [LayerFigures], _ cancellation: CancellationToken) throws -> ModelAccount {
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        let known: FileContents
        if let contents, contents.identity == shapes.identity {
            known = contents.contents
        } else {
            known = try FileContents(of: shapes.model)
            contents = (shapes.identity, known)
        }
        return ModelAccount(
            model: shapes.model, contents: known,
            layers: shapes.accounts(figures, plans: plans) { composer.refusal(of: $0) != nil },
            recipe: try Recipe(describing: plans, model: composer.model).yaml(), originalByteCount: composer.model.fileByteCount)
    }
}
