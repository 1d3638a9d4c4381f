import Basics
import Compression

extension Control {
    static let clusters = Control(ClusterSlider())
    static let method = Control(
        ChoiceSlider<SharingMethod>(
            label: "method",
            explanation: "k-means and where it starts, its optimum, or a grid: bits weighed against error, or a trellis",
            keywords: "quantize init linear density random optimal entropy trellis", get: { $0.share?.method },
            set: { $0.share?.method = $1 }, usual: .linear, needs: ("clusters", "needs clusters"), note: { method, _ in method.family }))
}

/// How many values the survivors share.
struct ClusterSlider: LayerSlider {
    let label = "clusters"
    let explanation = "let the survivors share k values"
    let keywords = "share quantize codebook centroids k-means bits"
    let isPredicted = true
    let typing = TypedForm.number("16, off", words: ["off"])

    func position(in plan: LayerPlan, _ context: ControlContext) -> Double { ClusterControl.position(of: clusters(plan, context)) }

    func move(_ plan: inout LayerPlan, to position: Double, _ context: ControlContext) {
        plan.setClusters(ClusterControl.clusters(at: position))
    }

    func step(_ plan: inout LayerPlan, by steps: Int, _ context: ControlContext) {
        plan.setClusters(ClusterControl.stepped(clusters(plan, context), by: steps))
    }

    func type(_ text: String, into plan: inout LayerPlan, _ context: ControlContext) throws(TypedValueError) {
        plan.setClusters(try ClusterControl.parse(text).get())
    }

    func copy(from source: LayerPlan, into plan: inout LayerPlan) { plan.setClusters(source.share?.namedClusters) }

    func reading(in workspace: Workspace) -> ControlReading {
        guard let share = workspace.plan.share else { return ControlReading(value: "off", note: "values as they were") }
        let value = share.namedClusters.map(String.init) ?? (share.lambda == nil ? "by step" : "by lambda")
        guard let figures = workspace.status?.figures else { return ControlReading(value: value) }
        if let found = figures.codebook?.centroids.count, found != share.clusters {
            return ControlReading(value: value, note: "\(found) are in use")
        }
        return ControlReading(value: value, note: "rms error \(NumberText.weight(figures.rootMeanSquareError))")
    }

    private func clusters(_ plan: LayerPlan, _ context: ControlContext) -> Int? {
        plan.share?.namedClusters ?? plan.share?.clusters(at: context.scale)
    }
}

/// Numbers of clusters along a slider: off, then a ladder of counts that grows by eighths, so that each step changes the picture alike.
public enum ClusterControl {
    /// Counts the slider stops at; any other count can be typed.
    public static let ladder: [Int] = {
        var rungs = Array(2...16)
        var base = 16
        while base < 4096 {
            let step = base / 8
            rungs += stride(from: base + step, through: base * 2, by: step)
            base *= 2
        }
        return rungs
    }()

    /// Knob position 0…1; 0 is off.
    public static func position(of clusters: Int?) -> Double {
        guard let clusters else { return 0 }
        return Double(rung(of: clusters) + 1) / Double(ladder.count)
    }

    /// The count at a position; nil at 0.
    public static func clusters(at position: Double) -> Int? {
        let index = Int((min(1, max(0, position)) * Double(ladder.count)).rounded()) - 1
        return index < 0 ? nil : ladder[min(index, ladder.count - 1)]
    }

    /// The count `steps` rungs away; nil below the first.
    public static func stepped(_ clusters: Int?, by steps: Int) -> Int? {
        guard let clusters else { return steps > 0 ? ladder[min(steps - 1, ladder.count - 1)] : nil }
        let now = rung(of: clusters)
        let between = ladder[now] != clusters && steps < 0 && ladder[now] < clusters ? 1 : 0
        let index = now + steps + between
        return index < 0 ? nil : ladder[min(index, ladder.count - 1)]
    }

    /// Reads a typed count; `0` or `off` switches sharing off.
    public static func parse(_ text: String) -> Result<Int?, TypedValueError> {
        if text.lowercased() == "off" { return .success(nil) }
        guard let value = Int(text), (0...65_535).contains(value) else {
            return .failure(TypedValueError("\(text) is not a number of clusters: 1…65535, or 0 for none"))
        }
        return .success(value == 0 ? nil : value)
    }

    /// Index of the greatest rung not above `clusters`.
    private static func rung(of clusters: Int) -> Int {
        var low = 0
        var high = ladder.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if ladder[middle] <= clusters { low = middle } else { high = middle }
        }
        return low
    }
}

extension SharingMethod {
    /// The method's family in words.
    fileprivate var family: String {
        switch self {
        case .linear, .density, .random: "k-means"
        case .optimal: "k-means, global optimum"
        case .entropy: "error + bits, on a grid"
        case .trellis: "two grids by turns"
        }
    }
}

extension LayerPlan {
    /// Switches sharing off, on, or to another count, keeping the start that was chosen.
    fileprivate mutating func setClusters(_ clusters: Int?) {
        guard let clusters else { return share = nil }
        if share == nil { share = SharePlan(clusters: clusters) } else { share?.set(clusters: clusters) }
    }
}
