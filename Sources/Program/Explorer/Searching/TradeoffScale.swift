import Basics
import Glibc
import TerminalUI

/// Where points lie in the chart: across by the logarithm of what they cost, upwards by what they lose.
struct TradeoffScale {
    private let chart: Rect
    private let low: Double
    private let high: Double
    /// The loss at the top.
    let most: Double

    init(_ points: [TradeoffPoint], _ place: TradeoffPlace, in chart: Rect) {
        self.chart = chart
        low = log(Double(max(1, points.map(\.cost).min() ?? 1)))
        high = log(Double(max(2, points.map(\.cost).max() ?? 2)))
        // What is lost beyond a tenth, and beyond the point that is looked at, is cut off, so that where one decides is seen.
        let bound = if case .lost(let allowed)? = place.bound { allowed } else { 0.0 }
        let wanted = max(0.1, 1.2 * (place.chosen?.lost ?? 0), 1.2 * bound)
        most = max(0.001, min(wanted, 1.1 * (points.map(\.lost).max() ?? 0)))
    }

    /// 0 at the smallest, 1 at the largest.
    func place(of cost: Int) -> Double {
        high > low ? min(1, max(0, (log(Double(max(1, cost))) - low) / (high - low))) : 0.5
    }

    func column(_ cost: Int) -> Int { chart.x + Int((place(of: cost) * Double(chart.width - 1)).rounded()) }

    func row(_ lost: Double) -> Int {
        chart.y + Int(((1 - min(1, max(0, lost) / most)) * Double(chart.height - 1)).rounded())
    }

    /// What is lost at a row, in the steps that rows can tell apart.
    func lost(atRow y: Int) -> Double {
        let share = 1 - Double(y - chart.y) / Double(max(1, chart.height - 1))
        return min(1, max(0, share)) * most
    }

    /// What a point costs at a column.
    func cost(atColumn x: Int) -> Int {
        let share = min(1, max(0, Double(x - chart.x) / Double(max(1, chart.width - 1))))
        return Int(exp(low + share * (high - low)).rounded())
    }
}
