import Basics
import Compression
import Foundation
import Glibc
import Testing

@testable import Recipes

@Suite("Recipes on disk")
final class RecipeFileTests {
    /// A folder of the test's own.
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("recipes-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// What a person is told who reads the file; nil where it can be read.
    private func readMessage(_ path: String) -> String? {
        do throws(RecipeError) {
            _ = try RecipeFile.read(path)
            return nil
        } catch {
            return error.message.replacingOccurrences(of: folder, with: "DIR")
        }
    }

    /// What a person is told who writes the file; nil where it can be written.
    private func writeMessage(_ path: String) -> String? {
        do throws(RecipeError) {
            try RecipeFile.write(Recipe(), to: path)
            return nil
        } catch {
            return error.message.replacingOccurrences(of: folder, with: "DIR")
        }
    }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    @Test("What is written is read back, and nothing else is left in the folder")
    func writesAndReads() throws {
        let recipe = Recipe(describing: try plans("global: {prune: {sigma: 1}}"), model: small)
        let path = folder + "/räw name.yaml"
        try RecipeFile.write(recipe, to: path)
        #expect(try RecipeFile.read(path).plans(for: small) == recipe.plans(for: small))
        #expect(try RecipeFile.read(path).path == path)
        #expect(try files == ["räw name.yaml"])
        try RecipeFile.write(Recipe(), to: path)
        #expect(try RecipeFile.read(path).global.isEmpty)
        #expect(try files == ["räw name.yaml"])
    }

    @Test("A file keeps its mode, a symbolic link stays one")
    func modeAndLink() throws {
        let path = folder + "/a.yaml"
        try RecipeFile.write(Recipe(), to: path)
        chmod(path, 0o640)
        symlink("a.yaml", folder + "/link.yaml")
        var recipe = Recipe()
        recipe.global.prune = .off
        try RecipeFile.write(recipe, to: folder + "/link.yaml")
        var status = stat()
        #expect(lstat(folder + "/link.yaml", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
        #expect(try RecipeFile.read(path).global.prune == .off)
    }

    @Test("A bare name is a file of the working folder")
    func bareName() {
        // The folder does not exist, so nothing is written; what counts is which one is named.
        #expect(
            writeMessage("no-such-folder-here/a.yaml")
                == "no-such-folder-here/a.yaml: cannot be written: the folder no-such-folder-here does not exist")
    }

    @Test("What cannot be read is told in one line")
    func readErrors() throws {
        #expect(readMessage(folder + "/none.yaml") == "DIR/none.yaml: cannot be read: no such file or directory")
        #expect(readMessage(folder) == "DIR: cannot be read: is a directory")
        #expect(readMessage("") == "\"\": cannot be read: no such file or directory")
        _ = FileManager.default.createFile(atPath: folder + "/empty.yaml", contents: Data())
        #expect(readMessage(folder + "/empty.yaml") == "DIR/empty.yaml: the recipe is empty; it starts with pare: 1")
        #expect(readMessage("/dev/zero") == "/dev/zero: larger than 1024 KiB, too large for a recipe")
    }

    @Test("What cannot be written is told in one line, and leaves the old file and no other")
    func writeErrors() throws {
        #expect(writeMessage(folder) == "DIR: cannot be written: is a directory")
        #expect(writeMessage(folder + "/") == "DIR/: cannot be written: is a directory")
        #expect(writeMessage("/dev/null") == "/dev/null: cannot be written: not a regular file")
        #expect(writeMessage(folder + "/no/a.yaml") == "DIR/no/a.yaml: cannot be written: the folder DIR/no does not exist")
        #expect(try files == [])
        let long = String(repeating: "n", count: 300)
        #expect(writeMessage(folder + "/" + long)?.hasSuffix("cannot be written: file name too long") == true)
        #expect(try files == [])
    }

    @Test("A folder or file that forbids writing is told so", .enabled(if: getuid() != 0, "root may write everywhere"))
    func forbidden() throws {
        let path = folder + "/a.yaml"
        try RecipeFile.write(Recipe(), to: path)
        chmod(path, 0o440)
        #expect(writeMessage(path) == "DIR/a.yaml: cannot be written: permission denied")
        chmod(path, 0o640)
        chmod(folder, 0o500)
        defer { chmod(folder, 0o700) }
        #expect(writeMessage(path) == "DIR/a.yaml: cannot be written: permission denied")
    }

    @Test("A full disk is told so", .enabled(if: access("/dev/full", W_OK) == 0, "needs /dev/full"))
    func fullDisk() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let error = try #require(throws: AtomicFile.Failure.self) { try AtomicFile.fill(descriptor, with: [1, 2, 3]) }
        #expect(error.description == "no space left on device")
    }

    @Test("A recipe may come through a pipe")
    func pipe() throws {
        var ends: [Int32] = [0, 0]
        #expect(Glibc.pipe(&ends) == 0)
        let text = Array("global: {prune: {sigma: 1}}".utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        defer { close(ends[0]) }
        #expect(try RecipeFile.read("/dev/fd/\(ends[0])").global.prune == .set(.sigma(1)))
    }
}
