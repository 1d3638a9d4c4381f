import Testing

@testable import Datasets

@Suite("Data that does not fit together")
struct ErrorTests {
    private let folder = TemporaryFolder()

    private func expectFailure(_ path: String, _ part: String, _ location: SourceLocation = #_sourceLocation) {
        let message = failure(path) ?? "no failure"
        #expect(message.contains(part), "\(message)", sourceLocation: location)
        #expect(!message.contains("\n"), sourceLocation: location)
    }

    @Test(
        "A description that is none is told with the line and what was expected",
        arguments: [
            ("", "is empty; it begins with kind: idx, cifar, npz, npy, folder or text"),
            ("- a", "must be keys with values, found a list"),
            ("images: x", "says no kind"),
            ("kind: mnist", "kind must be idx, cifar, npz, npy, folder or text, found mnist (line 1)"),
            ("kind: idx\nimage: x", "unknown key image for kind: idx (line 2); did you mean images?"),
            (
                "kind: cifar\nimages: x\nwhatever: 2",
                "unknown key whatever for kind: cifar (line 3); known are kind, images, classes"
            ),
            ("kind: text\nresize: 3", "unknown key resize for kind: text (line 2)"),
            ("kind: idx\nkind: npz", "kind is given twice"),
            ("kind: idx", "says not where the images are"),
            ("kind: idx\nimages: [a, b]", "images must be one path"),
            ("kind: npy\nimages: x\nlayout: chw", "layout must be nhwc or nchw, found chw (line 3)"),
            ("kind: npy\nimages: x\nchannels: rgba", "channels must be rgb, bgr or gray"),
            ("kind: npy\nimages: x\nresize: 0", "resize must be the short side in pixels or [height, width]"),
            ("kind: npy\nimages: x\nresize: [1, 2, 3]", "resize must be [height, width]"),
            ("kind: npy\nimages: x\ncrop: 224", "crop must be [height, width]"),
            ("kind: npy\nimages: x\ncrop: [99999, 1]", "crop must be [height, width]"),
            ("kind: npy\nimages: x\nscale: big", "scale must be a number or one a channel, found big (line 3)"),
            ("kind: npy\nimages: x\nscale: '1'", "scale must be a number"),
            ("kind: npy\nimages: x\nmean: [1, .inf]", "mean must be a number"),
            ("kind: npy\nimages: x\nstd: [1, 0]", "std must be a number other than 0"),
            ("kind: folder\nimages: x\nlabels: names", "labels must be wnid, folders or none"),
            ("kind: npz\nimages: x\nclasses: []", "classes must be at least one name"),
            ("kind: text\ntext: x", "kind: text needs vocabulary:"),
            ("kind: text\ntext: x\nvocabulary: y\nlast: -1", "last must be how many symbols"),
            ("kind: npy\nimages: &a x", "descriptions have no anchors"),
            ("kind: [", "not YAML"),
        ])
    func descriptions(yaml: String, part: String) {
        expectFailure(folder.write(yaml, "d.yaml"), part)
        #expect(failure(folder.path + "d.yaml")?.hasPrefix(folder.path + "d.yaml: ") == true)
    }

    @Test("Files that are missing, empty or of no known kind are told")
    func files() {
        expectFailure(folder.path + "nothing.npz", "nothing.npz: cannot be read: no such file or directory; check the path")
        expectFailure(folder.write("", "empty.bin"), "is empty")
        expectFailure(folder.write("hello", "hello.dat"), "is of no known kind of data; known are a YAML description")
        expectFailure(folder.write("hello", "x.npy"), "is not an NPY array")
        expectFailure(folder.write("hello", "x.npz"), "no ZIP archive")
        expectFailure(folder.write("hello", "t10k-images-idx3-ubyte"), "is not an IDX file")
        expectFailure(folder.write("To be", "hamlet.txt"), "a text needs the vocabulary")
        expectFailure(
            folder.write("kind: idx\nimages: missing", "d.yaml"), "missing: cannot be read: no such file or directory")
        expectFailure(folder.write([0xff, 0xfe], "d.yaml"), "is not UTF-8 text")
    }

    @Test("Labels must be as many as samples, and classes")
    func labels() {
        folder.write(Made.idx([2, 2, 2], Array(0..<8)), "images-idx3-ubyte")
        folder.write(Made.idx([3], [0, 1, 2]), "labels-idx1-ubyte")
        expectFailure(folder.path + "images-idx3-ubyte", "labels-idx1-ubyte: 3 labels for 2 samples")
        folder.write(Made.idx([2], [0, 2]), "labels-idx1-ubyte")
        let yaml = "kind: idx\nimages: images-idx3-ubyte\nclasses: "
        expectFailure(
            folder.write(yaml + "[a, b]", "d.yaml"), "the label of sample 1 is 2, but there are 2 classes, from 0 on")
        #expect(failure(folder.write(yaml + "[a, b, c]", "d.yaml")) == nil)
        folder.write("\n\n", "classes.txt")
        expectFailure(folder.write(yaml + "classes.txt", "d.yaml"), "names no classes")
        folder.write(Made.npy("<f4", [2, 1], Made.floats([1, 2])), "x.npy")
        let pair = folder.write("kind: npy\nimages: x.npy\nlabels: y.npy", "pair.yaml")
        folder.write(Made.npy("|i1", [2], [0, 255]), "y.npy")
        expectFailure(pair, "the label of sample 1 is -1, below 0")
        folder.write(Made.npy("<f4", [2], Made.floats([0, 0.5])), "y.npy")
        expectFailure(pair, "the label of sample 1 is 0.5, not a whole number")
        folder.write(Made.npy("<f4", [2], Made.floats([0, .nan])), "y.npy")
        expectFailure(pair, "the label of sample 1 is nan, not a whole number")
        folder.write(Made.npy("<f4", [2, 2], Made.floats([0, 1, 1, 1])), "y.npy")
        expectFailure(pair, "neither one number a sample nor one-hot rows (sample 1)")
    }

