import Compression

extension ChannelAnalysis {
    /// Everything stays.
    public var everything: KeptChannels {
        KeptChannels(all: channelCount, filterCounts: filters.map { $0?.count ?? 0 })
    }

    /// The channels that stay under rules by layer; `scores` gives the importance of each of a group's channels.
    ///
    /// A group follows the rule of the first of its producers that has one. Groups take turns from the fewest channels up;
    /// what one has decided on, be it to keep everything, the others leave alone. The least important go first, of equal ones
    /// the last. Scores are not asked for where nothing goes.
    public func kept(
        for rules: [Int: FilterRule], scores: (ChannelGroup, FilterCriterion) throws -> [Double]
    ) rethrows -> KeptChannels {
        var kept = everything
        guard !rules.isEmpty else { return kept }
        var remaining = blocks.map(\.count)
        var isDecided = [Bool](repeating: false, count: channelCount)
        for group in groups.sorted(by: { ($0.channels.count, $0.index) < ($1.channels.count, $1.index) }) {
            defer { for channel in group.channels { isDecided[channel] = true } }
            guard group.isPrunable, let layer = group.producers.first(where: { rules[$0] != nil }), let rule = rules[layer],
                let filters = filters[layer]
            else { continue }
            let target = rule.amount.kept(of: filters.count)
            guard kept.count(ofLayer: layer) > target else { continue }
            let free = group.channels.indices.filter { !isDecided[group.channels[$0]] && !group.fixed.contains($0) }
            guard !free.isEmpty else { continue }
            let scores = try scores(group, rule.criterion)
            precondition(scores.count == group.channels.count, "\(scores.count) scores for \(group.channels.count) channels")
            // What is not a number is no reason to keep a channel.
            let ranks = scores.map { $0.isNaN ? -Double.infinity : $0 }
            for position in free.sorted(by: { (ranks[$0], $1) < (ranks[$1], $0) }) {
                let channel = group.channels[position]
                let owned = filtersOfChannel[channel]
                let count = owned.first { $0.layer == layer }?.count ?? 0
                guard kept.count(ofLayer: layer) - count >= target, kept.contains(channel),
                    blocksOfChannel[channel].allSatisfy({ remaining[$0] > 1 })
                else { continue }
                kept.drop(channel, filters: owned)
                for block in blocksOfChannel[channel] { remaining[block] -= 1 }
            }
        }
        return kept
    }
}
