import Basics
import Composition
import Compression
import Datasets
import Structure

extension Composer {
    /// Runs the network, on data that is opened when it is needed or on random inputs, for the criteria of plans that look at activations.
    ///
    /// - Throws: `Cancelled`, or where the data cannot be opened or the network not be run.
    public func measureActivity(
        for plans: [LayerPlan], on data: @autoclosure () throws -> DataSet?, niceness: Int32 = 0,
        cancellation: CancellationToken = CancellationToken()
    ) throws {
        let current = dataCount
        let awaited = groupsAwaitingData(plans).filter { $0.criterion != .fisher }
        guard !awaited.isEmpty else { return }
        let groups = awaited.map { group, _ in
            ReadChannels(
                count: group.channels.count,
                readers: group.readers.map {
                    ReadChannels.Reader(node: $0.node, value: $0.value, axis: $0.axis, channels: $0.channels)
                })
        }
        var options = ChannelActivity.Options()
        options.niceness = niceness
        let found = try ChannelActivity.measure(
            groups, of: model, data: try data(), options: options, cancellation: cancellation)
        for ((group, criterion), activity) in zip(awaited, found) {
            // Channels that nobody reads in the graph itself are told apart by their weights.
            let scores = try activity?.scores(by: criterion) ?? weightScores(of: group)
            keep(scores, of: group.index, by: criterion, measuredOn: current)
        }
    }
}
