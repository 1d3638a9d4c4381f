extension CommandGroup {
    static let comparing = CommandGroup(
        "Comparing",
        [
            Command(
                "pin", "Pin this configuration for comparison", .keys("p", hint: Hint("pin", 130)), finds: "remember baseline difference",
                does: { state in
                    state.workspace?.pinConfiguration()
                    state.say("pinned: the deltas count from here; b swaps")
                }),
            Command(
                "swapPin", "Swap with the pinned configuration", .keys("b"), finds: "toggle before after",
                does: { state in
                    guard state.workspace?.pin != nil else { return state.say("nothing is pinned: p pins") }
                    state.workspace?.swapPin()
                    state.say("swapped with the pin")
                }),
            Command(
                "target", "Aim at a size, at multiply-accumulates or at a loss, and see what is left to it", .keys("y"),
                finds: "goal budget limit aim bytes macs", does: { $0.askForTarget() }),
            Command("unpin", "Forget the pinned configuration", .keys("P"), finds: "remove", changes: { $0.pin = nil }),
        ])
}
