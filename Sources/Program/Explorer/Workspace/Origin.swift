import Compression
import Recipes

/// How a configuration came about that no person made by hand, as its recipe says it.
struct Origin: Sendable {
    let plans: [LayerPlan]
    let rule: ReconstructRule?
    let words: String
}

extension Workspace {
    private static let mostOrigins = 64

    /// Notes how a configuration came about.
    mutating func note(_ origin: Origin) {
        origins.removeAll { $0.plans == origin.plans && $0.rule == origin.rule }
        if origins.count == Self.mostOrigins { origins.removeFirst() }
        origins.append(origin)
    }

    /// How the configuration in force came about; nil where it is a person's own, or was changed since.
    var origin: String? { origins.last { $0.plans == plans && $0.rule == recovery.rule }?.words }
}
