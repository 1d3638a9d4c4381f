import NeuralNetwork

extension ChannelRule {
    static let pooling: [String: Rule] = {
        var rules: [String: Rule] = [:]
        for name in ["MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"] {
            rules[name] = { visit in
                guard let atoms = visit.tracked(0, 1) else { return }
                visit.setOutput(0, 1, atoms)
                // A maximum's place counts over all channels.
                if visit.node.outputs.dropFirst().contains(where: { !$0.isEmpty }) {
                    visit.fix(atoms, "\(visit.title) gives out places of maxima")
                }
            }
        }
        return rules
    }()
}
