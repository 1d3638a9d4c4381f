import TerminalUI
import Testing

@testable import Explorer

/// What each command asks of the world outside, and nothing else: a command that is not listed fails, and so does an effect that is not.
@Suite("Effects of commands")
struct EffectTests {
    /// By command, from the demo's first layer with half its weights, all layers marked, the configuration before pinned, and the
    /// whole screen known; all others ask for nothing.
    private static let expected: [String: [String]] = [
        "applyControl": ["keep work", "show", "count [1, 2, 3]"],
        "applyPlan": ["keep work", "show", "count [1, 2, 3]"],
        "automaticRanks": ["keep work", "show shapes picture"],
        "nextNorm": ["keep work", "show picture"],
        "data": ["list for data"],
        "decrease": ["keep work", "show picture"],
        "decreaseMuch": ["keep work", "show picture"],
        "enlarge": ["keep work", "show picture"],
        "factors": ["keep work", "show picture"],
        "firstControl": ["keep work"],
        "focusControls": ["keep work"],
        "focusMap": ["keep work"],
        "focusNext": ["keep work"],
        "focusPrevious": ["keep work"],
        "focusWeights": ["keep work"],
        "increase": ["keep work", "show picture"],
        "increaseMuch": ["keep work", "show picture"],
        "last": ["keep work", "prioritise 3", "show picture"],
        "lastControl": ["keep work"],
        "mark": ["keep work", "prioritise 1", "show picture"],
        "next": ["keep work", "prioritise 1", "show picture"],
        "nextControl": ["keep work"],
        "nextPage": ["keep work", "prioritise 3", "show picture"],
        "open": ["list for model"],
        "panDown": ["keep work"],
        "panLeft": ["keep work"],
        "panRight": ["keep work"],
        "panUp": ["keep work"],
        "previousControl": ["keep work", "show picture"],
        "redraw": ["redraw"],
        "reset": ["keep no work", "show picture"],
        "resetAll": ["keep no work", "show picture"],
        "samples": ["show picture"],
        "slider by": ["keep work"],
        "slider clusters": ["keep work"],
        "slider entropy": ["keep work"],
        "slider rest": ["keep work"],
        "slider filters": ["keep work"],
        "slider gap bits": ["keep work"],
        "slider layout": ["keep work"],
        "slider method": ["keep work"],
        "slider prune": ["keep work"],
        "slider rank in": ["keep work", "show picture"],
        "slider rank out": ["keep work", "show picture"],
        "suspend": ["suspend"],
        "swapPin": ["keep work", "show picture"],
        "undo": ["keep work", "show picture"],
        "zoomIn": ["keep work", "show picture"],
        "zoomOut": ["keep work"],
    ]

    @Test("Every command has just the effects that are stated")
    func everyCommand() throws {
        let app = try TestApp.withDemo()
        app.press("l p = '50' enter *")
        #expect(Self.settled(app.state) == [])
        var found: [String: [String]] = [:]
        for command in Command.all {
            var state = app.state
            let context = command.bindings.first?.contexts.first ?? .everywhere
            if let pane = Pane.allCases.first(where: { $0.keyContext == context }) { state.workspace?.pane = pane }
            var effects: [Effect] = []
            if let key = command.keys.first {
                effects = state.update(.input(.key(key)))
            } else {
                effects = state.perform(command)
            }
            effects += state.settle()
            found[command.name] = effects.map(Self.name)
        }
        for name in Set(found.keys).union(Self.expected.keys).sorted() {
            #expect(found[name] == Self.expected[name] ?? [], "\(name)")
        }
    }

    @Test("A step with a meter asks for the screen and for the quality; the answer asks for nothing but what coders would do")
    func answers() throws {
        let meter = FakeMeter()
        let app = try TestApp.withDemo(meters: meter.source)
        func effects(_ keys: String) throws -> [String] {
            var state = app.state
            var effects: [Effect] = []
            for key in try Key.sequence(parsing: keys) { effects += state.update(.input(.key(key))) + state.settle() }
            return effects.map(Self.name)
        }
        func answer() -> [String] {
            var state = app.state
            var effects: [Effect] = []
            for event in app.held {
                if case .model(_, .screen) = event { effects += state.update(event) + state.settle() }
            }
            return effects.map(Self.name)
        }
        #expect(try effects("l") == ["keep work", "show picture", "measure [0]"])
        app.hold("l")
        #expect(answer() == [])
        app.settle()
        let found = try effects("] l")
        #expect(found == ["keep work", "show picture", "measure [0]"])
        app.hold("] l")
        #expect(answer() == ["count [0]"])
    }

    private static func settled(_ state: ExplorerState) -> [String] {
        var state = state
        return state.settle().map(name)
    }

    /// An effect in a few words; a new case does not compile until it has some.
    static func name(_ effect: Effect) -> String {
        switch effect {
        case .program(let effect):
            switch effect {
            case .open(let model, _, _): "open \(model)"
            case .openDemo(let name): "open demo \(name)"
            case .forgetWork: "forget work"
            case .list(_, let purpose): "list for \(purpose)"
            case .rememberTheme(let name): "remember theme \(name)"
            case .suspend: "suspend"
            case .redraw: "redraw"
            case .quit: "quit"
            }
        case .model(_, let effect):
            switch effect {
            case .predict: "predict"
            case .paint: "paint"
            case .predictRecovered: "predict what was recovered"
            case .measureRecoveredEffects(let layers, _, _): "measure alone, recovered \(layers)"
            case .search(let request): "search \(request.budget.text)"
            case .stopSearch: "stop search"
            case .holdSearch(let isHeld): "hold search \(isHeld)"
            case .findFront(let price): "find front \(price)"
            case .writeModels(let models): "write models \(models.files)"
            case .writeTable(_, let path): "write table \(path)"
            case .findSensitivity: "find sensitivity"
            case .writeSensitivity(_, let path): "write sensitivity \(path)"
            case .weigh: "weigh"
            case .stopWeighing: "stop weighing"
            case .begin: "begin"
            case .close: "close"
            case .prioritise(let order): "prioritise \(order.first ?? -1)"
            case .show(let request): "show\(request.aim.isComposed ? "" : " shapes")\(request.aim.picture == nil ? "" : " picture")"
            case .compose: "choose ranks"
            case .count(let requests): "count \(requests.map(\.layer))"
            case .decompose: "decompose"
            case .survey: "survey"
            case .readRecipe: "read recipe"
            case .writeRecipe: "write recipe"
            case .giveInputShapes: "give input shapes"
            case .keepWork(let work): work == nil ? "keep no work" : "keep work"
            case .openData: "open data"
            case .measure(let plans, _): "measure \(plans.keys.sorted())"
            case .time: "time"
            case .measureEffects(let layers, _, _): "measure effects \(layers)"
            case .prepareFocus(let layer, _): "prepare focus \(layer)"
            case .sample: "sample"
            case .stopMeasuring: "stop measuring"
            case .recover(let request): "recover \(request.kind)"
            case .pauseRecovery: "pause recovery"
            case .stopRecovery: "stop recovery"
            case .export: "export"
            }
        }
    }
}
