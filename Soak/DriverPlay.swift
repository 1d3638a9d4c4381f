import Explorer
import Foundation
import Glibc
import PareFile
import Compression
import TerminalUI

/// Plays a session on the explorer without a terminal, in this process. Results come in only while a step waits, so that they meet a
/// state that has gone on since they were asked for.
enum DriverPlay {
    static func run(_ play: Play) throws -> Never {
        let environment = ProcessInfo.processInfo.environment
        let themes = ThemeLibrary(environment: environment)
        let memory = Memory(environment: environment)
        let session = try Session(memory: memory)
        let works = memory.abandonedWork
        var driver = Driver(
            state: ExplorerState(
                size: Size(width: 120, height: 40), start: StartScreen(recents: memory.recents, works: works.works, now: time(nil), data: play.data),
                themeName: ThemeLibrary.defaultName, themeNames: themes.names),
            session: session)
        if let path = play.model, let model = try? PareReader.openModel(path: path) {
            let plans = Array(repeating: LayerPlan(), count: model.layers.count)
            session.begin(model, path: path, recipe: nil, plans: plans, data: play.data)
        }
        var parser = InputParser()
        var requests = driver.receive()
        func look(_ driver: borrowing Driver) -> Appearance { Appearance(theme: themes[driver.state.themeName], depth: .trueColor, glyphs: .unicode) }
        for step in play.steps where !requests.contains(.quit) {
            switch step {
            case .bytes(let bytes): requests = driver.handle(parser.feed(bytes, at: .now).map(Event.input))
            case .resize(let columns, let rows): requests = driver.handle([.input(.resize(Size(width: columns, height: rows)))])
            case .wait(let milliseconds):
                requests = driver.handle(parser.expire(at: .now).map(Event.input))
                let end = ContinuousClock.now + .milliseconds(milliseconds)
                while !requests.contains(.quit), session.mailbox.wait(timeout: max(.zero, ContinuousClock.now.duration(to: end))) {
                    requests += driver.receive()
                }
            }
            _ = driver.frame(look(driver))
        }
        _ = driver.frame(look(driver))
        session.finish()
        _ = session.waitUntilSaved(timeout: .seconds(60))
        _exit(0)
    }
}
