import Composition
import Compression
import Datasets
import NeuralNetwork
import TensorCore
import TestNetworks
import Testing
import Training

@testable import Finetuning

@Suite("Files that fix their batch")
struct FixedBatchTests {
    /// The network of the bars with its batch fixed; where it reshapes to that batch it runs with no other.
    private func model(batch: Int, isReshaped: Bool) -> Model {
        var model = Bars.classifier()
        guard var graph = model.graph else { preconditionFailure("a network without a graph") }
        graph.inputs[0].dimensions?[0] = .fixed(batch)
        graph.outputs[0].dimensions?[0] = .fixed(batch)
        if isReshaped, let place = graph.nodes.firstIndex(where: { $0.operation == "Flatten" }) {
            let shape = [Int64(batch), 54].withUnsafeBytes { Array($0) }
            graph.initializers["to"] = model.tensors.count
            model.tensors.append(StoredTensor(name: "to", tensor: Tensor(shape: [2], elementType: .int64, storage: .owned(shape))))
            graph.nodes[place] = Node(name: "flat", operation: "Reshape", inputs: ["d", "to"], outputs: ["e"], attributes: [:])
        }
        model.graph = graph
        return model
    }

    private func data(_ model: Model, count: Int, held: Int, test: Bool) throws -> FinetuningData {
        var cut = FinetuningData.Cut()
        cut.batchSize = 32
        cut.heldOutShare = Double(held) / Double(count)
        let bars = DataSet(name: "bars", content: .samples(Bars(count: count)))
        return try FinetuningData(bars, test: test ? DataSet(name: "test", content: .samples(Bars(count: held))) : nil, for: model, cut: cut)
    }

    @Test("Training, held-out and test data run at the batch that the file fixes, and the last one counts what is in it", arguments: [1, 4], [false, true])
    func batches(batch: Int, test: Bool) throws {
        let data = try data(model(batch: batch, isReshaped: true), count: 62, held: 6, test: test)
        #expect(data.training.batchSize == batch && data.heldOut.batchSize == batch)
        #expect(data.trainingShapes == ["x": [batch, 1, 8, 8]] && data.heldOutShapes == ["x": [batch, 1, 8, 8]])
        #expect(data.heldOut.batchCount == (6 + batch - 1) / batch)
        #expect(data.training.batchCount == (test ? 62 : 56) / batch)
        var labels: [Int32] = []
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: batch * 64 * 4, alignment: 8)
        defer { bytes.deallocate() }
        for index in 0..<data.heldOut.batchCount { labels += try data.heldOut.read(batch: index, epoch: 0, into: ["x": bytes]).labels ?? [] }
        #expect(labels.count { $0 >= 0 } == 6)
    }

    @Test("A network that computes the same for more samples trains with as many as are wanted")
    func widened() throws {
        let data = try data(model(batch: 1, isReshaped: false), count: 100, held: 20, test: false)
        #expect(data.training.batchSize == 32 && data.heldOut.batchSize == 20)
    }

    @Test("It is measured as one that leaves its batch open, by labels and by what the original says, and trains", arguments: [false, true])
    func trains(isLabelled: Bool) throws {
        func result(_ model: Model) throws -> FinetuningResult {
            var cut = FinetuningData.Cut()
            cut.batchSize = 4
            cut.heldOutShare = 0.25
            let bars = DataSet(name: "bars", content: .samples(Bars(count: 120, isLabelled: isLabelled)))
            var options = SmallTasks.options(epochs: 1, centroids: 0)
            if !isLabelled { options.distillation = .init() }
            let data = try FinetuningData(bars, test: nil, for: model, cut: cut)
            let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.5)) }
            return try Finetuner(Composer(model), plans: plans, data: data, options: options).run()
        }
        let (fixed, open) = (try result(model(batch: 4, isReshaped: true)), try result(Bars.classifier()))
        #expect(fixed.outcome == .finished)
        for (one, other) in [(fixed.original, open.original), (fixed.oneShot, open.oneShot), (fixed.final, open.final)] {
            #expect(abs(one.loss - other.loss) < 1e-4 * max(1, abs(other.loss)), "\(one) is not \(other)")
            #expect(one.accuracy == other.accuracy)
        }
    }

    @Test("Random inputs are symbols of the table that they look up, and masks are ones")
    func randomSymbols() throws {
        var builder = GraphBuilder(seed: 3)
        builder.input("ids", [.symbol("batch"), .fixed(4)], .int64)
        builder.input("mask", [.symbol("batch"), .fixed(4)])
        builder.node("Gather", [builder.store("table", [30, 8]), "ids"], ["e"])
        builder.node("ReduceMean", ["e"], ["r"], ["axes": .integers([2]), "keepdims": .integer(0)])
        builder.node("Mul", ["r", "mask"], ["m"])
        builder.node("Gemm", ["m", builder.store("w", [3, 4])], ["y"], ["transB": .integer(1)])
        builder.output("y", [.symbol("batch"), .fixed(3)])
        let data = try FinetuningData(randomFor: builder.model, batchSize: 8, batchCount: 4, heldOutCount: 16)
        #expect(data.trainingShapes == ["ids": [8, 4], "mask": [8, 4]])
        let ids = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 * 4 * 8, alignment: 8)
        let mask = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 * 4 * 4, alignment: 8)
        defer { ids.deallocate(); mask.deallocate() }
        _ = try data.training.read(batch: 0, epoch: 0, into: ["ids": ids, "mask": mask])
        let drawn = Array(ids.bindMemory(to: Int64.self))
        #expect(drawn.allSatisfy { (0..<30).contains($0) } && Set(drawn).count > 10)
        #expect(Array(mask.bindMemory(to: Float.self)) == Array(repeating: 1, count: 32))
    }
}
