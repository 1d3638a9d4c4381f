import Explorer
import Glibc
import Jobs
import NcursesBackend
import TerminalUI
import Workbench

/// The main loop: sleeps until the terminal or the mailbox has something, updates, and shows one frame.
struct ExplorerLoop {
    let themes: ThemeLibrary
    let themeName: String
    let meters: MeterSource
    /// Data to measure the next model on.
    let data: String?

    /// How long saving may take before the person is told what they wait for.
    private static let silence = Duration.milliseconds(300)

    /// Runs until the person quits, and ends the program; `begin` is called before the first frame.
    func run(_ begin: (Session) -> Void) throws(Failure) -> Never {
        let memory = Memory(environment: Shell.environment)
        let session: Session
        let terminal: Terminal
        do {
            session = try Session(memory: memory, meters: meters)
        } catch {
            throw Failure("no pipe can be opened (system error \(error.code))")
        }
        do {
            terminal = try Terminal()
        } catch {
            throw Failure("\(error)")
        }
        let (works, problem) = memory.abandonedWork
        var driver = Driver(
            state: ExplorerState(
                size: terminal.size, start: StartScreen(recents: memory.recents, works: works, now: time(nil), data: data),
                themeName: themeName, themeNames: themes.names, problems: themes.problems + (problem.map { [$0] } ?? [])),
            session: session)
        begin(session)
        var shownTheme = driver.state.themeName
        var look = appearance(shownTheme, terminal)
        var requests = driver.receive()
        while true {
            for request in requests {
                switch request {
                case .quit: end(session, terminal)
                case .suspend:
                    terminal.suspend()
                    requests = driver.handle([.input(.resize(terminal.size))])
                case .redraw: terminal.invalidate()
                }
            }
            if driver.state.themeName != shownTheme {
                shownTheme = driver.state.themeName
                look = appearance(shownTheme, terminal)
            }
            terminal.present(driver.frame(look))
            let wake = terminal.poll(extra: session.mailbox.fileDescriptor)
            requests = driver.handle(wake.events.map(Event.input))
            if wake.isExtraReadable { requests += driver.receive() }
            if !wake.events.isEmpty { requests += driver.awaitPicture() }
        }
    }

    /// Keeps and saves what must be, gives the terminal back, and ends. Whatever else still runs is dropped.
    private func end(_ session: Session, _ terminal: Terminal) -> Never {
        session.finish()
        terminal.close()
        if !session.waitUntilSaved(timeout: Self.silence) {
            Shell.error("pare: writing what was asked for; Ctrl-C leaves without it")
            _ = session.waitUntilSaved(timeout: .seconds(Int.max))
        }
        Shell.leave(0)
    }

    private func appearance(_ name: String, _ terminal: Terminal) -> Appearance {
        Appearance(theme: themes[name], depth: terminal.colorDepth, glyphs: terminal.glyphs)
    }
}
