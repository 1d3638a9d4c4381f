import NeuralNetwork

extension Model {
    /// How to get a file with a graph, so that quality can be measured; nil where this one has it.
    public var exportHint: String? {
        guard graph == nil else { return nil }
        if format.hasPrefix("Keras") || format.hasPrefix("HDF5") {
            return "for quality, export the network: python -m tf2onnx.convert --keras MODEL.h5 --output model.onnx"
        }
        return "for quality, export the network in PyTorch: torch.onnx.export(model.eval(), (example_input,), \"model.onnx\")"
    }
}
