import Compression
import Importance
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

@Suite("What places along a slider lose")
struct TrackTests {
    @Test("Between places losses grow by equal factors, and what is not known is not painted")
    func levels() {
        let levels = TrackLosses.levels([0, 0.0001, 0.1, nil, 0.1])
        #expect(levels.count == 33)
        #expect(levels[0..<9].allSatisfy { $0 == .none })
        // From 10⁻⁴ to 10⁻¹ in eight parts: 10⁻³ behind a third of the way, 10⁻² behind two thirds.
        #expect(Array(levels[9...15]) == [.none, .none, .slight, .slight, .slight, .notable, .notable])
        #expect(levels[16...].allSatisfy { $0 == .none } || levels[16] == .severe)
        #expect(levels[17..<32].allSatisfy { $0 == .none })
        #expect(TrackLosses.levels([0.5]).isEmpty)
    }

    @Test("Levels begin where a tenth of a point, one and five are lost, once it is known what losses come to")
    func points() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 24, standsBack: false))
        let table = try #require(app.workspace.forecasts.forecaster?.table)
        let bounds = app.workspace.trackBounds
        for (bound, points) in zip(bounds, [0.001, 0.01, 0.05]) {
            #expect(abs(table.original - table.value(losing: bound) - points) < 1e-3)
        }
        #expect(try TestApp.withDemo(meters: FakeMeter().source).workspace.trackBounds == TrackLosses.bounds)
        // What was measured to lose twice what was predicted is painted from half of it on.
        var workspace = app.workspace
        workspace.forecasts.correction = 2
        #expect(zip(workspace.trackBounds, bounds).allSatisfy { abs($0 * 2 - $1) <= 1e-12 * $1 })
    }

    @Test("A track is painted with what is predicted of each place: what the layer's plan there is predicted to lose by itself")
    func painted() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 24, standsBack: false))
        app.press("4 = '50' enter")
        let losses = try #require(app.workspace.trackLosses(of: .prune)).losses
        #expect(losses.count == TrackLosses.places && losses[0] == 0)
        let half = try #require(losses[(TrackLosses.places - 1) / 2])
        let exact = try #require(app.workspace.loss(of: app.workspace.selected))
        // What much of a layer's output goes with is taken for more than the curvature says.
        #expect(exact.isExact && half >= exact.value.value && half <= 4 * exact.value.value)
        let last = try #require(losses[TrackLosses.places - 1])
        #expect(last > half)
    }

    @Test("A slider's own knob does not change its track, another one's does; filters count, too")
    func kept() throws {
        let app = try TestApp.withDemo(meters: .evaluators(sampleLimit: 24, standsBack: false))
        app.press("4 = '50' enter")
        let prune = try #require(app.workspace.trackLosses(of: .prune))
        let clusters = try #require(app.workspace.trackLosses(of: .clusters))
        app.press("= '90' enter")
        #expect(app.workspace.trackLosses(of: .prune) == prune)
        let next = try #require(app.workspace.trackLosses(of: .clusters))
        #expect(next.track != clusters.track && next.losses != clusters.losses)
        var workspace = app.workspace
        workspace.select(workspace.selected == 0 ? 1 : 0)
        #expect(workspace.trackLosses(of: .prune) == nil)
    }

    @Test("Where nobody weighs the layers nothing is painted, and nothing asked for")
    func unknown() throws {
        let app = try TestApp.withDemo(meters: FakeMeter().source)
        app.press("4 = '50' enter")
        #expect(app.workspace.losses.tracks.isEmpty && app.workspace.losses.askedTracks.isEmpty)
    }
}
