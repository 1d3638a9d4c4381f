import Basics
import Compression
import Foundation
import Jobs
import ModelFormats
import NeuralNetwork
import Recipes
import TerminalUI
import Testing

@testable import Explorer
@testable import Workbench

/// The whole explorer without a terminal: keys and mouse go in, frames come out, and every step waits for idle.
final class TestApp {
    private var driver: Driver
    private(set) var hasQuit = false
    private var session: Session
    let folder: TestFolder

    init(
        size: Size = Size(width: 120, height: 34), folder: TestFolder = TestFolder(), works: [KeptWork] = [],
        meters: MeterSource? = nil
    ) throws {
        self.folder = folder
        session = try Self.session(folder, meters)
        driver = Driver(
            state: ExplorerState(
                size: size, start: StartScreen(recents: [], works: works, now: 0), themeName: "pare-dark",
                themeNames: ["pare-dark", "nord", "pare-light"]),
            session: session)
    }

    /// A session whose unsaved work is written when it ends.
    private static func session(_ folder: TestFolder, _ meters: MeterSource?) throws -> Session {
        try Session(
            memory: Memory(environment: ["XDG_STATE_HOME": folder.path + "/state"]), meters: meters, keepsWorkAfter: .seconds(3600))
    }

    /// Ends as the program does when it is hung up.
    func hangUp() {
        send(.input(.hangUp))
        session.finish()
    }

    /// Ends as the program does, however it was brought to it.
    func finish() { session.finish() }

    /// An explorer with the demo open.
    static func withDemo(size: Size = Size(width: 120, height: 34), meters: MeterSource? = nil) throws -> TestApp {
        let app = try TestApp(size: size, meters: meters)
        app.press("enter")
        return app
    }

    var state: ExplorerState { driver.state }
    var workspace: Workspace { driver.state.workspace! }
    var screen: String { frame().text }
    var footer: String { frame().rowText(state.size.height - 1) }
    var plan: LayerPlan { workspace.plan }

    func frame(_ look: Appearance? = nil) -> CellGrid {
        driver.frame(look ?? Appearance(theme: ThemeLibrary(environment: [:])[state.themeName]))
    }

    /// Presses keys named as in the keymap; quoted text is typed.
    func press(_ keys: String) {
        do {
            for key in try Key.sequence(parsing: keys) { send(.input(.key(key))) }
        } catch {
            Issue.record("\(error)")
        }
    }

    func send(_ key: Key) { send(.input(.key(key))) }

    func mouse(_ kind: MouseEvent.Kind, _ point: Point) {
        send(.input(.mouse(MouseEvent(kind: kind, button: .left, position: point))))
    }

    func resize(_ width: Int, _ height: Int) { send(.input(.resize(Size(width: width, height: height)))) }

    func open(_ path: String) {
        press("o")
        press("'\(path.split(separator: "/").last ?? "")'")
        press("enter")
    }

    private func send(_ event: Event) {
        take(driver.handle([event]))
        take(driver.runUntilIdle())
    }

    /// Presses keys, after the last one waiting only until a condition holds.
    func press(_ keys: String, last: String, until condition: (TestApp) -> Bool) {
        do {
            for key in try Key.sequence(parsing: keys) { take(driver.handle([.input(.key(key))])) }
            for key in try Key.sequence(parsing: last) { send(.input(.key(key)), until: condition) }
        } catch {
            Issue.record("\(error)")
        }
    }

    private func send(_ event: Event, until condition: (TestApp) -> Bool) {
        take(driver.handle([event]))
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition(self), ContinuousClock.now < deadline {
            if driver.waitForMessage(timeout: .milliseconds(100)) { take(driver.receive()) }
        }
    }

    /// Waits until nothing is left to do; what was kept back comes first.
    func settle() {
        release()
        while !held.isEmpty { release() }
        take(driver.runUntilIdle())
    }

    /// Sends events without waiting between them, as a fast hand does.
    func flood(_ events: [Event], settles: Bool = true) {
        for event in events { take(driver.handle([event])) }
        take(settles ? driver.runUntilIdle() : driver.receive())
    }

    /// Results that are kept back, oldest first.
    private(set) var held: [Event] = []

    /// Presses keys and lets the background do what they ask for, but keeps back what it posts: as keys that come while
    /// the main loop has not seen the results yet.
    func hold(_ keys: String = "") {
        do {
            for key in try Key.sequence(parsing: keys) { take(driver.handle([.input(.key(key))])) }
        } catch {
            Issue.record("\(error)")
        }
        holdResults()
    }

    /// Changes the screen's size likewise: pictures of the new size are not seen yet.
    func holdResize(_ width: Int, _ height: Int) {
        take(driver.handle([.input(.resize(Size(width: width, height: height)))]))
        holdResults()
    }

    /// Hands over what was kept back, or what is chosen of it, in one batch behind the last keys; what comes of that is kept back again.
    func release(behind keys: String = "", where isChosen: (Event) -> Bool = { _ in true }) {
        let chosen = held.filter(isChosen)
        held.removeAll(where: isChosen)
        do {
            take(driver.handle(try Key.sequence(parsing: keys).map { .input(.key($0)) } + chosen))
        } catch {
            Issue.record("\(error)")
        }
        holdResults()
    }

    private func holdResults() {
        #expect(session.jobs.waitUntilIdle(timeout: .seconds(60)))
        held += session.mailbox.drain()
    }

    private func take(_ requests: [Driver.HostRequest]) {
        if requests.contains(.quit) { hasQuit = true }
    }

    /// Opens a model as the command line does.
    static func opening(
        _ path: String, recipe: String? = nil, data: String? = nil, folder: TestFolder = TestFolder(),
        meters: MeterSource? = nil
    ) throws -> TestApp {
        try opening(ModelFile.open(path: path), path: path, recipe: recipe, data: data, folder: folder, meters: meters)
    }

    /// An explorer of a screen's size with a model open.
    static func opening(
        _ model: Model, path: String, recipe: String? = nil, data: String? = nil, size: Size = Size(width: 120, height: 34),
        folder: TestFolder = TestFolder(), meters: MeterSource? = nil
    ) throws -> TestApp {
        let app = try TestApp(size: size, folder: folder, meters: meters)
        let plans = try recipe.map { try RecipeFile.read($0).plans(for: model) }
        app.session.begin(
            model, path: path, recipe: recipe, plans: plans ?? Array(repeating: LayerPlan(), count: model.layers.count),
            data: data)
        app.take(app.driver.runUntilIdle())
        return app
    }

    /// Puts text in as a terminal pastes it.
    func paste(_ text: String) { send(.input(.paste(text))) }
}

/// A folder of its own for each test, removed with it.
final class TestFolder {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "pare-test-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a safetensors file with these float32 tensors; returns its path.
    func model(_ name: String, _ tensors: [(name: String, shape: [Int], values: [Float])]) throws -> String {
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in tensors {
            let start = data.count
            for value in tensor.values { withUnsafeBytes(of: value) { data += $0 } }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append("\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(data.count)]}")
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(0x20) }
        var bytes = withUnsafeBytes(of: UInt64(header.count)) { Array($0) }
        bytes += header + data
        let file = path + "/" + name
        try AtomicFile.write(bytes, to: file)
        return file
    }
}

/// Laplace distributed weights from a seed.
func laplace(_ count: Int, seed: UInt64) -> [Float] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
        let uniform = random.uniform() - 0.5
        return Float((uniform < 0 ? 1 : -1) * Foundation.log(1 - 2 * abs(uniform)) * 0.05)
    }
}
