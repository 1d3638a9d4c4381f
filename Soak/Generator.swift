import Basics

/// Makes sessions up: the same seed makes the same ones of the same material.
struct Generator {
    private var random: SeededRandom
    private let material: Material

    init(seed: UInt64, material: Material) {
        random = SeededRandom(seed: seed)
        self.material = material
    }

    /// Keys with how often they are pressed: those that change a plan often, those that lead away now and then.
    private static let keys: [(keys: [String], weight: Int)] = [
        (Array("jkhlJKHLGg[]{}<>*UaAurRpbPsSvefFzZxcD+_1234 \t=im?/:").map(String.init), 6),
        (Array("0123456789.%stnydIVMNB").map(String.init), 4),
        (["\u{1B}", "\r", "\u{12}", "\u{1B}[A", "\u{1B}[B", "\u{1B}[C", "\u{1B}[D", "\u{1B}[5~", "\u{1B}[6~", "\u{1B}[Z", "\u{7F}", "\u{1B}[H"], 6),
        (Array("qXTCEwWoOd").map(String.init) + ["\u{10}", "\u{3}", "\u{C}"], 2),
    ]
    private static let weighted = keys.flatMap { group in group.keys.flatMap { Array(repeating: $0, count: group.weight) } }

    private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<max(1, count), using: &random) }
    private mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }
    private mutating func happens(_ share: Double) -> Bool { random.uniform() < share }

    mutating func play() -> Play {
        var play = Play()
        if happens(0.7) {
            play.model = pick(material.models)
            if happens(0.6) { play.data = pick(material.data) }
            if happens(0.2) { play.recipe = pick(material.recipes) }
        }
        play.steps.append(.resize(columns: 120, rows: 40))
        if happens(0.8) { play.steps.append(.wait(milliseconds: below(900))) }
        // Most bugs want few keys, some want many.
        for _ in 0..<(5 + below(happens(0.3) ? 150 : 40)) { play.steps += moment() }
        play.leaving = pick(Leaving.allCases) ?? .keys
        return play
    }

    private mutating func moment() -> [Step] {
        switch random.uniform() {
        case ..<0.03: [.resize(columns: 1 + below(220), rows: 1 + below(70))]
        case ..<0.12: mouse()
        case ..<0.14: [.bytes(paste())]
        case ..<0.16: [.bytes((0...below(6)).map { _ in UInt8(below(256)) })]
        case ..<0.20: opening()
        case ..<0.22: [.bytes(Array((pick(["C", "CD", "T\r", "X\r", "Xx.pare\r", "Xx.onnx\r", "w\r", "d\r", "O\r", "Oj\r", "Ojj\r"]) ?? "C").utf8))]
        case ..<0.25: value()
        case ..<0.45: [.wait(milliseconds: pick([0, 2, 10, 50, 200]) ?? 0)]
        default: [.bytes((0...below(4)).flatMap { _ in Array((pick(Self.weighted) ?? "j").utf8) })]
        }
    }

    /// A click, a drag or a turn of the wheel, whole or cut in two.
    private mutating func mouse() -> [Step] {
        let (x, y) = (1 + below(130), 1 + below(45))
        let button = pick([0, 0, 0, 32, 64, 65, 2]) ?? 0
        var bytes = Array("\u{1B}[<\(button);\(x);\(y)M".utf8)
        if button < 64, happens(0.8) {
            if happens(0.5) { bytes += Array("\u{1B}[<32;\(max(1, x + below(30) - 10));\(y)M".utf8) }
            bytes += Array("\u{1B}[<\(button);\(max(1, x + below(30) - 10));\(y)m".utf8)
        }
        guard happens(0.1) else { return [.bytes(bytes)] }
        let cut = 1 + below(bytes.count - 1)
        return [.bytes(Array(bytes[..<cut])), .wait(milliseconds: below(120)), .bytes(Array(bytes[cut...]))]
    }

    private mutating func paste() -> [UInt8] {
        let text = (0..<below(happens(0.1) ? 5000 : 60)).map { _ in UInt8(32 + below(224)) }
        return Array("\u{1B}[200~".utf8) + text + (happens(0.9) ? Array("\u{1B}[201~".utf8) : [])
    }

    /// Another model, by its name in the list of files, while the first is at work.
    private mutating func opening() -> [Step] {
        let name = pick(material.models + material.unreadable) ?? ""
        var steps: [Step] = [.bytes(Array("\u{1B}\u{1B}o".utf8)), .wait(milliseconds: 60), .bytes(Array((name.prefix(12) + "\r").utf8))]
        if happens(0.7) { steps.append(.bytes([0x64])) }
        if happens(0.4) { steps.append(.wait(milliseconds: below(300))) }
        return steps
    }

    /// A value typed at the control that has the focus, or an impossible one.
    private mutating func value() -> [Step] {
        let text = pick(["50", "99.9", "0", "100%", "1e9", "-3", "nan", "2s", "0.01t", "8", "3", "1000000", "", "half"]) ?? ""
        let moves = String(repeating: "j", count: below(6))
        return [.bytes(Array("4\(moves)=\u{15}\(text)\r".utf8))]
    }
}
