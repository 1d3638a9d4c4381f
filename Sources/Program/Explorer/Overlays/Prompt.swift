import Search
import TerminalUI

/// A line that a person types at the bottom of the screen.
public struct Prompt: Sendable {
    public enum Purpose: Sendable, Hashable {
        /// An exact value for a control.
        case value(Control)
        /// Words that narrow the table as they are typed; Esc goes back to `before`.
        case filter(before: String)
        case saveAs
        /// Shapes of inputs.
        case inputShapes
        /// What is to be reached.
        case target
        /// The name of a compressed file.
        case export
        /// A budget to search within, and among how many marked layers; 0 for all.
        case budget(marked: Int)
        /// The name of a table of the trade-off.
        case tradeoff(SearchPrice)
        /// What networks along the front are called.
        case models(SearchPrice)
        /// The name of a table of sensitivities.
        case sensitivity
        /// Nothing any more: what it was for, in words, is gone, and the keys that are still typed are not commands.
        case none(before: String)
    }

    public var purpose: Purpose
    public var field: TextField
    /// Why the last key was not taken, in words.
    public internal(set) var refusal: String?

    init(_ purpose: Purpose, text: String) {
        self.purpose = purpose
        field = TextField(text)
    }

    func label(_ context: ControlContext) -> String {
        switch purpose {
        case .value(let control): "\(control.slider.typedName(context)) (\(control.slider.typing.examples)):"
        case .filter: "filter:"
        case .saveAs: "save as:"
        case .inputShapes: "shapes of inputs:"
        case .target: "target (\(SearchBudget.examples)):"
        case .export: "write (.pare, .onnx, .safetensors or .npz):"
        case .budget(let marked): "search \(marked > 0 ? "the \(marked) marked layers " : "")within (\(SearchBudget.examples)):"
        case .tradeoff: "write the points (.csv, .json or .svg):"
        case .models: "write networks along the front, named (-1.pare, -1.yaml, …):"
        case .sensitivity: "write the table (.csv or .json):"
        case .none(let before): "this was for \(before), Enter goes on:"
        }
    }

    /// Stays for the keys that are on their way, though what it was for is gone.
    mutating func outlive(_ before: String) {
        if case .none = purpose { return }
        purpose = .none(before: before)
        refusal = nil
    }

    mutating func paste(_ text: String) {
        field.insert(String(text.prefix { !$0.isNewline }))
        refusal = nil
    }

    /// Edits the line; a key that cannot be part of what is typed here is refused in words rather than taken or lost.
    mutating func type(_ key: Key) {
        var edited = field
        refusal = nil
        guard edited.handle(key) else { return }
        if case .value(let control) = purpose, let character = key.text, !control.slider.typing.mayBecomeValue(edited.text) {
            let now = field.text
            refusal = "\(character) is no part of a value: " + (now.isEmpty ? "Esc leaves" : "Enter takes \(now), Esc leaves")
            return
        }
        field = edited
    }
}

extension ExplorerState {
    mutating func updatePrompt(_ key: Key) -> [Effect] {
        guard var prompt else { return [] }
        switch key {
        case .escape, .control("c"):
            self.prompt = nil
            if case .filter(let before) = prompt.purpose { workspace?.setFilter(before) }
            if prompt.purpose == .saveAs || prompt.purpose == .export { workspace?.afterSaving = nil }
            return []
        case .enter:
            self.prompt = nil
            return accept(prompt)
        case .down, .up:
            // The table is narrowed as one types; the arrows move in it.
            if case .filter = prompt.purpose { workspace?.moveSelection(by: key == .down ? 1 : -1) }
            return []
        default:
            prompt.type(key)
            self.prompt = prompt
            if case .filter = prompt.purpose { workspace?.setFilter(prompt.field.text) }
            return []
        }
    }

    /// A click outside of the line takes what was typed for done, as far as it only filters.
    mutating func updatePrompt(_ mouse: MouseEvent) -> [Effect] {
        guard mouse.kind == .press, let prompt else { return [] }
        if case .filter = prompt.purpose {
            self.prompt = nil
            updateExplorer(mouse)
            return []
        }
        self.prompt = nil
        workspace?.afterSaving = nil
        return []
    }

    private mutating func accept(_ prompt: Prompt) -> [Effect] {
        let text = prompt.field.text
        switch prompt.purpose {
        case .filter:
            workspace?.setFilter(text)
        case .value(let control):
            guard let workspace, !text.isEmpty else { return [] }
            if let reason = workspace.status?.refusal {
                complain(reason)
                return []
            }
            do throws(TypedValueError) {
                let plan = try control.typed(text, in: workspace.plan, workspace.controlContext)
                if control == .prune, let rule = plan.prune { self.workspace?.unit = PruneUnit(of: rule) }
                take(control)
                self.workspace?.changeSelected(plan)
            } catch {
                complain(error.message)
            }
        case .saveAs:
            guard let workspace, !text.isEmpty else { return [] }
            let path = text.hasSuffix(".yaml") || text.hasSuffix(".yml") ? text : text + ".yaml"
            return writeRecipe(to: path, over: path == workspace.recipePath ? workspace.recipeOverwriting : .nothing)
        case .inputShapes: return giveInputShapes(text)
        case .target: aim(at: text)
        case .none: break
        case .export:
            guard !text.isEmpty else { return [] }
            return export(to: text)
        case .budget: return search(within: text)
        case .tradeoff(let price): return text.isEmpty ? [] : writeTradeoff(price, to: text)
        case .models(let price): return text.isEmpty ? [] : writeModels(price, named: text)
        case .sensitivity: return text.isEmpty ? [] : writeSensitivity(to: text)
        }
        return []
    }
}
