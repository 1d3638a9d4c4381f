import TerminalUI

extension ExplorerState {
    /// A key in the explorer: the pane's binding, or a digit that begins a value.
    mutating func updateExplorer(_ key: Key) -> [Effect] {
        guard let workspace else { return [] }
        if workspace.pane == .controls, workspace.layer != nil, let character = key.text,
            workspace.control.slider.typing.beginsValue(character)
        {
            prompt = Prompt(.value(workspace.control), text: String(character))
            return []
        }
        return Keymap.command(for: key, in: workspace.pane.keyContext).map { perform($0) } ?? []
    }
}
