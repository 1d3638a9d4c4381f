import Basics
import Composition
import Compression
import Datasets
import Evaluation
import Structure

extension Composer {
    /// Runs the network, on data that is opened when it is needed or on random inputs, for everything that plans choose by data: filters by
    /// what they do and factors in the data's norm. `importance` is what the data says of the layers, where that is known.
    ///
    /// - Throws: `Cancelled`, or where the data cannot be opened or the network not be run.
    public func measureData(
        for plans: [LayerPlan], on data: @autoclosure () throws -> DataSet?, importance: NetworkImportance? = nil, niceness: Int32 = 0,
        cancellation: CancellationToken = CancellationToken()
    ) throws {
        let current = dataCount
        let groups = groupsAwaitingData(plans).filter { $0.criterion == .fisher }.map(\.group)
        let layers = layersAwaitingNorm(plans)
        if !groups.isEmpty || !layers.isEmpty {
            do {
                let found =
                    try importance
                    ?? .measure(
                        model, on: NetworkImportance.inputs(of: model, from: data()), cancellation: cancellation)
                try keep(found, scoring: groups, measuredOn: current)
            } catch let error as ImportanceError {
                guard groups.isEmpty else { throw error }
                for layer in layers { keep(.unknown(reason: error.message), of: layer, measuredOn: current) }
            }
        }
        try measureActivity(for: plans, on: data(), niceness: niceness, cancellation: cancellation)
    }

    /// Takes what the data says of all layers, and of the filters of some groups.
    public func keep(_ importance: NetworkImportance, scoring groups: [ChannelGroup] = [], measuredOn data: Int) throws {
        for layer in model.layers.indices where factorObstacle(of: layer) == nil {
            let norm = importance.layers[layer].map { LayerNorm.known($0.norm) }
            keep(norm ?? .unknown(reason: importance.reasons[layer] ?? "no answer depends on it"), of: layer, measuredOn: data)
        }
        for group in groups {
            // Filters of which the data says nothing are told apart by their weights.
            keep(try importance.losses(without: group, of: self) ?? weightScores(of: group), of: group.index, by: .fisher, measuredOn: data)
        }
    }
}

extension NetworkImportance {
    /// What answers are predicted to lose without each of a group's channels; nil where nothing is known of any of the layers that make them.
    public func losses(without group: ChannelGroup, of composer: Composer) throws -> [Double]? {
        try FilterScores.scores(of: group, model: composer.model, channels: composer.channels) { layer, axis in
            try layers[layer]?.losses(without: composer.weights(of: layer).read().floats(), along: axis)
        }
    }
}
