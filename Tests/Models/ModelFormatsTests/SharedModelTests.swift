import ModelFormats
import NeuralNetwork
import Testing

@Suite("Real models", .enabled(if: sharedModels != nil, "set PARE_TEST_DATA to the folder that holds models/"))
struct SharedModelTests {
    /// Parameters, total and multiply-accumulates by node, as `make_model_counts.py` measured them.
    struct Expectation {
        var file: String
        var parameters: Int
        var macs: Int?
        var nodes: [String: Int] = [:]
    }

    static func expectations() throws -> [Expectation] {
        var result: [Expectation] = []
        for row in try Goldens.rows("models.tsv") {
            if row[0].isEmpty {
                result[result.count - 1].nodes[row[1], default: 0] += try #require(Int(row[2]))
            } else {
                result.append(Expectation(file: row[0], parameters: try #require(Int(row[1])), macs: Int(row[2])))
            }
        }
        return result
    }

    @Test("Parameters equal what the onnx and safetensors packages count")
    func parameters() throws {
        let expectations = try Self.expectations()
        #expect(expectations.count == 19)
        for expected in expectations {
            let model = try ModelFile.open(path: #require(sharedModels) + expected.file)
            #expect(model.parameterCount == expected.parameters, "\(expected.file)")
        }
    }

    @Test("Multiply-accumulates equal an independent count, in total and node by node")
    func macs() throws {
        for expected in try Self.expectations() where expected.file.hasSuffix(".onnx") {
            let model = try ModelFile.open(path: #require(sharedModels) + expected.file)
            if let macs = expected.macs { #expect(model.macs == .counted(macs), "\(expected.file)") }
            for (node, macs) in expected.nodes {
                let layer = model.layers.first { $0.name == node }
                #expect(layer?.macs == .counted(macs), "\(expected.file) \(node)")
            }
        }
    }

    @Test("An unknown operator is named, and the layers behind it are readable")
    func unknownOperators() throws {
        for (file, operation, known) in [("custom-ops-opset11", "SuperResolutionPreProcess", 0), ("custom-ops-opset18", "DecodeImage", 3)] {
            let model = try ModelFile.open(path: #require(sharedModels) + "unsupported/\(file).onnx")
            #expect(model.macs.count == nil)
            #expect(model.macs.reason?.contains(operation) == true)
            #expect(model.layers.count == 4)
            #expect(model.layers.filter { $0.macs.count != nil }.count == known)
        }
    }

    @Test("A weight that a subgraph reorders by slices is one layer")
    func sileroRecurrentWeights() throws {
        let model = try ModelFile.open(path: #require(sharedModels) + "silero-vad.onnx")
        let recurrent = model.layers.filter { $0.operation == "LSTM" }
        #expect(recurrent.map(\.name) == ["/model/decoder/rnn/LSTM/W", "/model/decoder/rnn/LSTM/R"])
        // One step of a sequence: 4 gates × 128 × 128, in the branch that state's shape selects.
        #expect(recurrent.map(\.macs) == [.counted(65536), .counted(65536)])
        #expect(model.assumptions == ["sequence = 256"])
    }

    @Test("A weight that is reshaped before its use is a layer")
    func reshapedWeight() throws {
        let model = try ModelFile.open(path: #require(sharedModels) + "mnist-cntk.onnx")
        #expect(model.layers.map(\.name) == ["Convolution28", "Convolution110", "Times212"])
        #expect(model.layers.map(\.shape) == [[8, 1, 5, 5], [16, 8, 5, 5], [16, 4, 4, 10]])
    }

    @Test("Every model is written and read back as it was")
    func roundTrip() throws {
        for expected in try Self.expectations() {
            let model = try ModelFile.open(path: #require(sharedModels) + expected.file)
            let again = try written(model, as: model.graph == nil ? "out.safetensors" : "out.onnx")
            #expect(ModelDescription.lines(of: again) == ModelDescription.lines(of: model), "\(expected.file)")
            #expect(again.macs == model.macs)
            #expect(again.layers.map(\.name) == model.layers.map(\.name))
            #expect(again.fileByteCount <= model.fileByteCount)
            if let writer = ONNXWriter(model) {
                #expect(writer.account().fileByteCount == again.fileByteCount)
                #expect(writer.account().parameterCount == again.parameterCount)
            }
        }
    }

    @Test("Tensor bytes and structure make up the file")
    func byteAccount() throws {
        for expected in try Self.expectations() {
            let model = try ModelFile.open(path: #require(sharedModels) + expected.file)
            let stored = model.tensors.reduce(0) { $0 + $1.tensor.byteCount }
            let size = try Goldens.bytes(#require(sharedModels) + expected.file).count
            #expect(model.fileByteCount == size)
            // Two files keep integers in typed fields, where they are shorter than in memory.
            if !["mnist-cntk.onnx", "unsupported/custom-ops-opset18.onnx"].contains(expected.file) {
                #expect(model.structureByteCount + stored == size, "\(expected.file)")
            }
            #expect(model.structureByteCount < size / 5)
        }
    }
}
