import Basics
import Foundation
import Testing

@testable import Recipes

@Suite("SHA-256")
struct SHA256Tests {
    private func digest(_ bytes: some Sequence<UInt8>) -> String {
        var digest = SHA256()
        digest.update(bytes)
        return digest.hexDigest()
    }

    // The vectors of FIPS 180-2, appendix B, and of NIST's CAVP.
    @Test(
        "The published vectors come out",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func vectors(text: String, expected: String) {
        #expect(digest(text.utf8) == expected)
    }

    @Test("A million letters come out")
    func million() {
        #expect(
            digest(Array(repeating: UInt8(ascii: "a"), count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("Pieces of any size give the digest of the whole, also at block borders")
    func pieces() {
        var random = SeededRandom(seed: 1)
        for count in [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let whole = digest(bytes)
            var pieces = SHA256()
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 0...100, using: &random))
                pieces.update(piece)
                rest = rest.dropFirst(piece.count)
                // Looking at the digest so far must not change it.
                _ = pieces.hexDigest()
            }
            #expect(pieces.hexDigest() == whole)
        }
    }

    @Test("A file's digest can be had, given up, or not be had")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 3_000_000)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        #expect(try SHA256.hexDigest(ofFile: path) == digest(bytes))
        #expect(try SHA256.hexDigest(ofFile: path, isCancelled: { true }) == nil)
        let error = #expect(throws: RecipeError.self) { try SHA256.hexDigest(ofFile: path + ".none") }
        #expect(error?.message == "\(path).none: cannot be read: no such file or directory")
    }
}
