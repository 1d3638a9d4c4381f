extension CommandGroup {
    static let pare = CommandGroup(
        "Pare",
        [
            Command(
                "palette", "Find a command", .keys(": ctrl-p", hint: Hint("commands", 180)), finds: "search palette", needsModel: false,
                does: { $0.overlay = .palette(Palette()) }),
            Command(
                "theme", "Choose a theme", .keys("t"), finds: "colours colors dark light", needsModel: false,
                does: { $0.overlay = .themes(ThemeChoice(names: $0.themeNames, current: $0.themeName)) }),
            Command(
                "help", "Show the keys", .keys("?", hint: Hint("help", 210)), finds: "bindings shortcuts", needsModel: false,
                does: { $0.overlay = .help(HelpPage()) }),
            Command("suspend", "Suspend Pare", .keys("ctrl-z"), finds: "background shell", needsModel: false, asks: { _ in [.program(.suspend)] }),
            Command("redraw", "Draw the screen anew", .keys("ctrl-l"), finds: "refresh clear", needsModel: false, asks: { _ in [.program(.redraw)] }),
            Command("quit", "Quit", .keys("q ctrl-c", hint: Hint("quit", 220)), finds: "exit leave close", needsModel: false, asks: { $0.want(.quit) }),
        ])
}
