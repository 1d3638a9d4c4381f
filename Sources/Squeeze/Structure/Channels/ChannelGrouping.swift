import NeuralNetwork

/// Puts layers with the same set of channels together, and says who reads them.
struct ChannelGrouping {
    private(set) var groups: [ChannelGroup] = []
    private(set) var groupOfLayer: [Int?]

    init(
        _ model: Model, filters: [[Int]?], consumptions: [Consumption], states: [(name: String, atoms: [Atom])],
        numbering: inout ChannelNumbering
    ) {
        groupOfLayer = model.layers.map { _ in nil }
        var known: [[Int]: Int] = [:]
        var groupsOfChannel = [[(group: Int, position: Int)]](repeating: [], count: numbering.count)
        for layer in model.layers.indices {
            guard let own = filters[layer], !own.isEmpty else { continue }
            var seen: Set<Int> = []
            let isAscending = own.isAscending
            let channels = isAscending ? own : own.filter { seen.insert($0).inserted }
            let key = isAscending ? channels : channels.sorted()
            if let group = known[key] {
                groups[group].producers.append(layer)
                groupOfLayer[layer] = group
                continue
            }
            known[key] = groups.count
            groupOfLayer[layer] = groups.count
            for (position, channel) in channels.enumerated() { groupsOfChannel[channel].append((groups.count, position)) }
            groups.append(Self.group(groups.count, channels, layer, filterCount: own.count, numbering.reasons))
        }
        func groupsOf(_ channels: [Int]) -> [Int] {
            var found: Set<Int> = []
            for channel in channels { for (group, _) in groupsOfChannel[channel] { found.insert(group) } }
            return found.sorted()
        }
        for consumption in consumptions {
            let channels = numbering.channels(consumption.atoms)
            for group in groupsOf(channels) {
                if !groups[group].consumers.contains(consumption.layer) { groups[group].consumers.append(consumption.layer) }
                groups[group].readers.append(
                    ChannelReader(
                        layer: consumption.layer, node: consumption.node, value: consumption.value, axis: consumption.axis,
                        channels: channels.map { channel in
                            groupsOfChannel[channel].first { $0.group == group }?.position ?? -1
                        }))
            }
        }
        for state in states {
            for group in groupsOf(numbering.channels(state.atoms)) {
                groups[group].states.append(state.name)
            }
        }
        for group in groups.indices { groups[group].consumers.sort() }
    }

    private static func group(
        _ index: Int, _ channels: [Int], _ layer: Int, filterCount: Int, _ reasons: [String?]
    ) -> ChannelGroup {
        let fixed = Set(channels.indices.filter { reasons[channels[$0]] != nil })
        let reason = channels.lazy.compactMap { reasons[$0] }.first
        var obstacle = fixed.count == channels.count ? reason : nil
        if channels.count == 1, obstacle == nil {
            obstacle = filterCount == 1 ? "it has a single filter" : "its filters are all tied to each other"
        }
        return ChannelGroup(
            index: index, channels: channels, producers: [layer], consumers: [], states: [], readers: [],
            obstacle: obstacle, fixed: fixed, fixedReason: obstacle == nil ? reason : nil)
    }
}
