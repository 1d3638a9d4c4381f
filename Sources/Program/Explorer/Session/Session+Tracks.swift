import Compression
import Importance
import Workbench

/// What the places along sliders lose.
extension Session {
    /// Predicts it, slider after slider, behind all other predictions; what was asked for before is dropped.
    func paint(_ request: TrackRequest, on bench: Workbench) {
        losses.submit(.paint, rank: .max, job: "predict along the sliders") { [self] token in
            guard let importance = bench.importance else { return }
            for track in request.tracks {
                var losses: [Double?] = []
                var known: (plan: LayerPlan, loss: Double?)?
                for place in 0..<TrackLosses.places {
                    try token.check()
                    let position = Double(place) / Double(TrackLosses.places - 1)
                    let plan = track.control.moved(to: position, in: track.start, request.context)
                    if known?.plan != plan {
                        var plans = request.plans
                        plans[request.layer] = plan
                        let placed = try bench.composer.compose(plans, patience: .thorough, cancellation: token).placed(request.layer)
                        do {
                            let isWhole = plan.keepsWeights && placed.composed.isUntouched
                            known = (plan, isWhole ? 0 : placed.refusal == nil ? try importance.cautiousLoss(of: placed, plan, token) : nil)
                        } catch let failure as PreparationFailure where failure != .cancelled { known = (plan, nil) }
                    }
                    losses.append(known?.loss)
                }
                post(.painted(TrackLosses(track: track, losses: losses)), from: bench)
            }
        }
    }
}
