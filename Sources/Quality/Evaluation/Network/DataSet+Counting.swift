import Datasets
import NeuralNetwork

extension DataSet {
    /// The data with its samples along the axes that count them in a network's inputs: of an array that goes into an input of its name
    /// these need not be the first ones. What draws samples, or counts them, takes the data so.
    public func counted(for model: Model) -> DataSet {
        // What does not fit is told where it is used.
        guard case .samples(let source) = content, !source.fields.isEmpty, let plan = try? InputPlan(model, data: self) else { return self }
        let fields = source.fields
        guard plan.feeds.contains(where: { feed in fields[feed.input].map { $0.count != feed.source.count } ?? false }) else { return self }
        var counted = self
        counted.take(plan.feeds, beside: fields)
        return counted
    }
}
