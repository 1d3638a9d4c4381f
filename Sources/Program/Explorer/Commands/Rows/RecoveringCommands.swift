extension CommandGroup {
    static let recovering = CommandGroup(
        "Bringing quality back",
        [
            .reconstruct,
            .weigh,
            Command(
                "finetune", "Fine-tune under this configuration", .keys("T", hint: Hint("fine-tune", 150)), finds: "train retrain learn quality",
                asks: { state in
                    state.recovering {
                        $0.overlay = .finetuning(.epochs)
                        return []
                    }
                }),
        ])

    static let finding = CommandGroup(
        "Finding",
        [
            Command(
                "search", "Search for the best configuration within a budget, or end with the best so far", .keys("B"), finds: "budget find optimize size macs",
                asks: { $0.searchOrStop() }),
            Command("holdSearch", "Hold the search, or let it go on", .keys("M"), finds: "pause wait", asks: { $0.holdSearch() }),
            Command(
                "tradeoff", "Show bytes against quality, and walk along it", .keys("V"), finds: "pareto front curve trade-off points",
                asks: { $0.showTradeoff() }),
        ])
}

extension Command {
    static let reconstruct = Command(
        "reconstruct", "Fit what is left to the original's outputs, or stop doing so",
        .keys("C", hint: Hint("reconstruct", 140)), finds: "calibrate least-squares recover quality",
        asks: { state in state.recovering { $0.toggleReconstruction() } })
    static let weigh = Command(
        "predict", "Predict what plans cost in loss from the data, or stop doing so", .keys("E"),
        finds: "importance fisher estimate weigh expected", asks: { $0.toggleWeighing() })
}

extension ExplorerState {
    /// Looks at what the data says of the layers, or leaves that.
    fileprivate mutating func toggleWeighing() -> [Effect] {
        guard let workspace else { return [] }
        if workspace.losses.weighing != nil {
            self.workspace?.losses.weighing = nil
            say("losses are not predicted")
            return ask([.stopWeighing])
        }
        if let reason = workspace.recoveryObstacle {
            complain(reason)
            return []
        }
        guard workspace.losses.curves.isEmpty else {
            say("losses are predicted already")
            return []
        }
        return ask([.weigh])
    }

    /// Does what runs the network, or says why it cannot be run.
    fileprivate mutating func recovering(_ work: (inout ExplorerState) -> [Effect]) -> [Effect] {
        guard let reason = workspace?.recoveryObstacle else { return work(&self) }
        complain(reason)
        return []
    }
}
