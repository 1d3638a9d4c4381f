import Composition
import Compression

/// Asks for everything that the screen shows of a configuration, all of which comes in one answer.
public struct ScreenRequest: Sendable {
    /// What is to be shown; two requests that agree in it have the same answer.
    struct Aim: Sendable, Hashable {
        var plans: [LayerPlan]
        /// The shapes that are known; those of `plans` where `isComposed` says so.
        var shapes: ComposedModel
        var isComposed: Bool
        /// Nil where the picture is on screen, or there is nothing to draw.
        var picture: PictureAim?
        /// What is known of the layers' sizes.
        var accounts: [LayerAccount?]
    }

    let aim: Aim
    /// Tells the newest request.
    let number: Int
    /// What is known of each layer.
    let statuses: [LayerStatus]
    /// The size that is on screen.
    let total: FileTotal?
}

/// Shapes, picture and size of the same plans.
public struct Screen: Sendable {
    let aim: ScreenRequest.Aim
    let number: Int
    /// The shapes that the plans give the model; some may wait for their automatic ranks.
    var shapes: ComposedModel
    /// Nil where none was asked for, or the layer's tables are not there yet.
    var picture: Picture?
    var total: FileTotal
}

/// The size of the whole file, and what it follows from.
struct FileTotal: Sendable {
    let plans: [LayerPlan]
    let shapes: ComposedModel
    /// By layer of the composed model; nil for tensors that are stored as they are.
    let accounts: [LayerAccount?]
    let byteCount: Int
    /// Of the numbers beside the layers.
    let numberByteCount: Int

    func isOf(_ plans: [LayerPlan], _ shapes: ComposedModel, _ accounts: [LayerAccount?]) -> Bool {
        self.accounts == accounts && self.shapes == shapes && self.plans == plans
    }
}
