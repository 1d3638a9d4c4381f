import ArgumentParser

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the man page, as roff.", shouldDisplay: false)

    func run() throws {
        Shell.output(try ManualPage(dumpedHelp: Pare._dumpHelp(), version: Pare.configuration.version).roff)
    }
}
