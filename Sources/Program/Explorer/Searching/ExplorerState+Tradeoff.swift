import Search
import TerminalUI

extension ExplorerState {
    /// Opens the trade-off, and has the front worked out.
    mutating func showTradeoff() -> [Effect] {
        guard let workspace else { return [] }
        overlay = .tradeoff(TradeoffPlace(before: workspace))
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
        self.workspace?.tradeoff.waiting = workspace.tradeoff.waiting
        self.workspace?.takeWaiting()
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

    /// Leaves what is looked at in force; the line that chose it is the target from now on.
    private mutating func adopt(_ place: TradeoffPlace) {
        overlay = nil
        workspace?.history.endDrag()
        guard let chosen = place.chosen else { return }
        if let bound = place.bound { workspace?.target = SearchBudget(bound, in: place.price) }
        say(chosen.rule == nil ? "adopted: u takes it back" : "adopted, its weights are fitted: u takes it back")
    }

    /// Where a person is from now on: the chosen point is put in force.
    private mutating func go(to place: TradeoffPlace) -> [Effect] {
        overlay = .tradeoff(place)
        if let chosen = place.chosen { workspace?.look(at: chosen.plans, fittedBy: chosen.rule) }
        return []
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
            adopt(place)
            return []
        case "m":
            place.price = place.price == .bytes ? .macs : .bytes
            (place.chosen, place.bound) = (nil, nil)
            overlay = .tradeoff(place)
            return askForFront(place.price)
        case "p":
            self.workspace?.pinConfiguration()
            say("pinned: the deltas count from here")
        case "e" where !points.isEmpty:
            leaveTradeoff()
            prompt = Prompt(.tradeoff(place.price), text: "tradeoff.csv")
            return []
        case "X" where !points.isEmpty:
            leaveTradeoff()
            prompt = Prompt(.models(place.price), text: workspace.suggestedModelsName)
            return []
        case "t": place.showsTree.toggle()
        case _ where place.showsTree: place.moveInTree(key, TradeoffTree(workspace.tradeoff.tried, place.price))
        case .left, "h": place.move(by: -1, points)
        case .right, "l": place.move(by: 1, points)
        case .home, "g": place.chosen = points.first
        case .end, "G": place.chosen = points.last
        case .up, "k": place.moveLine(by: 1, points)
        case .down, "j": place.moveLine(by: -1, points)
        case "]": place.moveBudget(by: 1, points)
        case "[": place.moveBudget(by: -1, points)
        case "d": place.showsDominated.toggle()
        default: break
        }
        return go(to: place)
    }

    /// The mouse in the window: a press chooses the nearest point, or takes a line by its end or anywhere on it, which follows then.
    mutating func updateTradeoff(_ mouse: MouseEvent, in inner: Rect) -> [Effect] {
        guard case .tradeoff(var place)? = overlay, let workspace else { return [] }
        let chart = TradeoffView.chart(in: inner)
        guard !place.showsTree else {
            let tree = TradeoffTree(workspace.tradeoff.tried, place.price)
            guard mouse.kind == .press, chart.contains(mouse.position) else { return [] }
            place.choose(row: mouse.position.y - chart.y, of: tree, height: chart.height)
            return go(to: place)
        }
        let points = workspace.tradeoffPoints(place.price, showsDominated: place.showsDominated)
        guard !points.isEmpty else { return [] }
        let scale = TradeoffScale(points, place, in: chart)
        let (x, y) = (mouse.position.x, mouse.position.y)
        switch mouse.kind {
        case .press where mouse.button == .left:
            place.held = nil
            let isOnLine =
                switch place.bound {
                case .lost(let allowed)?: scale.row(allowed) == y
                case .cost(let limit)?: scale.column(limit) == x
                case nil: false
                }
            if x < chart.x, y >= chart.y, y < chart.endY {
                place.held = .lost(scale.lost(atRow: y))
            } else if y == chart.endY, x >= chart.x {
                place.held = .cost(scale.cost(atColumn: x))
            } else if isOnLine {
                place.held = place.bound
            }
            if let held = place.held {
                place.choose(held, points)
            } else if chart.contains(mouse.position) {
                place.bound = nil
                place.chosen = points.min { abs(scale.column($0.cost) - x) < abs(scale.column($1.cost) - x) }
            }
        case .drag:
            switch place.held {
            case .lost?: place.choose(.lost(scale.lost(atRow: y)), points)
            case .cost?: place.choose(.cost(scale.cost(atColumn: x)), points)
            case nil: return []
            }
        case .release: place.held = nil
        default: return []
        }
        return go(to: place)
    }
}
