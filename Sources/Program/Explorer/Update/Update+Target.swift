import Search

extension ExplorerState {
    /// Lets a person type what is to be reached.
    mutating func askForTarget() {
        prompt = Prompt(.target, text: workspace?.targetText ?? "")
    }

    /// Takes what is to be reached as it was typed; nothing where the line is empty.
    mutating func aim(at text: String) {
        guard let workspace else { return }
        guard text.contains(where: { $0 != " " }) else {
            self.workspace?.target = nil
            return say(workspace.target == nil ? "no target" : "the target is gone")
        }
        do throws(SearchBudget.TextFailure) {
            let target = try SearchBudget(parsing: text, ofBytes: workspace.model.fileByteCount, macs: workspace.model.macs.count)
            self.workspace?.target = target
            say("target: \(target.text)")
        } catch {
            complain(error.message)
        }
    }
}

extension Workspace {
    /// The target as it is typed.
    var targetText: String {
        switch target {
        case nil: ""
        case .bytes(let bytes): "\(bytes)"
        case .macs(let macs): "\(macs) MACs"
        case .loss(let share): "\(share * 100) %"
        }
    }
}
