import TerminalUI

extension ExplorerState {
    /// A key in the explorer: the pane's binding, or a digit that begins a value; where that would be a word it is no pane's number either.
    mutating func updateExplorer(_ key: Key) -> [Effect] {
        guard let workspace else { return [] }
        if workspace.pane == .controls, workspace.layer != nil, let character = key.text {
            let slider = workspace.control.slider
            if slider.typing.beginsValue(character) {
                prompt = Prompt(.value(workspace.control), text: String(character))
                return []
            }
            if !slider.typing.isNumeric, character.isASCII, character.isNumber {
                complain("\(slider.label) takes a word: Enter begins one of \(slider.typing.examples)")
                return []
            }
        }
        return Keymap.command(for: key, in: workspace.pane.keyContext).map { perform($0) } ?? []
    }
}
