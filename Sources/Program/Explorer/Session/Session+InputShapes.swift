import Compression
import NeuralNetwork
import TensorCore

extension Session {
    /// Opens the model of a bench once more, its inputs in other shapes.
    func giveInputShapes(_ shapes: [String: Shape], on bench: Workbench) {
        files.submit("give shapes") { [self] in
            do throws(Model.InputShapeFault) {
                let model = try bench.model.given(inputShapes: shapes)
                let plans = Array(repeating: LayerPlan(), count: model.layers.count)
                post(.reshaped(opened(model, path: bench.path, isDemo: bench.isDemo, plans: plans, data: bench.data)), from: bench)
            } catch {
                post(.failed(message: error.message), from: bench)
            }
        }
    }
}