    @Test("Sets without samples are errors")
    func empty() {
        expectFailure(folder.write(Made.idx([0, 28, 28], []), "a-images-idx3-ubyte"), "holds no samples")
        expectFailure(folder.write(Made.npy("<f4", [2, 0], []), "a.npy"), "samples without numbers")
        expectFailure(folder.write(Made.npy("<f4", [], [0, 0, 0, 0]), "b.npy"), "holds one number, not samples")
    }

    @Test("CIFAR files must hold whole records of known classes")
    func cifar() {
        expectFailure(
            folder.write(Made.cifar([1]).dropLast(1).map(\.self), "a.bin"), "is no CIFAR file or cut off: 3072 bytes")
        expectFailure(folder.write(Made.cifar([10]), "b.bin"), "the label of sample 0 is 10, but CIFAR-10 has 10 classes")
        expectFailure(folder.write("kind: cifar\nimages: a.bin", "d.yaml"), "is no CIFAR file or cut off")
    }

    @Test("Preprocessing must suit the samples")
    func preprocessing() {
        folder.write(Made.npy("|u1", [1, 3, 4, 4], Array(repeating: 0, count: 48)), "x.npy")
        let yaml = "kind: npy\nimages: x.npy\n"
        expectFailure(folder.write(yaml + "mean: [1, 2]", "d.yaml"), "mean has 2 values for 3 channels")
        expectFailure(folder.write(yaml + "crop: [5, 4]", "d.yaml"), "crop [5, 4] is larger than an image, 4×4")
        expectFailure(folder.write(yaml + "channels: gray\nstd: [1, 2, 3]", "d.yaml"), "std has 3 values for 1 channel")
        folder.write(Made.npy("|u1", [1, 2, 4, 4], Array(repeating: 0, count: 32)), "x.npy")
        expectFailure(
            folder.write(yaml + "layout: nchw\nchannels: bgr", "d.yaml"), "channels: bgr does not suit data of 2 channels")
        folder.write(Made.npy("<f4", [1, 4], Made.floats([1, 2, 3, 4])), "x.npy")
        expectFailure(folder.write(yaml + "resize: 3", "d.yaml"), "resize is for images, but a sample is 4")
    }

    @Test("Texts and vocabularies must belong together")
    func texts() {
        folder.write("ab\nab\u{7f}", "t.txt")
        let yaml = folder.write("kind: text\ntext: t.txt\nvocabulary: v.json", "d.yaml")
        folder.write(#"{"a": 0, "b": 1, "\n": 2}"#, "v.json")
        expectFailure(yaml, "the symbol “\\u{7F}” is not in the vocabulary v.json (line 2)")
        for (vocabulary, part) in [
            (#"{"a": 0, "b": 2}"#, "do not run from 0 to 1, each once"), (#"{"a": 0, "b": 0}"#, "do not run from 0 to 1"),
            ("{}", "the vocabulary is empty"), ("[1]", "expected an object"),
            (#"{"ab": 0}"#, "expected single characters as keys, found ab"),
            (#"{"a": 0, "a": 1}"#, "expected each character once"), (#"{"a": -1}"#, "expected a whole number"),
            (#"{"a": 99999999999}"#, "expected a number below 2³¹"),
            (#"{"a": 0"#, "expected a comma or the end of an object"),
        ] {
            folder.write(vocabulary, "v.json")
            expectFailure(yaml, part)
        }
        folder.write(#"{"a": 0}"#, "v.json")
        folder.write("a", "t.txt")
        expectFailure(yaml, "has too few symbols to predict any: 1")
        folder.write([0x61, 0xff], "t.txt")
        expectFailure(yaml, "t.txt: is not UTF-8 text")
    }

    @Test("A cut gzip file is told as such")
    func gzip() throws {
        let whole = try bytes(of: goldens + "../../ArrayFilesTests/Goldens/u1-idx3.gz")
        folder.write(Array(whole.dropLast(9)), "t10k-images-idx3-ubyte.gz")
        expectFailure(
            folder.path, "t10k-images-idx3-ubyte.gz is cut off: gzip's stream has no end; copy or download it again")
    }
}
