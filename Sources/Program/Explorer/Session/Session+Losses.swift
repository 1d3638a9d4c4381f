import Basics
import Compression
import Importance
import Workbench

/// What plans are expected to cost in loss, behind everything that is counted.
extension Session {
    /// Runs the network both ways on a few samples of the data that it is measured on.
    func learn(_ weigh: @escaping @Sendable (CancellationToken) throws -> NetworkImportance, on bench: Workbench) {
        losses.submit(.learn, rank: -1, job: "weigh outputs") { [self] token in
            do {
                let importance = try weigh(token)
                bench.keep(importance)
                post(.weighed(importance), from: bench)
            } catch  where !(error is Cancelled) {
                // A network that cannot be run backwards has no predictions, and is measured nevertheless.
                return
            }
        }
    }

    /// Predicts the loss of layers' plans from their weights.
    func predict(_ request: LossRequest, on bench: Workbench) {
        let layer = request.count.layer
        losses.submit(.predict(layer), rank: bench.rank(of: layer), job: "predict the loss") { [self] token in
            guard let importance = bench.importance else { return }
            do {
                if let loss = try importance.loss(of: request.count.shapes.placed(layer), request.count.plan, token) {
                    post(.predicted(loss, of: request), from: bench)
                }
            } catch let failure as PreparationFailure where failure != .cancelled {
                return
            }
        }
    }
}
