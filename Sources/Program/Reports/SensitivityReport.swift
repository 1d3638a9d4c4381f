import Basics
import Compression
import NeuralNetwork
import Search

/// What `pare sensitivity --json` prints; the keys are part of Pare's interface.
public struct SensitivityReport: Encodable, Sendable {
    public struct StageReport: Encodable, Sendable {
        var stage: String
        /// The loss that is allowed, and the part of the layer's bytes that may go then.
        var loss: Double
        var gone: Double
        var bytes: Int
        @Nullable var setting: String?
        var predicted_loss: Double
    }

    public struct LayerReport: Encodable, Sendable {
        var name: String
        var bytes: Int
        /// Why the data says nothing of the layer: its losses are half of its relative squared errors then.
        @Nullable var guessed: String?
        var limits: [StageReport]
    }

    var model: String
    var data: String
    var layers: [LayerReport]

    public init(_ layers: [LayerSensitivity], of model: Model, data: String, stages: [SearchStage], losses: [Double]) {
        self.model = model.name
        self.data = data
        self.layers = layers.map { layer in
            LayerReport(
                name: model.layers[layer.layer].name, bytes: layer.byteCount, guessed: layer.reason,
                limits: stages.flatMap { stage in
                    losses.map { loss in
                        let limit = layer.limit(stage, losing: loss)
                        return StageReport(
                            stage: stage.rawValue, loss: loss, gone: layer.gone(limit), bytes: limit.byteCount,
                            setting: limit.plan.map(TextReport.setting), predicted_loss: limit.predicted)
                    }
                })
        }
    }
}

extension LayerSensitivity {
    /// The part of the layer's bytes that may go.
    public func gone(_ limit: StageLimit) -> Double { byteCount == 0 ? 0 : 1 - Double(limit.byteCount) / Double(byteCount) }
}

extension TextReport {
    /// What may go of each layer by each stage until losses are reached, a column for each.
    public static func sensitivity(_ layers: [LayerSensitivity], of model: Model, data: String, stages: [SearchStage], losses: [Double]) -> String {
        let columns = stages.flatMap { stage in losses.map { (stage, $0) } }
        var table = TextTable(
            ["layer", "bytes"] + columns.map { "\($0.0.rawValue) \(NumberText.weight($0.1))" }, rightAligned: Set(1...max(1, columns.count + 1)))
        for layer in layers {
            let mark = layer.reason == nil ? "" : " ~"
            table.add(
                [model.layers[layer.layer].name + mark, NumberText.bytes(layer.byteCount)]
                    + columns.map { stage, loss in
                        let limit = layer.limit(stage, losing: loss)
                        return limit.plan == nil ? "-" : NumberText.percent(layer.gone(limit), digits: 0)
                    })
        }
        var lines = [
            "what of a layer's bytes may go by a stage alone until an answer is predicted to lose so much, on \(data)",
            "(nats of divergence from the original's answers; of numbers half of the error's share of their variance)", "",
        ]
        lines += table.lines
        let guessed = layers.filter { $0.reason != nil }
        if !guessed.isEmpty {
            lines += ["", "~ the data says nothing of these; half of their relative squared error stands in:"]
            lines += guessed.map { "\(model.layers[$0.layer].name): \($0.reason ?? "")" }
        }
        return lines.joined(separator: "\n")
    }

    /// The same as comma-separated values, a row for each layer, stage and loss, a header first.
    public static func sensitivityCSV(_ layers: [LayerSensitivity], of model: Model, stages: [SearchStage], losses: [Double]) -> String {
        var lines = ["layer,bytes,stage,loss,gone,bytes_left,predicted_loss,setting"]
        for layer in layers {
            let name = "\"" + model.layers[layer.layer].name.replacing("\"", with: "\"\"") + "\""
            for stage in stages {
                for loss in losses {
                    let limit = layer.limit(stage, losing: loss)
                    let words = limit.plan.map { "\"" + setting($0) + "\"" } ?? ""
                    lines.append(
                        "\(name),\(layer.byteCount),\(stage.rawValue),\(loss),\(layer.gone(limit)),\(limit.byteCount),\(limit.predicted),\(words)")
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// A layer's setting in a few words: `step 0.031`.
    static func setting(_ plan: LayerPlan) -> String {
        var words: [String] = []
        if case .fraction(let fraction) = plan.filters?.amount { words.append("filters \(fraction)") }
        if case .energy(let energy) = plan.factorize?.ranks { words.append("energy \(energy)") }
        if case .sparsity(let sparsity) = plan.prune { words.append("sparsity \(sparsity)") }
        if let step = plan.share?.step { words.append("step \(step)") }
        if let clusters = plan.share?.clusters, clusters > 0 { words.append("clusters \(clusters)") }
        return words.joined(separator: ", ")
    }
}
