import Basics
import Compression
import Recipes
import Search
import TerminalUI

/// Where a person is on the trade-off.
public struct TradeoffPlace: Sendable {
    /// The point that is looked at; nil before one is chosen. Others come and go beside it as they are measured.
    var chosen: TradeoffPoint?
    var price = SearchPrice.bytes
    var showsDominated = false
    /// What may be lost: a line that is moved, and chooses the cheapest point below it; nil where there is none.
    var allowed: Double?
    /// The plans in force before a point was looked at, and how they were fitted.
    let before: (plans: [LayerPlan], rule: ReconstructRule?)

    /// Where the line stands, as shares.
    static let lines = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5]
}

extension ExplorerState {
    /// Opens the trade-off, and has the front worked out.
    mutating func showTradeoff() -> [Effect] {
        guard let workspace else { return [] }
        overlay = .tradeoff(TradeoffPlace(before: (workspace.plans, workspace.recovery.rule)))
        // What is looked at is one step of the history, or none.
        self.workspace?.history.beginDrag()
        return askForFront(.bytes)
    }

    private mutating func askForFront(_ price: SearchPrice) -> [Effect] {
        guard let workspace, workspace.tradeoff.fronts[price] == nil, !workspace.losses.curves.isEmpty else { return [] }
        self.workspace?.tradeoff.comes = 0
        return ask([.findFront(price)])
    }

    /// Forgets what was measured and searched on other data.
    mutating func forgetTradeoff() -> [Effect] {
        guard let workspace else { return [] }
        let isUnderWay = workspace.search != nil || workspace.tradeoff.comes != nil
        self.workspace?.tradeoff = Tradeoff()
        self.workspace?.search = nil
        return isUnderWay ? ask([.stopSearch]) : []
    }

    /// Closes the trade-off, where it is open, and takes back what was only looked at.
    mutating func leaveTradeoff() {
        guard case .tradeoff(let place)? = overlay else { return }
        overlay = nil
        workspace?.look(at: place.before.plans, fittedBy: place.before.rule)
        workspace?.history.endDrag()
    }

    /// A key on the trade-off.
    mutating func update(_ place: TradeoffPlace, _ key: Key) -> [Effect] {
        guard let workspace else { return [] }
        var place = place
        let points = workspace.tradeoffPoints(place.price, showsDominated: place.showsDominated)
        switch key {
        case .escape, "q", "V", .control("c"):
            leaveTradeoff()
            return []
        case .enter:
            overlay = nil
            self.workspace?.history.endDrag()
            if let chosen = place.chosen { say(chosen.rule == nil ? "adopted: u takes it back" : "adopted, its weights are fitted: u takes it back") }
            return []
        case .left, "h": place.move(by: -1, points)
        case .right, "l": place.move(by: 1, points)
        case .home, "g": place.chosen = points.first
        case .end, "G": place.chosen = points.last
        case .up, "k": place.moveLine(by: 1, points)
        case .down, "j": place.moveLine(by: -1, points)
        case "d":
            place.showsDominated.toggle()
        case "m":
            place.price = place.price == .bytes ? .macs : .bytes
            place.chosen = nil
            overlay = .tradeoff(place)
            return askForFront(place.price)
        case "p":
            self.workspace?.pinConfiguration()
            say("pinned: the deltas count from here")
        case "e" where !points.isEmpty:
            leaveTradeoff()
            prompt = Prompt(.tradeoff(place.price), text: "tradeoff.csv")
            return []
        default: break
        }
        overlay = .tradeoff(place)
        if let chosen = place.chosen { self.workspace?.look(at: chosen.plans, fittedBy: chosen.rule) }
        return []
    }

    /// A click chooses the nearest point.
    mutating func chooseTradeoff(at share: Double) -> [Effect] {
        guard case .tradeoff(var place)? = overlay, let workspace else { return [] }
        let points = workspace.tradeoffPoints(place.price, showsDominated: place.showsDominated)
        let axis = TradeoffAxis(points)
        place.chosen = points.min { abs(axis.place(of: $0) - share) < abs(axis.place(of: $1) - share) }
        overlay = .tradeoff(place)
        if let chosen = place.chosen { self.workspace?.look(at: chosen.plans, fittedBy: chosen.rule) }
        return []
    }
}

extension TradeoffPlace {
    /// Where the chosen point is among those that are shown; the nearest to it, where it is not.
    func index(_ points: [TradeoffPoint]) -> Int? {
        guard let chosen else { return nil }
        return points.firstIndex { $0.kind == chosen.kind && $0.plans == chosen.plans }
            ?? points.indices.min { abs(points[$0].cost - chosen.cost) < abs(points[$1].cost - chosen.cost) }
    }

    /// The next point that is another configuration.
    fileprivate mutating func move(by steps: Int, _ points: [TradeoffPoint]) {
        allowed = nil
        guard let chosen, var index = index(points) else { return self.chosen = steps > 0 ? points.first : points.last }
        while points.indices.contains(index), points[index].plans == chosen.plans { index += steps }
        if points.indices.contains(index) { self.chosen = points[index] }
    }

    /// The line goes up or down, and the cheapest point that loses no more is chosen.
    fileprivate mutating func moveLine(by steps: Int, _ points: [TradeoffPoint]) {
        let now = allowed.flatMap { Self.lines.firstIndex(of: $0) } ?? (steps > 0 ? 3 : 5)
        let line = Self.lines[min(Self.lines.count - 1, max(0, now + steps))]
        allowed = line
        chosen = points.filter { $0.lost <= line }.min { $0.cost < $1.cost } ?? points.min { $0.lost < $1.lost }
    }
}

extension Workspace {
    /// Puts plans in force to look at them, with their fit: without it they are not what their point says.
    mutating func look(at plans: [LayerPlan], fittedBy rule: ReconstructRule?) {
        change(to: plans, title: "a point of the trade-off", fitting: .by(rule))
    }
}
