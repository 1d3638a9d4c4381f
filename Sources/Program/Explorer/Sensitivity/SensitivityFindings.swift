import Basics
import Reports
import Search
import TerminalUI
import Workbench

/// What layers can lose by each stage alone, as far as that is worked out.
public struct SensitivityFindings: Sendable {
    /// How far that has come.
    public enum Knowledge: Sendable {
        case nothing
        /// Being worked out: how far.
        case comes(Double)
        case known([LayerSensitivity])
        case failed(String)
    }

    var knowledge = Knowledge.nothing

    var layers: [LayerSensitivity] {
        if case .known(let layers) = knowledge { layers } else { [] }
    }

    /// Whether somebody works on it.
    var isUnderWay: Bool {
        if case .comes = knowledge { true } else { false }
    }
}

/// Where a person is in the window of sensitivities.
public struct SensitivityPlace: Sendable, Hashable {
    /// The row that is chosen, of those that are there in its order.
    var selected = 0
    /// By position in `SensitivityTable.losses`.
    var loss = 1
    var order = Order.network

    /// In which order layers stand.
    enum Order: Sendable, Hashable {
        /// That of the network.
        case network
        /// The most that may go by a stage first.
        case stage(SearchStage)
        /// The most bytes first.
        case bytes
    }

    /// What may be lost.
    var allowed: Double { SensitivityTable.losses[loss] }

    /// The layers in the order of the window.
    func rows(_ layers: [LayerSensitivity]) -> [LayerSensitivity] {
        switch order {
        case .network: layers
        case .bytes: layers.enumerated().sorted { ($1.element.byteCount, $0.offset) < ($0.element.byteCount, $1.offset) }.map(\.element)
        case .stage(let stage):
            layers.map { ($0, $0.gone($0.limit(stage, losing: allowed))) }.enumerated()
                .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element.0)
        }
    }

    /// The order behind this one.
    var nextOrder: Order {
        let orders = [Order.network, .bytes] + SearchStage.allCases.map(Order.stage)
        return orders[((orders.firstIndex(of: order) ?? 0) + 1) % orders.count]
    }
}

extension ExplorerState {
    /// Opens the window, and has worked out what is not known.
    mutating func showSensitivity() -> [Effect] {
        guard let workspace else { return [] }
        overlay = .sensitivity(SensitivityPlace())
        if !workspace.sensitivity.layers.isEmpty || workspace.sensitivity.isUnderWay { return [] }
        guard !workspace.losses.curves.isEmpty else {
            let reason =
                workspace.losses.weighing == nil
                ? "no data says what layers' outputs count for: d chooses some" : "wait until layers' outputs are weighed, then press Y again"
            self.workspace?.sensitivity.knowledge = .failed(reason)
            return []
        }
        self.workspace?.sensitivity.knowledge = .comes(0)
        return [.model(workspace.open, .findSensitivity)]
    }

    /// A key in the window: it chooses a layer, a loss and an order, goes to the layer, and writes the table.
    mutating func update(_ place: SensitivityPlace, _ key: Key) -> [Effect] {
        guard let workspace else { return [] }
        var place = place
        let rows = place.rows(workspace.sensitivity.layers)
        switch key {
        case .escape, "q", "Y", .control("c"):
            overlay = nil
            return []
        case .enter:
            overlay = nil
            if rows.indices.contains(place.selected) { self.workspace?.select(rows[place.selected].layer) }
            return []
        case .left, "h": place.loss = max(0, place.loss - 1)
        case .right, "l": place.loss = min(SensitivityTable.losses.count - 1, place.loss + 1)
        case "s": place.order = place.nextOrder
        case "e" where !rows.isEmpty:
            overlay = nil
            prompt = Prompt(.sensitivity, text: fileName(of: workspace.path).split(separator: ".").first.map { $0 + ".sensitivity.csv" } ?? "")
            return []
        case "j": place.selected = moved(place.selected, by: .down, count: rows.count)
        case "k": place.selected = moved(place.selected, by: .up, count: rows.count)
        default: place.selected = moved(place.selected, by: key, count: rows.count)
        }
        overlay = .sensitivity(place)
        return []
    }

    /// Writes the table: as JSON to what ends in .json, else as CSV.
    func writeSensitivity(to path: String) -> [Effect] {
        guard let workspace, !workspace.sensitivity.layers.isEmpty else { return [] }
        let name = path.hasSuffix(".json") || path.hasSuffix(".csv") ? path : path + ".csv"
        return [.model(workspace.open, .writeSensitivity(workspace.sensitivity.layers, to: name))]
    }
}
