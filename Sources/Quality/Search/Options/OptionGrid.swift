import Compression
import Glibc

/// The settings that are looked at of a layer.
struct OptionGrid {
    let stages: Set<SearchStage>

    /// Steps of a grid of values in root mean squares of the weights: finer than 8 bits a weight, and coarser than 0.1 bits.
    private static let exponents = -13...5
    private static let sparsities = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.985]
    private static let sparsitiesWithSharing = [0.5, 0.7, 0.85, 0.94]
    private static let energies = [0.999, 0.995, 0.99, 0.98, 0.96, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5]
    private static let energiesWithSharing = [0.99, 0.97, 0.93, 0.85, 0.7]
    private static let clusters = [8, 16, 32, 64, 128]

    /// Plans of a layer whose weights have this root mean square; nothing of one that is all zeros.
    func plans(scale: Double, count: Int, splits: Bool, keeping base: LayerPlan) -> [LayerPlan] {
        guard scale > 0, scale.isFinite else { return [] }
        func with(_ change: (inout LayerPlan) -> Void) -> LayerPlan {
            var plan = base
            change(&plan)
            return plan
        }
        var plans: [LayerPlan] = []
        if stages.contains(.share) {
            // Large layers have fewer: their tables take long, and what is between is looked at near the budget.
            let stride = count > Self.largeCount ? 2 : 1
            for exponent in Self.exponents where (exponent + 13) % stride == 0 {
                plans.append(with { $0.set(step: scale * exp2(Double(exponent) / 2)) })
            }
        }
        if stages.contains(.prune) {
            for sparsity in Self.sparsities { plans.append(with { $0.prune = .sparsity(sparsity) }) }
            if stages.contains(.share) {
                for sparsity in Self.sparsitiesWithSharing {
                    for exponent in stride(from: -6, through: 2, by: 2) {
                        plans.append(
                            with {
                                $0.prune = .sparsity(sparsity)
                                $0.set(step: scale * exp2(Double(exponent) / 2))
                            })
                    }
                }
            }
        }
        if stages.contains(.ranks), splits {
            for energy in Self.energies { plans.append(with { $0.factorize = .energy(energy, norm: .data) }) }
            if stages.contains(.share) {
                for energy in Self.energiesWithSharing {
                    for clusters in Self.clusters {
                        plans.append(
                            with {
                                $0.factorize = .energy(energy, norm: .data)
                                $0.share = SharePlan(clusters: clusters, method: .trellis)
                                $0.code = .sought
                            })
                    }
                }
            }
        }
        return plans
    }

    /// Plans between a plan and its neighbours on the grid.
    static func neighbours(of plan: LayerPlan) -> [LayerPlan] {
        guard let step = plan.share?.step else { return [] }
        return [-1.0, -0.5, 0.5, 1].map { shift in
            var near = plan
            near.set(step: step * exp2(shift / 4))
            return near
        }
    }

    private static let largeCount = 1 << 20
}

extension CodePlan {
    /// How what a search shares is written: the smallest of all coders in nearly every layer.
    static let sought = CodePlan(entropy: .context)
}

extension LayerPlan {
    /// Shares values on a trellis of a step, in two digits: a recipe is part of its file.
    mutating func set(step: Double) {
        let digits = pow(10, floor(log10(step)) - 1)
        // Written so that the number is the one its shortest digits read back as.
        let rounded = (step / digits).rounded()
        let written = digits >= 1 ? rounded * digits : rounded / (1 / digits).rounded()
        share = SharePlan(step: max(written, .leastNormalMagnitude), method: .trellis)
        code = .sought
    }
}
