import Testing

@testable import Datasets

@Suite("Folders of images")
struct FolderTests {
    private let folder = TemporaryFolder()

    private func image(_ name: String) throws -> [UInt8] { try bytes(of: goldens + "images/" + name) }

    @Test("Folders in a folder are classes, in the order of their names")
    func classes() throws {
        folder.write(try image("rgb.png"), "dog/2.png")
        folder.write(try image("gray.png"), "dog/1.PNG")
        folder.write(try image("rgb-444.jpg"), "cat/1.jpeg")
        folder.write("no image", "cat/notes.md")
        let set = try DataSet.open(path: folder.path)
        let source = try set.source()
        #expect(set.classNames == ["cat", "dog"])
        #expect(source.labels == [0, 1, 1])
        #expect(source.shape == [3, 17, 23])
        let (values, skipped) = source.values(0..<3)
        #expect(skipped.isEmpty)
        let expected = try ["rgb-444.jpg", "gray.png", "rgb.png"].flatMap { name in
            let pixels = try golden("pixels.npz", name).bytes
            return (0..<3).flatMap { channel in (0..<17 * 23).map { Float(pixels[$0 * 3 + channel]) } }
        }
        #expect(values == expected)
    }

    @Test("With a list of classes, folders are the classes of their names or WNIDs")
    func namedClasses() throws {
        folder.write(try image("rgb.png"), "n00000002/a.png")
        folder.write(try image("rgb.png"), "owl/b.png")
        folder.write("n00000001 cat\nn00000002 dog, hound\nowl\n", "classes.txt")
        let yaml = folder.write("kind: folder\nimages: .\nclasses: classes.txt", "d.yaml")
        let set = try DataSet.open(path: yaml)
        #expect(try set.source().labels == [1, 2])
        #expect(set.classNames == ["cat", "dog, hound", "owl"])
    }

    @Test("File names may begin with a WNID")
    func wnid() throws {
        folder.write(try image("rgb.png"), "n00000002_dog.png")
        folder.write(try image("rgb.png"), "n00000001.png")
        folder.write("n00000001 cat\nn00000002 dog", "classes.txt")
        let yaml = "kind: folder\nimages: .\nlabels: wnid\n"
        #expect(try DataSet.open(path: folder.write(yaml + "classes: classes.txt", "d.yaml")).source().labels == [0, 1])
        #expect(failure(folder.write(yaml, "e.yaml"))?.contains("labels: wnid needs classes") == true)
        folder.write(try image("rgb.png"), "other.png")
        #expect(
            failure(folder.path + "d.yaml")?.contains("the name of other.png does not begin with a WNID") == true)
    }

    @Test("A corrupt image among good ones is skipped and its place filled with zeros")
    func corrupt() throws {
        let good = try image("rgb.png")
        folder.write(good, "b.png")
        folder.write(Array(good.dropLast(300)), "a.png")
        folder.write([1, 2, 3], "c.jpg")
        let source = try DataSet.open(path: folder.path).source()
        #expect(source.count == 3)
        let (values, skipped) = source.values(0..<3)
        #expect(skipped == [0, 2])
        let size = source.shape.count
        #expect(values[..<size].allSatisfy { $0 == 0 } && values[(2 * size)...].allSatisfy { $0 == 0 })
        #expect(values[size..<2 * size].contains { $0 != 0 })
        #expect(source.values(1..<3).skipped == [2])
    }

    @Test("Images smaller than the crop are skipped; a folder of nothing else is an error")
    func smallImages() throws {
        folder.write(try image("rgb.png"), "a.png")
        let yaml = "kind: folder\nimages: .\ncrop: [16, 24]"
        let message = failure(folder.write(yaml, "d.yaml"))
        #expect(message?.contains("none of 1 images can be read") == true, "\(message ?? "")")
        #expect(message?.contains("crop [16, 24] is larger than an image, 17×23") == true)
        #expect(failure(folder.write("kind: folder\nimages: .\nresize: 24\ncrop: [16, 24]", "d.yaml")) == nil)
    }

    @Test("Images of different sizes ask for resize and crop")
    func sizes() throws {
        folder.write(try image("rgb.png"), "a.png")
        var other = try image("gray.jpg")
        // The height in the frame header: one row less.
        let start = try #require(other.indices.dropLast().first { other[$0] == 0xff && other[$0 + 1] == 0xc0 })
        other[start + 6] -= 1
        folder.write(other, "b.jpg")
        let message = failure(folder.path)
        #expect(message?.contains("comes out as 16×23, but a.png as 17×23") == true, "\(message ?? "")")
        #expect(failure(folder.write("kind: folder\nimages: .\nresize: [8, 8]", "d.yaml")) == nil)
    }

    @Test("Empty folders, corrupt ones and mixed ones are errors")
    func errors() throws {
        folder.write("x", "notes.md")
        #expect(failure(folder.path)?.contains("holds no JPEG or PNG images") == true)
        folder.write([1, 2], "a.png")
        folder.write([1, 2], "b.png")
        #expect(failure(folder.path)?.contains("none of 2 images can be read") == true)
        #expect(failure(folder.path)?.contains("is neither JPEG nor PNG") == true)
        folder.write(try image("rgb.png"), "cats/a.png")
        #expect(failure(folder.path)?.contains("holds images (a.png) beside folders of images") == true)
    }
}
