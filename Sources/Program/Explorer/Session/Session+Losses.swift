import Basics
import Compression
import Importance
import Synchronization
import Workbench

/// What plans are expected to cost in loss, behind everything that is counted.
extension Session {
    /// Runs the network both ways on a few samples of the data that it is measured on.
    func learn(on bench: Workbench) {
        guard let weigh = bench.weigh else { return }
        post(.weighing(0), from: bench)
        losses.submit(.learn, rank: -1, job: "weigh outputs") { [self] token in
            do {
                let data = bench.composer.dataCount
                // A frame for every hundredth is enough to see that it goes on.
                let hundredths = Mutex(0)
                let importance = try weigh(token) { [self] fraction in
                    let isNew = hundredths.withLock { hundredths in
                        guard Int(fraction * 100) > hundredths else { return false }
                        hundredths = Int(fraction * 100)
                        return true
                    }
                    if isNew { post(.weighing(fraction), from: bench) }
                }
                bench.keep(importance)
                try bench.composer.keep(importance, measuredOn: data)
                post(.weighed(importance), from: bench)
            } catch {
                // A network that cannot be run backwards has no predictions, and is measured nevertheless.
                post(.weighing(nil), from: bench)
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
