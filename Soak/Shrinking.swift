/// Looks for the shortest session that still fails: delta debugging (Zeller and Hildebrandt 2002) over the steps.
struct Shrinking {
    /// Whether a session still fails as the first one did.
    let fails: (Play) -> Bool
    let end: ContinuousClock.Instant

    func shortest(of play: Play) -> Play {
        var best = play
        var pieces = 2
        while best.steps.count > 1, ContinuousClock.now < end {
            let size = max(1, (best.steps.count + pieces - 1) / pieces)
            var found: Play?
            for start in stride(from: 0, to: best.steps.count, by: size) where ContinuousClock.now < end {
                var candidate = best
                candidate.steps.removeSubrange(start..<min(start + size, best.steps.count))
                if fails(candidate) {
                    found = candidate
                    break
                }
            }
            if let found {
                best = found
                pieces = max(2, pieces - 1)
            } else if size == 1 {
                break
            } else {
                pieces = min(best.steps.count, pieces * 2)
            }
        }
        for part in [\Play.recipe, \Play.data] where best[keyPath: part] != nil && ContinuousClock.now < end {
            var candidate = best
            candidate[keyPath: part] = nil
            if fails(candidate) { best = candidate }
        }
        return best
    }
}
