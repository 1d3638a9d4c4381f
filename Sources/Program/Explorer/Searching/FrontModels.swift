import Basics
import Compression
import Recipes
import Reports
import Search
import Workbench

/// Networks along the front that are to be written, from the largest to the smallest.
public struct FrontModels: Sendable {
    /// What the files are called: `NAME-1.pare`, `NAME-1.yaml`, …, and `NAME.csv`, which tells of them all.
    let name: String
    let points: [TradeoffPoint]
    /// How those came about that were found, as their recipes say it.
    let origins: [Origin]

    /// How many are written at most.
    static let most = 6

    /// Takes points of the front with about equal ratios between them; what was measured goes before what is foretold.
    init(name: String, along points: [TradeoffPoint], origins: [Origin]) {
        let measured = TradeoffPoint.front(points.filter { $0.kind != .foretold })
        let front = measured.count >= 2 ? measured : TradeoffPoint.front(points)
        let order = front.sorted { $0.cost > $1.cost }
        let last = order.count - 1
        let places = order.count <= Self.most ? Array(order.indices) : (0..<Self.most).map { $0 * last / (Self.most - 1) }
        (self.name, self.points, self.origins) = (name, places.map { order[$0] }, origins)
    }

    /// All files that are to be written.
    var files: [String] { points.indices.flatMap { [file($0, "pare"), file($0, "yaml")] } + [name + ".csv"] }

    func file(_ index: Int, _ ending: String) -> String { "\(name)-\(index + 1).\(ending)" }
}

extension ExplorerState {
    /// Writes networks along the front, beside each other.
    mutating func writeModels(_ price: SearchPrice, named name: String) -> [Effect] {
        guard let workspace else { return [] }
        let points = workspace.tradeoffPoints(price, showsDominated: false).filter { $0.plans.contains { !$0.isIdentity } }
        let models = FrontModels(name: name, along: points, origins: workspace.origins)
        guard !models.points.isEmpty else {
            complain("there is no point yet to write a network of")
            return []
        }
        say("writing \(models.points.count) networks as \(fileName(of: name))-1.pare and so on")
        return ask([.writeModels(models)])
    }

    mutating func modelsWritten(_ count: Int, of total: Int, _ name: String) {
        let files = "\(fileName(of: name))-1.pare to -\(total).pare"
        if count < total { return say("writing \(files): \(count) of \(total)") }
        report("wrote \(files), their recipes and \(fileName(of: name)).csv")
    }
}

extension Workspace {
    /// What networks along the front are called where nobody says otherwise.
    var suggestedModelsName: String { suggestedRecipeName.dropLast(".yaml".count) + "-front" }
}

/// Networks along the front, written in the background.
extension Session {
    func write(_ models: FrontModels, on bench: Workbench) {
        save("write the front", on: exports) { [self] in
            do {
                if let taken = models.files.first(where: { exists(expanded($0)) }) {
                    return post(.failed(message: "\(fileName(of: taken)) is there already: write to another name"), from: bench)
                }
                var rows = ["file,bytes,macs,lost,lost_low,lost_high,kind,fitted"]
                for (index, point) in models.points.enumerated() {
                    post(.modelsWritten(index, of: models.points.count, name: models.name), from: bench)
                    rows.append(try write(point, index, of: models, on: bench))
                }
                try AtomicFile.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: expanded(models.name + ".csv"))
                post(.modelsWritten(models.points.count, of: models.points.count, name: models.name), from: bench)
            } catch {
                post(.failed(message: message(for: error)), from: bench)
            }
        }
    }

    /// Writes one with its recipe, and tells of it in a row.
    private func write(_ point: TradeoffPoint, _ index: Int, of models: FrontModels, on bench: Workbench) throws -> String {
        let network =
            try point.rule.map { try bench.reconstruct(point.plans, $0) }
            ?? RecipeNetwork(with: bench.composer, plans: point.plans, calibration: nil, data: bench.data)
        let path = models.file(index, "pare")
        let writer = try network.estimate(for: .writing).writer
        try writer.write(to: expanded(path))
        var recipe = Recipe(describing: point.plans, model: bench.model)
        recipe.reconstruct = point.rule
        recipe.found = models.origins.last { $0.plans == point.plans && $0.rule == point.rule }?.words
        try AtomicFile.write(Array(try recipe.yaml().utf8), to: expanded(models.file(index, "yaml")))
        let macs = try network.composer.compose(network.left, patience: .thorough).model.macs.count
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        return [
            fileName(of: path), "\(writer.fileByteCount)", macs.map { "\($0)" } ?? "", text(point.lost), text(point.interval?.lowerBound),
            text(point.interval?.upperBound), point.kind.name, network.reconstruction?.isUsed == true ? "yes" : "no",
        ].joined(separator: ",")
    }
}
