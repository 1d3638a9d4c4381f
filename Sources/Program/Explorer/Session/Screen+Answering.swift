import Basics
import Composition
import Compression
import NeuralNetwork
import PareFile
import Workbench

extension Screen {
    /// Works out what is asked for: the shapes, the picture in them, and the size that its figures make.
    ///
    /// - Throws: `Cancelled`, or why the picture cannot be drawn.
    init(_ request: ScreenRequest, drawing picture: PictureAim?, on bench: Workbench, _ token: CancellationToken) throws {
        let composer = bench.composer
        let plans = request.aim.plans
        aim = request.aim
        number = request.number
        shapes = aim.isComposed ? aim.shapes : try composer.compose(plans, patience: .none, cancellation: token)
        var statuses = request.statuses
        if let picture {
            let drawing = PictureRequest(picture, plan: plans[picture.layer], in: shapes)
            self.picture = try Picture(drawing, on: bench, token)
        }
        if let drawn = self.picture {
            let layer = drawn.request.subject.layer
            if !shapes.layers[layer].isLike(aim.shapes.layers[layer]) { statuses[layer].shapeChanged() }
            statuses[layer].take(drawn.figures, under: plans[layer], of: bench.model, layer)
        }
        let accounts = shapes.accounts(statuses.map(\.figures), plans: plans) { statuses[$0].isRefused }
        if let known = request.total, known.isOf(plans, shapes, accounts) {
            total = known
        } else {
            let account = try bench.account(plans, shapes, accounts)
            total = FileTotal(
                plans: plans, shapes: shapes, accounts: accounts, byteCount: account.compressedByteCount,
                numberByteCount: account.numberByteCount)
        }
    }
}

extension Workbench {
    /// The account of the file that would be written, recipe and header included.
    func account(_ plans: [LayerPlan], _ shapes: ComposedModel, _ accounts: [LayerAccount?]) throws -> ModelAccount {
        ModelAccount(
            model: shapes.model, contents: try contents(of: shapes), layers: accounts, recipe: try recipeText(of: plans, for: model))
    }
}
