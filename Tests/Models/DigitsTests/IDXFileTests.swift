import Digits
import Glibc
import Testing

@Suite("IDX files")
struct IDXFileTests {
    @Test("A file is its type, its rank, its extents and its elements")
    func layout() {
        #expect(
            IDXFile.bytes(of: [1, 2, 3, 4, 5, 6], extents: [2, 3]) == [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])
        #expect(IDXFile.bytes(of: [], extents: [0, 28, 28]).count == 16)
    }

    @Test("A set is written as a file of pictures and one of labels")
    func pair() throws {
        let set = DigitSet(count: 3, seed: 1)
        let folder = try temporaryFolder()
        defer { remove(folder) }
        let (images, labels) = (folder + "/images", folder + "/labels")
        try IDXFile.write(set, images: images, labels: labels)
        defer {
            unlink(images)
            unlink(labels)
        }
        #expect(contents(of: images) == [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28] + set.bytes)
        #expect(contents(of: labels) == [0, 0, 8, 1, 0, 0, 0, 3] + set.labels)
    }

    @Test("A folder that is not there is named in the error")
    func missingFolder() {
        let error = #expect(throws: IDXFile.Failure.self) {
            try IDXFile.write(DigitSet(count: 1, seed: 1), images: "/nonexistent/images", labels: "/nonexistent/labels")
        }
        #expect(error?.message == "/nonexistent/images cannot be written: the folder /nonexistent does not exist")
    }

    private func temporaryFolder() throws -> String {
        var template = Array("/tmp/pare-idx-XXXXXX".utf8CString)
        return String(cString: try #require(mkdtemp(&template)))
    }

    private func contents(of path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}
