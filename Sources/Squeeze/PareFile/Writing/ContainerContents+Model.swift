import Compression
import ModelFormats
import NeuralNetwork

extension ContainerContents {
    /// What of a model goes into its compressed file; tensors are not read.
    public init(of model: Model) {
        self.init(of: model) { names in ONNXStructure(model, names: names).map { ($0.tensors, $0.byteCount) } }
    }
}
