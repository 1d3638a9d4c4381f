extension CommandGroup {
    /// Each slider by its name, from any pane.
    static let sliders = CommandGroup(
        "Sliders",
        Control.all.map { control in
            Command(
                "slider \(control.label)", "\(control.label): \(control.slider.explanation)", finds: control.slider.keywords,
                does: { state in
                    guard let workspace = state.workspace else { return }
                    guard workspace.controls.contains(control) else { return state.complain("this layer has no \(control.label)") }
                    state.workspace?.pane = .controls
                    state.take(control)
                })
        })
}
