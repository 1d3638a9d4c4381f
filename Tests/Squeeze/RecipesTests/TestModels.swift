import Compression
import NeuralNetwork
import TensorCore

@testable import Recipes

/// A model of layers without weights worth the name; recipes look at names and operators only.
func model(_ layers: [(name: String, operation: String)], name: String = "googlenet.onnx") -> Model {
    let tensor = Tensor([0, 0, 0, 0], shape: [2, 2])
    var tensors: [StoredTensor] = []
    for layer in layers {
        tensors.append(StoredTensor(name: layer.name + ".weight", tensor: tensor))
        tensors.append(StoredTensor(name: layer.name + ".bias", tensor: tensor))
    }
    return Model(
        name: name, format: "ONNX, opset 13", fileByteCount: 0, structureByteCount: 0, tensors: tensors, graph: nil,
        layers: layers.enumerated().map { index, layer in
            Layer(
                name: layer.name, operation: layer.operation, weight: index * 2, bias: index * 2 + 1, shape: [2, 2],
                macs: .counted(4), matrix: MatrixView(rows: 2, columns: 2))
        },
        macs: .counted(0))
}

/// Two convolutions and two fully connected layers.
let small = model([("conv1", "Conv"), ("conv2", "Conv"), ("fc1", "Gemm"), ("fc2", "Gemm")])

/// The plans of `small` under a recipe's text.
func plans(_ yaml: String, for model: Model = small) throws -> [LayerPlan] {
    try Recipe(yaml: yaml).plans(for: model)
}

/// What is wrong with a recipe's text, read and resolved against `small`; nil where nothing is.
func complaint(about yaml: String, for model: Model = small, path: String? = nil) -> String? {
    do throws(RecipeError) {
        _ = try Recipe(yaml: yaml, path: path).plans(for: model)
        return nil
    } catch {
        return error.message
    }
}
