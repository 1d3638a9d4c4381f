import Foundation
import Testing

@Suite("The command line: what the commands print and write")
struct CommandTests {
    private let program: Program

    init() throws {
        program = try Program()
        try program.write(Program.recipe, to: "recipe.yaml")
    }

    @Test("inspect says the same as text and as JSON")
    func inspect() throws {
        let json = try program.run("inspect", Program.model, "--json").json()
        let layers = try #require(json["layers"] as? [[String: Any]])
        #expect(layers.map { $0["name"] as? String } == ["conv1", "conv2", "fc1", "fc2"])
        #expect(layers.compactMap { $0["parameters"] as? Int } == [500, 25_000, 400_000, 5_000])
        #expect(json["parameters"] as? Int == 431_080 && json["macs"] as? Int == 2_293_000)
        let text = try program.run("inspect", Program.model).output
        for word in ["conv1", "500·800", "400,000", "2.29 M MACs"] { #expect(text.contains(word)) }
    }

    @Test("compress writes as many bytes as estimate says, verify passes, and the values come back")
    func roundTrip() throws {
        let estimate = try program.run("estimate", Program.model, "-r", "recipe.yaml", "--json").json()
        #expect(program.files == ["recipe.yaml"])
        let written = try program.run("compress", Program.model, "-r", "recipe.yaml", "-o", "small.pare", "--json").json()
        let size = try program.bytes("small.pare").count
        #expect(estimate["compressed_bytes"] as? Int == size && written["output_bytes"] as? Int == size)
        #expect(size < 200_000)
        let told = try program.run("compress", Program.model, "-r", "recipe.yaml", "-o", "small.pare").output
        #expect(told.wholeMatch(of: #/small\.pare: 1\.\d+ MB → \d+ KB \([\d.]+×\), .*\n/#) != nil, "\(told)")

        let verified = try program.run("verify", "small.pare", "--original", Program.model)
        #expect(verified.status == 0 && verified.errors.isEmpty)
        #expect(try program.run("decompress", "small.pare", "-o", "back.onnx").status == 0)
        try program.run("compress", Program.model, "-r", "recipe.yaml", "-o", "direct.onnx")
        let layers = try ["back.onnx", "direct.onnx"].map { try program.run("inspect", $0, "--json").json() }
        #expect(layers[0]["parameters"] as? Int == layers[1]["parameters"] as? Int)
        try program.run("digits", "-c", "60", "-o", "digits")
        let values = try ["back.onnx", "direct.onnx", "small.pare"].map { file in
            try program.run("evaluate", file, "--data", "digits-images-idx3-ubyte", "--json").json()["value"] as? Double
        }
        #expect(values[0] != nil && values[0] == values[1] && values[1] == values[2])
    }

    @Test("A damaged file is refused in one line, and nothing is written")
    func damaged() throws {
        try program.run("compress", Program.model, "-r", "recipe.yaml", "-o", "small.pare")
        var bytes = try program.bytes("small.pare")
        bytes[bytes.count - 40] ^= 4
        try bytes.write(to: program.folder.appending(path: "bad.pare"))
        for arguments in [["verify", "bad.pare"], ["decompress", "bad.pare", "-o", "back.onnx"]] {
            let run = try program.run(arguments)
            #expect(run.status == 1 && run.complaints.count == 1 && run.errors.contains("bad.pare"), "\(run.errors)")
        }
        #expect(!program.files.contains("back.onnx"))
    }

    @Test("A recipe's error names its line, and what it probably does not mean is a warning in text and JSON")
    func recipes() throws {
        try program.write("pare: 1\nlayers:\n  fc1: {prune: {sparcity: 0.9}}\n", to: "wrong.yaml")
        let wrong = try program.run("estimate", Program.model, "-r", "wrong.yaml")
        #expect(wrong.status == 1 && wrong.complaints.count == 1)
        #expect(wrong.errors.contains("wrong.yaml") && wrong.errors.contains("line 3") && wrong.errors.contains("sparsity"), "\(wrong.errors)")

        try program.write(Program.recipe + "\nignore: [\"re:nothing.*\"]\n", to: "odd.yaml")
        let odd = try program.run("estimate", Program.model, "-r", "odd.yaml", "--json")
        #expect(odd.status == 0 && odd.errors.contains("warning: ") && odd.errors.contains("re:nothing.*"))
        #expect((try odd.json()["warnings"] as? [String])?.count == 1)
    }

    @Test("evaluate measures with an interval, against the original too")
    func evaluate() throws {
        try program.run("digits", "-c", "200", "-o", "digits")
        let data = ["--data", "digits-images-idx3-ubyte", "--json"]
        let json = try program.run(["evaluate", Program.model, "-r", "recipe.yaml"] + data).json()
        let (value, original) = (try #require(json["value"] as? Double), try #require(json["original"] as? Double))
        #expect(json["metric"] as? String == "top1" && json["samples"] as? Int == 200)
        #expect(original > 0.95 && value > 0.5 && value <= 1)
        let interval = try #require(json["ci95"] as? [Double])
        #expect(interval[0] < value && value <= interval[1])
    }

    @Test("script writes a Python file and its arrays; screenshot writes what its ending says")
    func others() throws {
        #expect(try program.run("script", Program.model, "-r", "recipe.yaml", "-o", "apply.py").status == 0)
        #expect(try String(decoding: program.bytes("apply.py"), as: UTF8.self).contains("import torch"))
        try program.run("screenshot", Program.model, "--size", "80x24", "-o", "screen.txt")
        let lines = try String(decoding: program.bytes("screen.txt"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 24 && lines.contains { $0.contains("fc1") })
        try program.run("screenshot", Program.model, "--size", "80x24", "-o", "screen.svg")
        #expect(try String(decoding: program.bytes("screen.svg"), as: UTF8.self).contains("<svg "))
        #expect(try program.run("train", "--json").output.contains("lenet-5"))
    }

    @Test("A file that is there is replaced whole, and what could not be written leaves it as it was")
    func kept() throws {
        try program.write("older", to: "small.pare")
        let refused = try program.run("compress", Program.model, "-r", "recipe.yaml", "-o", "gone/small.pare")
        #expect(refused.status == 1 && refused.complaints.count == 1)
        #expect(try program.bytes("small.pare") == Data("older".utf8))
        #expect(try program.run("compress", Program.model, "-r", "recipe.yaml", "-o", "small.pare").status == 0)
        #expect(try program.bytes("small.pare").count > 1_000)
        #expect(program.files == ["recipe.yaml", "small.pare"])
    }
}
