import Evaluation
import NeuralNetwork

/// Samples that a step of training and one of measuring take: as many as are wanted, unless a file fixes them and the network
/// does not run with more.
struct BatchSizes {
    let training: Int
    let heldOut: Int

    init(_ plan: InputPlan, _ model: Model, training: Int, heldOut: Int = 1) throws(FinetuningError) {
        guard let fixed = plan.fixedBatch else {
            (self.training, self.heldOut) = (training, heldOut)
            return
        }
        guard fixed > 0 else { throw .network("\(model.name) takes batches of no sample") }
        func size(_ wanted: Int) throws(FinetuningError) -> Int {
            let whole = wanted / fixed * fixed
            guard whole > fixed else { return fixed }
            do throws(EvaluationError) { return try plan.runs(model, batch: whole) ? whole : fixed } catch {
                throw .network(error.message)
            }
        }
        (self.training, self.heldOut) = (try size(training), try size(heldOut))
    }
}
