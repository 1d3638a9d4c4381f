import Basics
import Recipes
import Reports
import Search

/// A search for the best configuration within a budget, as far as it has come.
public struct SearchRun: Sendable {
    /// Tells it from those before.
    let number: Int
    let budget: SearchBudget
    var fraction = 0.0
    /// What it does, in words.
    var words = "beginning"
    var best: FoundNetwork?
    var isHeld = false
}

/// What is to be searched for.
public struct SearchRequest: Sendable {
    let number: Int
    let budget: SearchBudget
    /// What may be changed.
    let scope: SearchScope
}

/// How a search ended.
public enum SearchEnd: Sendable {
    /// With this, whose weights are to be fitted by a rule; `isWhole` where it was not stopped before, `note` is how it was found.
    case found(FoundNetwork, fitted: ReconstructRule?, isWhole: Bool, note: String)
    case failed(String)
}

extension ExplorerState {
    /// Asks for a budget, or ends the search that is under way with the best so far.
    mutating func searchOrStop() -> [Effect] {
        guard let workspace else { return [] }
        if workspace.search != nil {
            say("the search ends with the best so far")
            return ask([.stopSearch])
        }
        if let reason = workspace.recoveryObstacle {
            complain(reason)
            return []
        }
        prompt = Prompt(.budget(marked: workspace.marked.count), text: workspace.targetText)
        return []
    }

    /// Searches within a budget as it was typed, which is the target from now on.
    mutating func search(within text: String) -> [Effect] {
        guard let workspace, text.contains(where: { $0 != " " }) else { return [] }
        do throws(SearchBudget.TextFailure) {
            let budget = try SearchBudget(parsing: text, ofBytes: workspace.model.fileByteCount, macs: workspace.model.macs.count)
            let number = workspace.searchCount + 1
            self.workspace?.target = budget
            self.workspace?.searchCount = number
            self.workspace?.search = SearchRun(number: number, budget: budget)
            // Where layers are marked it is theirs that are searched, beside what is in force.
            let others = workspace.marked.isEmpty ? [] : Set(workspace.plans.indices).subtracting(workspace.marked)
            let scope = SearchScope(of: workspace.model, plans: workspace.plans, keeping: others)
            return ask([.search(SearchRequest(number: number, budget: budget, scope: scope))])
        } catch {
            complain(error.message)
            return []
        }
    }

    /// Holds a search, or lets it go on.
    mutating func holdSearch() -> [Effect] {
        guard let isHeld = workspace?.search?.isHeld else {
            say("no search is under way: B begins one")
            return []
        }
        workspace?.search?.isHeld = !isHeld
        return ask([.holdSearch(!isHeld)])
    }

    /// Puts in force what was found, as one step that undo takes back.
    mutating func take(_ end: SearchEnd, of number: Int) {
        guard let run = workspace?.search, run.number == number else { return }
        workspace?.search = nil
        switch end {
        case .failed(let reason): complain("\(run.budget.text): \(reason)")
        case .found(let network, let rule, let isWhole, let note):
            // What is only looked at would take what was found back with it.
            leaveTradeoff()
            workspace?.change(to: network.plans, title: "search for \(run.budget.text)", fitting: .by(rule))
            workspace?.note(Origin(plans: network.plans, rule: rule, words: note))
            let fitted = rule == nil ? "" : ", its weights are fitted"
            report("found for \(run.budget.text)\(isWhole ? "" : ", stopped before its end"): \(network.summary)\(fitted); u takes it back")
        }
    }
}

extension FoundNetwork {
    /// Its size and what it was measured to lose, in a few words.
    var summary: String {
        var words = NumberText.bytes(byteCount)
        if let report {
            let digits = report.headline.metric.isProportion ? 1 : 2
            words += ", \(NumberText.percent(max(0, report.lostShare), digits: digits)) lost on \(NumberText.grouped(report.samples)) samples that it chose by"
        }
        return words
    }
}
