import Testing
@testable import TerminalUI
@Test("x") func x() {}
