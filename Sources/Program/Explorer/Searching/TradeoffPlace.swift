import Basics
import Compression
import Recipes
import Search
import TerminalUI

/// Where a person is on the trade-off.
public struct TradeoffPlace: Sendable {
    /// A line that is moved, and chooses the best point on its right side.
    enum Bound: Sendable, Hashable {
        /// What may be lost: the cheapest point below it is chosen.
        case lost(Double)
        /// What it may cost: the point that loses least of those at its left is chosen.
        case cost(Int)
    }

    /// The point that is looked at; nil before one is chosen. Others come and go beside it as they are measured.
    var chosen: TradeoffPoint?
    var price = SearchPrice.bytes
    var showsDominated = false
    /// Whether what was measured is shown as a tree of how one configuration came of another.
    var showsTree = false
    var bound: Bound?
    /// The line that the mouse holds.
    var held: Bound?
    /// The plans in force before a point was looked at, and how they were fitted.
    let before: (plans: [LayerPlan], rule: ReconstructRule?)

    /// Where keys put the line of what may be lost, as shares.
    static let lines = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5]

    init(before workspace: Workspace, _ price: SearchPrice = .bytes, showsDominated: Bool = false) {
        before = (workspace.plans, workspace.recovery.rule)
        (self.price, self.showsDominated) = (price, showsDominated)
    }

    /// Where the chosen point is among those that are shown; the nearest to it, where it is not.
    func index(_ points: [TradeoffPoint]) -> Int? {
        guard let chosen else { return nil }
        return points.firstIndex { $0.kind == chosen.kind && $0.plans == chosen.plans }
            ?? points.indices.min { abs(points[$0].cost - chosen.cost) < abs(points[$1].cost - chosen.cost) }
    }

    /// The next point that is another configuration.
    mutating func move(by steps: Int, _ points: [TradeoffPoint]) {
        bound = nil
        guard let chosen, var index = index(points) else { return self.chosen = steps > 0 ? points.first : points.last }
        while points.indices.contains(index), points[index].plans == chosen.plans { index += steps }
        if points.indices.contains(index) { self.chosen = points[index] }
    }

    /// The line of what may be lost goes up or down.
    mutating func moveLine(by steps: Int, _ points: [TradeoffPoint]) {
        var now = steps > 0 ? 3 : 5
        if case .lost(let allowed)? = bound {
            now = steps > 0 ? Self.lines.lastIndex { $0 <= allowed } ?? 0 : Self.lines.firstIndex { $0 >= allowed } ?? Self.lines.count - 1
        }
        choose(.lost(Self.lines[min(Self.lines.count - 1, max(0, now + steps))]), points)
    }

    /// The line of what it may cost goes to less or more, by a twentieth.
    mutating func moveBudget(by steps: Int, _ points: [TradeoffPoint]) {
        guard let least = points.last?.cost, let most = points.first?.cost else { return }
        var now = Double(chosen?.cost ?? most)
        if case .cost(let limit)? = bound { now = Double(limit) }
        choose(.cost(min(most, max(least, Int((steps > 0 ? now * 1.05 : now / 1.05).rounded())))), points)
    }

    /// Puts a line somewhere, and chooses by it.
    mutating func choose(_ bound: Bound, _ points: [TradeoffPoint]) {
        self.bound = bound
        switch bound {
        case .lost(let allowed):
            chosen = points.filter { $0.lost <= allowed }.min { $0.cost < $1.cost } ?? points.min { $0.lost < $1.lost }
        case .cost(let limit):
            chosen = points.filter { $0.cost <= limit }.min { $0.lost < $1.lost } ?? points.min { $0.cost < $1.cost }
        }
    }
}

extension SearchBudget {
    /// What a line of the trade-off asks for.
    init(_ bound: TradeoffPlace.Bound, in price: SearchPrice) {
        switch (bound, price) {
        case (.lost(let share), _): self = .loss(share)
        case (.cost(let cost), .bytes): self = .bytes(cost)
        case (.cost(let cost), .macs): self = .macs(cost)
        }
    }
}

extension Workspace {
    /// Puts plans in force to look at them, with their fit: without it they are not what their point says.
    mutating func look(at plans: [LayerPlan], fittedBy rule: ReconstructRule?) {
        change(to: plans, title: "a point of the trade-off", fitting: .by(rule))
    }
}
