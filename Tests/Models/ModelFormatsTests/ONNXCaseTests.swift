import ModelFormats
import NeuralNetwork
import Testing

/// The files of `make_onnx.py`, against what ONNX Runtime and the onnx package made of them.
@Suite("ONNX cases")
struct ONNXCaseTests {
    static let folder = Goldens.folder + "onnx/"

    static func rows(_ kind: String) throws -> [[String]] {
        try Goldens.rows("onnx/cases.tsv").filter { $0[0] == kind }.map { Array($0.dropFirst()) }
    }

    @Test("Inferred shapes are those of a run")
    func shapes() throws {
        var models: [String: (Model, GraphAnalysis)] = [:]
        let rows = try Self.rows("shape")
        #expect(rows.count > 250)
        for row in rows {
            if models[row[0]] == nil {
                let model = try ModelFile.open(path: Self.folder + row[0])
                models[row[0]] = (model, GraphAnalysis(try #require(model.graph), tensors: model.tensors))
            }
            let analysis = try #require(models[row[0]]?.1)
            let found = analysis.shapes[row[1]]?.description ?? analysis.unknownShapes[row[1]] ?? "missing"
            #expect(found == row[2], "\(row[0]) \(row[1])")
        }
    }

    @Test("Multiply-accumulates are those of the textbook on the shapes of a run")
    func macs() throws {
        for row in try Self.rows("macs") {
            let model = try ModelFile.open(path: Self.folder + row[0])
            // Counts of the file are of a run; the recurrent layers' is of two samples, time first.
            let count = try #require(Int(row[2])) / (row[0] == "recurrent.onnx" ? 2 : 1)
            if row[1] == "*" {
                #expect(model.macs == .counted(count), "\(row[0])")
            } else if let layer = model.layers.first(where: { $0.name == row[1] }), row[1] != "first" {
                #expect(layer.macs == .counted(count), "\(row[0]) \(row[1])")
            }
        }
    }

    @Test("Parameters are the elements of the initializers")
    func parameters() throws {
        for row in try Self.rows("params") where row[0] != "constants.onnx" {
            #expect(try ModelFile.open(path: Self.folder + row[0]).parameterCount == Int(row[1]), "\(row[0])")
        }
    }

    @Test("Elements of every type and field read as the onnx package reads them")
    func elements() throws {
        let rows = try Self.rows("tensor")
        #expect(rows.count == 16)
        for row in rows {
            let model = try ModelFile.open(path: Self.folder + row[0])
            let tensor = try #require(model.tensors.first { $0.name == row[1] }).tensor
            let expected = row[4].split(separator: ",").compactMap { Double($0) }
            #expect(tensor.shape.description == row[3])
            if tensor.elementType.isReadableAsFloat {
                #expect(try tensor.floats() == expected.map(Float.init), "\(row[1])")
            } else {
                let width = tensor.elementType.byteCount
                let low = try tensor.read().storage.withUnsafeBytes { bytes in
                    (0..<tensor.count).map { Int(Int8(bitPattern: bytes[$0 * width])) }
                }
                #expect(low == expected.map { Int($0) }, "\(row[1])")
            }
        }
    }

    @Test("A weight of two nodes is one layer with the sum of their costs")
    func sharedWeight() throws {
        let model = try ModelFile.open(path: Self.folder + "products.onnx")
        #expect(model.layers.map(\.name) == ["first", "left", "gemm_b", "gemm_a", "through_reshape", "through_transpose"])
        #expect(model.layers[0].macs == .counted(2 * 2 * 3 * 5 * 7))
        #expect(model.layers[2].bias.map { model.tensors[$0].tensor.shape } == [9])
    }

    @Test("W and R of a recurrent node are two layers, and its bias belongs to W")
    func recurrentLayers() throws {
        let model = try ModelFile.open(path: Self.folder + "recurrent.onnx")
        #expect(model.layers.count == 12)
        let weights = try #require(model.layers.first { $0.name == "gru_bidirectional/W" })
        #expect(weights.shape == [2, 12, 3])
        #expect(weights.bias.map { model.tensors[$0].name } == "gru_bidirectional.B")
        #expect(model.layers.first { $0.name == "gru_bidirectional/R" }?.bias == nil)
    }

    @Test("Weights in Constant nodes are layers and parameters, literals are neither")
    func constants() throws {
        let model = try ModelFile.open(path: Self.folder + "constants.onnx")
        #expect(model.layers.map(\.name) == ["conv", "fc"])
        #expect(try model.layers[0].bias.map { try model.tensors[$0].tensor.floats() } == [0.5, -0.25])
        #expect(model.parameterCount == 54 + 2 + 1280)
        #expect(model.tensors.filter(\.isLiteral).map(\.name).sorted() == ["rotation", "scale", "split"])
    }

    @Test("Only the branch that is taken costs; an open condition counts the dearer one")
    func branches() throws {
        let model = try ModelFile.open(path: Self.folder + "branches.onnx")
        let macs = Dictionary(uniqueKeysWithValues: model.layers.map { ($0.name, $0.macs) })
        #expect(
            macs == [
                "then_fc": .counted(24), "else_fc": .counted(24), "dead_fc": .counted(0), "live_fc": .counted(8),
                "loop_fc": .counted(3 * 36),
            ])
        #expect(model.macs == .counted(24 + 8 + 3 * 36))
    }

    @Test("External data counts towards the file and is read at its offset")
    func external() throws {
        let model = try ModelFile.open(path: Self.folder + "external.onnx")
        let sizes = try ["external.onnx", "external.bin"].map { try Goldens.bytes(Self.folder + $0).count }
        #expect(model.fileByteCount == sizes[0] + sizes[1])
        #expect(model.structureByteCount == sizes[0] + 24)  // two gaps of twelve bytes between the tensors
    }

    @Test("A sparse initializer keeps its shape and counts what it stores")
    func sparse() throws {
        let model = try ModelFile.open(path: Self.folder + "sparse.onnx")
        #expect(model.parameterCount == 3)
        #expect(model.layers.isEmpty)
        // For one of the two samples that the file fixes.
        #expect(model.macs == .counted(4 * 3))
    }

    @Test("Weights that are not finite open like others")
    func notFinite() throws {
        let model = try ModelFile.open(path: Self.folder + "not-finite.onnx")
        let floats = try #require(model.layers.first.map { try model.tensors[$0.weight].tensor.floats() })
        #expect(floats[0].isNaN)
        #expect(floats[5] == .infinity)
        #expect(floats[10] == -.infinity)
    }
}
