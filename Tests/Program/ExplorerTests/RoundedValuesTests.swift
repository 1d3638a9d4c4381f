import NeuralNetwork
import TensorCore
import Testing

@testable import Workbench

@Suite("What rounding tells apart")
struct RoundedValuesTests {
    /// A network with each weight of its largest tensor multiplied by 1 + `change`.
    private func classifier(_ change: Float) throws -> Model {
        var model = TinyNetworks.classifier()
        let index = try #require(model.tensors.indices.max { model.tensors[$0].tensor.count < model.tensors[$1].tensor.count })
        let tensor = try model.tensors[index].tensor.read()
        model.tensors[index].tensor = TensorSource(Tensor(tensor.floats().map { $0 * (1 + change) }, shape: tensor.shape))
        return model
    }

    @Test("The same values are at no distance, the seventh digit is rounding, the third is not")
    func distance() throws {
        let model = TinyNetworks.classifier()
        #expect(try RoundedValues.distance(of: classifier(0), from: model) == 0)
        let near = try #require(try RoundedValues.distance(of: classifier(1e-6), from: model))
        #expect(near > 1e-7 && near < 1e-5)
        #expect(try RoundedValues.distance(of: classifier(5e-3), from: model) == nil)
        #expect(try RoundedValues.distance(of: classifier(.nan), from: model) == nil)
    }

    @Test("Other shapes, names and numbers of tensors are no rounding")
    func shapes() throws {
        let model = TinyNetworks.classifier()
        var fewer = model
        fewer.tensors.removeLast()
        #expect(try RoundedValues.distance(of: fewer, from: model) == nil)
        var other = model
        let tensor = try other.tensors[0].tensor.read()
        other.tensors[0].tensor = TensorSource(Tensor(tensor.floats(), shape: [1, tensor.count]))
        #expect(try RoundedValues.distance(of: other, from: model) == nil)
    }
}
