import Basics
import Composition
import Compression
import Importance
import NeuralNetwork
import PareFile
import Workbench

/// A model, or a model under a recipe, as plain text in columns.
public enum TextReport {
    /// Layers, shapes, parameters and MACs, then what is left out and why. Within a width, where one is given, names are brought
    /// down to what tells them apart.
    public static func inspect(_ model: Model, width: Int? = nil) -> String {
        let names = LayerNames(model.layers.map(\.name))
        let full = inspect(model, names: model.layers.map(\.name))
        guard let width, let longest = full.dropFirst(2).map(\.count).max(), longest > width else {
            return joined(model, full, width: width)
        }
        let widest = model.layers.map(\.name.count).max() ?? 0
        return joined(model, inspect(model, names: names.fitted(to: max(12, widest - (longest - width)))), width: width)
    }

    private static func joined(_ model: Model, _ lines: [String], width: Int?) -> String {
        var lines = lines
        if let reason = model.macs.reason, model.graph != nil { lines += ["", "MACs are not counted: \(reason)"] }
        if let line = assumed(model.assumptions) { lines += ["", line] }
        if !model.leftOut.isEmpty { lines += ["", "not compressed:"] + leftOut(model) }
        let other = model.otherParameterCount
        if other > 0 {
            let share = NumberText.percent(Double(other) / Double(max(1, model.parameterCount)))
            lines += ["", "\(NumberText.grouped(other)) parameters (\(share)) are of biases, norms and small tensors, stored as they are"]
        }
        let tied = model.tensors.filter { !$0.tiedNames.isEmpty }
        if !tied.isEmpty { lines += [""] + tied.map { "\($0.name) is also \($0.tiedNames.joined(separator: ", "))" } }
        if let hint = model.exportHint { lines += ["", hint] }
        return lines.joined(separator: "\n")
    }

    /// What is left out, a line each: why stands behind it.
    private static func leftOut(_ model: Model) -> [String] {
        var table = TextTable(["name", "operator", "shape", "parameters", "share", "why"], rightAligned: [3, 4])
        for weights in model.leftOut {
            table.add([
                weights.name, weights.operation.isEmpty ? "-" : weights.operation, weights.shape.description,
                NumberText.grouped(weights.parameterCount),
                NumberText.percent(Double(weights.parameterCount) / Double(max(1, model.parameterCount))), weights.reason,
            ])
        }
        return table.lines
    }

    private static func inspect(_ model: Model, names: [String]) -> [String] {
        guard !model.layers.isEmpty else { return [summary(of: model), "", "no layer to compress"] }
        var table = TextTable(["layer", "operator", "shape", "parameters", "share", "MACs"], rightAligned: [3, 4, 5])
        let total = max(1, model.parameterCount)
        for (layer, name) in zip(model.layers, names) {
            table.add([
                name, layer.operation, layer.shape.description, NumberText.grouped(layer.shape.count),
                NumberText.percent(Double(layer.shape.count) / Double(total)), macs(layer.macs),
            ])
        }
        return [summary(of: model), ""] + table.lines
    }

    /// What each layer and the file take under a recipe.
    public static func estimate(_ estimate: Estimate, of network: RecipeNetwork, losses: PredictedLosses? = nil) -> String {
        let told = EstimatedLayers(estimate, of: network)
        let isReshaped = told.layers.contains { !$0.composed.isUntouched }
        var table = TextTable(
            ["layer", "operator", "shape"] + (isReshaped ? ["filters", "ranks"] : [])
                + ["sparsity", "k", "bits/weight", "size", "ratio", "rms error"] + (losses == nil ? [] : ["loss"]),
            rightAligned: isReshaped ? Set(3...11) : Set(3...9))
        for (index, (layer, estimated)) in zip(told.model.layers, told.layers).enumerated() {
            let figures = estimated.figures
            var row = [layer.name, layer.operation, layer.shape.description]
            if isReshaped { row += shape(estimated.composed) }
            row += [
                NumberText.percent(figures.sparsity), figures.codebook.map { String($0.centroids.count) } ?? "-",
                NumberText.fixed(figures.bitsPerWeight, 2), NumberText.bytes(figures.account.byteCount),
                NumberText.ratio(figures.weightRatio), NumberText.weight(figures.rootMeanSquareError),
            ]
            if let losses { row.append(losses.layers[index].map { NumberText.weight($0.value) } ?? "-") }
            table.add(row)
        }
        let account = estimate.account
        let sizes = sizes(account.originalByteCount, account.compressedByteCount)
        var lines = [summary(of: told.model), sizes + macs(estimate, of: told.model), besides(account), ""] + table.lines
        if let losses { lines += ["", self.losses(losses.importance)] }
        let refusals = refusals(told)
        if !refusals.isEmpty { lines += [""] + refusals }
        if let line = assumed(told.model.assumptions) { lines += ["", line] }
        return lines.joined(separator: "\n")
    }

