import TerminalUI

/// Where the panes of the explorer lie; drawing, mouse and picture requests all measure by it.
public struct ExploreLayout: Sendable, Hashable {
    /// The least screen that shows anything but a message.
    public static let least = Size(width: 60, height: 16)

    public var header: Rect
    public var footer: Rect
    public var layers: Rect?
    public var sizes: Rect?
    public var weights: Rect?
    public var map: Rect?
    /// In place of weights and map.
    public var samples: Rect?
    public var controls: Rect?
    /// Whether only some panes are shown, because the screen is small.
    public var isReduced: Bool

    /// Lays out a screen of at least `least`.
    public init(size: Size, focus: Pane, isEnlarged: Bool, showsSamples: Bool = false) {
        let screen = Rect(size)
        header = screen.top(1)
        footer = screen.bottom(1)
        let body = screen.inset(top: 1, bottom: 1)
        isReduced = size.width < 80 || size.height < 24
        if isEnlarged {
            switch focus {
            case .weights where showsSamples, .map where showsSamples: samples = body
            case .layers: layers = body
            case .weights: weights = body
            case .map: map = body
            case .controls: controls = body
            }
            return
        }
        var leftWidth = min(84, max(isReduced ? 24 : 36, size.width * 48 / 100))
        // Pictures need the room more than columns that can be left out.
        if showsSamples, !isReduced { leftWidth = min(leftWidth, max(36, size.width - 110)) }
        let columns = Layout.columns(body, [.fixed(leftWidth), .min(1)])
        let (left, right) = (columns[0], columns[1])
        // Where room is short the pane shows the sliders around the selected one.
        let controlsHeight = body.height >= 36 ? Control.all.count + 6 : body.height >= 30 ? Control.all.count + 3 : 8
        if isReduced {
            layers = left
            let rows = Layout.rows(right, [.min(1), .fixed(controlsHeight)])
            if showsSamples { samples = rows[0] } else if focus == .map { map = rows[0] } else { weights = rows[0] }
            controls = rows[1]
        } else {
            let leftRows = Layout.rows(left, [.min(1), .fixed(body.height >= 30 ? 10 : 6)])
            layers = leftRows[0]
            sizes = leftRows[1]
            let pictures = right.height - controlsHeight
            let rows = Layout.rows(right, [.fixed(pictures * 55 / 100), .min(1), .fixed(controlsHeight)])
            controls = rows[2]
            if showsSamples {
                samples = Rect(x: rows[0].x, y: rows[0].y, width: rows[0].width, height: rows[0].height + rows[1].height)
            } else {
                weights = rows[0]
                map = rows[1]
            }
        }
    }

    public func rect(of pane: Pane) -> Rect? {
        switch pane {
        case .layers: layers
        case .weights: weights ?? samples
        case .map: map
        case .controls: controls
        }
    }

    /// The pane under a point.
    public func pane(at point: Point) -> Pane? {
        Pane.allCases.first { rect(of: $0)?.contains(point) == true }
    }
}
