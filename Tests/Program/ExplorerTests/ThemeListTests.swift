import Foundation
import Testing

@testable import Explorer

@Suite("Built-in themes")
struct ThemeListTests {
    @Test("Every theme of the folder is built into the program, and the list has no other")
    func embedded() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../../themes").standardized.path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
        #expect(files.count >= 10 && Set(files) == Set(ThemeLibrary(environment: [:]).names))
    }
}
