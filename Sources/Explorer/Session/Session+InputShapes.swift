import NeuralNetwork
import TensorCore

extension Session {
    /// Opens the model of a bench once more, its inputs in other shapes, with the work that was done on it.
    func giveInputShapes(_ request: InputShapesRequest, on bench: Workbench) {
        files.submit("give shapes") { [self] in
            do throws(Model.InputShapeFault) {
                let model = try bench.model.given(inputShapes: request.shapes)
                present(
                    model, path: bench.path, isDemo: bench.isDemo, recipe: request.recipePath,
                    read: lookAgain(at: request.recipePath), plans: request.plans, data: bench.data, resuming: request)
            } catch {
                post(.failed(message: error.message), from: bench)
            }
        }
    }
}
