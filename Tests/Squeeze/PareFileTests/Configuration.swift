import Composition
import Compression
import ModelFormats
import NeuralNetwork
import Structure
import TensorCore
import Testing

@testable import PareFile

/// A model under plans, with what is to be found in its file.
struct Configuration {
    let shapes: ComposedModel
    let plans: [LayerPlan]
    let accounts: [LayerAccount?]
    let recipe: String

    init(_ model: Model, _ plans: [LayerPlan], recipe: String = "global: {}\n# \"quoted\\\" 層\n") throws {
        let shapes = try Composer(model).compose(plans, patience: .thorough)
        var refused: Set<Int> = []
        let figures = try shapes.placedLayers.map { layer in
            do {
                return try layer.exactFigures(plans[layer.number])
            } catch is PreparationFailure {
                refused.insert(layer.number)
                return LayerFigures.asStored(layer.weights)
            }
        }
        self.shapes = shapes
        self.plans = plans
        self.recipe = recipe
        accounts = shapes.accounts(figures, plans: plans) { refused.contains($0) }
    }

    var writer: PareWriter {
        get throws { try PareWriter(.init(shapes: shapes, plans: plans, accounts: accounts, recipe: recipe)) }
    }

    var account: ModelAccount {
        get throws {
            ModelAccount(model: shapes.model, contents: try FileContents(of: shapes.model), layers: accounts, recipe: recipe)
        }
    }

    /// The file's bytes.
    func bytes() throws -> [UInt8] {
        let file = TemporaryFile()
        try writer.write(to: file.path)
        return try file.bytes()
    }

    /// Writes the file and reads it back: its size must be the account's, its values the plans', its graph the same.
    func check() throws {
        let temporary = TemporaryFile()
        try writer.write(to: temporary.path)
        let reader = try PareReader(path: temporary.path)
        let account = try account
        #expect(reader.fileByteCount == account.compressedByteCount)
        #expect(reader.recipe == recipe)
        try reader.verify()
        #expect(try reader.firstDifference(from: writer) == nil)
        let again = try reader.model(isKept: false)
        let places = Dictionary(again.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        var expected: [Int: Tensor] = [:]
        for part in shapes.placedLayers.flatMap(\.parts) where accounts[part.place] != nil {
            expected[shapes.model.layers[part.place].weight] = try part.values(plans[part.layer.number])
        }
        let contents = try FileContents(of: shapes.model)
        for case .tensor(let index) in contents.items.map(\.source) {
            let stored = shapes.model.tensors[index]
            let found = try #require(places[contents.names[index]], "\(stored.name)").read()
            let wanted = try expected[index] ?? stored.tensor.read()
            #expect(found.shape == stored.tensor.shape && found.elementType == stored.tensor.elementType)
            // Shared values are numbers of float32; the model's are of its own type.
            let type = stored.tensor.elementType
            let isSame = found.bytes == (wanted.elementType == type ? wanted.bytes : type.encode(wanted.floats()))
            #expect(isSame, "\(stored.name)")
        }
        #expect(try structure(of: again) == structure(of: shapes.model))
        #expect(again.layers.map(\.shape) == shapes.model.layers.map(\.shape))
        #expect(again.macs == shapes.model.macs)
    }

    private func structure(of model: Model) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try ONNXStructure(model, names: model.tensors.map(\.name))?.forEachPart { bytes += try $0.read().withUnsafeBytes { Array($0) } }
        return bytes
    }
}

extension Tensor {
    var bytes: [UInt8] { storage.withUnsafeBytes { Array($0) } }
}