    private static func sizes(_ before: Int, _ after: Int) -> String {
        "\(NumberText.bytes(before)) → \(NumberText.bytes(after)) (\(NumberText.ratio(Double(before) / Double(max(1, after)))))"
    }

    /// What of the file is no layer.
    private static func besides(_ account: ModelAccount) -> String {
        let parts = [
            ("numbers", account.numberByteCount), ("graph", account.graphByteCount), ("stored", account.storedByteCount),
            ("header", account.headerByteCount),
        ]
        let sizes = parts.compactMap { $1 == 0 ? nil : "\($0) \(NumberText.bytes($1))" }
        return "\(NumberText.bytes(account.compressedByteCount - account.entryByteCount)) beside the layers: \(sizes.joined(separator: ", "))"
    }

    /// What predicted losses are.
    static func losses(_ importance: NetworkImportance) -> String {
        let unit =
            importance.answer.form == .numbers
            ? "half of the error's share of the answers' variance" : "the answers' divergence from the original's in nats"
        let inputs = importance.isRandom ? "random inputs" : "samples"
        return "loss: \(unit) that a layer's plan is expected to cost by itself, from \(NumberText.grouped(importance.sampleCount)) \(inputs)"
    }

    /// What figures rest on that nobody gave, in a line; nil where they rest on nothing.
    public static func assumed(_ extents: [String]) -> String? {
        extents.isEmpty ? nil : "assumed: \(extents.joined(separator: ", ")) (give the inputs' shapes with --input)"
    }

    /// What was written as `report` says, and what it holds.
    public static func compressed(_ estimate: Estimate, of network: RecipeNetwork, output: String, report: EstimateReport) -> String {
        let original = network.original
        let parameters = estimate.shapes.model.parameterCount
        var line = "\(output): "
        if let byteCount = report.output_bytes { line += sizes(estimate.account.originalByteCount, byteCount) + ", " }
        line += "\(NumberText.grouped(parameters)) of \(NumberText.grouped(original.parameterCount)) parameters"
        line += macs(estimate, of: original)
        let assumed = macs(estimate, of: original).isEmpty ? nil : assumed(original.assumptions)
        return ([line] + refusals(EstimatedLayers(estimate, of: network)) + [assumed].compactMap(\.self)).joined(separator: "\n")
    }

    /// Why layers are not what the recipe says, a line each.
    private static func refusals(_ told: EstimatedLayers) -> [String] {
        zip(told.model.layers, told.layers).flatMap { layer, estimated in
            [estimated.refusal.map { "\(layer.name) stays as it is: \($0)" }, estimated.objection.map { "\(layer.name): \($0)" }].compactMap(\.self)
        }
    }

    /// An error in one line.
    public static func words(for error: any Error) -> String { message(for: error) }

    private static func summary(of model: Model) -> String {
        var parts = [
            model.name, model.format, "\(NumberText.grouped(model.parameterCount)) parameters",
            NumberText.bytes(model.fileByteCount),
        ]
        if let macs = model.macs.count { parts.append("\(NumberText.count(macs)) MACs") }
        return parts.joined(separator: "  ")
    }

    /// Filters that stay and ranks, as far as they differ from what was.
    private static func shape(_ composed: ComposedLayer) -> [String] {
        let filters = composed.filtersKept < composed.filterCount ? "\(composed.filtersKept)/\(composed.filterCount)" : "-"
        return [filters, composed.rankText ?? "-"]
    }

    private static func macs(_ estimate: Estimate, of original: Model) -> String {
        guard let before = original.macs.count, let after = estimate.shapes.model.macs.count,
            !estimate.shapes.keepsShapes || before != after
        else { return "" }
        let change = NumberText.change(from: before, to: after)
        return "  MACs \(NumberText.count(before)) → \(NumberText.count(after)) (\(change))"
    }

    private static func macs(_ count: MACCount) -> String { count.count.map(NumberText.grouped) ?? "-" }
}

/// Rows of text in aligned columns.
struct TextTable {
    private var rows: [[String]]
    private let rightAligned: Set<Int>

    init(_ header: [String], rightAligned: Set<Int>) {
        rows = [header]
        self.rightAligned = rightAligned
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var lines: [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return rightAligned.contains(column) ? padding + text : text + padding
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
