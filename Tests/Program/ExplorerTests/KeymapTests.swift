import Basics
import Compression
import TerminalUI
import Testing

@testable import Explorer
@testable import Reports

@Suite("Keymap, controls and numbers")
struct KeymapTests {
    @Test("Every command is in the help, and all but the sliders have a key")
    func helpIsComplete() {
        let lines = OverlayView.helpLines(.unicode)
        for command in Command.all {
            #expect(lines.contains { if case .command(_, let title, _) = $0 { title == command.title } else { false } })
            let isSlider = CommandGroup.sliders.commands.contains(command)
            #expect(isSlider != !command.keys.isEmpty, "\(command.name) has no key")
        }
    }

    @Test("A pane's own binding goes before the general one")
    func contexts() {
        #expect(Keymap.command(for: "j", in: .layers)?.name == "next")
        #expect(Keymap.command(for: "j", in: .controls)?.name == "nextControl")
        #expect(Keymap.command(for: "j", in: .map)?.name == "panDown")
        #expect(Keymap.command(for: "u", in: .map)?.name == "undo")
        #expect(Keymap.command(for: .function(9), in: .map) == nil)
    }

    @Test("No two commands have one name, or one key in one place; a double is refused in words")
    func doubles() {
        #expect(Keymap.conflicts(among: Command.all) == [])
        let commands = [
            Command("a", "A", .keys("x", in: .map), does: { _ in }), Command("b", "B", .keys("y x", in: .layers, .map), does: { _ in }),
            Command("a", "C", .keys("x"), does: { _ in }),
        ]
        #expect(Keymap.conflicts(among: commands) == ["a and b are both on x in map", "two commands are called a"])
        #expect(Set(Control.all.map(\.label)).count == Control.all.count)
    }

    @Test(
        "Commands and sliders are found by what else they are called",
        arguments: [
            ("prune", "prune: drop"), ("quantize", "clusters: let"), ("svd", "Choose the ranks"), ("accuracy", "Show all measures"),
            ("retrain", "Fine-tune"), ("export", "Write the compressed"), ("pictures", "Show samples"),
        ])
    func synonyms(word: String, title: String) throws {
        let app = try TestApp.withDemo()
        app.press("? / '\(word)'")
        #expect(app.screen.contains(title))
        app.press("esc esc : '\(word)'")
        #expect(app.screen.contains(title))
    }

    @Test("A slider that is found by its name is taken")
    func takesSlider() throws {
        let app = try TestApp.withDemo()
        app.press(": 'layout: surv' enter")
        #expect(app.workspace.control == .layout && app.workspace.pane == .controls)
        app.press(": 'step: dist' enter")
        #expect(app.workspace.control == .layout && app.footer.contains("this layer has no step"))
    }

    @Test("The ladder of clusters rises strictly, and every rung is where its position says")
    func ladder() {
        let ladder = ClusterControl.ladder
        #expect(zip(ladder, ladder.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ladder.first == 2 && ladder.last == 4096)
        for rung in ladder { #expect(ClusterControl.clusters(at: ClusterControl.position(of: rung)) == rung) }
        #expect(ClusterControl.clusters(at: 0) == nil)
        #expect(ClusterControl.stepped(nil, by: 1) == 2)
        #expect(ClusterControl.stepped(2, by: -1) == nil)
        #expect(ClusterControl.stepped(17, by: -1) == 16)
        #expect(ClusterControl.stepped(17, by: 1) == 18)
    }

    @Test("The prune slider's positions and rules agree in every unit", arguments: PruneUnit.allCases)
    func prunePositions(unit: PruneUnit) {
        let scale = LayerScale(sigma: 0.05, range: -0.3...0.4)
        var previous = -1.0
        for step in 0...100 {
            let position = Double(step) / 100
            let rule = PruneControl.rule(at: position, unit: unit, scale: scale)
            let back = PruneControl.position(of: rule, unit: unit, scale: scale, sparsity: 0, threshold: 0)
            #expect(abs(back - position) < 0.005)
            #expect(back > previous)
            previous = back
        }
    }

    @Test("Steps reach both ends and go no further, finely near the upper one")
    func pruneSteps() {
        let scale = LayerScale(sigma: 0.05, range: -0.3...0.4)
        func step(_ rule: PruneRule?, _ steps: Int) -> PruneRule? {
            PruneControl.stepped(rule, by: steps, unit: .sparsity, scale: scale, sparsity: 0, threshold: 0)
        }
        #expect(step(nil, -1) == nil)
        #expect(step(nil, 1) == .sparsity(0.01))
        #expect(step(.sparsity(0.98), 1) == .sparsity(0.981))
        #expect(step(.sparsity(0.01), -1) == nil)
        #expect(step(.sparsity(0.95), 10) == .sparsity(1))
        #expect(step(.sparsity(1), 1) == .sparsity(1))
    }

    @Test(
        "Numbers are short and right",
        arguments: [
            (NumberText.bytes(950), "950 B"), (NumberText.bytes(4_096), "4.10 KB"), (NumberText.bytes(28_019_187), "28.0 MB"),
            (NumberText.bytes(999_999), "1.00 MB"), (NumberText.byteDelta(-2_310), "−2.31 KB"), (NumberText.byteDelta(0), "±0 B"),
            (NumberText.ratio(8.2), "8.2×"), (NumberText.ratio(33.4), "33×"), (NumberText.ratio(.infinity), "—"),
            (NumberText.percent(0.9), "90.0 %"), (NumberText.weight(0.0312), ".0312"), (NumberText.weight(-1.25), "−1.250"),
            (NumberText.weight(3.1e-7), "3.1e-7"), (NumberText.grouped(6_998_552), "6,998,552"), (NumberText.count(1_582_671_872), "1.58 G"),
            (NumberText.fixed(-0.004, 2), "0.00"), (NumberText.fixed(2.675, 1), "2.7"), (NumberText.decibels(100), "20.0 dB"),
        ])
    func numbers(found: String, expected: String) {
        #expect(found == expected)
    }

    @Test("A drag that comes back to where it began leaves no entry in the history")
    func idleDrag() {
        var history = History()
        let before = LayerPlan()
        let after = LayerPlan(prune: .sparsity(0.5))
        history.beginDrag()
        history.record("prune", before: [0: before], after: [0: after])
        history.record("prune", before: [0: after], after: [0: before])
        history.endDrag()
        #expect(!history.canUndo)
        history.record("prune", before: [0: before], after: [0: after])
        #expect(history.undo()?.before == [0: before])
        #expect(history.canRedo)
        history.record("share", before: [1: before], after: [1: after])
        #expect(!history.canRedo)
    }
}
