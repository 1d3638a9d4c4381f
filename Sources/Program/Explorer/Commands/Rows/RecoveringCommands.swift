extension CommandGroup {
    static let recovering = CommandGroup(
        "Bringing quality back",
        [
            Command(
                "reconstruct", "Fit what is left to the original's outputs, or stop doing so",
                .keys("C", hint: Hint("reconstruct", 140)), finds: "calibrate least-squares recover quality",
                asks: { state in state.recovering { $0.toggleReconstruction() } }),
            Command(
                "finetune", "Fine-tune under this configuration", .keys("T", hint: Hint("fine-tune", 150)), finds: "train retrain learn quality",
                asks: { state in
                    state.recovering {
                        $0.overlay = .finetuning(.epochs)
                        return []
                    }
                }),
        ])
}

extension ExplorerState {
    /// Does what runs the network, or says why it cannot be run.
    fileprivate mutating func recovering(_ work: (inout ExplorerState) -> [Effect]) -> [Effect] {
        guard let reason = workspace?.recoveryObstacle else { return work(&self) }
        complain(reason)
        return []
    }
}
